"""Makes minilm_adapter/: a PEFT adapter on the real MiniLM (random, not trained) and embeddings.json, what it must give.

python make_minilm_adapter.py
transformers 5.18.0, peft 0.21.0, torch 2.13.0+cpu. float32, each sentence alone, max_length 256, mean pooling.
"""
import shutil, sys, warnings
from make_minilm import *
from peft import LoraConfig, get_peft_model

warnings.simplefilter("ignore")
CFG = dict(r=4, lora_alpha=8, target_modules=["query", "value"])
torch.manual_seed(5)
root = os.path.join(OUT, "minilm_adapter"); shutil.rmtree(root, ignore_errors=True)
m = get_peft_model(model(), LoraConfig(lora_dropout=0.0, bias="none", **CFG)).eval()
for n, p in m.named_parameters():
    if "lora_B" in n: torch.nn.init.normal_(p, std=.08)
m.peft_config["default"].base_model_name_or_path = "sentence-transformers/all-MiniLM-L6-v2"
m.save_pretrained(root); os.remove(f"{root}/README.md")
T, rows = tokenizer(256), []
for s in (SENTENCES[i] for i in (0, 1, 2, 5, 6, 9, 15, 21, 22, 23)):
    ids = T.encode(s).ids; rows.append({"text": s, "ids": ids, "embedding": embed(m, [ids])[0][0], "embedding_cls": embed(m, [ids])[1][0]})
with m.disable_adapter():
    base = torch.stack([embed(m, [r["ids"]])[0][0] for r in rows])
d = (torch.stack([r["embedding"] for r in rows]) - base).abs().max().item()
for f in os.listdir(root): os.chmod(f"{root}/{f}", 0o644); print(f"{root}/{f}  {os.path.getsize(f'{root}/{f}')/1024:.0f} kB")
write("minilm_adapter/embeddings.json", {"meta": {"libraries": versions("torch", "transformers", "peft"), "note": "embedding: mean pooling; embedding_cls: CLS; both L2-normalised", "max_change_from_base": d}, "pooling": "mean", "max_length": 256, "sentences": rows})
print("change", d)
