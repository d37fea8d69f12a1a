"""Makes fairness_small.json, fairness_edge.json, fairness_law.json, fairness_adult.json (cases a-g).

python make_fairness.py   (GOLDEN_DATA: see README.md)
fairlearn 0.15.0.dev0, scikit-learn 1.9.1, AIF360 0.6.1, pandas 3.0.6, numpy 2.4.6.
"""
import sys
from fair import *
from fair import _frame
from common import *
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

META = {"libraries": versions("fairlearn", "aif360", "scikit-learn", "numpy", "scipy", "pandas"), "formulas": FORMULAS,
        "encoding": "'NaN', 'Infinity', '-Infinity' are strings; y_pred is y_score >= 0.5 unless a note says otherwise"}


def simulate(seed, n, names, probs, shift):
    r = np.random.default_rng(seed)
    g = r.choice(names, n, p=probs)
    s = np.array([shift[names.index(v)] for v in g])
    y = (r.random(n) < 1 / (1 + np.exp(-(s + r.normal(0, .3, n))))).astype(int)
    score = np.round(1 / (1 + np.exp(-(0.9 * s + 1.6 * (y - .5) + r.normal(0, 1.2, n)))), 6)
    return r, g.tolist(), y, score


def small():
    cases = []
    y = [1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1]
    s = [.9, .8, .4, .6, .2, .1, .7, .3, .5, .3, .2, .45]  # ties (.3 .2) and a score on the threshold and on a bin edge
    cases.append(case("a_two_groups", y, np.array(s) >= .5, s, ["A"] * 6 + ["B"] * 6, reference="A"))
    names = ["HighSchool", "Bachelors", "Masters", "PhD"]
    r, g, y, s = simulate(101, 500, names, [.4, .3, .2, .1], [-.9, -.1, .4, 1.0])
    X = np.round(r.normal(size=(500, 3)), 6)
    cases.append(case("b_four_groups", y, s >= .5, s, g, features=X, reference="Bachelors"))
    r, g, y, s = simulate(103, 400, ["x", "y", "z"], [.5, .3, .2], [-.5, .2, .6])
    w = np.round(r.lognormal(0, .8, 400), 6)
    cases.append(case("g_weighted", y, s >= .5, s, g, w=w, reference="x"))
    w0 = w.copy(); w0[r.random(400) < .1] = 0.0
    cases.append(case("g_weighted_with_zero_weights", y, s >= .5, s, g, w=w0, reference="x"))
    cases.append(inter())
    write("fairness_small.json", {"meta": META, "cases": cases})


def inter():
    r, g, y, s = simulate(105, 360, ["HighSchool", "Bachelors", "PhD"], [.5, .4, .1], [-.6, .1, .8])
    gen = r.choice(["F", "M", "X"], 360, p=[.48, .48, .04])
    gen[(np.array(g) == "PhD") & (gen == "X")] = "F"  # an empty intersection
    yhat = (s >= .5).astype(int)
    sf = pd.DataFrame({"education": g, "gender": gen})
    mf, ws = recorded(lambda: {n: {"by_group": {"|".join(map(str, k)): v for k, v in m.by_group.to_dict("index").items()},
                                   "difference": {m_: {str(k): dict(v) for k, v in m.difference(method=m_).to_dict("index").items()} for m_ in ("between_groups", "to_overall")},
                                   "ratio": {m_: {str(k): dict(v) for k, v in m.ratio(method=m_).to_dict("index").items()} for m_ in ("between_groups", "to_overall")},
                                   "overall": {str(k): dict(v) for k, v in m.overall.to_dict("index").items()}}
                               for n, m in (("hard", _frame(HARD, y, yhat, sf["education"], None, False, sf["gender"])),)})
    return {"name": "d_intersectional", "inputs": {"y_true": y, "y_pred": yhat, "y_score": s, "education": g, "gender": gen.tolist()},
            "expected": {
                "intersection": {"fairlearn": frames(y, yhat, s, sf), "disparities": disparities(y, yhat, sf),
                                 "note": "by_group keys are 'education|gender'; the empty cell PhD|X is listed, all NaN, count too"},
                "education": {"fairlearn": frames(y, yhat, s, sf["education"]), "disparities": disparities(y, yhat, sf["education"])},
                "gender": {"fairlearn": frames(y, yhat, s, sf["gender"]), "disparities": disparities(y, yhat, sf["gender"])},
                "education_within_gender": {**mf, "note": "control_features=gender: keys of by_group are 'gender|education' (the control first); difference and ratio are per gender, "
                                            "to_overall compares with the gender's own overall"}}}


def edge():
    A, B = ["A"] * 6, ["B"] * 4
    y, s = [1, 0, 1, 0, 1, 0], [.9, .2, .4, .7, .8, .1]
    t = lambda v: (np.array(v) >= .5).astype(int)
    c = []
    sb = [.3, .6, .2, .8]
    c.append(case("c_group_without_positives", y + [0, 0, 0, 0], t(s + sb), s + sb, A + B, reference="A"))
    c.append(case("c_group_without_negatives", y + [1, 1, 1, 1], t(s + sb), s + sb, A + B, reference="A"))
    c.append(case("c_group_of_one_positive", y + [1], t(s + [.7]), s + [.7], A + ["B"], reference="A"))
    c.append(case("c_group_of_one_negative_selected", y + [0], t(s + [.7]), s + [.7], A + ["B"], reference="A"))
    yb = [1, 0, 0, 1]
    c.append(case("c_all_predicted_one", y + yb, [1] * 10, s + sb, A + B, reference="A", note="y_pred is all 1, not thresholded"))
    c.append(case("c_all_predicted_zero", y + yb, [0] * 10, s + sb, A + B, reference="A", note="y_pred is all 0, not thresholded"))
    c.append(case("c_one_group_never_selected", y + yb, list(t(s)) + [0] * 4, s + [.1, .2, .3, .4], A + B, reference="A"))
    c.append(case("c_perfect", y + yb, y + yb, [float(v) for v in y + yb], A + B, reference="A", note="scores exactly 0 and 1"))
    c.append(case("c_perfectly_wrong", y + yb, [1 - v for v in y + yb], [1.0 - v for v in y + yb], A + B, reference="A", note="scores exactly 0 and 1: log loss hits the clip"))
    c.append(case("c_all_labels_one", [1] * 10, t(s + sb), s + sb, A + B, reference="A"))
    c.append(case("c_constant_score", y + yb, [1] * 10, [.5] * 10, A + B, reference="A"))
    c.append(case("c_single_group", y, t(s), s, A, reference="A"))
    sf, e = pd.Series([], dtype=str), np.array([], dtype=int)
    errors = {"empty_input": recorded(lambda: fm.demographic_parity_difference(e, e, sensitive_features=sf))[0],
              "length_mismatch": recorded(lambda: fm.demographic_parity_difference([1, 0], [1, 0], sensitive_features=["a"]))[0],
              "three_label_values_tpr": recorded(lambda: fm.true_positive_rate([0, 1, 2], [0, 1, 1]))[0],
              "nan_in_y_true": recorded(lambda: fm.selection_rate([np.nan, 1], [1, 0]))[0],
              "nan_in_y_true_accuracy": recorded(lambda: skm.accuracy_score([np.nan, 1], [1, 0]))[0],
              "nan_in_scores_auc": recorded(lambda: skm.roc_auc_score([0, 1], [np.nan, .3]))[0],
              "none_group_label": recorded(lambda: {str(k): v for k, v in fm.MetricFrame(metrics=fm.count, y_true=[1, 0, 1], y_pred=[1, 0, 1], sensitive_features=["a", None, "a"]).by_group.items()})[0],
              "score_above_one_brier": recorded(lambda: skm.brier_score_loss([0, 1], [0.2, 1.3]))[0],
              "score_above_one_log_loss": recorded(lambda: skm.log_loss([0, 1], [0.2, 1.3]))[0],
              "log_loss_one_class_without_labels": recorded(lambda: skm.log_loss([1, 1], [0.2, .3]))[0],
              "all_zero_weights_selection_rate": recorded(lambda: fm.selection_rate([1, 0], [1, 0], sample_weight=[0., 0.]))[0]}
    write("fairness_edge.json", {"meta": META, "cases": c, "library_behaviours": errors})


def law():
    d = pd.read_csv(f"{DATA}/law/law_school_clean.csv")
    y = d.pass_bar.astype(int).to_numpy(); cols = ["decile1b", "decile3", "lsat", "ugpa", "zfygpa", "zgpa", "fulltime", "fam_inc", "male"]
    tr, te = train_test_split(np.arange(len(d)), test_size=.3, random_state=7, stratify=y)
    te = np.sort(te); groups = [f"tier{int(t)}" for t in d.tier.iloc[te]]
    out = []
    for name, cw in (("e_law_tier", None), ("e_law_tier_balanced", "balanced")):
        m = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, class_weight=cw, random_state=7)).fit(d[cols].iloc[tr], y[tr])
        s = np.round(m.predict_proba(d[cols].iloc[te])[:, 1], 6)
        out.append(case(name, y[te], s >= .5, s, groups, note=f"law_school_clean.csv, 30 % test split; LogisticRegression(class_weight={cw}) on {cols}"))
    for o in out[1:]:  # the same rows
        for k in ("y_true", "groups"):
            assert o["inputs"][k] == out[0]["inputs"][k]; o["inputs"][k] = {"same_as": "e_law_tier"}
    write("fairness_law.json", {"meta": {**META, "row_index": te.tolist()}, "cases": out})


LEVEL = {**{k: "HighSchool-or-less" for k in ["Preschool", "1st-4th", "5th-6th", "7th-8th", "9th", "10th", "11th", "12th", "HS-grad"]},
         **{k: "SomeCollege/Assoc" for k in ["Some-college", "Assoc-voc", "Assoc-acdm"]}, "Bachelors": "Bachelors", "Masters": "Masters",
         "Doctorate": "Doctorate/Prof", "Prof-school": "Doctorate/Prof"}


def adult():
    rd = lambda f: pd.read_csv(f"{DATA}/adult/{f}", skipinitialspace=True).dropna(how="all")
    a, b = rd("adult.data"), rd("adult.test")
    num = ["age", "capital-gain", "capital-loss", "hours-per-week"]; cat = ["workclass", "education", "marital-status", "occupation", "relationship", "native-country"]
    Y = lambda d: d.income.str.strip().str.rstrip(".").eq(">50K").astype(int).to_numpy()
    m = make_pipeline(ColumnTransformer([("n", StandardScaler(), num), ("c", OneHotEncoder(handle_unknown="ignore"), cat)]), LogisticRegression(max_iter=2000, random_state=11)).fit(a[num + cat], Y(a))
    s = np.round(m.predict_proba(b[num + cat])[:, 1], 6)
    groups = [LEVEL[e.strip()] for e in b.education]
    assert len(set(groups)) == 5
    c = case("f_adult_education", Y(b), s >= .5, s, groups, note="Adult income >50K; LogisticRegression; education collapsed to five levels")
    vocab = sorted(set(groups)); c["inputs"]["group_names"] = vocab; c["inputs"]["groups"] = [vocab.index(g) for g in groups]
    c["note"] += "; inputs.groups are indices into group_names"
    write("fairness_adult.json", {"meta": {**META, "education_levels": LEVEL}, "cases": [c]})


if __name__ == "__main__":
    small(); edge(); law(); adult()
