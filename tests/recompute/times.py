# SPDX-License-Identifier: GPL-3.0-or-later
"""T1 to T4: the loop tax. Times of complete runs whose state was right, at turns of one stratum."""
import math

import numpy as np
from scipy import stats

import measures
import methods
import quality
import sweep
import tax
from intervals import Near
from measures import Left, WHY_LEFT, measure
from quality import early

MODES = ['run-isolated', 'cold', 'natural']


def timed(row):
    return bool(row is not None and row.ok and not row.carry_over and row.ttft_ms and 0 < row.ttft_ms < 1e12
                and row.cache_mode_broken is not True)


def usable(runs, plan):
    """Complete, and what was fed in was right throughout; under oracle the right state is put back after each turn."""
    complete = [r for r in runs if r.outcome == 'complete']
    good = [r for r in complete if not r.diverged or plan.get('on_bad_turn') == 'oracle']
    return good, Left({WHY_LEFT[0]: len(runs) - len(complete), WHY_LEFT[1]: len(complete) - len(good)})


def stratum_at(runs, turn):
    """What most of them found; of ties the warmer."""
    counts = {}
    for run in runs:
        if timed(run.turn(turn)):
            counts[run.turn(turn).stratum] = counts.get(run.turn(turn).stratum, 0) + 1
    warmth = {'warm': 3, 'cold': 2, 'load': 1, 'unknown': 0}
    return max(counts, key=lambda s: (counts[s], warmth.get(s, 0))) if counts else ''


class Span:
    """First and last turn of one stratum in the longest runs of a design under one mode."""

    def __init__(self, runs, mode, plan, start=1):
        self.mode, self.last = mode, max(r.n for r in runs)
        longest = [r for r in runs if r.n == self.last]
        whole, self.left = usable(longest, plan)
        self.stratum = stratum_at(whole, self.last)
        self.first = max(1, start)
        while self.first < self.last:
            have = sum(self.fits(r.turn(self.first)) for r in whole)
            if have and 2 * have >= len(whole):
                break
            self.first += 1
        self.runs = [r for r in whole if self.fits(r.turn(self.first)) and self.fits(r.turn(self.last))]
        for run in whole:
            if run not in self.runs:
                self.left.without_time(run, (self.first, self.last))

    def fits(self, row):
        """Turn 1 of a run-isolated run reuses nothing: it is of a kind with the others only where they too are known
        to have reused nothing."""
        if not timed(row) or row.stratum != self.stratum:
            return False
        return row.turn != 1 or self.mode != 'run-isolated' or row.stratum in ('cold', 'load')

    def ends(self):
        return [run.turn(turn) for run in self.runs for turn in (self.first, self.last)]

    def turns(self, run):
        return [r for t in range(self.first, self.last + 1) if self.fits(r := run.turn(t))]


class Sample:
    """Values of runs, their mean, and Student's t interval of it: two one-sided at alpha."""

    def __init__(self, values):
        self.values, self.n = values, len(values)
        self.mean = float(np.mean(values))
        same = max(values) == min(values)
        self.sd = 0.0 if same or self.n < 2 else float(np.std(values, ddof=1))

    def limits(self, alpha, n=None):
        n = n or self.n
        half = float(stats.t.ppf(1 - alpha, n - 1)) * self.sd / math.sqrt(n)
        return self.mean - half, self.mean + half

    def ratio(self, alpha):
        """(low, high, coverage) of logarithms, as ratios."""
        return tuple(map(math.exp, self.limits(alpha))) + (self.coverage(alpha),)

    def coverage(self, alpha):
        """Without spread t has no width: then what the range of so many values covers of a median."""
        return 1 - 2 * alpha if self.sd > 0 else 1 - 2 * 0.5 ** self.n



def apart(a, b, instrument):
    """A difference within the instrument's own error is none."""
    if a == b:
        return False
    return instrument is None or abs(a - b) > instrument


def ttft(design, turn, mode, ms, n):
    return measure('ttft_ms', f'{design}, turn {turn}, {mode}', ms, n)


def median_at(runs, turn):
    found = [r.turn(turn).ttft_ms for r in runs if timed(r.turn(turn))]
    return methods.median(found) if found else 0.0


# --- T1 --------------------------------------------------------------------------------------------------------------

def tokens_of(column):
    return lambda row: None if row[column] is None else float(row[column])


def rises(span, tokens):
    for run in span.runs:
        counts = [tokens(r) for r in span.turns(run)]
        if not counts or None in counts or any(b <= a for a, b in zip(counts, counts[1:])) or counts[-1] < 1.5 * counts[0]:
            return False
    return bool(span.runs)


def by_context(span):
    tokens = tokens_of('prompt_tokens')
    if all(tokens(r) is not None for run in span.runs for r in span.turns(run)):
        return tokens
    return tokens_of('context_tokens_estimate')


def endpoint(runs, rules, plan, instrument):
    of_a = [r for r in runs if r.design == 'A']
    spans = [Span([r for r in of_a if r.mode == m], m, plan) for m in MODES if any(r.mode == m for r in of_a)]
    if not spans:
        return None, None
    if rules['primary'] == 'ratio':
        return spans[0], None
    if rules['primary'] == 'slope_processed':
        miscounted = uncounted_cache(runs, plan, instrument) is not None
        for span in spans:
            if miscounted and span.mode != 'cold':
                continue
            if span.first < span.last and rises(span, tokens_of('processed_tokens')):
                return span, tokens_of('processed_tokens')
    return spans[0], by_context(spans[0])


def t1(runs, mode, rules, plan, instrument):
    span, tokens = endpoint(runs, rules, plan, instrument)
    if span is None:
        return early('untestable'), mode
    if span.first >= span.last:
        return early('untestable', span.left), span.mode
    values, growths, compared = [], [], []
    for run in span.runs:
        growth = math.log(run.turn(span.last).ttft_ms / run.turn(span.first).ttft_ms)
        value = growth
        if tokens:
            points = [(tokens(r), r.ttft_ms) for r in span.turns(run) if tokens(r) is not None]
            fit = methods.theil_sen(*zip(*points)) if points else None
            if fit is None:
                span.left.broke()
                continue
            value = 1000 * fit[0]
        values.append(value)
        growths.append(growth)
        compared += span.turns(run)
    if len(values) < 2:
        return early('untestable', span.left, [measures.usable('runs of A', len(values))]), span.mode
    sample, growth = Sample(values), Sample(growths)
    alpha, margin = rules['alpha'], math.log(rules['delta_t'])
    limits = sample.limits(alpha)
    before, after = median_at(span.runs, span.first), median_at(span.runs, span.last)
    far = apart(after, before, instrument)
    turns = f'turn {span.first} to turn {span.last}'
    told = [ttft('A', span.first, span.mode, before, len(span.runs)), ttft('A', span.last, span.mode, after, len(span.runs)),
            measure('ttft_growth', f'A, {turns}, {span.mode}', math.exp(growth.mean), growth.n, None, growth.ratio(alpha))]
    strayed = sum(any(r.turn < span.last and r.all_pass is not True for r in run.turns) for run in span.runs)
    if strayed:
        told.append(measure('runs_with_a_wrong_reply', f'A, before turn {span.last}, {span.mode}', strayed, len(span.runs)))

    effect, shown = (sample.mean, limits) if tokens else (math.exp(sample.mean), tuple(map(math.exp, limits)))
    return quality.row(effect, shown, sample.coverage(alpha), methods.sign_flip_any(values), sample.n, span.left,
                       far and limits[0] > 0 and growth.mean >= margin, growth.limits(alpha)[1] < margin,
                       told=told, compared=compared), span.mode


# --- T2 --------------------------------------------------------------------------------------------------------------

def of_cap(runs, mode):
    of_c = [r for r in runs if r.design == 'C' and r.mode == mode and r.cap is not None]
    cap = sweep.leading_cap(of_c)
    return cap, [r for r in of_c if r.cap == cap]


def t2(runs, mode, rules, plan, instrument):
    cap, of_c = of_cap(runs, mode)
    if cap is None:
        return early('untestable'), mode
    span = Span(of_c, mode, plan, max(2, cap + 1))
    if span.first >= span.last:
        return early('untestable', span.left), mode
    if len(span.runs) < 2:
        return early('untestable', span.left, [measures.usable('runs of C', len(span.runs))]), mode
    values = [math.log(r.turn(span.last).ttft_ms / r.turn(span.first).ttft_ms) for r in span.runs]
    sample, alpha, margin = Sample(values), rules['alpha'], math.log(rules['delta_t'])
    if sample.sd > 0:
        p = max(methods.tost(values, margin))
    else:
        p = max(methods.sign_flip_any([v + margin for v in values]), methods.sign_flip_any([margin - v for v in values]))
    limits = sample.limits(alpha)
    before, after = median_at(span.runs, span.first), median_at(span.runs, span.last)
    far = apart(after, before, instrument)

    return quality.row(math.exp(sample.mean), tuple(map(math.exp, limits)), sample.coverage(alpha), p, sample.n, span.left,
                       -margin < limits[0] and limits[1] < margin, far and (limits[0] >= margin or limits[1] <= -margin),
                       told=[ttft('C', span.first, mode, before, sample.n), ttft('C', span.last, mode, after, sample.n)],
                       compared=span.ends()), mode


# --- T3 --------------------------------------------------------------------------------------------------------------

def by_block(runs, turn, stratum):
    """block -> (median TTFT over the block's cells, seeds)"""
    found = {}
    for run in runs:
        row = run.turn(turn)
        if timed(row) and row.stratum == stratum:
            times, seeds = found.setdefault(run.block, ([], set()))
            times.append(row.ttft_ms)
            seeds.add(run.seed)
    return {block: (methods.median(times), seeds) for block, (times, seeds) in sorted(found.items())}


def welch_on_logs(a, b, level):
    """Geometric mean of a over that of b, and its interval."""
    x, y = np.log(a), np.log(b)
    va, vb = np.var(x, ddof=1) / len(x), np.var(y, ddof=1) / len(y)
    df = (va + vb) ** 2 / (va ** 2 / (len(x) - 1) + vb ** 2 / (len(y) - 1))
    half = stats.t.ppf((1 + level) / 2, df) * math.sqrt(va + vb)
    d = float(x.mean() - y.mean())
    return math.exp(d), (math.exp(d - half), math.exp(d + half))


class Compared:
    """A and C at the last turn that both have, under one mode; None where one was not run."""

    def __init__(self, of_a, of_c, mode, plan, instrument):
        self.turn, self.left, self.sides = min(max(r.n for r in of_a), max(r.n for r in of_c)), Left(), []
        self.compared = []
        for side in (of_a, of_c):
            good, out = usable([r for r in side if r.n >= self.turn], plan)
            stratum = stratum_at(good, self.turn)
            self.left.update(out)
            for run in good:
                row = run.turn(self.turn)
                if timed(row) and row.stratum == stratum:
                    self.compared.append(row)
                else:
                    self.left.without_time(run, (self.turn,))
            self.sides.append(by_block(good, self.turn, stratum))
        a, c = self.sides
        self.pairs = [(a[b][0], c[b][0]) for b in a if b in c and a[b][1] == c[b][1]]
        if len(self.pairs) > 1:
            self.sample = Sample([math.log(x / y) for x, y in self.pairs])
            self.ms = tuple(methods.median(side) for side in zip(*self.pairs))
            self.far = apart(*self.ms, instrument)

    @staticmethod
    def of(runs, mode, plan, instrument):
        of_a = [r for r in runs if r.design == 'A' and r.mode == mode]
        _, of_c = of_cap(runs, mode)
        return Compared(of_a, of_c, mode, plan, instrument) if of_a and of_c else None


def t3(runs, mode, rules, plan, instrument):
    at = Compared.of(runs, mode, plan, instrument)
    if at is None:
        return early('untestable'), mode
    alpha, margin = rules['alpha'], math.log(rules['delta_t'])
    if len(at.pairs) < 2:
        return dict(unpaired(*at.sides, rules, instrument, at.left), compared=at.compared), mode
    sample = at.sample
    limits = sample.limits(alpha)

    return quality.row(math.exp(sample.mean), tuple(map(math.exp, limits)), sample.coverage(alpha),
                       methods.sign_flip_any(sample.values), sample.n, at.left,
                       at.far and sample.mean >= margin and limits[0] > 0, limits[1] < margin,
                       told=[ttft(d, at.turn, mode, ms, sample.n) for d, ms in zip('AC', at.ms)], compared=at.compared), mode


def unpaired(a, c, rules, instrument, left):
    alpha = rules['alpha']
    x, y = [v for v, _ in a.values()], [v for v, _ in c.values()]
    if len(x) < 2 or len(y) < 2 or (len(set(x)) == 1 and len(set(y)) == 1):
        return early('untestable', left)
    ratio, limits = welch_on_logs(x, y, 1 - 2 * alpha)
    p = float(stats.mannwhitneyu(x, y, alternative='greater', method='exact').pvalue)
    far = apart(methods.median(x), methods.median(y), instrument)

    return quality.row(ratio, limits, 1 - 2 * alpha, p, len(x) + len(y), left,
                       far and ratio >= rules['delta_t'] and limits[0] > 1, limits[1] < rules['delta_t'],
                       told=[measure('blocks', d, len(v), len(x) + len(y)) for d, v in (('A', x), ('C', y))])


# --- T4 --------------------------------------------------------------------------------------------------------------

def split_share(span, law):
    """Of the growth of these runs what the model fitted to the session calls re-reading, with the ends of its range: a second
    witness. None where a turn is not split."""
    parts = {id(row): of for row, of in zip(law.rows, law.parts)}
    grown, reread = 0.0, [0.0] * 3
    for run in span.runs:
        first, last = run.turn(span.first), run.turn(span.last)
        before, after = parts[id(first)], parts[id(last)]
        if before['reread_ms'] is None or after['reread_ms'] is None:
            return None
        grown += last.ttft_ms - first.ttft_ms
        for i, end in enumerate(tax.ENDS):
            reread[i] += after['reread_ms' + end] - before['reread_ms' + end]
    return [r / grown for r in reread] if grown > 0 else None


def counts_nothing_cached(run):
    return all(r.cached_tokens == 0 and r.processed_tokens is not None and r.processed_tokens == r.prompt_tokens for r in run.turns)


def uncounted_cache(runs, plan, instrument):
    """No cached token is counted, yet A's last turn takes half as long in run-isolated as in cold, or less."""
    of = {mode: [r for r in runs if r.design == 'A' and r.mode == mode] for mode in ('run-isolated', 'cold')}
    common = {r.n for r in of['cold']} & {r.n for r in of['run-isolated']}
    if not common:
        return None
    last = max(common)
    isolated, cold = (usable([r for r in of[mode] if r.n == last], plan)[0] for mode in ('run-isolated', 'cold'))
    if not all(map(counts_nothing_cached, isolated)):
        return None
    other = {r.block: r for r in cold}
    pairs = [(a.turn(last).ttft_ms, b.turn(last).ttft_ms) for a in isolated
             if (b := other.get(a.block)) and b.seed == a.seed and timed(a.turn(last)) and timed(b.turn(last))]
    if len(pairs) < 2:
        return None
    logs = [math.log(a / b) for a, b in pairs]
    p, ratio = methods.sign_flip_any([-v for v in logs]), math.exp(np.mean(logs))
    if float(p) >= 0.01 or ratio > 0.5 or not apart(*(methods.median(side) for side in zip(*pairs)), instrument):
        return None
    return measure('ttft_where_none_is_cached', f'A, turn {last}, run-isolated over cold', ratio, len(pairs),
                   Near(float(p), max(1e-9, getattr(p, 'error', 0))))


def t4(runs, rules, plan, instrument, law):
    cold = [r for r in runs if r.design == 'A' and r.mode == 'cold']
    isolated = [r for r in runs if r.design == 'A' and r.mode == 'run-isolated']
    common = {r.n for r in cold} & {r.n for r in isolated}
    if not common:
        return early('untestable')
    longest = max(common)
    warm_span = Span([r for r in isolated if r.n == longest], 'run-isolated', plan, 2)
    cold_span = Span([r for r in cold if r.n == longest], 'cold', plan, warm_span.first)
    first, last = warm_span.first, warm_span.last
    left = Left(warm_span.left + cold_span.left)
    if first >= last or cold_span.first != first:
        return early('untestable', left)

    if uncounted_cache(runs, plan, instrument):
        return early('untestable', left)

    def processed(span):
        rows = [r.turn(last) for r in span.runs]
        found = [row.processed_tokens for row in rows if row and row.processed_tokens is not None and not row.counts_disagree]
        return found and measure('processed_tokens', f'A, turn {last}, {span.mode}', methods.median(found), len(found))

    read, whole = processed(warm_span), processed(cold_span)
    if not read or not whole:
        return early('untestable', left)
    if read['value'] > 0.5 * whole['value']:
        return early('untestable', left, [read, whole])
    other = {r.block: r for r in warm_span.runs}

    def growth(run):
        return run.turn(last).ttft_ms - run.turn(first).ttft_ms

    pairs = [(growth(r), growth(other[r.block])) for r in cold_span.runs
             if r.block in other and other[r.block].seed == r.seed]
    if len(pairs) < 2:
        return early('untestable', left, [measures.usable('repeats', len(pairs))])
    alpha = rules['alpha']
    grown = Sample([c for c, _ in pairs])
    turns = f'A, turn {first} to turn {last}'
    told = [measure('growth_ms', f'{turns}, {mode}', methods.median(side), len(pairs))
            for mode, side in zip(('cold', 'run-isolated'), zip(*pairs))]
    far = apart(median_at(cold_span.runs, last), median_at(cold_span.runs, first), instrument)
    if grown.limits(alpha)[0] <= 0 or min(c for c, _ in pairs) <= 0 or not far:
        return dict(early('not_triggered', left, told[:1]), compared=cold_span.ends() + warm_span.ends())
    shares = [1 - w / c for c, w in pairs]
    sample = Sample(shares)
    limits = sample.limits(alpha)
    split = split_share(cold_span, law)
    against = split is not None and split[1] <= 0.5
    if split is not None:  # by parameters of a fit that ends where it is near enough
        value, low, high = (Near(s, 1e-5 * max(1, abs(s))) for s in split)
        told.append(measure('split_share', f'{turns}, cold', value, len(cold_span.runs), interval=(low, high, 0.95)))

    return quality.row(sample.mean, limits, sample.coverage(alpha), methods.sign_flip_any([s - 0.5 for s in shares]), sample.n,
                       left, limits[0] > 0.5 and not against,
                       limits[1] < 0.5, told=told, compared=cold_span.ends() + warm_span.ends())
