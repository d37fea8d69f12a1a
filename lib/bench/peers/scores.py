"""fairlearn's ThresholdOptimizer on the scores of plain LoRA runs: other thresholds for each group, the same model.

    deno task sweep --config configs/sweeps/demo-ablation.json --output SWEEP --only plain
    pip install fairlearn pandas scikit-learn
    python lib/bench/peers/scores.py lib/bench/peers/scores.csv SWEEP/runs/plain_seed-*

Fitted on each run's own test split, which it was not trained on, and judged on the sweep's unseen table.
"""
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference
from fairlearn.postprocessing import ThresholdOptimizer
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import roc_auc_score

warnings.filterwarnings("ignore")
VERSIONS = f"fairlearn {version('fairlearn')} scikit-learn {version('scikit-learn')}"


class Scores(ClassifierMixin, BaseEstimator):
    """A model that has already scored: its one feature is the score."""

    def fit(self, x, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, x):
        return np.asarray(x)[:, 0].astype(float)


output, *folders = sys.argv[1:]
rows = []
for seed, folder in enumerate(folders, 1):
    fit, judge = (pd.read_csv(f"{folder}/{part}/predictions.csv") for part in ("metrics", "evaluation"))
    score = judge.tuned_score.to_numpy(float)
    for constraint in ("demographic_parity", "equalized_odds", "true_positive_rate_parity"):
        post = ThresholdOptimizer(
            estimator=Scores(), constraints=constraint, objective="accuracy_score", prefit=True, predict_method="predict"
        )
        x = fit[["tuned_score"]].to_numpy(float)
        post.fit(x, fit.label.to_numpy(), sensitive_features=fit.education.to_numpy())
        group = judge.education.to_numpy()
        x = score.reshape(-1, 1)
        decision = np.asarray(post.predict(x, sensitive_features=group, random_state=seed))
        chance = post._pmf_predict(x, sensitive_features=group)[:, 1]
        rows.append({
            "run": folder.rstrip("/").split("/")[-1],
            "constraint": constraint,
            "roc_auc_of_scores": roc_auc_score(judge.label, score),
            "roc_auc_of_chances": roc_auc_score(judge.label, chance),
            "selection_rate": decision.mean(),
            "demographic_parity_difference": demographic_parity_difference(
                judge.label, decision, sensitive_features=group
            ),
            "ground_truth_equalized_odds_difference": equalized_odds_difference(
                judge.ground_truth, decision, sensitive_features=group
            ),
            "accuracy": (decision == judge.label).mean(),
            "ground_truth_accuracy": (decision == judge.ground_truth).mean(),
            "versions": VERSIONS,
        })
pd.DataFrame(rows).round(4).to_csv(output, index=False)
print(pd.DataFrame(rows).round(3).to_string())
