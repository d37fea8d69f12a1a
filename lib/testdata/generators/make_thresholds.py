"""Makes fairness_thresholds.json (case h): fairlearn ThresholdOptimizer on scores of fairness_small/law/adult.

python make_thresholds.py   (reads what make_fairness.py wrote)
fairlearn 0.15.0.dev0, scikit-learn 1.9.1, pandas 3.0.6, numpy 2.4.6.
The estimator is a pass-through of y_score; grid_size 1000, flip False unless said.
"""
import sys, json, os
from common import *
import pandas as pd
from fairlearn.postprocessing import ThresholdOptimizer
from sklearn.base import BaseEstimator, ClassifierMixin

NOTE = {
    "interpolation": "P(yhat=1|score,group) = p0*[score op0 t0] + p1*[score op1 t1]; with p_ignore: p_ignore*prediction_constant + (1-p_ignore)*that. op is strict '>' (or '<' when flipped)",
    "thresholds": "midpoints between neighbouring distinct scores of the group; the ends are -Infinity / Infinity",
    "algorithm": "per group: metric curve over all thresholds, upper convex hull, interpolated on x = linspace(0,1,1001); simple constraints maximise the group-share-weighted y "
                 "(first maximum); equalized_odds takes the pointwise minimum of the group ROC hulls, maximises the objective (rounded to 15 decimals, first maximum), and mixes with p_ignore",
    "x_best/y_best": "constraint value and objective value (equalized_odds: FPR and TPR) at the optimum",
    "pmf": "P(yhat=1) per row of the source case. expected_by_group/overall are exact expectations under the randomised rule (means of pmf, over positives: tpr, over negatives: fpr)",
    "tolerance": "maxima can be tied: compare x_best, y_best and expected_* to 1e-9, thresholds only where they agree",
}


class Pass(ClassifierMixin, BaseEstimator):
    def fit(self, X, y): return self
    def predict(self, X): return np.asarray(X)[:, 0]
    def __sklearn_is_fitted__(self): return True


def source(file, name):
    d = read(file)
    by = {c["name"]: c["inputs"] for c in d["cases"]}
    i = dict(by[name])
    for k, v in list(i.items()):
        if isinstance(v, dict):
            i[k] = by[v["same_as"]][k]
    if "group_names" in i:
        i["groups"] = [i["group_names"][g] for g in i["groups"]]
    return np.array(i["y_true"]), np.array(i["y_score"]), np.array(i["groups"])


def op(o): return {"operator": o.operator, "threshold": float(o.threshold)}


def expect(y, q, g):
    def e(m):
        y_, q_ = y[m], q[m]
        pos, neg = y_ == 1, y_ == 0
        d = {"count": int(m.sum()), "selection_rate": q_.mean(), "tpr": q_[pos].mean() if pos.any() else float("nan"), "fpr": q_[neg].mean() if neg.any() else float("nan"),
             "accuracy": np.where(pos, q_, 1 - q_).mean()}
        d["balanced_accuracy"] = .5 * d["tpr"] + .5 * (1 - d["fpr"])
        return d
    return {"expected_by_group": {k: e(g == k) for k in sorted(set(g))}, "expected_overall": e(np.ones(len(y), bool))}


def run(y, s, g, constraints, objective, pmf, **kw):
    def f():
        t = ThresholdOptimizer(estimator=Pass(), constraints=constraints, objective=objective, prefit=True, predict_method="predict", **kw)
        t.fit(s.reshape(-1, 1), y, sensitive_features=g)
        q = t._pmf_predict(s.reshape(-1, 1), sensitive_features=g)[:, 1]
        rules = {}
        for k, b in t.interpolated_thresholder_.interpolation_dict.items():
            rules[k] = {"p0": b.p0, "operation0": op(b.operation0), "p1": b.p1, "operation1": op(b.operation1)}
            if "p_ignore" in b:
                rules[k].update(p_ignore=b.p_ignore, prediction_constant=b.prediction_constant)
        out = {"x_best": getattr(t, "_x_best", None), "y_best": t._y_best, "rules": rules, **expect(y, q, g)}
        if "tol" in kw:
            out["x_best_per_group"] = t._x_best_per_group
        if pmf:
            out["pmf"] = q
        return out
    v, ws = recorded(f)
    return {"constraints": constraints, "objective": objective, **kw, "expected": v, **({"warnings": ws} if ws else {})}


def main():
    T = []
    def add(file, name, runs, pmf=True):
        y, s, g = source(file, name)
        T.append({"source": {"file": file, "case": name}, "before_at_half": expect(y, (s >= .5).astype(float), g), "runs": [run(y, s, g, c, o, pmf, **k) for c, o, k in runs]})
    three = [(c, "accuracy_score", {}) for c in ("demographic_parity", "equalized_odds", "true_positive_rate_parity")]
    bal = [(c, "balanced_accuracy_score", {}) for c in ("demographic_parity", "equalized_odds", "true_positive_rate_parity")]
    more = [("false_positive_rate_parity", "accuracy_score", {}), ("false_negative_rate_parity", "balanced_accuracy_score", {}), ("true_negative_rate_parity", "accuracy_score", {}),
            ("demographic_parity", "accuracy_score", {"grid_size": 50}), ("demographic_parity", "accuracy_score", {"flip": True}), ("demographic_parity", "accuracy_score", {"tol": .05}),
            ("true_positive_rate_parity", "selection_rate", {}), ("equalized_odds", "true_positive_rate", {})]
    add("fairness_small.json", "a_two_groups", three + bal)
    add("fairness_edge.json", "c_group_without_positives", three[:1])
    add("fairness_edge.json", "c_group_of_one_positive", three[:1])
    add("fairness_edge.json", "c_constant_score", three[:2])
    add("fairness_small.json", "b_four_groups", three + bal + more)
    add("fairness_law.json", "e_law_tier", three)
    add("fairness_law.json", "e_law_tier_balanced", bal)
    add("fairness_adult.json", "f_adult_education", three + bal[:1], pmf=False)
    write("fairness_thresholds.json", {"meta": {"libraries": versions("fairlearn", "scikit-learn", "numpy", "pandas"), "notes": NOTE}, "tests": T})


main()
