# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict board: hypotheses of a target tested, adjusted over their family, and closed by their rule."""
import cautions
import machine
import methods
import quality
import records
import sweep
import tax
import times
from intervals import Near
from measures import measure

IDS = ['H1', 'H2', 'H3', 'H4a', 'H4b', 'H5a', 'H5b', 'T1', 'T2', 'T3', 'T4', 'Q1']
REPEATS_FOR_VERDICTS = 8  # from here on a two-sided sign flip survives five hypotheses


def rules_of(plan, summary):
    rules = {'alpha': .05, 'delta_q': .1, 'delta_t': 1.25, 'primary': 'slope_processed',
             'family': ['H1', 'H2', 'H3', 'H4', 'H5'], 'own_family': ['T1', 'T2', 'T3', 'T4', 'Q1']}
    rules.update(plan.get('analysis', {}))
    for amendment in summary.get('amendments', []):
        rules.update(amendment.get('rules') or {})
    return rules


def repeats_of(plan, summary):
    repeats = plan.get('repeats', 5)
    for amendment in summary.get('amendments', []):
        repeats = amendment.get('repeats') or repeats
    return repeats


def instrument_of(summary):
    found = summary.get('instrument')
    return found['time_error_ms'] if found and found.get('ttft_error_ms') else None


def board_of(rows, plan, summary):
    rules = rules_of(plan, summary)
    instrument = instrument_of(summary)
    runs = sweep.runs_of(rows)
    names = [t.get('id') for t in plan['targets']]
    targets = [n for n in names if n is not None] or []
    targets += [t for t in dict.fromkeys(r.target for r in runs) if t not in targets]
    ceiling = bool(runs) and all(r.reached and all(t.passed for t in r.turns) for r in runs)
    cells = {}
    for run in runs:
        cells[run.cell] = cells.get(run.cell, 0) + 1
    most = max(cells.values(), default=0)
    law = tax.Split(rows)
    quiet = Quiet(rows)
    board = []
    for target in targets:
        seen = [v for v in summary['verdicts'] if v['target'] == target]
        if seen and all(v['verdict'] == 'still_collecting' for v in seen):
            board += collecting_board(target, plan, summary, sum(r.target == target for r in runs))
            continue
        board += target_board(target, [r for r in runs if r.target == target], rules, plan, instrument, law, quiet, most, ceiling)
    repeats = repeats_of(plan, summary)
    collecting = any(v['verdict'] == 'still_collecting' for v in board)
    add = REPEATS_FOR_VERDICTS - repeats if runs and repeats < REPEATS_FOR_VERDICTS and not collecting else 0
    return {'analysis': {'rules': {k: rules[k] for k in ('alpha', 'delta_q', 'delta_t', 'family', 'own_family', 'primary')},
                         'add_repeats': add,
                         'cautions': cautions.cautions_of(targets, runs, plan, rules, repeats, instrument, summary)},
            'verdicts': board}


class Quiet:
    """The sweep where disturbed turns have no time."""

    def __init__(self, rows):
        if any(map(machine.disturbed, rows)):
            quiet = machine.quiet_rows(rows)
            self.runs, self.law = sweep.runs_of(quiet), tax.Split(quiet)


def collecting_board(target, plan, summary, made):
    """Nothing may be announced, and only while runs are missing: whether the sweep goes on, no row of a table says."""
    planned = records.planned_runs(plan, repeats_of(plan, summary)) // len(plan['targets'])
    word = 'still_collecting' if made < planned else 'something'
    told = [m['value'] for v in summary['verdicts'] if v['target'] == target for m in v['measures']]
    runs = [measure('runs_made', '', max([made] + told), planned)]  # one that sent no turn left no row
    return [{'id': name, 'target': target, 'verdict': word, 'trivially': False, 'effect': None, 'interval': None, 'p': None,
             'p_adjusted': None, 'n': 0, 'left_out': 0, 'more_runs': None, 'runs_needed': None, 'measures': runs} for name in IDS]


DESIGNS = {'H1': 'A', 'H2': 'B', 'H3': 'AB', 'H4a': 'C', 'H5a': 'D', 'Q1': None}  # whose passes; None: every one's


def rows_of(runs, whole, mode, rules, plan, instrument, law):
    """whole: the runs that quality is judged by."""
    found, modes = {}, {}
    for name in DESIGNS:
        found[name], modes[name] = getattr(quality, name.lower())(whole, mode, rules), mode
    for name in ('T1', 'T2', 'T3'):
        found[name], modes[name] = getattr(times, name.lower())(runs, mode, rules, plan, instrument)
    found['T4'], modes['T4'] = times.t4(runs, rules, plan, instrument, law), None
    for name in found:
        if name[:2] not in rules['family'] + rules['own_family']:
            found[name], modes[name] = quality.early('untestable'), mode
    for family in (rules['family'], rules['own_family']):
        adjust([found[n] for n in found if n[:2] in family and found[n]['p'] is not None], len(family))
    for name, of in found.items():
        of['shown'] = 'rejected' if name == 'H2' else 'supported'
    return {name: close(of, rules) for name, of in found.items()}, modes, found


def withhold(row, *told):
    """Nothing is decided; what is told of it stands beside."""
    if row['verdict'] != 'untestable':
        row.update(verdict='inconclusive', more_runs=None, runs_needed=None)
    row['measures'] = row['measures'] + [m for m in told if m['value']]


def designs_of(runs):
    return ', '.join(sorted({r.design for r in runs}))


def levels_of(runs):
    return {(r.design, r.n, r.cap, r.padding) for r in runs}


def is_open(run):
    """Nobody knows how the model would have done."""
    return run.hit_max_tokens or run.failed


def withhold_what_is_open(rows, other, whole, mode):
    for name, designs in DESIGNS.items():
        row, of = rows[name], [r for r in whole if r.mode == mode and (designs is None or r.design in designs)]
        emptied = levels_of(of) != levels_of([r for r in of if not is_open(r)])
        if row['verdict'] == 'untestable' or (row['verdict'] == other[name]['verdict'] and not emptied):
            continue
        runs = [r for r in of if is_open(r)] or [r for r in whole if r.mode == mode and is_open(r)]
        failed = sum(r.failed for r in runs)
        withhold(row, measure('runs_hit_max_tokens', designs_of(runs), len(runs) - failed, len(of)),
                 measure('runs_failed', designs_of(runs), failed, len(of)))


def withhold_cut_prompts(rows, runs, mode, named):
    for name, designs in DESIGNS.items():
        if name[:2] not in named:
            continue
        of = [r for r in runs if r.mode == mode and (designs is None or r.design in designs)]
        cut = [r for r in of if r.prompt_truncated]
        if cut:
            rows[name]['left_out'] += len(cut)
            withhold(rows[name], measure('runs_prompt_truncated', designs_of(cut), len(cut), len(of)))


def withhold_mixed_streams(rows, found):
    for name in ('T1', 'T2', 'T3', 'T4'):
        streams = [turn.get('stream') for turn in found[name].get('compared', ())]
        tokens, chunks = streams.count('token'), streams.count('chunked')
        if tokens and chunks and rows[name]['verdict'] in ('supported', 'rejected', 'inconclusive'):
            withhold(rows[name], measure('turns_chunked', 'compared', chunks, tokens + chunks))


def withhold_disturbed(rows, found, rest):
    """A verdict that is another where disturbed turns have no time is none."""
    compared = {name: list(found[name].get('compared', ())) for name in found}
    every = [turn for name in ('T1', 'T2', 'T3', 'T4') for turn in compared[name]]
    for name, row in rows.items():
        own, other = sum(map(machine.disturbed, compared[name])), rest[name]
        differs = row['verdict'] != other['verdict']
        if row['verdict'] == 'untestable' or not (own or differs):
            continue
        row['without_disturbed'] = {'with': row['verdict'], 'without': other['verdict'], 'n': other['n'], 'same': not differs}
        of, where = (compared[name], 'compared') if own else (every, 'compared in its family')
        told = measure('turns_disturbed', where, sum(map(machine.disturbed, of)), len(of))
        if differs:
            withhold(row, told)
        else:
            row['measures'] = row['measures'] + [told]


def judge(runs, rules, plan, instrument, law, mode):
    whole = [r for r in runs if not r.prompt_truncated]  # of a cut prompt neither a pass nor a failure says anything
    rows, modes, found = rows_of(runs, whole, mode, rules, plan, instrument, law)
    if any(is_open(r) and r.mode == mode for r in whole):  # the verdict is the same with those left out, or there is none
        other = rows_of(runs, [r for r in whole if not is_open(r)], mode, rules, plan, instrument, law)[0]
        withhold_what_is_open(rows, other, whole, mode)
    withhold_mixed_streams(rows, found)
    withhold_cut_prompts(rows, runs, mode, rules['family'] + rules['own_family'])
    return rows, modes, found


def target_board(target, runs, rules, plan, instrument, law, quiet, most, ceiling):
    mode = sweep.leading_mode(runs) or 'run-isolated'
    rows, modes, found = judge(runs, rules, plan, instrument, law, mode)
    if any(machine.disturbed(turn) for name in ('T1', 'T2', 'T3', 'T4') for turn in found[name].get('compared', ())):
        withhold_disturbed(rows, found, judge([r for r in quiet.runs if r.target == target], rules, plan, instrument, quiet.law, mode)[0])
    for name, own, other in (('H4b', 'H4a', 'H5a'), ('H5b', 'H5a', 'H4a')):
        rows[name], modes[name] = attribution(rows[own], rows[other], found[other].get('floor')), modes[own]
    out = []
    for name in IDS:
        row = rows[name]
        row.update(id=name, target=target, cache_mode=modes[name])
        row['trivially'] = ceiling and row['verdict'] in ('supported', 'rejected') and name[0] in 'HQ'
        if most == 1:
            row.pop('without_disturbed', None)
            row.update(verdict='untestable', trivially=False, interval=None, p=None, p_adjusted=None, more_runs=None, runs_needed=None, power=[],
                       measures=[])
        row.setdefault('without_disturbed', None)
        out.append(row)
    return out


def adjust(members, size):
    """Holm over as many hypotheses as the family names: one that could not be tested pays all the same."""
    values = [float(m['p']) for m in members]
    adjusted = methods.holm(values + [1.0] * (size - len(values)))[:len(values)]
    for member, p in zip(members, adjusted):
        member['p_adjusted'] = p
        member['weight'] = size - sum(v < float(member['p']) for v in values)


def close(of, rules):
    row = {'effect': of['effect'], 'n': of['n'], 'left_out': of['left_out'], 'p': of['p'], 'p_adjusted': of.get('p_adjusted'),
           'interval': None, 'more_runs': None, 'runs_needed': None, 'measures': of['measures']}
    if 'word' in of:
        row['verdict'] = of['word']
        return row
    row['interval'] = {k: of[k] for k in ('low', 'high', 'coverage')}
    if of['supports'] and (not of['needs_p'] or (row['p_adjusted'] is not None and row['p_adjusted'] <= rules['alpha'])):
        row['verdict'] = 'supported'
    elif of['rejects']:
        row['verdict'] = 'rejected'
    else:
        row['verdict'] = 'inconclusive'
        row['more_runs'] = row['runs_needed'] = tax.PLANNED
    if of.get('aside') and row['verdict'] != of['shown']:
        row['power'] = [{'n': of['aside'], 'share': share, 'power': methods.fisher_power(of['aside'], share, rules['alpha'])}
                        for share in (0.9, 0.8, 0.7, 0.5, 0.2, 0.1)]
    error = getattr(of['p'], 'error', 0)
    if error:
        row['p'] = Near(float(of['p']), error)
        row['p_adjusted'] = row['p_adjusted'] and Near(row['p_adjusted'], error * of.get('weight', 1))
    return row


def attribution(own, other, at_floor):
    row = {'effect': None, 'n': 0, 'left_out': 0, 'p': None, 'p_adjusted': None, 'interval': None, 'more_runs': None, 'runs_needed': None,
           'measures': []}
    if own['verdict'] != 'supported':
        return dict(row, verdict='not_triggered')
    row['n'] = own['n'] + other['n']
    if other['verdict'] == 'supported' or (other['verdict'] == 'rejected' and not at_floor):
        return dict(row, verdict={'rejected': 'supported', 'supported': 'rejected'}[other['verdict']])
    return dict(row, verdict='inconclusive', more_runs=tax.PLANNED, runs_needed=tax.PLANNED)
