# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a cell: slopes over its runs, and what its runs' passes are worth."""
import math

import numpy as np

import methods
import records
from intervals import Near, as_row, interval_row, order_row, share_row, wilson_row

AXES = ['processed_tokens', 'context_tokens_estimate', 'prompt_tokens']


def cell_row(key):
    return dict(zip(('target', 'design', 'cap', 'padding', 'cache_mode', 'n_turns'), key))


def by_cell(runs):
    out = {}
    for turns in runs.values():
        out.setdefault(records.cell_key(turns[0]) + (turns[0].n,), []).append(turns)
    return out


# --- slopes ----------------------------------------------------------------------------------------------------------

def usable(row):
    return row.ok and row.ttft_ms is not None and not row.carry_over and row.stratum != 'load' and \
        row.cache_mode_broken is not True


def line(turns, axis):
    """(ms per 1,000 tokens, intercept, elasticity) of one run."""
    points = [(float(r[axis]), r.ttft_ms) for r in turns if r[axis] is not None]
    if len(points) < 3:
        return None, None, None
    x, y = zip(*points)
    found = methods.theil_sen(x, y)
    slope, intercept = (None, None) if found is None else (1000 * found[0], found[1])
    bent = methods.theil_sen(np.log(x), np.log(y)) if min(x) > 0 and min(y) > 0 else None
    return slope, intercept, bent and bent[0]


def median_row(values):
    values = [v for v in values if v is not None]
    return {'n': len(values), 'value': methods.median(values), 'interval': order_row(values)}


def ratio_of(turns):
    by_turn = {r.turn: r for r in turns if usable(r)}
    first, last = by_turn.get(1), by_turn.get(turns[0].n)
    if first is None or last is None or first is last or first.ttft_ms <= 0:
        return None
    return last.ttft_ms / first.ttft_ms


def slopes_of(rows, by_key):
    out = []
    found = by_cell(records.complete_runs(rows))
    for key in sorted(found, key=by_key):
        runs, row = found[key], cell_row(key)
        row['runs'] = len(runs)
        for axis in AXES:
            lines = [line([r for r in turns if usable(r)], axis) for turns in runs]
            row['on_' + axis] = {name: median_row([l[i] for l in lines])
                                 for i, name in enumerate(('ms_per_1k', 'intercept_ms', 'elasticity'))}
        ratios = [r for r in map(ratio_of, runs) if r is not None]
        around = methods.student_on_logs(ratios) if len(ratios) > 1 and max(ratios) > min(ratios) else None
        row['ratio'] = {'n': len(ratios), 'value': math.exp(float(np.mean(np.log(ratios)))) if ratios else None,
                        'interval': around and as_row(*around, 0.95)}
        row['ratio_median'] = median_row(ratios)
        out.append(row)
    return out


# --- passes ----------------------------------------------------------------------------------------------------------

def serial(passes):
    """Neighbouring pairs of failures, and the exact chance of at least as many over all orders within each run."""
    seen = sum(not a and not b for run in passes for a, b in zip(run, run[1:]))
    total = np.array([1.0])
    for run in passes:
        failures, length = run.count(False), len(run)
        if failures < 2:
            continue
        ways = np.array([math.comb(failures - 1, j) * math.comb(length - failures + 1, failures - j)
                         for j in range(failures)], float)
        total = np.convolve(total, ways / math.comb(length, failures))
    return seen, 1.0 if seen == 0 else float(total[seen:].sum())


def model_row(passes):
    sizes = [len(p) for p in passes]
    if len(passes) < 10 or not 0 < sum(map(sum, passes)) < sum(sizes) or max(sizes) < 2:
        return {'rate': None, 'correlation': None, 'interval': None}
    rate, correlation, low, high = methods.beta_binomial([sum(p) for p in passes], sizes)
    return {'rate': Near(rate, 1e-6), 'correlation': Near(correlation, 2e-6),
            'interval': {**as_row(None, None, 0.95), 'low': Near(low, 1e-7), 'high': Near(high, 1e-7)}}


def quality_of(rows, by_key):
    out = []
    found = by_cell(records.judged_runs(rows))
    for key in sorted(found, key=by_key):
        runs, row, n = found[key], cell_row(key), key[5]
        passes = [[r.passed for r in turns] for turns in runs]
        shares = [sum(p) / len(p) for p in passes]
        turns, passed = sum(map(len, passes)), sum(map(sum, passes))
        row.update(runs=len(runs), turns=turns, turns_passed=passed)
        row['whole_runs'] = share_row(sum(sum(p) >= n for p in passes), len(runs), interval_row)
        row['last_turn'] = share_row(sum(any(r.turn == n and r.passed for r in t) for t in runs), len(runs), interval_row)
        spread = len(runs) > 1 and max(shares) > min(shares)
        around = methods.student(shares) if spread else None
        row['rate'] = float(np.mean(shares))
        row['standard_error'] = float(np.std(shares, ddof=1)) / math.sqrt(len(runs)) if spread else None
        row['interval'] = around and as_row(max(0.0, around[0]), min(1.0, around[1]), 0.95)
        icc = methods.anova_icc(passes) if 0 < passed < turns else None
        row['icc_raw'] = icc
        row['icc'] = None if icc is None else min(1.0, max(0.0, icc))
        row['effective_n'] = None if icc is None else methods.effective_n(turns, turns / len(runs), row['icc'])
        row['beta_binomial'] = model_row(passes)
        after = {True: [], False: []}
        for run in runs:
            for a, b in zip(run, run[1:]):
                if a.turn + 1 == b.turn:
                    after[a.passed].append(b.passed)
        row['pass_after_pass'] = share_row(sum(after[True]), len(after[True]), wilson_row)
        row['pass_after_fail'] = share_row(sum(after[False]), len(after[False]), wilson_row)
        row['failures_in_a_row'], row['p_failures_in_a_row'] = serial(passes)
        said = [tuple(r.reply_sha256 for r in t) for t in runs if all(r.ok and r.reply_sha256 for r in t)]
        row['transcripts'], row['distinct_transcripts'] = len(said), len(set(said))
        out.append(row)
    return out
