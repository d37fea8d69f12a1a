"""
What PyTorch with PEFT needs for the work that `deno task bench --against pytorch` times: one LoRA training step
(forward, backward, AdamW), or embedding texts as sentence-transformers does (sorted by length, padded in batches of 32).

Reads one JSON line with the task, answers with the versions, and then does the work once per line, answering with its
milliseconds. Modes: fp32, bf16 (autocast), compile (torch.compile, fp32), compile-bf16.
"""
import contextlib
import json
import sys
import time

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import BertConfig, BertModel

task = json.loads(sys.stdin.readline())
torch.set_num_threads(task["threads"])
torch.manual_seed(1)

shape = task["config"]
config = BertConfig(
    vocab_size=shape["vocabSize"],
    hidden_size=shape["hiddenSize"],
    num_hidden_layers=shape["numLayers"],
    num_attention_heads=shape["numHeads"],
    intermediate_size=shape["intermediateSize"],
    hidden_dropout_prob=0,
    attention_probs_dropout_prob=0,
)
model = BertModel(config, add_pooling_layer=False)


def autocast():
    if "bf16" in task["mode"]:
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return contextlib.nullcontext()


def embed(forward, ids, mask):
    """Mean of the tokens, in unit length."""
    hidden = forward(input_ids=ids, attention_mask=mask).last_hidden_state.float()
    kept = mask.unsqueeze(-1).float()
    return torch.nn.functional.normalize((hidden * kept).sum(1) / kept.sum(1), dim=1)


def training():
    lora = LoraConfig(r=8, lora_alpha=16, target_modules=["query", "key", "value"])
    adapted = get_peft_model(model, lora)
    head = torch.nn.Parameter(torch.tensor([10.0, -5.0]))
    trained = [p for p in adapted.parameters() if p.requires_grad] + [head]
    optimizer = torch.optim.AdamW(trained, lr=1e-5)
    ids = torch.tensor(task["tokens"])
    mask = torch.ones_like(ids)
    labels = torch.arange(ids.shape[0] // 2) % 2
    forward = torch.compile(adapted) if "compile" in task["mode"] else adapted

    def step():
        optimizer.zero_grad()
        with autocast():
            embeddings = embed(forward, ids, mask)
        cosine = (embeddings[0::2] * embeddings[1::2]).sum(1)
        logits = cosine * head[0] + head[1]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels.float())
        loss.backward()
        optimizer.step()

    return step


def encoding():
    model.eval()
    texts = sorted(task["tokens"], key=len, reverse=True)
    batches = []
    for start in range(0, len(texts), 32):
        some = texts[start : start + 32]
        longest = len(some[0])
        ids = torch.tensor([text + [0] * (longest - len(text)) for text in some])
        batches.append((ids, torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in some])))

    def encode():
        with torch.inference_mode(), autocast():
            for ids, mask in batches:
                embed(model, ids, mask)

    return encode


work = training() if task["work"] == "training" else encoding()
work()
versions = f"PyTorch {torch.__version__}, transformers {transformers.__version__}, PEFT {peft.__version__}"
print(json.dumps({"versions": versions}), flush=True)
for _ in sys.stdin:
    began = time.perf_counter()
    work()
    print(json.dumps({"milliseconds": 1000 * (time.perf_counter() - began)}), flush=True)
