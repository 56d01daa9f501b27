# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands beside the verdicts, where it tells numbers: drift, effects of a place, what hangs on the cache mode, and
counts of runs and turns."""
import math

import numpy as np
from scipy import stats

import machine
import methods
import records
import sweep
import times
from intervals import Near
from measures import measure

FEWEST_FOR_DRIFT, MOST_POINTS, SMALL_P = 10, 300, 0.01


def kendall_s(values):
    """Kendall's S against the order, and its variance without ties; long series as means of neighbours."""
    group = len(values) // MOST_POINTS + 1
    points = np.array([np.mean(values[i:i + group]) for i in range(0, len(values) - group + 1, group)])
    n = len(points)
    s = sum(float(np.sign(points[i + 1:] - points[i]).sum()) for i in range(n))
    return s, n * (n - 1) * (2 * n + 5) / 18


def in_order(runs, plan):
    good, _ = times.usable(runs, plan)
    return sorted(good, key=lambda r: (r.block, (r.turns[0].t_sent_ns or 0) if r.turns else 0, r.run))


def drift(runs, plan, instrument):
    runs = in_order(runs, plan)
    logs = {}
    for run in runs:
        for row in run.turns:
            if times.timed(row):
                logs.setdefault((run.cell, row.turn, row.stratum), []).append(math.log(row.ttft_ms))
    medians = {key: methods.median(values) for key, values in logs.items() if len(values) > 1}
    residuals, by_cell = [], {}
    for run in runs:
        of = [math.log(row.ttft_ms) - medians[key] for row in run.turns
              if times.timed(row) and (key := (run.cell, row.turn, row.stratum)) in medians]
        if of:
            residuals.append(sum(of) / len(of))
            by_cell.setdefault(run.cell, []).append(residuals[-1])
    if len(residuals) < FEWEST_FOR_DRIFT:
        return None
    trends = [kendall_s(values) for values in by_cell.values()]
    s, variance = (sum(t[i] for t in trends) for i in (0, 1))
    if variance <= 0:
        return None
    p = min(1.0, 2 * float(stats.norm.sf(max(0.0, abs(s) - 1) / math.sqrt(variance))))
    quarter = len(residuals) // 4
    change = math.exp(np.mean(residuals[-quarter:]) - np.mean(residuals[:quarter]))
    typical = math.exp(methods.median([v for values in logs.values() for v in values]))
    if p >= SMALL_P or not times.apart(typical, typical * change, instrument):
        return None
    return measure('drift', 'TTFT, last quarter of the runs over the first', change, len(residuals), p)


def position_effects(runs, plan, rules, instrument):
    groups = {}
    for run in in_order(runs, plan):
        second = run.turn(2)
        if not times.timed(second):
            continue
        later = [r.ttft_ms for r in run.turns[2:] if times.timed(r) and r.stratum == second.stratum]
        if later:
            middle = methods.median(later)
            groups.setdefault((run.design, times.MODES.index(run.mode)), []).append((math.log(second.ttft_ms / middle), middle))
    for design, mode in sorted(groups):
        logs, middles = zip(*groups[design, mode])
        ratio, typical = math.exp(np.mean(logs)), methods.median(middles)
        p = methods.sign_flip_any(logs, True)
        if float(p) < SMALL_P and ratio >= rules['delta_t'] and times.apart(typical, typical * ratio, instrument):
            yield measure('position_effect', f'{design} in {times.MODES[mode]}, TTFT of turn 2 over the later turns of its stratum',
                          ratio, len(logs), Near(float(p), max(1e-9, getattr(p, 'error', 0))))


def hangs_on_mode(runs, plan, rules, instrument):
    margin, alpha = math.log(rules['delta_t']), rules['alpha']
    told, dearer, not_dearer = [], False, False
    for mode in ('run-isolated', 'cold'):
        at = times.Compared.of(runs, mode, plan, instrument)
        if at is None or len(at.pairs) < 2:
            return None
        low, high = at.sample.limits(alpha)
        dearer |= at.far and low > 0 and at.sample.mean >= margin
        not_dearer |= high < margin
        told.append(measure('ttft_ratio', f'A over C, turn {at.turn}, {mode}', math.exp(at.sample.mean), at.sample.n, None,
                            at.sample.ratio(alpha)))
    return told if dearer and not_dearer else None


def cells_of_one_reply(runs):
    cells = {}
    for run in runs:
        cells.setdefault(run.cell, []).append(run)
    repeated = [of for of in cells.values() if len(of) > 1]
    return measure('cells_of_one_reply', '', sum(len(sweep.distinct(of)[0]) < len(of) for of in repeated), len(repeated))


def disturbed_turns(runs):
    complete = [row for run in runs if run.outcome == 'complete' for row in run.turns]
    known, noisy, by = machine.counts(complete)
    if not noisy:
        return []
    out = [measure('turns_disturbed', '', noisy, known)] + [measure('turns_disturbed', what, by[what], known) for what in sorted(by, key=str.encode)]
    cells = machine.cells(complete)
    for key in sorted(cells, key=lambda k: (k[1].encode(), k[2] is not None, k[2] or 0, k[3] is not None, k[3] or 0,
                                            ['run-isolated', 'natural', 'cold'].index(k[4]), k[5])):
        if not machine.is_quiet(cells[key]):
            _, design, cap, padding, mode, n = key
            known, noisy, _ = machine.counts(cells[key])
            words = design + (f', cap {cap}' if cap is not None else '') + (f', padding {padding}' if padding is not None else '')
            out.append(measure('turns_disturbed', f'{words}, N = {n}, {mode}', noisy, known))
    return out


def count(name, value, n):
    return [measure(name, '', value, n)]


def told_of(runs, plan, rules, instrument, collecting):
    """The measures that cautions of a target tell, as groups in the order they stand in."""
    failed = sum(r.failed and not r.prompt_truncated for r in runs)
    if failed:
        yield count('runs_failed', failed, len(runs))
    cut = sum(r.prompt_truncated for r in runs)
    if cut:
        yield count('runs_prompt_truncated', cut, len(runs))
    if plan.get('sampling', {}).get('seed_policy') == 'fixed':
        copies = cells_of_one_reply(runs)
        if copies['n']:
            yield [copies]
    turns = [row for run in runs for row in run.turns if row.ok and not row.carry_over]
    broken = sum(row.cache_mode_broken is True for row in turns)
    if broken:
        yield count('turns_of_a_broken_mode', broken, len(turns))
    streams = [row['stream'] for run in runs for row in run.turns if row.get('stream')]
    kinds = [(name, streams.count(kind)) for name, kind in (('turns_chunked', 'chunked'), ('turns_buffered', 'buffered'))]
    if any(n for _, n in kinds):
        yield [measure(name, '', n, len(streams)) for name, n in kinds if n]
    disturbed = disturbed_turns(runs)
    if disturbed:
        yield disturbed
    uncounted = times.uncounted_cache(runs, plan, instrument)
    if uncounted:
        yield [uncounted]
    moved = drift(runs, plan, instrument)
    if moved:
        yield [moved]
    for effect in position_effects(runs, plan, rules, instrument):
        yield [effect]
    hanging = None if collecting else hangs_on_mode(runs, plan, rules, instrument)
    if hanging:
        yield hanging


def runs_made(target, runs, plan, repeats, found):
    """Runs that never sent a turn leave no row, so the table knows no more than a lower bound of those that were made."""
    planned = records.planned_runs(plan, repeats) // len(plan['targets'])
    told = [m for c in found if c['target'] == target for m in c['measures'] if m['name'] == 'runs_made']
    return [count('runs_made', max(len(runs), told[0]['value']), planned)] if told else []


def cautions_of(targets, runs, plan, rules, repeats, instrument, summary):
    """Row by row as they were found, those without numbers taken as they are; one that is missing makes the list too long."""
    found = summary['analysis']['cautions']
    wanted = {}
    for target in targets:
        of_target = [r for r in runs if r.target == target]
        collecting = any(v['target'] == target and v['verdict'] == 'still_collecting' for v in summary['verdicts'])
        wanted[target] = runs_made(target, of_target, plan, repeats, found)
        wanted[target] += told_of(of_target, plan, rules, instrument, collecting)
    out = []
    for caution in found:
        if not caution['measures']:
            out.append({})
        elif caution['target'] == '':  # runs of another plan: no row of this one says how many
            out.append({'measures': caution['measures']})
        else:
            out.append({'target': caution['target'], 'measures': wanted[caution['target']].pop(0)
                        if wanted.get(caution['target']) else []})
    return out + [{'measures': group} for groups in wanted.values() for group in groups]
