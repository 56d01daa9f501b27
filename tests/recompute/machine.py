# SPDX-License-Identifier: GPL-3.0-or-later
"""What else the machine did: turns disturbed by cell and cause, who stamped them, and times without the disturbed ones."""
import math
import re

import methods
import records


def disturbed(row):
    return row.get('disturbed') is True


def causes(row):
    """Without their numbers, each once."""
    words = [re.sub(r'\d+(?:[.,]\d+)*', '…', part) for part in (row.get('disturbed_by') or '').split('; ')]
    return list(dict.fromkeys(w for w in words if w))


def quiet_rows(rows):
    """The same rows, where a disturbed turn has no TTFT."""
    return [records.Row(row, ttft_ms=None, ttft_content_ms=None) if disturbed(row) else row for row in rows]


def counts(rows):
    """(known, disturbed, {cause: turns})"""
    by = {}
    for row in filter(disturbed, rows):
        for what in causes(row):
            by[what] = by.get(what, 0) + 1
    return sum(row.get('disturbed') is not None for row in rows), sum(map(disturbed, rows)), by


def is_quiet(rows):
    known, noisy, _ = counts(rows)
    return 2 * noisy <= known


def cells(rows):
    found = {}
    for turns in records.complete_runs(rows).values():
        found.setdefault(records.cell_key(turns[0]) + (turns[0].n,), []).extend(turns)
    return {key: of for key, of in found.items() if counts(of)[0]}


def disturbed_of(rows, by_key):
    out = []
    found = cells(rows)
    for key in sorted(found, key=by_key):
        known, noisy, by = counts(found[key])
        out.append(dict(zip(('target', 'design', 'cap', 'padding', 'cache_mode', 'n_turns'), key), turns=len(found[key]), known=known,
                        disturbed=noisy, quiet=is_quiet(found[key]),
                        by=[{'what': what, 'turns': by[what]} for what in sorted(by, key=str.encode)]))
    return out


def starved(row):
    return row.get('wake_lag_max_ns') is not None and row.ttft_ms is not None and row.wake_lag_max_ns / 1e6 > .05 * row.ttft_ms


def stamps_of(rows):
    """By target that has any."""
    targets = {}
    for turns in records.complete_runs(rows).values():
        for row in turns:
            of = targets.setdefault(row.target, dict(target=row.target, kernel=0, user=0, mixed=0, unknown=0, first_delta_shared=0,
                                                     client_starved=0))
            of[row.get('stamp_source') or 'unknown'] += 1
            of['first_delta_shared'] += row.get('first_delta_shared') is True
            of['client_starved'] += starved(row)
    return [targets[t] for t in sorted(targets, key=str.encode) if any(targets[t][k] for k in ('kernel', 'user', 'mixed'))]


def blocks_for_verdict(rules):
    return max(2, math.ceil(-math.log2(rules['alpha'] / max(1, len(rules['own_family']))) - 1e-9))


def medians_of(rows, by_key, rules):
    """TTFT by turn with and without, where both have the blocks that a verdict needs and every cell was quiet."""
    noisy = {key[:5] for key, of in cells(rows).items() if not is_quiet(of)}
    groups = {}
    for turns in records.complete_runs(rows).values():
        for row in turns:
            if row.ok and not row.carry_over and row.cache_mode_broken is not True and row.ttft_ms is not None:
                groups.setdefault(records.cell_key(row) + (row.turn, records.STRATA.index(row.stratum)), []).append(row)
    out = []
    for key in sorted(groups, key=by_key):
        of, rest = groups[key], [r for r in groups[key] if not disturbed(r)]
        if key[:5] in noisy or len(of) == len(rest):
            continue
        with_, without = (summary(side) for side in (of, rest))
        if min(with_['n'], without['n']) < blocks_for_verdict(rules):
            continue
        out.append(dict(zip(('target', 'design', 'cap', 'padding', 'cache_mode', 'turn'), key), stratum=records.STRATA[key[6]],
                        disturbed=len(of) - len(rest), **{'with': with_, 'without': without}))
    return out


def summary(rows):
    blocks = {}
    for row in rows:
        blocks.setdefault(row.block_index, []).append(row.ttft_ms)
    medians = [methods.median(values) for values in blocks.values()]
    return {'n': len(medians), 'median': methods.median(medians) if medians else None}
