"""What every peer of this folder is judged by, in numpy alone."""
import numpy as np
from sklearn.metrics import precision_recall_curve, roc_auc_score


def best_threshold(label, score):
    """The threshold with the highest F1, as our runs take it."""
    precision, recall, thresholds = precision_recall_curve(label, score)
    return thresholds[np.argmax((2 * precision * recall / np.maximum(precision + recall, 1e-9))[:-1])]


def parity(decision, group):
    """The largest difference between two groups' rates."""
    rates = [decision[group == name].mean() for name in np.unique(group)]
    return max(rates) - min(rates)


def odds(decision, group, truth):
    """The larger of the differences of true and of false positive rates."""
    return max(parity(decision[truth == value], group[truth == value]) for value in (0, 1))


def measures(pairs, score, decision):
    """Of pairs with label, merit and education: how well scores rank, and how decisions differ between groups."""
    label, merit, group = (pairs[name].to_numpy() for name in ("label", "merit", "education"))
    decision = np.asarray(decision).astype(float)
    return {
        "roc_auc": roc_auc_score(label, score),
        "ground_truth_roc_auc": roc_auc_score(merit, score),
        "accuracy": (decision == label).mean(),
        "ground_truth_accuracy": (decision == merit).mean(),
        "selection_rate": decision.mean(),
        "demographic_parity_difference": parity(decision, group),
        "equalized_odds_difference": odds(decision, group, label),
        "ground_truth_equalized_odds_difference": odds(decision, group, merit),
    }
