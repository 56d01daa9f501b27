# SPDX-License-Identifier: GPL-3.0-or-later
"""The split of the time to first token: the model TTFT = overhead + processed (a + b attended), fitted anew in both forms of
what a token attends to, prompt - processed / 2 and the whole prompt.

An iterated fit ends where it is near enough, so the parameters agree to six digits, not to 1e-9; summary.json keeps
nine digits of what follows from them.
"""

import math

import numpy as np
from scipy import stats

import methods
import records
from intervals import Near
from records import cell_key

MOST_MS = 1e9
ENDS = ['', '_low', '_high']
FITTED = ['reread_ms', 'new_message_ms', 'attention_ms', 'fixed_ms']
PARTS = ['reread_ms', 'new_message_ms', 'attention_ms', 'fixed_ms', 'outside_ms', 'left_over_ms']


# What a sweep of another size would need: no statistic of the rows. tests/validity holds it to what such sweeps do.
PLANNED = object()


def near(value, scale=None):
    return None if value is None else Near(value, 2e-6 * max(abs(value), abs(scale or 0), 1e-9))


# --- the law ---------------------------------------------------------------------------------------------------------

def solve(x, y, w, used):
    """Weighted least squares in the terms that are used; None where they depend on each other."""
    root = np.sqrt(w)[:, None]
    part = x[:, used] * root
    norms = np.linalg.norm(part, axis=0)
    if not (norms > 0).all():
        return None
    scaled = part / norms
    if np.linalg.cond(scaled.T @ scaled) > 1e9:
        return None
    out = np.zeros(x.shape[1])
    out[used] = np.linalg.lstsq(scaled, y * root[:, 0], rcond=None)[0] / norms
    return out


def huber(x, y, used):
    """Huber's M-estimate of relative errors, k = 1.345, scale by Proposal 2 from the MAD on; None where it cannot be."""
    w, before, spread, spare = 1 / y ** 2, None, None, len(y) - int(used.sum())
    if spare <= 1:
        return None
    share = stats.chi2.cdf(1.345 ** 2, 3) + 1.345 ** 2 * 2 * stats.norm.sf(1.345)  # of a normal variance within the bound
    for _ in range(60):
        b = solve(x, y, w, used)
        if b is None:
            return None
        fitted = np.maximum(x @ b, 0.1 * y)
        sizes = np.abs(y - fitted) / fitted
        residual, last = float(np.median(sizes)), spread
        spread = 1.4826 * residual if last is None else \
            math.sqrt((np.minimum(sizes, 1.345 * last) ** 2).sum() / (round(share, 4) * spare))
        spread = max(spread, 1e-4)
        if before is not None and abs(spread - last) <= 1e-9 * spread and (np.abs(b - before) <= 1e-9 * np.abs(b)).all():
            break
        before, bound = b, 1.345 * spread
        w = np.where(sizes > bound, bound / np.where(sizes > 0, sizes, 1), 1.0) / fitted ** 2
    return b, w, residual


def jackknife(x, y, w, blocks, used):
    """Half width of each parameter's 95 % interval: leaving out one block at a time, weights held; Student's t."""
    names = sorted(set(blocks))
    left = []
    for name in names:
        keep = np.array([b != name for b in blocks])
        b = solve(x[keep], y[keep], w[keep], used)
        if b is None:
            return None
        left.append(b)
    n = len(names)
    spread = ((np.array(left) - np.mean(left, axis=0)) ** 2).sum(axis=0)
    return float(stats.t.ppf(0.975, n - 1)) * np.sqrt(spread * (n - 1) / n)


def attended(processed, prompt, whole):
    return prompt if whole else prompt - processed / 2


def fit(costs, whole):
    """costs: (ttft, processed, prompt, run, block). {'turns', 'runs', 'blocks', 'law', 'whole'}; law None: not told apart."""
    costs = [c for c in costs if c[0] > 0 and c[1] > 0 and c[2] >= c[1]]
    out = {'turns': len(costs), 'runs': len({c[3] for c in costs}), 'blocks': len({c[4] for c in costs}), 'law': None,
           'whole': whole}
    if out['blocks'] < 2 or out['runs'] < 4 or out['turns'] < 12:
        return out
    y = np.array([c[0] for c in costs], float)
    x = np.array([(1.0, c[1], c[1] * attended(c[1], c[2], whole)) for c in costs])
    blocks = [c[4] for c in costs]
    used = np.array([True, True, True])
    found = huber(x, y, used)
    half = jackknife(x, y, found[1], blocks, used) if found else None
    if half is None:
        return out
    typical = np.array([1.0, np.median(x[:, 1]), np.median(x[:, 2])])
    if not (half * typical / np.median(y) <= 0.2).all():
        return out
    upper = np.zeros(3)
    for k in (2, 0):
        if found[0][k] > 0:
            continue
        value = found[0][k]
        upper[k] = max(0.0, value + half[k])
        used[k] = False
        farther = stats.t.ppf(0.999, out['blocks'] - 1) / stats.t.ppf(0.975, out['blocks'] - 1)
        if value + farther * half[k] < 0 and value * typical[k] < -1e-6 * np.median(y):
            return out
        found = huber(x, y, used)
        half = jackknife(x, y, found[1], blocks, used) if found else None
        if half is None:
            return out
    if found[0][1] <= 0:
        return out
    out['law'] = {'values': [(0.0, 0.0, upper[k]) if not used[k] else
                             (found[0][k], max(0.0, found[0][k] - half[k]), found[0][k] + half[k]) for k in range(3)],
                  'residual': 100 * found[2]}
    return out


# --- turns -----------------------------------------------------------------------------------------------------------

def possible(ms):
    return ms is not None and 0 <= ms <= MOST_MS


def counts_of(row):
    """(prompt, processed), or None where the turn cannot be split."""
    if not row.ok or not possible(row.ttft_ms) or row.ttft_ms == 0 or row.cached_tokens is None or row.processed_tokens is None:
        return None
    if row.cached_tokens < 0 or row.processed_tokens <= 0:
        return None
    prompt = row.cached_tokens + row.processed_tokens
    if row.prompt_tokens is not None and row.prompt_tokens != prompt:
        return None
    return prompt, row.processed_tokens


def fitted(row):
    return row.ok and row.run_outcome == 'complete' and not row.carry_over and row.stratum != 'load'


def before_each(rows):
    last, out = {}, []
    for row in rows:
        earlier = last.get((row.run, row.run_attempt))
        out.append(earlier if earlier is not None and earlier.turn + 1 == row.turn else None)
        if row.ok:
            last[row.run, row.run_attempt] = row
    return out


def entry_sizes(rows, before):
    """target -> what the prompt grew by when the state of an attempt first changed, and grew: the median."""
    changed, found = set(), {}
    for row, earlier in zip(rows, before):
        if earlier is None or not row.ok or row.state_file_bytes is None or earlier.state_file_bytes is None:
            continue
        attempt = (row.run, row.run_attempt)
        if attempt in changed or row.state_file_bytes == earlier.state_file_bytes:
            continue
        changed.add(attempt)
        if row.prompt_tokens is None or earlier.prompt_tokens is None:
            continue
        grown = row.prompt_tokens - earlier.prompt_tokens
        if grown > 0 and row.state_file_bytes > earlier.state_file_bytes:
            found.setdefault(row.target, []).append(grown)
    return {target: methods.median(values) for target, values in found.items()}


def message_tokens(row, earlier, prompt, entry):
    if row.turn == 1:
        return prompt
    if row.state_file_bytes is not None:
        return entry
    if earlier is None or None in (earlier.predicted_tokens, row.prompt_tokens, earlier.prompt_tokens):
        return None
    fresh = row.prompt_tokens - earlier.prompt_tokens - earlier.predicted_tokens
    return fresh if fresh > 0 else None


def put(parts, of, part, took):
    """took(form, 0, 1, 2): the part by the value, the low and the high of its parameter. Both forms that hold widen it."""
    forms = [of] + ([of['other']] if of['other']['law'] else [])
    parts[part] = took(of, 0)
    parts[part + '_low'] = min(took(form, 1) for form in forms)
    parts[part + '_high'] = max(took(form, 2) for form in forms)


class Split:
    def __init__(self, rows):
        self.rows, self.order, self.targets = rows, [], {}
        before = before_each(rows)
        entries = entry_sizes(rows, before)
        costs, outside, left_over = {}, {}, {}
        counts = [counts_of(r) for r in rows]
        self.outside = [r.ttft_ms - r.prompt_ms if r.ok and possible(r.ttft_ms) and possible(r.prompt_ms)
                        and r.prompt_ms <= r.ttft_ms else None for r in rows]
        for row, count, out in zip(rows, counts, self.outside):
            if row.target not in self.order:
                self.order.append(row.target)
            if count is None or not fitted(row):
                continue
            costs.setdefault(row.target, []).append((row.ttft_ms, count[1], count[0], row.run, row.block_index))
            if out is not None:
                outside.setdefault(row.target, []).append(out)
        for target in self.order:
            of, other = fit(costs.get(target, []), False), fit(costs.get(target, []), True)
            if not of['law'] and other['law']:
                of, other = other, of
            of['other'] = other
            of['outside'] = methods.median(outside.get(target, []))
            of['entry'] = entries.get(target)
            self.targets[target] = of
        self.parts = []
        for row, earlier, count, out in zip(rows, before, counts, self.outside):
            parts = dict.fromkeys(PARTS + [part + end for part in FITTED for end in ENDS])
            parts['outside_ms'] = out
            self.parts.append(parts)
            of = self.targets[row.target]
            if count is None or not of['law']:
                continue
            put(parts, of, 'fixed_ms', lambda form, end: max(0.0, form['law']['values'][0][end] - (of['outside'] or 0)))
            put(parts, of, 'attention_ms',
                lambda form, end: count[1] * attended(count[1], count[0], form['whole']) * form['law']['values'][2][end])
            message = message_tokens(row, earlier, count[0], of['entry'])
            if message is None:
                continue
            fresh = min(message, count[1])
            put(parts, of, 'new_message_ms', lambda form, end: fresh * form['law']['values'][1][end])
            put(parts, of, 'reread_ms', lambda form, end: (count[1] - fresh) * form['law']['values'][1][end])
            if out is None and of['outside'] is not None:
                continue
            parts['left_over_ms'] = row.ttft_ms - sum(parts[p] or 0 for p in PARTS if p != 'left_over_ms')
            if fitted(row):
                left_over.setdefault(row.target, []).append(abs(parts['left_over_ms']) / row.ttft_ms)
        for target in self.order:
            share = methods.median(left_over.get(target, []))
            self.targets[target]['left_over'] = None if share is None else 100 * share


# --- summary.json's tax_split ----------------------------------------------------------------------------------------

def over_blocks(pairs, scale=None):
    """pairs: (block, value)."""
    blocks = {}
    for block, value in pairs:
        if value is not None:
            blocks.setdefault(block, []).append(value)
    medians = [methods.median(v) for v in blocks.values()]
    if not medians:
        return None
    return {'n': len(medians), 'median': near(methods.median(medians), scale), 'min': near(min(medians), scale),
            'max': near(max(medians), scale)}


def three(values, scale=None):
    return {'value': near(values[0], scale), 'low': near(values[1], scale or values[2]), 'high': near(values[2], scale),
            'coverage': 0.95}


def key_row(key):
    return dict(zip(('target', 'design', 'cap', 'padding', 'cache_mode'), key))


def tax_of(rows, by_key):
    split = Split(rows)
    return {'targets': targets_of(split), 'turns': turns_of(split, by_key), 'decode': decode_of(rows, by_key),
            'loops': loops_of(rows, by_key)}


def form_of(of):
    law = of['law']
    row = {'told_apart': bool(law), 'overhead_ms': None, 'per_token_ms': None, 'per_token_context_ms': None,
           'residual_percent': None}
    if law:
        row.update(overhead_ms=three(law['values'][0]), per_token_ms=three(law['values'][1]),
                   per_token_context_ms=three(law['values'][2]), residual_percent=near(law['residual'], 1))
    return row


def targets_of(split):
    out = []
    for target in split.order:
        of = split.targets[target]
        row = dict(form_of(of), target=target, turns=of['turns'], runs=of['runs'], blocks=of['blocks'],
                   outside_ms=near(of['outside']), entry_tokens=of['entry'], left_over_percent=None,
                   other_form=form_of(of['other']), fixed_ms=None)
        if of['law']:
            overhead = of['law']['values'][0][0]
            row.update(fixed_ms=near(max(0.0, overhead - (of['outside'] or 0)), overhead), left_over_percent=near(of['left_over'], 1))
        out.append(row)
    return out


def turns_of(split, by_key):
    last = {}
    for row in split.rows:
        if row.run_outcome == 'complete':
            last[row.run] = max(last.get(row.run, 0), row.run_attempt)
    groups = {}
    for row, parts in zip(split.rows, split.parts):
        if fitted(row) and row.cache_mode_broken is not True and last[row.run] == row.run_attempt and \
                row.ttft_ms is not None and any(parts[p] is not None for p in PARTS if p != 'left_over_ms'):
            groups.setdefault(cell_key(row) + (row.turn, row.stratum), []).append((row, parts))
    out = []
    for key in sorted(groups, key=by_key):
        row = key_row(key)
        row['turn'], row['stratum'] = key[5], key[6]
        of = groups[key]
        scale = max(r.ttft_ms for r, _ in of)
        row['ttft_ms'] = over_blocks((r.block_index, r.ttft_ms) for r, _ in of)
        for part in PARTS:
            row[part] = over_blocks(((r.block_index, p[part]) for r, p in of), scale)
            if part in FITTED and row[part]:
                for end in ENDS[1:]:
                    row[part][end[1:]] = over_blocks(((r.block_index, p[part + end]) for r, p in of), scale)['median']
        out.append(row)
    return out


def rate(value):
    return value if value and value > 0 else None


def hidden_by_stream(row):
    """A turn without a rate for which its stream is the reason."""
    return row.get('stream') in ('chunked', 'buffered') or (not row.get('stream') and rate(row.decode_tps) is not None)


def decode_of(rows, by_key):
    counted = [row for row in rows if row.ok and row.run_outcome == 'complete' and row.prompt_tokens is not None]
    silent = {row.target for row in counted if rate(row.decode_tps_runtime) is None and rate(records.client_rate(row)) is not None}
    silent |= {row.target for row in counted} - {row.target for row in counted if rate(row.decode_tps_runtime) is not None}
    runs = {}
    for row in counted:
        runs.setdefault((row.run, row.run_attempt), []).append(row)
    groups, hidden = {}, {}
    for turns in runs.values():
        def context(r):
            return r.prompt_tokens + (r.predicted_tokens or 0) / 2

        own = {id(r): rate(records.client_rate(r) if r.target in silent else r.decode_tps_runtime) for r in turns}
        points = sorted(((context(r), own[id(r)]) for r in turns if own[id(r)] is not None), key=lambda p: p[0])
        key = cell_key(turns[0])[:4]
        if len(points) < 3:
            if len(turns) >= 3 and any(own[id(r)] is None and hidden_by_stream(r) for r in turns):
                hidden.setdefault(key, []).append((min(map(context, turns)), max(map(context, turns))))
            continue
        of = groups.setdefault(key, {'ends': [], 'slopes': []})
        of['ends'].append((points[0][0], points[-1][0], points[0][1], points[-1][1]))
        if points[-1][0] >= 1.5 * points[0][0]:
            found = methods.theil_sen(*zip(*points))
            if found:
                of['slopes'].append(1000 * found[0])
    out = []
    for key in sorted(groups.keys() | hidden.keys(), key=lambda k: by_key(k + ('run-isolated',))):
        of = groups.get(key, {'ends': hidden.get(key), 'slopes': []})
        low, high, *rates = (methods.median(v) for v in zip(*of['ends']))
        row = dict(zip(('target', 'design', 'cap', 'padding'), key), runs=len(of['slopes']),
                   context_tokens=[near(low), near(high)], decode_tps=[near(r) for r in rates] or None,
                   tps_per_1000_tokens=None, interval=None)
        if of['slopes']:
            around = methods.order_interval(of['slopes'])
            row['tps_per_1000_tokens'] = near(methods.median(of['slopes']), 1e-3)
            row['interval'] = around and {'low': near(around[0], 1e-3), 'high': near(around[1], 1e-3),
                                          'coverage': near(around[2], 1)}
        out.append(row)
    return out


def loop_parts(turns):
    """Of these turns in a row, or None where a time is missing or cannot be."""
    parts = dict.fromkeys(('ttft_ms', 'decode_ms', 'state_file_ms', 'gap_ms'), 0.0)
    for r in turns:
        if not r.ok or r.ttft_ms is None or r.end_ns is None or r.cache_mode_broken is True:
            return None
        decode, state = r.end_ns / 1e6 - r.ttft_ms, r.state_replace_ms or 0.0
        gap = state if r.turn == 1 else (r.gap_before_ns or 0) / 1e6
        if r.ttft_ms < 0 or decode < 0 or state < 0 or gap < 0:
            return None
        parts['ttft_ms'] += r.ttft_ms
        parts['decode_ms'] += decode
        parts['state_file_ms'] += min(state, gap)
        parts['gap_ms'] += gap - min(state, gap)
    parts['total_ms'] = sum(parts.values())
    return parts


def loops_of(rows, by_key):
    """The first N turns of every run, for each N that is the length of some run of the target and cache mode."""
    runs = list(records.last_attempts(rows, {'complete'}).values())
    lengths = {}
    for turns in runs:
        lengths.setdefault((turns[0].target, turns[0].cache_mode), set()).add(turns[0].n)
    cells = {}
    for turns in runs:
        for n in lengths[turns[0].target, turns[0].cache_mode]:
            first = [r for r in turns if r.turn <= n]
            if [r.turn for r in first] != list(range(1, n + 1)):
                continue
            parts = loop_parts(first)
            if parts:
                cells.setdefault(cell_key(turns[0]) + (n,), []).append((turns[0].block_index, parts))
    modes = ['run-isolated', 'natural', 'cold']
    out = []
    for key in sorted(cells, key=lambda k: (k[0].encode(), modes.index(k[4]), k[5]) + by_key(k)):
        row = key_row(key)
        row['turns'] = key[5]
        scale = max(p['total_ms'] for _, p in cells[key])
        for part in ('total_ms', 'ttft_ms', 'decode_ms', 'state_file_ms', 'gap_ms'):
            row[part] = over_blocks(((b, p[part]) for b, p in cells[key]), scale * 1e-3)
        out.append(row)
    return out
