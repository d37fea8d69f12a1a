"""Makes losses.json: loss values and gradients on small seeded embeddings, fairness penalties, AdamW and schedules.

python make_losses.py
sentence-transformers 6.0.1 (its own loss classes), torch 2.13.0+cpu, transformers 5.18.0 (schedules), scipy 1.17.1 (W1 cross-check).
All in float64; inputs are rounded to 6 decimals; gradients are of the loss with respect to the named inputs.
"""
import sys
from common import *
import torch, torch.nn.functional as F
from sentence_transformers.sentence_transformer import losses as ST
from sentence_transformers.util import pairwise_cos_sim
from scipy.stats import wasserstein_distance

torch.set_num_threads(1); torch.set_default_dtype(torch.float64)
G = torch.Generator().manual_seed(77)
rnd = lambda *s: torch.round(torch.randn(*s, generator=G), decimals=6)
uni = lambda *s: torch.round(torch.rand(*s, generator=G), decimals=6)
N, D = 6, 8
OUT = []


def add(name, formula, inputs, fn, wrt, **extra):
    """Records fn(**inputs) and its gradients w.r.t. the inputs named in wrt."""
    t = {k: (v.clone().requires_grad_(k in wrt) if torch.is_tensor(v) and v.is_floating_point() else v) for k, v in inputs.items()}
    r = fn(**t); loss, more = r if isinstance(r, tuple) else (r, {})
    g = torch.autograd.grad(loss, [t[k] for k in wrt])
    assert all(torch.isfinite(x).all() for x in g), name
    OUT.append({"name": name, "formula": formula, "inputs": {k: (v.tolist() if torch.is_tensor(v) else v) for k, v in inputs.items()},
                "expected": {"loss": loss.item(), "grad": {k: x.tolist() for k, x in zip(wrt, g)}, **more}, **extra})


def pair(noise=.8):
    a = rnd(N, D); return a, torch.round(a + noise * rnd(N, D), decimals=6)


# ---- contrastive and similarity losses -------------------------------------------------------------------------------
def mnrl(**kw):
    l = ST.MultipleNegativesRankingLoss(None, **kw); return lambda anchor, positive, negative=None, negative2=None: l.compute_loss_from_embeddings([x for x in (anchor, positive, negative, negative2) if x is not None], None)
a, p = pair(1.2); n1, n2 = (torch.round(p + 1.3 * rnd(N, D), decimals=6) for _ in range(2)); AP = ["anchor", "positive"]
CE = "scores_ij = scale*cos(anchor_i, cand_j); loss = mean_i cross_entropy(scores_i, target i)"
add("mnrl", CE + "; candidates = positives", dict(anchor=a, positive=p), mnrl(scale=20.0), AP, scale=20)
add("mnrl_hard_negatives", CE + "; candidates = [positives; negatives], every anchor sees all of them", dict(anchor=a, positive=p, negative=n1), mnrl(scale=20.0), AP + ["negative"], scale=20)
add("mnrl_two_hard_negatives", CE + "; candidates = [positives; negatives; negatives2]", dict(anchor=a, positive=p, negative=n1, negative2=n2), mnrl(scale=20.0), AP + ["negative", "negative2"], scale=20)
add("mnrl_symmetric", "directions query_to_doc and doc_to_query, partition_mode per_direction: loss = mean_i [-s_ii + (logsumexp_j s_ij + logsumexp_j s_ji)/2], s = scale*cos",
    dict(anchor=a, positive=p), mnrl(scale=20.0, directions=("query_to_doc", "doc_to_query"), partition_mode="per_direction"), AP, scale=20)
add("infonce_t0.02", CE + "; scale = 1/0.02 = 50 (temperature 0.02)", dict(anchor=a, positive=p), mnrl(scale=50.0), AP, temperature=.02)
add("infonce_t0.02_hard_negatives", CE + "; scale = 50; candidates = [positives; negatives]", dict(anchor=a, positive=p, negative=n1), mnrl(scale=50.0), AP + ["negative"], temperature=.02)
add("infonce_t0.2_duplicates_masked", CE + "; scale = 1/0.2 = 5; but candidate j != i with ids[j] == ids[i] is left out of anchor i's denominator (score -inf)", dict(anchor=a, positive=p, ids=[0, 1, 0, 2, 3, 1] + [4] * (N - 6)),
    lambda anchor, positive, ids: F.cross_entropy((5 * F.normalize(anchor) @ F.normalize(positive).T).masked_fill((torch.tensor(ids)[:, None] == torch.tensor(ids)[None]) & ~torch.eye(N, dtype=torch.bool), -torch.inf), torch.arange(N)), AP, temperature=.2)
a, p = pair(1.5); y = torch.round(uni(N), decimals=2); y[1] = y[0]
U = ["embedding1", "embedding2"]
cos_l = ST.CoSENTLoss(None, scale=20.0)
def cosent(embedding1, embedding2, label): return cos_l.compute_loss_from_embeddings([embedding1, embedding2], label)
add("cosent", "loss = ln(1 + sum over (i,j) with label_i < label_j of exp(scale*(cos_i - cos_j))), cos_i = cos(embedding1_i, embedding2_i); equal labels make no pair", dict(embedding1=a, embedding2=p, label=y), cosent, U, scale=20)
add("cosent_three_labels", "as cosent, labels 0, 0.5, 1 with ties", dict(embedding1=a, embedding2=p, label=torch.tensor([0, .5, 1, 0, 1, .5, .5][:N])), cosent, U, scale=20)
add("cosent_equal_labels", "all labels equal: no pair, loss = ln 1 = 0, gradient 0", dict(embedding1=a, embedding2=p, label=torch.full((N,), .5)), cosent, U, scale=20)
mse = ST.CosineSimilarityLoss(None)
add("cosine_mse", "mean_i (cos_i - label_i)^2", dict(embedding1=a, embedding2=p, label=y), lambda embedding1, embedding2, label: mse.compute_loss_from_embeddings([embedding1, embedding2], label), U)
add("cosine_bce", "mean_i BCE_with_logits(scale*cos_i + bias, label_i); soft labels allowed", dict(embedding1=a, embedding2=p, label=y, scale=torch.tensor(10.0), bias=torch.tensor(-5.0)),
    lambda embedding1, embedding2, label, scale, bias: F.binary_cross_entropy_with_logits(scale * pairwise_cos_sim(embedding1, embedding2) + bias, label), U + ["scale", "bias"])
w = torch.round(.2 + 2 * uni(N), decimals=6); yb = (y > .5).double()
add("cosine_bce_weighted", "sum_i w_i*BCE_i / sum_i w_i, BCE as in cosine_bce", dict(embedding1=a, embedding2=p, label=yb, weight=w, scale=torch.tensor(4.0), bias=torch.tensor(.5)),
    lambda embedding1, embedding2, label, weight, scale, bias: (weight * F.binary_cross_entropy_with_logits(scale * pairwise_cos_sim(embedding1, embedding2) + bias, label, reduction="none")).sum() / weight.sum(), U + ["scale", "bias"])
n = torch.round(p + .6 * rnd(N, D), decimals=6); T3 = ["anchor", "positive", "negative"]
def trip(metric, margin):
    l = ST.TripletLoss(None, distance_metric=metric, triplet_margin=margin); return lambda anchor, positive, negative: l.compute_loss_from_embeddings([anchor, positive, negative], None)
DM = ST.TripletDistanceMetric
add("triplet_euclidean", "mean_i relu(d(a,p) - d(a,n) + margin); torch pairwise_distance: ||x - y + 1e-6||_2 (eps added to every component)", dict(anchor=a, positive=p, negative=n), trip(DM.EUCLIDEAN, 5.0), T3, margin=5)
add("triplet_euclidean_small_margin", "the same, some triplets inactive", dict(anchor=a, positive=p, negative=n), trip(DM.EUCLIDEAN, .3), T3, margin=.3)
add("triplet_cosine", "d = 1 - cos", dict(anchor=a, positive=p, negative=n), trip(DM.COSINE, .3), T3, margin=.3)
# ---- classification ---------------------------------------------------------------------------------------------------
C = 3; cls = torch.tensor([0, 2, 1, 1, 0, 2, 2][:N]); W, b = rnd(C, 3 * D) * .3, rnd(C) * .1; W, b = torch.round(W, decimals=6), torch.round(b, decimals=6)
feat = lambda u, v: torch.cat([u, v, (u - v).abs()], 1)
add("softmax_u_v_absdiff", "cross_entropy([u; v; |u-v|] W^T + b, class), mean (sentence-transformers SoftmaxLoss)", dict(u=a, v=p, weight=W, bias=b, target=cls), lambda u, v, weight, bias, target: F.cross_entropy(feat(u, v) @ weight.T + bias, target), ["u", "v", "weight", "bias"])
lg = 2 * rnd(N, C); cw = torch.tensor([.5, 1.0, 2.5])
add("cross_entropy", "mean over the batch", dict(logits=lg, target=cls), lambda logits, target: F.cross_entropy(logits, target), ["logits"])
add("cross_entropy_class_weights", "torch: sum_i w[y_i]*ce_i / sum_i w[y_i]", dict(logits=lg, target=cls, class_weight=cw), lambda logits, target, class_weight: F.cross_entropy(logits, target, weight=class_weight), ["logits"])
add("cross_entropy_label_smoothing", "target distribution (1-0.1)*onehot + 0.1/3", dict(logits=lg, target=cls), lambda logits, target: F.cross_entropy(logits, target, label_smoothing=.1), ["logits"], label_smoothing=.1)
z = 3 * rnd(N)
add("focal", "mean -(1-pt)^2 ln pt, pt = p if y else 1-p, p = sigmoid(logit)", dict(logits=z, label=yb), lambda logits, label: ((1 - torch.exp(-(c := F.binary_cross_entropy_with_logits(logits, label, reduction="none")))) ** 2 * c).mean(), ["logits"], gamma=2)


# ---- adversary --------------------------------------------------------------------------------------------------------
class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, lam): ctx.lam = lam; return x.clone()
    @staticmethod
    def backward(ctx, g): return -ctx.lam * g, None
def adversary(x, weight, bias, group, lam): return F.cross_entropy(Reverse.apply(x, lam) @ weight.T + bias, group)
grp = torch.tensor([0, 1, 2, 0, 1, 2, 0][:N]); W2, b2 = rnd(3, D), rnd(3)
for lam in (1.0, .5, 0.0):
    add(f"gradient_reversal_{lam}", "identity forward, -lambda*gradient backward; head: cross_entropy(GRL(x) W^T + b, group). x gets the reversed gradient, the head its normal one", dict(x=a, weight=W2, bias=b2, group=grp, lam=lam), adversary, ["x", "weight", "bias"])

# ---- fairness penalties -----------------------------------------------------------------------------------------------
M = 14; lo = torch.round(1.5 * rnd(M), decimals=6); gr = torch.tensor([0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2]); yy = torch.tensor([1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 1, 1]).double()
var = lambda v: ((v - v.mean()) ** 2).mean()
def gmeans(p, group, mask=None):
    keep = [(group == g) & (mask if mask is not None else True) for g in sorted(set(group.tolist()))]
    return torch.stack([p[k].mean() for k in keep if k.any()])
def out(loss, means): return loss, {"group_means": means.tolist()}
dp = lambda logits, group: (lambda m: out(var(m), m))(gmeans(torch.sigmoid(logits), group))
add("dp_variance", "population variance over groups (equal weight per group) of the group mean of sigmoid(logit)", dict(logits=lo, group=gr), dp, ["logits"])
add("dp_variance_probabilities", "the same as dp_variance, input already a probability", dict(p=torch.round(torch.sigmoid(lo), decimals=6), group=gr), lambda p, group: (lambda m: out(var(m), m))(gmeans(p, group)), ["p"])
add("dp_variance_one_group", "one group only: 0, gradient 0", dict(logits=lo, group=torch.zeros(M, dtype=torch.long)), dp, ["logits"])
add("dp_max_gap", "max - min of the group means (subgradient through the two extreme groups)", dict(logits=lo, group=gr), lambda logits, group: (lambda m: out(m.max() - m.min(), m))(gmeans(torch.sigmoid(logits), group)), ["logits"])
add("dp_to_overall", "mean over groups of (group mean - overall mean)^2; the overall mean is differentiated too", dict(logits=lo, group=gr), lambda logits, group: (lambda p, m: out(((m - p.mean()) ** 2).mean(), m))(torch.sigmoid(logits), gmeans(torch.sigmoid(logits), group)), ["logits"])
def eo(logits, group, label):
    p = torch.sigmoid(logits); m1, m0 = gmeans(p, group, label == 1), gmeans(p, group, label == 0); return var(m1) + var(m0), {"group_means_y1": m1.tolist(), "group_means_y0": m0.tolist()}
add("eo_variance", "population variance over groups of mean sigmoid(logit) among label=1, plus the same among label=0; a group with no such row is left out of that variance", dict(logits=lo, group=gr, label=yy), eo, ["logits"])
y1 = yy.clone(); y1[gr == 1] = 1.0
add("eo_variance_missing_cell", "group 1 has no label=0 row: it is left out of the label=0 variance", dict(logits=lo, group=gr, label=y1), eo, ["logits"])
def eopp(logits, group, label): m = gmeans(torch.sigmoid(logits), group, label == 1); return out(var(m), m)
add("eopp_variance", "only the label=1 part of eo_variance (equal opportunity)", dict(logits=lo, group=gr, label=yy), eopp, ["logits"])
def corr(logits, group):
    p, g = torch.sigmoid(logits), group.double(); c = ((p - p.mean()) * (g - g.mean())).mean(); return c**2 / (var(p) * var(g))
add("squared_correlation", "squared Pearson correlation of sigmoid(logit) with the numeric group code", dict(logits=lo, group=(gr > 0).long()), corr, ["logits"])
def hsic(x, group, sigma):
    n_ = len(x); K = torch.exp(-((x[:, None] - x[None]) ** 2).sum(-1) / (2 * sigma**2)); L_ = (group[:, None] == group[None]).double(); Hc = torch.eye(n_) - 1 / n_
    return torch.trace(K @ Hc @ L_ @ Hc) / (n_ - 1) ** 2
add("hsic_scores", "biased HSIC: tr(K H L H)/(n-1)^2, K = exp(-(x_i-x_j)^2/(2 sigma^2)), L = [g_i == g_j], H = I - 1/n", dict(x=torch.round(torch.sigmoid(lo), decimals=6)[:, None], group=gr, sigma=.25), hsic, ["x"])
add("hsic_embeddings", "the same with vector x", dict(x=rnd(M, 4), group=gr, sigma=2.0), hsic, ["x"])
def w1(x, group):
    a_, b_ = x[group == 0], x[group == 1]; allv, _ = torch.sort(torch.cat([a_, b_])); d = allv[1:] - allv[:-1]
    cdf = lambda s: torch.searchsorted(torch.sort(s.detach())[0].contiguous(), allv[:-1].detach().contiguous(), right=True).double() / len(s)
    return ((cdf(a_) - cdf(b_)).abs() * d).sum()
two = gr[:9]; xs = uni(9)
add("wasserstein1", "integral of |F_0 - F_1| over the merged sorted scores of groups 0 and 1 (sizes may differ); gradient through the scores, CDF steps constant", dict(x=xs, group=two), w1, ["x"])
assert abs(OUT[-1]["expected"]["loss"] - wasserstein_distance(xs[two == 0], xs[two == 1])) < 1e-12
def coral(x, group):
    c = lambda v: (v - v.mean(0)).T @ (v - v.mean(0)) / (len(v) - 1); return ((c(x[group == 0]) - c(x[group == 1])) ** 2).sum() / (4 * x.shape[1] ** 2)
def mmd(x, group, sigma):
    k = lambda u, v: torch.exp(-((u[:, None] - v[None]) ** 2).sum(-1) / (2 * sigma**2)).mean(); u, v = x[group == 0], x[group == 1]; return k(u, u) + k(v, v) - 2 * k(u, v)
xe = rnd(9, 4)
add("mmd_rbf", "biased squared MMD, groups 0 and 1: mean k(u,u') + mean k(v,v') - 2 mean k(u,v), diagonal included, k as in hsic", dict(x=xe, group=two, sigma=1.5), mmd, ["x"])
add("coral", "||cov_0 - cov_1||_F^2/(4 d^2), sample covariances (n-1)", dict(x=xe, group=two), coral, ["x"])
add("group_dro", "softmax-weighted worst group: sum_g q_g * (mean BCE of group g), q = softmax(eta * detached group losses)", dict(logits=lo, label=yy, group=gr, eta=2.0),
    lambda logits, label, group, eta: (lambda m: (torch.softmax(eta * m.detach(), 0) * m).sum())(gmeans(F.binary_cross_entropy_with_logits(logits, label, reduction="none"), group)), ["logits"])
add("counterfactual_mse", "mean (score(x) - score(x'))^2 with cosine scores of a text and its counterfactual against the same anchor", dict(anchor=a, embedding=p, counterfactual=n),
    lambda anchor, embedding, counterfactual: ((pairwise_cos_sim(anchor, embedding) - pairwise_cos_sim(anchor, counterfactual)) ** 2).mean(), ["anchor", "embedding", "counterfactual"])


# ---- optimiser and schedules ------------------------------------------------------------------------------------------
def adamw():
    from transformers import get_linear_schedule_with_warmup
    P = {"w": rnd(2, 3), "b": rnd(3)}; t = {k: v.clone().requires_grad_() for k, v in P.items()}
    opt = torch.optim.AdamW(t.values(), lr=.01, betas=(.9, .999), eps=1e-8, weight_decay=.01, foreach=False); sch = get_linear_schedule_with_warmup(opt, 2, 6)
    gs, steps = [], []
    for s in (.05, 30.0, 1.0, 0.0, 200.0, .3):
        g = {k: torch.round(s * rnd(*v.shape), decimals=6) for k, v in P.items()}; gs.append({k: v.tolist() for k, v in g.items()})
        for k in t: t[k].grad = g[k].clone()
        nrm = torch.nn.utils.clip_grad_norm_(t.values(), 1.0).item(); lr = opt.param_groups[0]["lr"]; opt.step(); sch.step()
        steps.append({"grad_norm": nrm, "lr": lr, **{k: v.tolist() for k, v in t.items()}})
    return {"formula": "clip to total norm 1 (factor min(1, 1/(norm+1e-6))), then torch AdamW lr 0.01 betas .9 .999 eps 1e-8 weight_decay 0.01, under the linear warmup schedule (2 warmup, 6 total): step 1 has lr 0",
            "inputs": {"params": {k: v.tolist() for k, v in P.items()}, "grads": gs}, "expected": {"steps": steps}}
def schedules():
    import transformers as tf
    mk = {"linear_warmup": tf.get_linear_schedule_with_warmup, "cosine_warmup": tf.get_cosine_schedule_with_warmup, "constant_warmup": lambda o, w_, t_: tf.get_constant_schedule_with_warmup(o, w_)}
    r = {}
    for k, f in mk.items():
        for w_, t_ in ((3, 12), (0, 5), (1, 1)):
            o = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0); s, v = f(o, w_, t_), []
            for _ in range(t_ + 1): v.append(o.param_groups[0]["lr"]); o.step(); s.step()
            r[f"{k}({w_},{t_})"] = v
    return {"formula": "lr multiplier at optimiser steps 0..total (transformers; name(warmup,total)); linear: s/warmup then (total-s)/(total-warmup); cosine: 0.5*(1+cos(pi*progress))", "expected": r}

# ---- a teacher's scores, and embeddings cut short: seeds of their own, so that the numbers above stay ----------------
G = torch.Generator().manual_seed(78)
a, p = pair(1.2); n1, n2 = (torch.round(p + 1.3 * rnd(N, D), decimals=6) for _ in range(2))
T4, ANN = torch.round(2 * rnd(N, 3), decimals=6), ["anchor", "positive", "negative", "negative2"]
student = lambda a, *c: torch.stack([5 * pairwise_cos_sim(a, x) for x in c], 1)
# FlagEmbedding 1.4.2, AbsEmbedderModel.distill_loss("kl_div"), which gives the same number, with teacher_targets = softmax(teacher scores).
def kl(anchor, positive, negative, negative2, teacher): return -torch.mean(torch.sum(torch.log_softmax(student(anchor, positive, negative, negative2), dim=-1) * torch.softmax(teacher, dim=-1), dim=-1))
add("teacher_kl", "student_ik = 5*cos(anchor_i, candidate_k), match first; loss = -mean_i sum_k softmax(teacher_i)_k log_softmax(student_i)_k", dict(anchor=a, positive=p, negative=n1, negative2=n2, teacher=T4), kl, ANN, temperature=.2)
mm = ST.MarginMSELoss(None, similarity_fct=lambda x, y: 5 * pairwise_cos_sim(x, y))
add("teacher_margin_mse", "mean over i, k of ((student_i0 - student_ik) - (teacher_i0 - teacher_ik))^2", dict(anchor=a, positive=p, negative=n1, negative2=n2, teacher=T4),
    lambda anchor, positive, negative, negative2, teacher: mm.compute_loss_from_embeddings([anchor, positive, negative, negative2], teacher), ANN, temperature=.2)
from sentence_transformers.sentence_transformer.losses.matryoshka import shrink
add("matryoshka_2_5", "sum over d in (2, 5, all) of mnrl with scale 20 of embeddings cut to their first d numbers (MatryoshkaLoss's shrink)", dict(anchor=a, positive=p, negative=n1),
    lambda anchor, positive, negative: sum(mnrl(scale=20.0)(*(shrink(x, d) for x in (anchor, positive, negative))) for d in (2, 5, D)), ANN[:3], scale=20)


sys.stderr = open(os.devnull, "w")
write("losses.json", {"meta": {"libraries": versions("torch", "sentence-transformers", "transformers", "scipy"), "notes": {"precision": "float64", "cos": "cos = x.y/(max(|x|,1e-12) max(|y|,1e-12))",
      "gradients": "of the loss w.r.t. each named input, before any optimiser", "labels": "group and target are integers; label is 0/1 or soft in [0,1]"}}, "losses": OUT, "adamw": adamw(), "schedules": schedules()})
