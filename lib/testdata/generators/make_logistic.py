"""Makes logistic.json: logistic regressions, scaling and multi-class metrics, as the leakage probe must give them.

python make_logistic.py   (Python 3.11, scikit-learn 1.2.1, numpy 1.24.2, scipy 1.10.1; an environment of its own)
The inputs (x, labels, the probabilities to be measured, which C and class weights) were drawn once with lib/random.ts and
are read from the file; everything else is computed again. meta.notes says how.
"""
import json, os
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, recall_score, roc_auc_score
from sklearn.preprocessing import StandardScaler

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "logistic.json")
digits = lambda a: np.round(a, 10).tolist()


def fit(x, y, C, class_weight):
    weights = None if class_weight == "none" else class_weight
    m = LogisticRegression(C=C, class_weight=weights, solver="newton-cg", tol=1e-8, max_iter=2000).fit(x, y)
    return {"C": C, "class_weight": class_weight, "coef": digits(m.coef_), "intercept": digits(m.intercept_),
            "probabilities": digits(m.predict_proba(x[:8]))}


def metrics(y, given):
    p = np.array(given); predicted = p.argmax(1)
    auc = roc_auc_score(y, p[:, 1]) if p.shape[1] == 2 else roc_auc_score(y, p, multi_class="ovr", average="macro")
    return {"probabilities": given, "accuracy": accuracy_score(y, predicted), "balanced_accuracy": balanced_accuracy_score(y, predicted),
            "recall": recall_score(y, predicted, average=None).tolist(), "roc_auc_ovr_macro": auc}


file = json.load(open(HERE))
for case in file["cases"]:
    x, y = np.array(case["x"]), np.array(case["labels"])
    scaler = StandardScaler().fit(x)
    case["scaler"] = {"mean": scaler.mean_.tolist(), "scale": scaler.scale_.tolist()}
    case["fits"] = [fit(x, y, f["C"], f["class_weight"]) for f in case["fits"]]
    case["metrics"] = metrics(y, case["metrics"]["probabilities"])
path = os.path.join(os.environ["GOLDEN_OUT"], "logistic.json") if "GOLDEN_OUT" in os.environ else HERE
with open(path, "w") as out:
    out.write(json.dumps(file, separators=(",", ":")) + "\n")
