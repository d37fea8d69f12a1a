"""
fairlearn's bootstrap of a scored table, for `deno task bench --only metrics --against fairlearn`: a MetricFrame of
selection rate, true and false positive rate and accuracy by group, as our decision intervals have them.

Usage: bootstrap.py table.csv resamples. Prints one JSON line: versions, and seconds for reading (pandas) and for the
frame with and without its resamples.
"""
import json
import sys
import time

import fairlearn
import numpy
import pandas
import sklearn
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from sklearn.metrics import accuracy_score

path, resamples = sys.argv[1], int(sys.argv[2])


def timed(work):
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


table, read = timed(lambda: pandas.read_csv(path))
columns = {
    "metrics": {
        "selection_rate": selection_rate,
        "true_positive_rate": true_positive_rate,
        "false_positive_rate": false_positive_rate,
        "accuracy": accuracy_score,
    },
    "y_true": table["label"],
    "y_pred": (table["score"] >= 0.5).astype(int),
    "sensitive_features": table["education"],
}
_, frame = timed(lambda: MetricFrame(**columns))
_, whole = timed(lambda: MetricFrame(**columns, n_boot=resamples, ci_quantiles=[0.025, 0.975], random_state=1))
packages = (fairlearn, sklearn, pandas, numpy)
versions = ", ".join(f"{package.__name__} {package.__version__}" for package in packages)
print(json.dumps({"versions": versions, "read": read, "frame": frame, "bootstrap": whole - frame}))
