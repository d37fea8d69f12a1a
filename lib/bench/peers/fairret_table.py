"""Judges the scores that `fairret_lora.py` left, on people that nobody trained on.

    python lib/bench/peers/fairret_table.py lib/bench/peers/fairret.csv WORLD=FOLDER...

Thresholds are those with the highest F1 on the validation split. Run where `fairret_lora.py` ran: it says the versions.
"""
import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from measures import best_threshold, measures

output, *worlds = sys.argv[1:]
VERSIONS = " ".join(f"{name} {version(name)}" for name in ("fairret", "torch", "peft", "transformers"))
rows = []
for world, folder in (entry.split("=") for entry in worlds):
    pairs = pd.read_csv(f"{folder}/pairs.csv")
    for file in sorted(Path(folder, "scores").glob("*.json")):
        run = json.loads(file.read_text())
        of = {part: pairs[pairs[f"split_{run['seed']}"] == part] for part in ("validation", "unseen")}
        score = np.array(run["unseen"])
        rows.append({
            "world": world,
            "method": "fairret",
            "setting": f"{run['method']} {run['strength']}" if run["strength"] else "plain",
            "seed": run["seed"],
            **measures(of["unseen"], score, score >= best_threshold(of["validation"].label, run["validation"])),
            "training_cpu_seconds": run["seconds"]["training"],
            "versions": VERSIONS,
        })
frame = pd.DataFrame(rows).sort_values(["world", "setting", "seed"])
frame.round(4).to_csv(output, index=False)
print(frame.groupby(["world", "setting"]).mean(numeric_only=True).round(3).to_string())
