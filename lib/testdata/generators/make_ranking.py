"""Makes ranking.json (case i): ranking quality and ranking fairness on seeded queries.

python make_ranking.py
scikit-learn 1.9.1 (ndcg_score, dcg_score, average_precision_score as cross-checks), numpy 2.4.6; formulas in the file.
Fair-ranking measures: Geyik, Ambler, Kenthapadi, "Fairness-Aware Ranking in Search & Recommendation Systems with
Application to LinkedIn Talent Search", KDD 2019 (Skew@k, MinSkew/MaxSkew, NDKL); exposure: Singh & Joachims, KDD 2018.
"""
import sys, math
from common import *
import sklearn.metrics as skm

F = {
    "order": "scores descending; equal scores keep input order (stable). rank starts at 1. k larger than the list means the whole list",
    "dcg@k": "sum_{r<=k} rel_r / log2(r+1) (linear gain, as sklearn)", "ndcg@k": "dcg@k / ideal dcg@k (ideal: true relevances sorted); 0 when no relevant item, as sklearn. With tied scores the stable input order is used (sklearn's ignore_ties=True would reverse tied items)",
    "ndcg_ties@k": "sklearn ndcg_score(ignore_ties=False): tied scores share the mean gain of their tie block (a list of one item, which sklearn refuses, takes ndcg)",
    "ndcg_exp@k": "the same with gain 2^rel - 1 (Burges)", "relevant": "rel > 0 for hit, precision, recall, rr, ap",
    "hit@k": "1 if any of the first k is relevant", "precision@k": "relevant in first k / k (k, not min(k,n))", "recall@k": "relevant in first k / relevant",
    "rr": "1/rank of the first relevant item, 0 if none; mrr = mean over queries", "ap": "mean over relevant items of precision at their rank (equals sklearn average_precision_score without ties); 0 if none; map = mean over queries",
    "undefined": "queries without a relevant item: ndcg, recall, rr, ap and hit count 0 in `mean_all`; `mean_defined` leaves those queries out",
    "exposure": "item at rank r has exposure 1/log2(r+1); group_exposure_mean = mean over the group's items; group_exposure_share = group's sum / total; cutoff k: items beyond k have exposure 0",
    "exposure_ratio": "min over groups / max over groups of group_exposure_mean", "exposure_vs_relevance": "group_exposure_mean / mean rel of the group (disparate treatment, Singh & Joachims 2018), NaN if the group's mean rel is 0",
    "topk_share": "group's share of the first k", "candidate_share": "group's share of the query's candidates = desired distribution p",
    "representation_ratio@k": "topk_share / candidate_share", "selection_rate@k": "group's items in the first k / group's items",
    "skew@k": "ln(topk_share / candidate_share), -Infinity if the group is absent from the first k (Geyik et al., natural log)", "min_skew@k/max_skew@k": "over the groups of the query",
    "ndkl": "(1/Z) sum_{i=1..n} KL(D_i || p)/log2(i+1), Z = sum_{i=1..n} 1/log2(i+1), D_i = group shares of the first i, KL with natural log, 0 ln 0 = 0 (Geyik et al.); ndkl@k stops at i = k",
    "pairwise_accuracy": "per ordered pair of groups 'a>b': P(score_i > score_j | i in a, j in b, rel_i > rel_j), ties count 1/2; NaN if no such pair (Beutel et al. 2019)",
}


def order(s): return np.argsort(-np.asarray(s), kind="stable")


def query(rel, score, groups, ks):
    rel, score, groups = np.asarray(rel, float), np.asarray(score, float), np.asarray(groups)
    o, n = order(score), len(rel); r, g = rel[o], groups[o]; disc = 1 / np.log2(np.arange(n) + 2)
    hit, names, out = r > 0, sorted(set(groups)), {}
    for k in ks:
        m = min(k, n)
        for key, gain, ideal in (("ndcg", r, np.sort(rel)[::-1]), ("ndcg_exp", 2**r - 1, 2**np.sort(rel)[::-1] - 1)):
            idcg = (ideal[:m] * disc[:m]).sum(); out[f"{key}@{k}"] = (gain[:m] * disc[:m]).sum() / idcg if idcg else 0.0
        out[f"dcg@{k}"] = (r[:m] * disc[:m]).sum(); out[f"ndcg_ties@{k}"] = out[f"ndcg@{k}"]
        if n > 1:
            ref = skm.ndcg_score([rel], [score], k=k, ignore_ties=True)
            out[f"ndcg_ties@{k}"] = skm.ndcg_score([rel], [score], k=k)
            if len(set(score)) == n:
                assert abs(ref - out[f"ndcg@{k}"]) < 1e-12 and abs(out[f"ndcg_ties@{k}"] - ref) < 1e-12
        out[f"hit@{k}"] = float(hit[:m].any()); out[f"precision@{k}"] = hit[:m].sum() / k
        out[f"recall@{k}"] = hit[:m].sum() / hit.sum() if hit.any() else 0.0
    out["rr"] = 1 / (np.argmax(hit) + 1) if hit.any() else 0.0
    out["ap"] = float(np.mean([hit[: i + 1].mean() for i in np.flatnonzero(hit)])) if hit.any() else 0.0
    if hit.any() and len(set(score)) == n:
        assert abs(out["ap"] - skm.average_precision_score(rel > 0, score)) < 1e-12
    p = {a: float((groups == a).mean()) for a in names}
    fair = {"candidate_share": p, "group_exposure_mean": {a: disc[g == a].mean() for a in names}, "group_exposure_share": {a: disc[g == a].sum() / disc.sum() for a in names}}
    e = list(fair["group_exposure_mean"].values()); fair["exposure_ratio"] = min(e) / max(e)
    fair["exposure_vs_relevance"] = {a: (fair["group_exposure_mean"][a] / rel[groups == a].mean() if rel[groups == a].mean() else math.nan) for a in names}
    kl = lambda i: sum((q := (g[:i] == a).mean()) and q * math.log(q / p[a]) for a in names)
    z = np.cumsum(disc); w = np.cumsum([kl(i + 1) * disc[i] for i in range(n)]); fair["ndkl"] = w[-1] / z[-1]
    for k in ks:
        m = min(k, n); share = {a: float((g[:m] == a).mean()) for a in names}
        skew = {a: math.log(share[a] / p[a]) if share[a] else -math.inf for a in names}
        fair[f"@{k}"] = {"topk_share": share, "representation_ratio": {a: share[a] / p[a] for a in names}, "selection_rate": {a: float((g[:m] == a).sum() / (groups == a).sum()) for a in names},
                         "skew": skew, "min_skew": min(skew.values()), "max_skew": max(skew.values()), "ndkl": w[m - 1] / z[m - 1],
                         "group_exposure_mean": {a: float(np.where(np.arange(n) < m, disc, 0)[g == a].mean()) for a in names}}
    fair["pairwise_accuracy"] = {}
    for a in names:
        for b in names:
            I, J = np.meshgrid(np.flatnonzero(groups == a), np.flatnonzero(groups == b), indexing="ij"); ok = rel[I] > rel[J]
            fair["pairwise_accuracy"][f"{a}>{b}"] = float(np.where(score[I] > score[J], 1, np.where(score[I] == score[J], .5, 0))[ok].mean()) if ok.any() else math.nan
    return {"quality": out, "fairness": fair, "ranking": o}


def mean_over(res, rels):
    keys = sorted(set().union(*[q["quality"] for q in res]) - {"x"}); defined = [i for i, r in enumerate(rels) if max(r) > 0]
    f = lambda idx: {{"rr": "mrr", "ap": "map"}.get(k, k): float(np.mean([res[i]["quality"][k] for i in idx if k in res[i]["quality"]])) for k in keys}
    agg = {"mean_all": f(range(len(res))), "mean_defined": f(defined)}
    agg["mean_ndkl"] = float(np.mean([q["fairness"]["ndkl"] for q in res]))
    return agg


def make(name, seed, sizes, ks, graded=False, ties=False):
    r, qs = np.random.default_rng(seed), []
    for i, n in enumerate(sizes):
        g = r.choice(["HighSchool", "Bachelors", "Masters", "PhD"], n, p=[.35, .35, .2, .1]).tolist()
        t = r.normal(size=n); rel = (np.clip(np.round(t + .6), 0, 3) if graded else (t > .8)).astype(int)
        s = t + r.normal(0, .8, n) + np.array([{"HighSchool": -.4, "PhD": .4}.get(v, 0) for v in g])
        if i == len(sizes) - 1: rel[:] = 0  # a query without a relevant item
        qs.append({"id": f"q{i}", "relevance": rel.tolist(), "score": np.round(s, 1 if ties else 6).tolist(), "groups": g})
    res = [query(q["relevance"], q["score"], q["groups"], ks) for q in qs]
    return {"name": name, "k": ks, "inputs": qs, "expected": {"per_query": res, "aggregate": mean_over(res, [q["relevance"] for q in qs])}}


cases = [make("i_binary", 301, [10, 12, 8, 25, 3, 1, 15, 9], [1, 3, 5, 10]), make("i_graded", 302, [20, 6, 14, 30, 11], [1, 5, 10, 20], graded=True),
         make("i_graded_ties", 303, [12, 10, 16, 8], [3, 5, 10], graded=True, ties=True)]
write("ranking.json", {"meta": {"libraries": versions("scikit-learn", "numpy"), "formulas": F}, "cases": cases})
