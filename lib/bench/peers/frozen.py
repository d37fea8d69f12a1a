"""Fairness tools for Python on the frozen base model's embeddings: the same pairs, splits and seeds as our runs.

    deno run -A lib/bench/peers/embed.ts configs/demo.json data/processed/unseen.csv FOLDER
    pip install fairlearn aif360 tensorflow scikit-learn pandas
    python lib/bench/peers/frozen.py lib/bench/peers/frozen.csv demo=FOLDER

A logistic regression on |u - v| and u * v of a pair's embeddings, reduced to 64 principal components, and the cosine.
Plain; AIF360's reweighing and adversarial debiasing (a network of its own, in TensorFlow); fairlearn's
ExponentiatedGradient and ThresholdOptimizer. Thresholds are those with the highest F1 on the validation split, as ours.
fairlearn equalises against the label it is given, which is the historical one.
"""
import os
import sys
import warnings
from importlib.metadata import version

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import pandas as pd
import tensorflow.compat.v1 as tf
from aif360.datasets import BinaryLabelDataset
from aif360.algorithms.inprocessing import AdversarialDebiasing
from aif360.algorithms.preprocessing import Reweighing
from fairlearn.postprocessing import ThresholdOptimizer
from fairlearn.reductions import DemographicParity, EqualizedOdds, ExponentiatedGradient
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from measures import best_threshold, measures

warnings.filterwarnings("ignore")
tf.disable_eager_execution()
output, *worlds = sys.argv[1:]
VERSIONS = " ".join(f"{name} {version(name)}" for name in ("fairlearn", "aif360", "scikit-learn", "tensorflow"))
BOUNDS = (0.05, 0.10)


def model():
    return LogisticRegression(C=0.1, max_iter=500)


class World:
    """A table's pairs, and what a method sees of them."""

    def __init__(self, name, folder):
        self.name = name
        self.pairs = pd.read_csv(f"{folder}/pairs.csv")
        texts = np.fromfile(f"{folder}/texts.f32", dtype="<f4").reshape(-1, 384)
        u, v = texts[self.pairs.job], texts[self.pairs.resume]
        self.raw = np.c_[np.abs(u - v), u * v]
        self.cosine = (u * v).sum(1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)


class Seed:
    """One seed's data, and how a method is measured on people that nobody trained on."""

    def __init__(self, world, seed):
        split = world.pairs[f"split_{seed}"]
        self.world, self.seed = world, seed
        self.masks = {name: (split == name).to_numpy() for name in ("train", "validation", "unseen")}
        scale = make_pipeline(StandardScaler(), PCA(64, random_state=seed))
        scale.fit(world.raw[self.masks["train"]])
        self.x = np.c_[scale.transform(world.raw), 10 * world.cosine].astype(float)

    def of(self, name):
        part = self.world.pairs[self.masks[name]]
        return self.x[self.masks[name]], part.label.to_numpy(), part.education.to_numpy()

    def row(self, method, setting, score, decision):
        unseen = self.world.pairs[self.masks["unseen"]]
        return {
            "world": self.world.name,
            "method": method,
            "setting": setting,
            "seed": self.seed,
            **measures(unseen, score, decision),
            "versions": VERSIONS,
        }


def scored(data, method, setting, score):
    """`score` maps a part's name to the scores of its rows."""
    threshold = best_threshold(data.of("validation")[1], score("validation"))
    unseen = score("unseen")
    return data.row(method, setting, unseen, unseen >= threshold)


def chances(data, fitted):
    return lambda part: fitted.predict_proba(data.of(part)[0])[:, 1]


# AIF360 compares two groups of a binary attribute: without a four-year degree, and with one.
BELOW, ABOVE = [{"degree": 0}], [{"degree": 1}]


def aif360_table(x, label, group):
    degree = np.isin(group, ["bachelor", "master", "doctorate"]).astype(float)
    frame = pd.DataFrame({**{f"x{i}": column for i, column in enumerate(x.T)}, "degree": degree, "label": label.astype(float)})
    table = BinaryLabelDataset(df=frame, label_names=["label"], protected_attribute_names=["degree"])
    # The group is no feature of a model's, here as everywhere.
    table.features[:, table.feature_names.index("degree")] = 0
    return table


def reweighed(x, label, group):
    weights = Reweighing(BELOW, ABOVE).fit_transform(aif360_table(x, label, group)).instance_weights
    return model().fit(x, label, sample_weight=weights)


def adversarial(data, weight):
    """Scores of AIF360's network with an adversary of this weight; its defaults otherwise, and features of like size."""
    size = data.of("train")[0].std(0)
    table = {part: aif360_table(x / size, label, group) for part in data.masks for x, label, group in [data.of(part)]}
    tf.reset_default_graph()
    with tf.Session() as session:
        network = AdversarialDebiasing(BELOW, ABOVE, "network", session, seed=data.seed, adversary_loss_weight=weight)
        network.fit(table["train"])
        scores = {part: network.predict(table[part]).scores[:, 0] for part in ("validation", "unseen")}
    return scores.__getitem__


rows = []
for world, seed in ((World(*entry.split("=")), seed) for entry in worlds for seed in (1, 2, 3, 4, 5)):
    data = Seed(world, seed)
    x, label, group = data.of("train")
    xu, _, gu = data.of("unseen")
    plain = model().fit(x, label)
    rows.append(scored(data, "frozen embeddings", "plain", chances(data, plain)))
    rows.append(scored(data, "aif360 Reweighing", "degree", chances(data, reweighed(x, label, group))))
    for weight in (0.1, 1.0):
        rows.append(scored(data, "aif360 AdversarialDebiasing", f"weight {weight}", adversarial(data, weight)))
    for name in ("demographic_parity", "equalized_odds"):
        post = ThresholdOptimizer(
            estimator=plain, constraints=name, objective="accuracy_score", prefit=True, predict_method="predict_proba"
        ).fit(x, label, sensitive_features=group)
        chance = post._pmf_predict(xu, sensitive_features=gu)[:, 1]
        decision = post.predict(xu, sensitive_features=gu, random_state=seed)
        rows.append(data.row("fairlearn ThresholdOptimizer", name, chance, np.asarray(decision)))
    for bound in BOUNDS:
        for name, constraint in (("demographic_parity", DemographicParity), ("equalized_odds", EqualizedOdds)):
            # fairlearn bounds each group's distance from everybody: half of what lies between two groups.
            reduction = ExponentiatedGradient(model(), constraint(difference_bound=bound / 2), eps=bound / 2, max_iter=30)
            reduction.fit(x, label, sensitive_features=group)
            chance = reduction._pmf_predict(xu)[:, 1]
            decision = reduction.predict(xu, random_state=seed)
            rows.append(data.row("fairlearn ExponentiatedGradient", f"{name} {bound}", chance, np.asarray(decision)))
    pd.DataFrame(rows).round(4).to_csv(output, index=False)
    print(world.name, seed, file=sys.stderr)
print(pd.DataFrame(rows).groupby(["world", "method", "setting"]).mean(numeric_only=True).round(3).to_string())
