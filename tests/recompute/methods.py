# SPDX-License-Identifier: GPL-3.0-or-later
"""The statistics of a report, a second time: numpy and scipy instead of the program's C++, from the published methods.

Nothing here was copied from core/stats, and it must stay so: two programs that share a mistake agree on it.
`vectors()` holds every method to figures that were published or computed by hand.
"""
import itertools
import math

import numpy as np
from scipy import optimize, special, stats


def median(values):
    return float(np.median(values)) if len(values) else None


# --- intervals -------------------------------------------------------------------------------------------------------

def order_interval(values, level=0.95):
    """Of a median, without a distribution: [x(k), x(n+1-k)], the largest k that covers the level, else k = 1."""
    x = np.sort(np.asarray(values, float))
    n = len(x)
    if n < 2:
        return None
    best = 1
    for k in range(1, n // 2 + 1):
        if 1 - 2 * stats.binom.cdf(k - 1, n, 0.5) >= level:
            best = k
    return float(x[best - 1]), float(x[n - best]), float(1 - 2 * stats.binom.cdf(best - 1, n, 0.5))


def wilson(k, n, level=0.95):
    found = stats.binomtest(k, n).proportion_ci(level, method='wilson')
    return float(found.low), float(found.high)


def clopper_pearson(k, n, level=0.95):
    found = stats.binomtest(k, n).proportion_ci(level, method='exact')
    return float(found.low), float(found.high)


def newcombe(k1, n1, k2, n2, level=0.95):
    """p1 - p2, Newcombe 1998, method 10."""
    p1, p2 = k1 / n1, k2 / n2
    l1, u1 = wilson(k1, n1, level)
    l2, u2 = wilson(k2, n2, level)
    d = p1 - p2
    return d - math.hypot(p1 - l1, u2 - p2), d + math.hypot(u1 - p1, p2 - l2)


def student(values, level=0.95):
    """Of a mean."""
    x = np.asarray(values, float)
    if len(x) < 2:
        return None
    half = stats.t.ppf((1 + level) / 2, len(x) - 1) * np.std(x, ddof=1) / math.sqrt(len(x))
    return float(x.mean() - half), float(x.mean() + half)


def student_on_logs(values, level=0.95):
    """Of a geometric mean."""
    found = student(np.log(values), level)
    return None if found is None else (math.exp(found[0]), math.exp(found[1]))


# --- spread and outliers ---------------------------------------------------------------------------------------------

def mad(values):
    x = np.asarray(values, float)
    return float(np.median(np.abs(x - np.median(x))))


def percentile(values, q, level=0.95):
    """Type 7, from the n on at which the largest value bounds it: ln(1 - level) / ln q. None below."""
    if len(values) < math.ceil(math.log(1 - level) / math.log(q) - 1e-9):
        return None
    return float(np.quantile(values, q))


def outliers(values):
    """Flags, in the order given: modified z above 3.5 from n = 8 on (Iglewicz and Hoaglin); below, and where the MAD is
    0 and there is nothing to divide by, only a largest value above twice the median. None of fewer than three."""
    x = np.asarray(values, float)
    if len(x) < 3:
        return [False] * len(x)
    if len(x) >= 8 and mad(x) > 0:
        return [bool(f) for f in 0.6745 * np.abs(x - np.median(x)) / mad(x) > 3.5]
    return [bool(f) for f in (np.median(x) > 0) & (x > 2 * np.median(x)) & (x == x.max())]


# --- slopes ----------------------------------------------------------------------------------------------------------

def pairwise_slopes(x, y):
    return sorted((y[j] - y[i]) / (x[j] - x[i])
                  for i, j in itertools.combinations(range(len(x)), 2) if x[i] != x[j])


def theil_sen(x, y):
    """Slope, and the median of y - slope x (scipy takes median(y) - slope median(x))."""
    slopes = pairwise_slopes(x, y)
    if not slopes:
        return None
    b = median(slopes)
    return b, median([v - b * u for u, v in zip(x, y)])


# --- tests -----------------------------------------------------------------------------------------------------------

def holm(p):
    order = np.argsort(p, kind='stable')
    out, worst = [0.0] * len(p), 0.0
    for rank, at in enumerate(order):
        worst = max(worst, min(1.0, (len(p) - rank) * p[at]))
        out[at] = worst
    return out


def sign_flip(d, two_sided=True):
    """Exact p of the mean of paired differences over all 2^n signs; one-sided: greater than 0."""
    d = np.asarray(d, float)
    sums = np.zeros(1)
    for value in d:
        sums = np.concatenate([sums + value, sums - value])
    seen = d.sum()
    slack = 1e-9 * np.abs(d).sum()
    if two_sided:
        return float(np.mean(np.abs(sums) >= abs(seen) - slack))
    return float(np.mean(sums >= seen - slack))


class Drawn(float):
    """A p that the program draws by Monte Carlo where this one is computed otherwise; error: what draws may miss it by."""
    error = 0.0


def drawn(p, rounds=100_000):
    out = Drawn(p)
    out.error = 5 * math.sqrt(max(p * (1 - p), 1 / rounds) / rounds) + 2 / rounds
    return out


def sign_flip_any(d, two_sided=False, rounds=400_000):
    """One-sided: greater. Exact up to 20; above, drawn here too, with other random numbers."""
    if len(d) <= 20:
        return sign_flip(d, two_sided)
    d = np.asarray(d, float)
    random = np.random.default_rng(1)
    hits = 0
    for _ in range(0, rounds, 10_000):
        sums = (random.integers(0, 2, (10_000, len(d))) * 2 - 1) @ d
        sums, seen = (np.abs(sums), abs(d.sum())) if two_sided else (sums, d.sum())
        hits += int((sums >= seen - 1e-9 * np.abs(d).sum()).sum())
    out = drawn(hits / rounds)
    out.error += 5 * math.sqrt(max(float(out) * (1 - float(out)), 1 / rounds) / rounds)
    return out


def walsh(d):
    return sorted((d[i] + d[j]) / 2 for i in range(len(d)) for j in range(i, len(d)))


def tost(values, delta):
    """Both one-sided p of a mean within +-delta: (above -delta, below +delta)."""
    x = np.asarray(values, float)
    se = x.std(ddof=1) / math.sqrt(len(x))
    return (float(stats.t.sf((x.mean() + delta) / se, len(x) - 1)),
            float(stats.t.cdf((x.mean() - delta) / se, len(x) - 1)))


def tables_of_total(sizes, total):
    """Every (k_1, ..., k_m) with k_i <= n_i that sum to total, with its hypergeometric weight."""
    def go(i, left):
        if i == len(sizes):
            if left == 0:
                yield (), 1.0
            return
        for k in range(max(0, left - sum(sizes[i + 1:])), min(sizes[i], left) + 1):
            for rest, weight in go(i + 1, left - k):
                yield (k,) + rest, special.comb(sizes[i], k, exact=True) * weight
    return go(0, total)


def cochran_armitage(passes, sizes, scores):
    """T, its variance, and the exact conditional one-sided p of a decline."""
    n, p = sum(sizes), sum(passes) / sum(sizes)
    t = sum(s * (k - m * p) for s, k, m in zip(scores, passes, sizes))
    v = p * (1 - p) * (sum(m * s * s for s, m in zip(scores, sizes)) -
                       sum(m * s for s, m in zip(scores, sizes)) ** 2 / n)
    seen = sum(s * k for s, k in zip(scores, passes))
    as_small = whole = 0.0
    for ks, weight in tables_of_total(sizes, sum(passes)):
        whole += weight
        if sum(s * k for s, k in zip(scores, ks)) <= seen + 1e-9:
            as_small += weight
    return t, v, as_small / whole


def _ll(k, n):
    return sum(x * math.log(x / n) for x in (k, n - k) if x > 0)


def change_point(passes, sizes):
    """Largest G2 over the splits after which the rate is lower: (G2, levels before the split)."""
    best, split = 0.0, 0
    for i in range(1, len(sizes)):
        kl, nl, kr, nr = sum(passes[:i]), sum(sizes[:i]), sum(passes[i:]), sum(sizes[i:])
        if kl / nl <= kr / nr:
            continue
        g = 2 * (_ll(kl, nl) + _ll(kr, nr) - _ll(kl + kr, nl + nr))
        if g > best:
            best, split = g, i
    return best, split


def change_point_p(passes, sizes):
    seen = change_point(passes, sizes)[0]
    as_large = whole = 0.0
    for ks, weight in tables_of_total(sizes, sum(passes)):
        whole += weight
        if change_point(ks, sizes)[0] >= seen - 1e-9:
            as_large += weight
    return as_large / whole


def fisher_power(n, share, alpha):
    """P(Fisher's two-sided test of n of n against a draw of n at `share` gives p <= alpha)."""
    def found(k):
        return stats.fisher_exact([[n, 0], [k, n - k]])[1] <= alpha
    return float(sum(stats.binom.pmf(k, n, share) for k in range(n + 1) if found(k)))


# --- clusters --------------------------------------------------------------------------------------------------------

def anova_icc(groups):
    """One-way ANOVA estimate; groups may differ in size. None where it is not defined; not clamped."""
    k = len(groups)
    sizes = np.array([len(g) for g in groups], float)
    n = sizes.sum()
    if k < 2 or n <= k:
        return None
    means = np.array([np.mean(g) for g in groups])
    grand = sum(float(np.sum(g)) for g in groups) / n
    between = float((sizes * (means - grand) ** 2).sum()) / (k - 1)
    within = sum(float(((np.asarray(g, float) - m) ** 2).sum()) for g, m in zip(groups, means)) / (n - k)
    m0 = (n - (sizes ** 2).sum() / n) / (k - 1)
    bottom = between + (m0 - 1) * within
    return None if bottom == 0 else (between - within) / bottom


def effective_n(turns, size, icc):
    return turns / (1 + (size - 1) * icc)


def urn(passes, sizes, rate, correlation):
    """Log likelihood of Polya's urn, whose counts are beta-binomial. Draw by draw, because scipy's betabinom subtracts
    huge numbers where the correlation is next to none."""
    if correlation >= 1:
        whole = all(p in (0, n) for p, n in zip(passes, sizes))
        return sum(math.log(rate if p else 1 - rate) for p in passes) if whole else -math.inf
    alone, total = 1 - correlation, 0.0
    for p, n in zip(passes, sizes):
        total += sum(math.log(rate * alone + i * correlation) for i in range(p))
        total += sum(math.log((1 - rate) * alone + i * correlation) for i in range(n - p))
        total -= sum(math.log(alone + i * correlation) for i in range(n))
    return total


def beta_binomial(passes, sizes, level=0.95):
    """(rate, correlation, low, high): beta-binomial by maximum likelihood, the rate's interval by profile likelihood
    with Student's t squared. Correlation 0 is the binomial, 1 a run that passes whole or not at all."""
    def likelihood(rate, correlation):
        return urn(passes, sizes, rate, correlation)

    def profile(rate):
        grid = np.linspace(0, 1, 41)
        heights = [likelihood(rate, r) for r in grid]
        at = int(np.argmax(heights))
        inner = optimize.minimize_scalar(lambda r: -likelihood(rate, r), method='bounded', options={'xatol': 1e-9},
                                         bounds=(grid[max(at - 1, 0)], grid[min(at + 1, 40)]))
        return max((heights[0], 0.0), (heights[-1], 1.0), (-inner.fun, float(inner.x)))

    rate = float(optimize.minimize_scalar(lambda m: -profile(m)[0], bounds=(1e-9, 1 - 1e-9), method='bounded',
                                          options={'xatol': 1e-9}).x)
    top, correlation = profile(rate)
    cut = stats.t.ppf((1 + level) / 2, len(sizes) - 1) ** 2 / 2
    ends = [optimize.brentq(lambda m: profile(m)[0] - top + cut, *side, xtol=1e-11)
            for side in ((1e-12, rate), (rate, 1 - 1e-12))]
    return (rate, correlation, *ends)


# --- published and hand-made figures ---------------------------------------------------------------------------------

def vectors():
    """Yields (name, found, expected, tolerance)."""
    x = [101, 104, 108, 112, 290]
    yield 'TV1 median', median(x), 108, 0
    yield 'TV1 interval', order_interval(x), (101, 290, .9375), 1e-12
    yield 'TV1 MAD', mad(x), 4, 0
    yield 'TV1 flag below 8', outliers(x), [False, False, False, False, True], 0
    for n, covers in ((6, .9688), (7, .9844), (8, .9922), (9, .9609), (10, .9785), (12, .9614), (15, .9648), (20, .9586)):
        yield f'coverage at {n}', order_interval(range(n))[2], covers, 5e-5
    a, t = [161, 406, 1053, 2034, 3347], [60, 126, 511, 763, 1046]
    yield 'TV4 slope', theil_sen(a, t), (.3111489, 9.905), 5e-4
    yield 'TV4 elasticity', theil_sen(np.log(a), np.log(t))[0], .972287, 5e-7
    ratio = np.array([1010, 1046, 1080, 1035, 1102]) / np.array([58, 60, 61, 59, 63])
    yield 'TV5 interval', student_on_logs(ratio), (17.3734, 17.6618), 5e-5
    yield 'TV5 exact', order_interval(ratio)[:2], (17.414, 17.705), 5e-4
    d = [906, 945, 974, 936, 992]
    yield 'TV6 Hodges-Lehmann', median(walsh(d)), 949, 0
    yield 'TV6 sign flip', (sign_flip(d), sign_flip(d, False)), (.0625, .03125), 1e-12
    yield 'TV7', (median(walsh([3, -1, 4, 7, 2])), sign_flip([3, -1, 4, 7, 2])), (3.0, .125), 1e-12
    yield 'TV8 Wilson', wilson(5, 5) + wilson(58, 60), (.5655, 1, .8864, .9908), 5e-5
    yield 'TV8 Clopper-Pearson', clopper_pearson(4, 5) + clopper_pearson(58, 60), (.2836, .9949, .8847, .9959), 5e-5
    yield 'TV9', [effective_n(60, 12, r) for r in (0, .1, .3, .5, 1)], [60, 28.57, 13.95, 9.23, 5], 5e-3
    runs = [[int(c) for c in r] for r in '111111 111011 111100 111111 110111'.split()]
    yield 'TV10 ICC', anova_icc(runs), -.00465, 5e-6
    yield 'TV10 interval', student([np.mean(r) for r in runs]), (.6935, 1.0398), 5e-5
    litters = [(13, 13), (12, 12), (9, 9), (9, 9), (8, 8), (8, 8), (12, 13), (11, 12), (9, 10), (9, 10), (8, 9), (11, 13),
               (4, 5), (5, 7), (7, 10), (7, 10)]
    way = stats.betabinom.logpmf(5, 7, .7 / .3 * .7, .3 / .3 * .7) - math.log(math.comb(7, 5))
    yield 'urn', urn([5], [7], .7, .3), way, 1e-12
    yield 'Williams 1975, control', beta_binomial(*zip(*litters))[0], .898, 5e-4
    yield 'power', [fisher_power(n, q, .05) for n, q in ((5, .5), (5, .2), (20, .7), (30, .8))], [.19, .74, .76, .57], 5e-3
    yield 'TV11', (newcombe(5, 5, 5, 5, .9)[1], newcombe(25, 25, 25, 25, .9)[1]), (.35112, .09765), 5e-6
    yield 'TV12', cochran_armitage([5, 5, 4, 3, 2], [5] * 5, [1, 3, 6, 9, 12]), (-22.8, 71.8656, .0057595), 5e-5
    flat = np.log(np.array([100, 104, 103, 99, 106]) / np.array([122, 118, 120, 125, 121]))
    yield 'TV14', tost(flat, math.log(1.25)), (.028479, 2.23e-5), 5e-7
    yield 'TV14 interval', [math.exp(v) for v in student(flat, .9)], [.8086, .8826], 5e-5
    yield 'TV15', change_point([5, 5, 5, 5, 1, 0], [5] * 6), (30.1502, 4), 5e-5
    yield 'TV15 p', (change_point_p([5, 5, 5, 5, 1, 0], [5] * 6), change_point_p([5, 5, 5, 5, 5, 4], [5] * 6)), (6.99e-7, .16667), 5e-6
    gaps = [[-.70, .10, 1.58, 1.96, 2.30], [-.68, .14, 1.61, 2.00, 2.34], [-.71, .12, 1.57, 2.01, 2.32],
            [-.66, .09, 1.60, 1.95, 2.35], [-.69, .15, 1.62, 1.99, 2.31]]
    slopes = [np.polyfit([1, 3, 6, 9, 12], g, 1)[0] for g in gaps]
    yield 'TV16', (float(np.mean(slopes)),) + student(slopes), (.277959, .276042, .279877), 5e-7
    yield 'TV17', holm([.004, .011, .039, .041, .2]), [.020, .044, .117, .117, .2], 1e-12
