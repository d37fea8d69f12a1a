"""Makes bert_lora_tiny/ (base model + PEFT adapters), bert_lora_tiny.safetensors (expected tensors), bert_lora_tiny.json.

python make_bert_lora.py
torch 2.13.0+cpu, transformers 5.18.0, peft 0.21.0, safetensors 0.8.0.
Everything is computed in float64 from float32-representable weights and stored as float32 (losses and norms as float64 in
the JSON). float32_error in the JSON is the largest difference of the same computation done by torch in float32.
"""
import sys, shutil, copy
from common import *
import torch, peft
from safetensors.torch import save_file, load_file
from transformers import BertConfig, BertModel
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict

torch.set_num_threads(1); torch.use_deterministic_algorithms(True)
G = torch.Generator().manual_seed(42)
L, H, NH, I, V, P = 2, 32, 4, 64, 100, 64
R, ALPHA = 4, 8
ROOT = os.path.join(OUT, "bert_lora_tiny")
rnd = lambda *s: torch.randn(*s, generator=G)
QKV = ["query", "key", "value"]; ALL = QKV + ["attention.output.dense", "intermediate.dense", "output.dense"]
CASES = {
    "qkv": dict(target_modules=QKV),
    "all_linear": dict(target_modules=ALL),
    "rslora": dict(target_modules=QKV, use_rslora=True),
    "dora": dict(target_modules=ALL, use_dora=True),
    "last_layer_patterns": dict(target_modules=["query", "value", "output.dense"], layers_to_transform=[L - 1],
                                rank_pattern={"value": 2}, alpha_pattern={"value": 3, "query": 6}),
}
HYPER = {"lr": 1e-3, "betas": [.9, .999], "eps": 1e-8, "weight_decay": .01, "max_grad_norm": 1.0, "steps": 3}


def base():
    c = BertConfig(vocab_size=V, hidden_size=H, num_hidden_layers=L, num_attention_heads=NH, intermediate_size=I, max_position_embeddings=P,
                   hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, pad_token_id=0)
    c._attn_implementation = "eager"
    m = BertModel(c, add_pooling_layer=False).eval()
    with torch.no_grad():
        for n, p in m.named_parameters():
            x = rnd(*p.shape)
            p.copy_(1 + .1 * x if n.endswith("LayerNorm.weight") else .05 * x if n.endswith("bias") else .5 * x if "embeddings" in n else x * (1.2 / H**.5))
    return m


def batch():
    n = 14; lens = [n, 9, 4, 2, 1]
    ids = torch.randint(5, V, (len(lens), n), generator=G); mask = torch.zeros_like(ids); tt = torch.zeros_like(ids)
    for i, k in enumerate(lens):
        mask[i, :k] = 1
    tt[1, 5:9] = 1
    return {"input_ids": ids * mask, "attention_mask": mask, "token_type_ids": tt}


def pools(h, mask):
    m = mask.unsqueeze(-1).to(h.dtype); norm = torch.nn.functional.normalize
    return norm(h[:, 0], dim=-1), norm((h * m).sum(1) / m.sum(1).clamp(min=1e-9), dim=-1)


def short(n): return n.replace(".default", "").replace("lora_magnitude_vector.weight", "lora_magnitude_vector")


def compute(m0, cfg, init, b, cot, dtype):
    m = get_peft_model(copy.deepcopy(m0), LoraConfig(r=R, lora_alpha=ALPHA, lora_dropout=0.0, bias="none", **cfg)).to(dtype).eval()
    ps = {short(n): p for n, p in m.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for n, p in ps.items():
            if n not in init:
                init[n] = (p * (1 + .1 * rnd(*p.shape))).float() if "magnitude" in n else (.18 if "lora_A" in n else .08) * rnd(*p.shape)
            p.copy_(init[n].to(dtype))
    T, J = {}, {"loss": [], "grad_norm": []}
    fwd = lambda: m(**b).last_hidden_state
    h = fwd(); cls, mean = pools(h, b["attention_mask"]); T["last_hidden_state"], T["cls"], T["mean"] = h, cls, mean
    with torch.no_grad():
        with m.disable_adapter():
            T["base_last_hidden_state"] = fwd()
    lc = (cls * cot.to(dtype)).sum(); J["loss_cls"] = lc.item()
    for n, g in zip(ps, torch.autograd.grad(lc, list(ps.values()), retain_graph=True)):
        T[f"grad_cls/{n}"] = g
    opt = torch.optim.AdamW(ps.values(), lr=HYPER["lr"], betas=HYPER["betas"], eps=HYPER["eps"], weight_decay=HYPER["weight_decay"], foreach=False)
    for s in range(1, HYPER["steps"] + 1):
        opt.zero_grad(); _, mean = pools(fwd(), b["attention_mask"]); loss = (mean * cot.to(dtype)).sum(); loss.backward()
        if s == 1:
            T.update({f"grad/{n}": p.grad.clone() for n, p in ps.items()})
        J["loss"].append(loss.item()); J["grad_norm"].append(torch.nn.utils.clip_grad_norm_(ps.values(), HYPER["max_grad_norm"]).item())
        opt.step(); T.update({f"step{s}/{n}": p.detach().clone() for n, p in ps.items()})
    with torch.no_grad():
        _, mean = pools(fwd(), b["attention_mask"]); J["loss"].append((mean * cot.to(dtype)).sum().item()); T["mean_after_steps"] = mean
        for n, p in ps.items():
            p.copy_(init[n].to(dtype))  # the merged weights are of the adapter as given, not as trained
    saved = get_peft_model_state_dict(m)
    merged = copy.deepcopy(m).merge_and_unload(); touched = sorted({n.split("base_model.model.")[1].split(".lora_")[0] + ".weight" for n in ps})
    sd = merged.state_dict(); T.update({f"merged/{n}": sd[n] for n in touched})
    hm = merged(**b).last_hidden_state; J["merged_vs_adapter"] = (hm - h).abs().max().item()
    return {k: v.detach() for k, v in T.items()}, J, m, sorted(saved)


def main():
    shutil.rmtree(ROOT, ignore_errors=True); os.makedirs(ROOT)
    m0, b = base(), batch(); cot = .15 * rnd(len(b["input_ids"]), H)
    m0.config._attn_implementation = "eager"; m0.save_pretrained(f"{ROOT}/base")
    out, J = {"cotangent": cot}, {}
    for name, cfg in CASES.items():
        init = {}
        T, j, m, keys = compute(m0, cfg, init, b, cot, torch.float64)
        T32, j32, m32, _ = compute(m0, cfg, init, b, cot, torch.float32)
        err = {}
        for k in T:
            g = k.split("/")[0]; err[g] = max(err.get(g, 0.0), (T[k] - T32[k].double()).abs().max().item())
        m32.peft_config["default"].base_model_name_or_path = "base"; m32.peft_config["default"].inference_mode = True
        m32.save_pretrained(f"{ROOT}/adapters/{name}")
        try: os.remove(f"{ROOT}/adapters/{name}/README.md")
        except FileNotFoundError: pass
        back = PeftModel.from_pretrained(copy.deepcopy(m0), f"{ROOT}/adapters/{name}").eval()
        d = (back(**b).last_hidden_state - T["last_hidden_state"]).abs().max().item(); assert d < 1e-4, d
        on_disk = load_file(f"{ROOT}/adapters/{name}/adapter_model.safetensors"); assert sorted(on_disk) == keys and all(torch.equal(on_disk[k], init[k]) for k in keys), name
        assert j["merged_vs_adapter"] < 1e-10
        moved = (T["last_hidden_state"] - T["base_last_hidden_state"]).abs().max().item()
        base_h = T.pop("base_last_hidden_state"); out["base_last_hidden_state"] = base_h
        J[name] = {"peft_config": cfg, "r": R, "lora_alpha": ALPHA, **{k: j[k] for k in ("loss", "grad_norm", "loss_cls")}, "keys": keys,
                   "float32_error": err, "float32_loss": j32["loss"], "adapter_moves_hidden_by": moved}
        out.update({f"{name}/{k}": v for k, v in T.items()})
    side = os.path.normpath(os.path.join(ROOT, ".."))
    save_file({k: v.float().contiguous() for k, v in out.items()}, f"{side}/bert_lora_tiny.safetensors")
    notes = {
        "files": "bert_lora_tiny/base = HF folder (config.json, model.safetensors, no pooler); bert_lora_tiny/adapters/<case> = PEFT folder; bert_lora_tiny.safetensors: '<case>/<what>[/<tensor>]' and the shared cotangent, base_last_hidden_state",
        "what": "last_hidden_state [B,T,H] (all positions, padding rows too: they attend to the real tokens); cls, mean: L2-normalised pooled embeddings; grad/<tensor>: d loss; grad_cls/<tensor>: d loss_cls; "
                "step1..3/<tensor>: after k AdamW steps; mean_after_steps; merged/<base tensor>: merge_and_unload of the adapter as given (before the steps), touched tensors only",
        "loss": "loss = sum(mean * cotangent), loss_cls = sum(cls * cotangent); loss lists the value before steps 1,2,3 and after step 3; grad_norm is the total norm before clipping",
        "optimizer": {**HYPER, "clip": "torch clip_grad_norm_: all tensors together, factor min(1, max_norm/(norm+1e-6))", "order": "clip, then AdamW (decoupled decay on every adapter tensor, DoRA magnitudes too)"},
        "scaling": "alpha/r; rslora: alpha/sqrt(r)", "dora": "W' = m * (W+sBA)/||W+sBA|| per output row; the norm is a constant in the backward pass (PEFT detaches it); bias is added after",
        "mean_pooling": "sum(h*mask)/max(sum(mask),1e-9), then x/max(||x||,1e-12)", "attention_mask": "padding keys get the most negative number of the dtype (additive)",
        "order_warning": "AdamW's first step is nearly sign(g)*lr: an element whose gradient is ~1e-8 may differ by up to lr; compare steps with atol 2e-6 and look at float32_error",
        "target_names": "PEFT matches by suffix: 'output.dense' alone also matches 'attention.output.dense'",
    }
    write("bert_lora_tiny.json", {"meta": {"libraries": versions("torch", "transformers", "peft", "safetensors"), "notes": notes}, "inputs": {k: v.tolist() for k, v in b.items()}, "cases": J})
    for r, _, fs in os.walk(ROOT):
        for f in fs:
            os.chmod(os.path.join(r, f), 0o644); print(os.path.join(r, f), f"{os.path.getsize(os.path.join(r, f))/1024:.0f} kB")
    print(f"{side}/bert_lora_tiny.safetensors", f"{os.path.getsize(side+'/bert_lora_tiny.safetensors')/1024:.0f} kB")
    for n, j in J.items(): print(n, j["loss"], j["grad_norm"], j["float32_error"], j["adapter_moves_hidden_by"])


main()
