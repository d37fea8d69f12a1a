"""Fairness tools for Python on the frozen base model's embeddings: the same pairs, splits and seeds as our runs.

    deno run -A lib/bench/peers/embed.ts data/processed/unseen.csv FOLDER
    pip install fairlearn aif360 scikit-learn pandas
    python lib/bench/peers/frozen.py FOLDER lib/bench/peers/frozen.csv

A logistic regression on |u - v| and u * v of a pair's embeddings, reduced to 64 principal components, and the cosine.
Plain; AIF360's reweighing; fairlearn's ExponentiatedGradient and ThresholdOptimizer. Thresholds are those with the
highest F1 on the validation split, as ours. fairlearn equalises against the label it is given, which is the historical one.
"""
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from aif360.datasets import BinaryLabelDataset
from aif360.algorithms.preprocessing import Reweighing
from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference
from fairlearn.postprocessing import ThresholdOptimizer
from fairlearn.reductions import DemographicParity, EqualizedOdds, ExponentiatedGradient
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
folder, output = sys.argv[1:3]
pairs = pd.read_csv(f"{folder}/pairs.csv")
texts = np.fromfile(f"{folder}/texts.f32", dtype="<f4").reshape(-1, 384)
u, v = texts[pairs.job], texts[pairs.resume]
raw = np.c_[np.abs(u - v), u * v]
cosine = (u * v).sum(1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
VERSIONS = " ".join(f"{name} {version(name)}" for name in ("fairlearn", "aif360", "scikit-learn"))
BOUNDS = (0.05, 0.10)


def model():
    return LogisticRegression(C=0.1, max_iter=500)


def best_threshold(label, score):
    precision, recall, thresholds = precision_recall_curve(label, score)
    return thresholds[np.argmax((2 * precision * recall / np.maximum(precision + recall, 1e-9))[:-1])]


class Seed:
    """One seed's data, and how a method is measured on people that nobody trained on."""

    def __init__(self, seed):
        split = pairs[f"split_{seed}"]
        self.seed = seed
        self.masks = {name: (split == name).to_numpy() for name in ("train", "validation", "unseen")}
        scale = make_pipeline(StandardScaler(), PCA(64, random_state=seed))
        scale.fit(raw[self.masks["train"]])
        self.x = np.c_[scale.transform(raw), 10 * cosine].astype(float)

    def of(self, name):
        mask = self.masks[name]
        part = pairs[mask]
        return self.x[mask], part.label.to_numpy(), part.education.to_numpy(), part.merit.to_numpy()

    def row(self, method, bound, score, decision):
        _, label, group, merit = self.of("unseen")
        return {
            "method": method,
            "bound": bound,
            "seed": self.seed,
            "roc_auc": roc_auc_score(label, score),
            "ground_truth_roc_auc": roc_auc_score(merit, score),
            "selection_rate": decision.mean(),
            "demographic_parity_difference": demographic_parity_difference(label, decision, sensitive_features=group),
            "equalized_odds_difference": equalized_odds_difference(label, decision, sensitive_features=group),
            "ground_truth_equalized_odds_difference": equalized_odds_difference(
                merit, decision, sensitive_features=group
            ),
            "versions": VERSIONS,
        }


def scored(data, method, fitted):
    x, label, *_ = data.of("validation")
    threshold = best_threshold(label, fitted.predict_proba(x)[:, 1])
    score = fitted.predict_proba(data.of("unseen")[0])[:, 1]
    return data.row(method, None, score, (score >= threshold).astype(int))


def reweighed(x, label, group):
    # AIF360 compares two groups of a binary attribute: without a four-year degree, and with one.
    degree = np.isin(group, ["bachelor", "master", "doctorate"]).astype(float)
    frame = pd.DataFrame({"degree": degree, "label": label.astype(float)})
    table = BinaryLabelDataset(df=frame, label_names=["label"], protected_attribute_names=["degree"])
    weights = Reweighing([{"degree": 0}], [{"degree": 1}]).fit_transform(table).instance_weights
    return model().fit(x, label, sample_weight=weights)


rows = []
for seed in (1, 2, 3, 4, 5):
    data = Seed(seed)
    x, label, group, _ = data.of("train")
    xu, _, gu, _ = data.of("unseen")
    plain = model().fit(x, label)
    rows.append(scored(data, "plain", plain))
    rows.append(scored(data, "aif360 Reweighing", reweighed(x, label, group)))
    for name in ("demographic_parity", "equalized_odds"):
        post = ThresholdOptimizer(
            estimator=plain, constraints=name, objective="accuracy_score", prefit=True, predict_method="predict_proba"
        ).fit(x, label, sensitive_features=group)
        chance = post._pmf_predict(xu, sensitive_features=gu)[:, 1]
        decision = post.predict(xu, sensitive_features=gu, random_state=seed)
        rows.append(data.row(f"fairlearn ThresholdOptimizer {name}", None, chance, np.asarray(decision)))
    for bound in BOUNDS:
        for name, constraint in (("demographic_parity", DemographicParity), ("equalized_odds", EqualizedOdds)):
            # fairlearn bounds each group's distance from everybody: half of what lies between two groups.
            reduction = ExponentiatedGradient(model(), constraint(difference_bound=bound / 2), eps=bound / 2, max_iter=30)
            reduction.fit(x, label, sensitive_features=group)
            chance = reduction._pmf_predict(xu)[:, 1]
            decision = reduction.predict(xu, random_state=seed)
            rows.append(data.row(f"fairlearn ExponentiatedGradient {name}", bound, chance, np.asarray(decision)))
    pd.DataFrame(rows).round(4).to_csv(output, index=False)
    print(seed, flush=True)
print(pd.DataFrame(rows).groupby(["method", "bound"], dropna=False).mean(numeric_only=True).round(3).to_string())
