"""Our runs of a sweep as they are, and fairlearn's ThresholdOptimizer on the scores of the plain ones: other thresholds
for each group, the same model.

    deno task sweep --config configs/sweeps/demo-front.json --front demographicParityDifference --output SWEEP
    pip install fairlearn pandas scikit-learn
    python lib/bench/peers/scores.py lib/bench/peers/scores.csv demo=SWEEP

Fitted on each plain run's own test split, which it was not trained on, and judged on the sweep's unseen table.
"""
import re
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from fairlearn.postprocessing import ThresholdOptimizer
from sklearn.base import BaseEstimator, ClassifierMixin

from measures import measures

warnings.filterwarnings("ignore")
VERSIONS = f"fairlearn {version('fairlearn')} scikit-learn {version('scikit-learn')}"


class Scores(ClassifierMixin, BaseEstimator):
    """A model that has already scored: its one feature is the score."""

    def fit(self, x, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, x):
        return np.asarray(x)[:, 0].astype(float)


def rows_of(world, folder):
    setting, seed = re.fullmatch(r"(.*)_seed-(\d+)", folder.name).groups()
    fit, judge = (pd.read_csv(folder / part / "predictions.csv") for part in ("metrics", "evaluation"))
    judge = judge.rename(columns={"ground_truth": "merit"})
    method = "ours, one walk" if setting.startswith("at-most") else "ours"
    row = {"world": world, "method": method, "setting": setting, "seed": int(seed)}
    yield {**row, **measures(judge, judge.tuned_score, judge.tuned_selected), "versions": ""}
    for constraint in ("demographic_parity", "equalized_odds", "true_positive_rate_parity") if setting == "plain" else ():
        post = ThresholdOptimizer(
            estimator=Scores(), constraints=constraint, objective="accuracy_score", prefit=True, predict_method="predict"
        )
        post.fit(fit[["tuned_score"]].to_numpy(float), fit.label.to_numpy(), sensitive_features=fit.education.to_numpy())
        x, group = judge[["tuned_score"]].to_numpy(float), judge.education.to_numpy()
        decision = np.asarray(post.predict(x, sensitive_features=group, random_state=int(seed)))
        chance = post._pmf_predict(x, sensitive_features=group)[:, 1]
        row = {**row, "method": "fairlearn ThresholdOptimizer on plain LoRA", "setting": constraint}
        yield {**row, **measures(judge, chance, decision), "versions": VERSIONS}


output, *sweeps = sys.argv[1:]
rows = []
for world, sweep in (entry.split("=") for entry in sweeps):
    for folder in sorted(Path(sweep, "runs").iterdir()):
        if (folder / "evaluation" / "predictions.csv").exists():
            rows.extend(rows_of(world, folder))
frame = pd.DataFrame(rows)
# A walk that is not at its end is left out.
steps = frame.groupby(["world", "method", "seed"]).setting.transform("nunique")
frame = frame[steps == steps.groupby([frame.world, frame.method]).transform("max")]
frame.round(4).to_csv(output, index=False)
print(frame.groupby(["world", "method", "setting"]).mean(numeric_only=True).round(3).to_string())
