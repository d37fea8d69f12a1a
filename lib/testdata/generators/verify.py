"""Independent check of the golden files: plain Python/numpy from the stated formulas only (no fairlearn, sklearn, transformers, peft, torch autograd).

python verify.py   (numpy 2.4.6, scipy 1.17.1, safetensors 0.8.0)
"""
import json, math, os
import numpy as np
from safetensors.numpy import load_file
from scipy.special import erf
from common import OUT, read

num = lambda v: {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}.get(v, v) if isinstance(v, str) else v
worst = {}
def same(what, got, want, tol=1e-9):
    want = num(want)
    if isinstance(want, float) and math.isnan(want): assert math.isnan(got), (what, got, want); return
    d = abs(got - want); worst[what.split(":")[0]] = max(worst.get(what.split(":")[0], 0), d); assert d <= tol, (what, got, want)


def metrics(y, p, s, w):
    W = lambda m: w[m].sum(); div = lambda a, b: a / b if b else math.nan
    tp, fp, fn, tn = W((y == 1) & (p == 1)), W((y == 0) & (p == 1)), W((y == 1) & (p == 0)), W((y == 0) & (p == 0)); n = w.sum()
    r = dict(selection_rate=div(tp + fp, n), base_rate=div(tp + fn, n), tpr=div(tp, tp + fn), fpr=div(fp, fp + tn), tnr=div(tn, fp + tn), fnr=div(fn, tp + fn), precision=div(tp, tp + fp), npv=div(tn, tn + fn),
             accuracy=div(tp + tn, n), f1=div(2 * tp, 2 * tp + fp + fn)); r["balanced_accuracy"] = (r["tpr"] + r["tnr"]) / 2
    P, N = y == 1, y == 0
    gt = (s[P][:, None] > s[N][None]) + .5 * (s[P][:, None] == s[N][None]); ww = w[P][:, None] * w[N][None]; r["roc_auc"] = div((gt * ww).sum(), ww.sum())
    ap, prev = 0.0, 0.0
    for t in sorted(set(s), reverse=True):
        m = s >= t; rec = div(W(m & P), W(P)); ap += (rec - prev) * (div(W(m & P), W(m)) if W(m) else 0); prev = rec
    r["average_precision"] = ap
    q = np.clip(s, 2.0**-52, 1 - 2.0**-52); r["log_loss"] = -(w * np.where(P, np.log(q), np.log(1 - q))).sum() / n; r["brier"] = (w * (s - y) ** 2).sum() / n; r["mean_prediction"] = (w * s).sum() / n
    b = np.array([next(i for i in range(10) if v <= (i + 1) / 10 or i == 9) for v in s])
    r["ece10"] = sum(abs((w * (y - s))[b == i].sum()) for i in range(10)) / n
    return r


def fairness(path):
    d = read(path); by = {c["name"]: c for c in d["cases"]}
    for c in d["cases"]:
        i = dict(c["inputs"]); blocks = []
        for k, v in i.items():
            if isinstance(v, dict): i[k] = by[v["same_as"]]["inputs"][k]
        y, p, s = (np.array(i[k], float) for k in ("y_true", "y_pred", "y_score")); w = np.array(i.get("sample_weight", np.ones(len(y))), float)
        if "groups" in i: blocks.append(([i.get("group_names", {}).__getitem__(g) if "group_names" in i else g for g in i["groups"]], c["expected"]))
        else:
            e, g = i["education"], i["gender"]; blocks += [([f"{a}|{b}" for a, b in zip(e, g)], c["expected"]["intersection"]), (e, c["expected"]["education"]), (g, c["expected"]["gender"])]
        for groups, exp in blocks:
            groups = np.array(groups)
            f = exp["fairlearn"]["nan_for_undefined"]; want = {g: {**f["hard"]["by_group"][g], **f["soft"]["by_group"][g]} for g in f["hard"]["by_group"]}
            vals = {}
            for g in want:
                m = groups == g
                if not m.any(): assert num(want[g]["count"]) != num(want[g]["count"]); continue
                assert want[g]["count"] == m.sum(); vals[g] = metrics(y[m], p[m], s[m], w[m])
                for k, v in vals[g].items(): same(f"{os.path.basename(path)} metrics:{c['name']} {g} {k}", v, want[g][k])
            o = metrics(y, p, s, w)
            for k, v in o.items(): same(f"{os.path.basename(path)} overall:{c['name']} {k}", v, {**f["hard"]["overall"], **f["soft"]["overall"]}[k])
            for part in ("hard", "soft"):
                for k, v in f[part]["difference_between_groups"].items():
                    x = [vals[g][k] for g in vals if k in vals[g] and not math.isnan(vals[g][k])]
                    if k in o: same(f"{os.path.basename(path)} differences:{c['name']} {k}", max(x) - min(x) if x else math.nan, v); same(f"{os.path.basename(path)} differences:{c['name']} {k}", max((abs(a - o[k]) for a in x), default=math.nan), f[part]["difference_to_overall"][k])


def bert(root):
    side = os.path.join(root, "bert_lora_tiny"); T = load_file(f"{side}.safetensors"); J = json.load(open(f"{side}.json")); B = {k: v.astype(np.float64) for k, v in load_file(f"{side}/base/model.safetensors").items()}
    cfg = json.load(open(f"{side}/base/config.json")); ids, mask, tt = (np.array(J["inputs"][k]) for k in ("input_ids", "attention_mask", "token_type_ids"))
    gelu = lambda x: .5 * x * (1 + erf(x / math.sqrt(2))); nh = cfg["num_attention_heads"]; pre = "base_model.model."
    def ln(x, n): u = x - x.mean(-1, keepdims=True); return u / np.sqrt((u**2).mean(-1, keepdims=True) + 1e-12) * B[n + ".weight"] + B[n + ".bias"]
    for case, meta in J["cases"].items():
        A = {k: v.astype(np.float64) for k, v in load_file(f"{side}/adapters/{case}/adapter_model.safetensors").items()}; ac = json.load(open(f"{side}/adapters/{case}/adapter_config.json"))
        def weight(n):
            Wt, a = B[n + ".weight"], A.get(f"{pre}{n}.lora_A.weight")
            if a is None: return Wt
            leaf = lambda pat, default: next((v for k, v in ac[pat].items() if n.endswith(k)), default)
            r, al = leaf("rank_pattern", ac["r"]), leaf("alpha_pattern", ac["lora_alpha"]); assert a.shape[0] == r
            W2 = Wt + (al / math.sqrt(r) if ac["use_rslora"] else al / r) * A[f"{pre}{n}.lora_B.weight"] @ a
            if ac["use_dora"]: W2 = A[f"{pre}{n}.lora_magnitude_vector"][:, None] * W2 / np.linalg.norm(W2, axis=1, keepdims=True)
            assert np.abs(W2 - T[f"{case}/merged/{n}.weight"]).max() < 1e-6; return W2
        lin = lambda x, n: x @ weight(n).T + B[n + ".bias"]
        h = ln(B["embeddings.word_embeddings.weight"][ids] + B["embeddings.position_embeddings.weight"][: ids.shape[1]] + B["embeddings.token_type_embeddings.weight"][tt], "embeddings.LayerNorm")
        for l in range(cfg["num_hidden_layers"]):
            n = f"encoder.layer.{l}"; sp = lambda x: x.reshape(*x.shape[:2], nh, -1).transpose(0, 2, 1, 3)
            q, k, v = (sp(lin(h, f"{n}.attention.self.{x}")) for x in ("query", "key", "value")); sc = q @ k.transpose(0, 1, 3, 2) / math.sqrt(q.shape[-1]) + np.where(mask[:, None, None] == 1, 0, -1e30)
            pr = np.exp(sc - sc.max(-1, keepdims=True)); pr /= pr.sum(-1, keepdims=True); h = ln(h + lin((pr @ v).transpose(0, 2, 1, 3).reshape(h.shape), f"{n}.attention.output.dense"), f"{n}.attention.output.LayerNorm")
            h = ln(h + lin(gelu(lin(h, f"{n}.intermediate.dense")), f"{n}.output.dense"), f"{n}.output.LayerNorm")
        same("bert hidden:", np.abs(h - T[f"{case}/last_hidden_state"]).max(), 0.0, 2e-6)
        mean = (h * mask[..., None]).sum(1) / mask.sum(1, keepdims=True); mean /= np.linalg.norm(mean, axis=1, keepdims=True)
        same("bert mean:", np.abs(mean - T[f"{case}/mean"]).max(), 0.0, 1e-6); same("bert loss:", (mean * T["cotangent"]).sum(), meta["loss"][0], 1e-6)
        g = {k: T[f"{case}/grad/{k}"].astype(np.float64) for k in A}; nrm = math.sqrt(sum((v**2).sum() for v in g.values())); same("bert grad_norm:", nrm, meta["grad_norm"][0], 1e-5)
        for k in A:
            x = g[k] * min(1, 1 / (nrm + 1e-6)); step = A[k] * (1 - 1e-3 * .01) - 1e-3 * x / (np.abs(x) + 1e-8); same("bert adamw step1:", np.abs(step - T[f"{case}/step1/{k}"]).max(), 0.0, 2e-6)


for f in ("fairness_small", "fairness_edge", "fairness_law", "fairness_adult"): fairness(f"{f}.json")
bert(OUT)
for k, v in worst.items(): print(f"{v:.2e}  {k}")
