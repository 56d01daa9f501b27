# SPDX-License-Identifier: GPL-3.0-or-later
"""H1 to H5: statistics.md, section 6. Each gives a dict of what its row of summary.json should hold, or a word why it
cannot be tested."""
import math

import numpy as np
from scipy import optimize, stats

import methods
import sweep
from measures import Left, measure, passed, usable


def wilson_at(share, n, z):
    """Wilson's limits of a share at a quantile z."""
    middle, half, below = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)), 1 + z * z / n
    return (0.0 if share == 0 else max(0.0, (middle - half) / below)), (1.0 if share == 1 else min(1.0, (middle + half) / below))


def sum_limits(shares, z):
    """Of sum(weight * share): squared half-gaps of Wilson's limits, added (Newcombe; Zou and Donner)."""
    total = sum(w * p for w, p, n in shares)
    down = up = 0.0
    for w, p, n in shares:
        low, high = wilson_at(p, n, z)
        to_low, to_high = w * (p - low), w * (high - p)
        down += to_low ** 2 if w > 0 else to_high ** 2
        up += to_high ** 2 if w > 0 else to_low ** 2
    return total - math.sqrt(down), total + math.sqrt(up)


def p_beyond(shares, margin, above):
    """One-sided p of "the sum is at or beyond the margin", by the z at which the limit on that side reaches it."""
    total = sum(w * p for w, p, n in shares)
    side = 1 if margin > total else 0

    def gap(z):
        return sum_limits(shares, z)[side] - margin

    z = 0.0 if abs(gap(0.0)) < 1e-15 else optimize.brentq(gap, 0, 40, xtol=1e-15, rtol=1e-15, maxiter=500)
    inside = total < margin if above else total > margin
    return float(stats.norm.sf(z) if inside else stats.norm.cdf(z))


def z_of(rules):
    return float(stats.norm.ppf(1 - rules['alpha']))


def ends(first, last):
    return [(1, first[1] / first[2], first[2]), (-1, last[1] / last[2], last[2])]


def left_and_told(left_out, told):
    """left_out: copies, or a Left, whose parts are told first."""
    if isinstance(left_out, Left):
        return dict(left_out=left_out.total, measures=left_out.measures() + list(told))
    return dict(left_out=left_out, measures=list(told))


def row(effect, limits, coverage, p, n, left_out, supports, rejects, needs_p=True, aside=0, told=(), compared=()):
    """aside: runs a side, of which the power is told. told: what the sentence tells beside the effect. compared: the turns
    that a time rests on."""
    return dict(left_and_told(left_out, told), aside=aside, compared=compared, effect=effect, low=limits[0], high=limits[1], coverage=coverage, p=p,
                n=n, supports=supports, rejects=rejects, needs_p=needs_p)


def early(word, left_out=0, told=()):
    """Untestable or not triggered: no numbers but the runs that were left out and what shows why."""
    return dict(left_and_told(left_out, told), word=word, effect=None, low=None, high=None, coverage=None, p=None, n=0)


def told_ends(levels, axis):
    return [passed(f'{axis} = {level[0]}', level) for level in (levels[0], levels[-1])]


def falling(levels, left_out, rules, axis):
    first, last = levels[0], levels[-1]
    z, delta = z_of(rules), rules['delta_q']
    fall = first[1] / first[2] - last[1] / last[2]
    limits = sum_limits(ends(first, last), z)
    passes, sizes, scores = [l[1] for l in levels], [l[2] for l in levels], [l[0] for l in levels]
    p = methods.cochran_armitage(passes, sizes, scores)[2]
    return row(fall, limits, 1 - 2 * rules['alpha'], p, sum(sizes), left_out, fall >= delta, limits[1] < delta,
               aside=min(first[2], last[2]), told=told_ends(levels, axis))


def of_design(runs, design, mode):
    return sweep.distinct([r for r in runs if r.design == design and r.mode == mode])


def h1(runs, mode, rules):
    kept, copies = of_design(runs, 'A', mode)
    levels = sweep.levels(kept, lambda r: r.n)
    return falling(levels, copies, rules, 'N') if len(levels) > 1 else early('untestable', copies)


def h2(runs, mode, rules):
    kept, copies = of_design(runs, 'B', mode)
    levels = sweep.levels(kept, lambda r: r.n)
    if len(levels) < 2:
        return early('untestable', copies)
    first, last = levels[0], levels[-1]
    z, delta = z_of(rules), rules['delta_q']
    shares = ends(first, last)
    limits = sum_limits(shares, z)
    p = max(p_beyond(shares, delta, True), p_beyond(shares, -delta, False))

    def verdict(limits):
        return -delta < limits[0] and limits[1] < delta, limits[0] >= delta or limits[1] <= -delta

    supports, rejects = verdict(limits)
    return row(first[1] / first[2] - last[1] / last[2], limits, 1 - 2 * rules['alpha'], p, first[2] + last[2], copies,
               supports, rejects, False, min(first[2], last[2]), told_ends(levels, 'N'))


def h3(runs, mode, rules):
    a, copies_a = of_design(runs, 'A', mode)
    b, copies_b = of_design(runs, 'B', mode)
    passed = {}
    for design, kept in (('A', a), ('B', b)):
        for run in kept:
            passed.setdefault(run.block, {}).setdefault(run.n, {})[design] = int(run.passes)
    lengths = sorted({n for block in passed.values() for n, of in block.items() if len(of) == 2})
    if len(lengths) < 2:
        return early('untestable', copies_a + copies_b)
    whole = [block for _, block in sorted(passed.items()) if all(len(block.get(n, {})) == 2 for n in lengths)]
    if len(whole) < 2:
        return early('untestable', copies_a + copies_b, [usable('repeats', len(whole))])
    changes = [np.polyfit(lengths, [block[n]['B'] - block[n]['A'] for n in lengths], 1)[0] * (lengths[-1] - lengths[0])
               for block in whole]
    changes = [0.0 if abs(c) < 1e-12 else float(c) for c in changes]
    delta, alpha, z, now = rules['delta_q'], rules['alpha'], z_of(rules), len(changes)
    mean, sd = float(np.mean(changes)), float(np.std(changes, ddof=1))
    share = {(d, n): sum(block[n][d] for block in whole) / now for d in 'AB' for n in (lengths[0], lengths[-1])}

    def limits_at(n):
        low, high = sum_limits([(1, share['B', lengths[-1]], n), (-1, share['A', lengths[-1]], n),
                                (-1, share['B', lengths[0]], n), (1, share['A', lengths[0]], n)], z)
        half = stats.t.ppf(1 - alpha, n - 1) * sd / math.sqrt(n)
        return min(low, mean - half), max(high, mean + half)

    limits = limits_at(now)
    return row(mean, limits, 1 - 2 * alpha, methods.sign_flip_any(changes), now, copies_a + copies_b,
               limits[0] > 0 and mean >= delta, limits[1] < delta, False, now)


def splits(levels):
    for i in range(1, len(levels)):
        left, right = levels[:i], levels[i:]
        yield tuple((side[edge][0], sum(l[1] for l in side), sum(l[2] for l in side)) for side, edge in ((left, -1), (right, 0)))


def cliff(levels, left_out, rules, axis):
    margin, z, count = 2 * rules['delta_q'], z_of(rules), len(levels) - 1
    z_all = float(stats.norm.ppf(1 - rules['alpha'] / count))
    pairs = list(splits(levels))

    def fall(pair):
        return pair[0][1] / pair[0][2] - pair[1][1] / pair[1][2]

    def g2(pair):
        if fall(pair) <= 0:
            return 0.0
        return methods.change_point([pair[0][1], pair[1][1]], [pair[0][2], pair[1][2]])[0]

    def upper(pair):
        return sum_limits(ends(*pair), z)[1]

    # The likeliest fall; with none, the split that could hide most.
    best = pairs[0]
    for pair in pairs:
        if g2(pair) > g2(best) or (g2(pair) == g2(best) and upper(pair) > upper(best)):
            best = pair
    sizes = [l[2] for l in levels]
    limits = sum_limits(ends(best[0], best[1]), z_all)
    hidden = max(upper(pair) for pair in pairs)
    p = methods.change_point_p([l[1] for l in levels], sizes)

    told = [passed(f'up to {axis} = {best[0][0]}', best[0]), passed(f'from {axis} = {best[1][0]} on', best[1]),
            measure('largest_fall_left_open', axis, hidden, sum(sizes))]
    return dict(row(fall(best), limits, 1 - 2 * rules['alpha'], p, sum(sizes), left_out, fall(best) >= margin, hidden < margin,
                    aside=min(sizes), told=told), floor=not any(l[1] for l in levels))


def h4a(runs, mode, rules):
    of_c = [r for r in runs if r.design == 'C' and r.mode == mode]
    cap = sweep.leading_cap(of_c)
    kept, copies = sweep.distinct([r for r in of_c if r.cap == cap])
    levels = sweep.levels(kept, lambda r: r.n)
    return cliff(levels, copies, rules, 'N') if len(levels) > 1 else early('untestable', copies)


def h5a(runs, mode, rules):
    of_d = [r for r in runs if r.design == 'D' and r.mode == mode and r.padding is not None]
    depth = sweep.leading_depth(of_d)
    kept, copies = sweep.distinct([r for r in of_d if r.n == depth])
    levels = sweep.levels(kept, lambda r: r.padding)
    return cliff(levels, copies, rules, 'padding') if len(levels) > 1 else early('untestable', copies)


def q1(runs, mode, rules):
    """All designs: the pass rate over the entries that the last reply has to hold."""
    def held(run):
        whole = run.n + (run.padding or 0)
        return whole if run.cap is None else min(whole, run.cap)

    kept, copies = sweep.distinct([r for r in runs if r.mode == mode])
    levels = sweep.levels(kept, held)
    return falling(levels, copies, rules, 'entries held') if len(levels) > 1 else early('untestable', copies)
