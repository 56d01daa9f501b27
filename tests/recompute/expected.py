# SPDX-License-Identifier: GPL-3.0-or-later
"""What summary.json should say, from the rows of turns.csv: built in the same form, then compared leaf by leaf."""
import cells
import machine
import methods
import records
import tax
import verdicts
from intervals import interval_row, order_row, share_row, wilson_row
from records import FLAGS, STRATA, cell_key, complete_runs, judged_runs, number

GIVEN = object()  # no result of this session: versions, hosts, names, what a person chose


METRICS = ['ttft_ms', 'ttft_content_ms', 'context_tokens_estimate', 'prompt_tokens', 'cached_tokens', 'processed_tokens',
           'prompt_ms', 'predicted_tokens', 'decode_tps', 'decode_tps_runtime', 'state_file_bytes', 'reply_chars',
           'state_replace_ms', 'gap_before_ms']

# Not results: what was asked for, what a runtime or a host said of itself or of a prompt, what others published, how far the clock is
# off (measured in another session), accounts that a tokenizer made, and estimates, which are no measurement.
NOT_RESULTS = ['schema', 'rules_version', 'made_by', 'plan_sha256', 'plan', 'session', 'definitions', 'published', 'instrument',
               'rereads', 'amendments', 'simulated_targets', 'cached_tokens_estimate', 'prompt_checks']


def summary_of(rows, plan, summary):
    wanted = {key: GIVEN for key in NOT_RESULTS if key in summary}
    wanted['runs'] = runs_of(rows, plan, summary)
    wanted['summaries'] = summaries_of(rows)
    wanted['pass_rates'] = pass_rates_of(rows)
    wanted.update(cache_modes_of(rows))
    wanted['streams'] = streams_of(rows)
    wanted['prompts_truncated'] = truncated_of(rows)
    wanted['disturbed_turns'] = machine.disturbed_of(rows, by_key)
    wanted['stamps'] = machine.stamps_of(rows)
    wanted['without_disturbed'] = machine.medians_of(rows, by_key, verdicts.rules_of(plan, summary) if 'analysis' in summary else verdicts.rules_of({}, {}))
    wanted['totals'] = totals_of(wanted['pass_rates'])
    wanted['slopes'] = cells.slopes_of(rows, by_key)
    wanted['quality'] = cells.quality_of(rows, by_key)
    wanted['right_cells'] = {'cells': len(wanted['quality']),
                             'right_throughout': sum(q['turns_passed'] == q['turns'] for q in wanted['quality']),
                             'never_right': sum(q['turns_passed'] == 0 for q in wanted['quality'])}
    wanted['turns_on_record'] = {'turns': len(rows), 'failed': sum(not r.ok for r in rows),
                                 'wrong': sum(r.ok and not r.passed for r in rows),
                                 'hit_max_tokens': sum(bool(r.hit_max_tokens) for r in rows),
                                 'ended_by_themselves': sum(r.ok and not r.hit_max_tokens for r in rows),
                                 'right_of_ended_by_themselves': sum(r.passed and not r.hit_max_tokens for r in rows)}
    wanted['failures'] = failures_of(rows)
    if 'tax_split' in summary:
        wanted['tax_split'] = tax.tax_of(rows, by_key)
    if 'analysis' in summary:
        wanted.update(verdicts.board_of(rows, plan, summary))
    return wanted


def key_row(key):
    return dict(zip(('target', 'design', 'cap', 'padding', 'cache_mode'), key))


def by_key(item):
    """Target, design, cap, padding, cache mode, turn: absent before present."""
    target, design, cap, padding, mode = item[:5]
    order = ['run-isolated', 'natural', 'cold']
    return (target.encode(), design.encode(), cap is not None, cap or 0, padding is not None, padding or 0,
            order.index(mode)) + tuple(item[5:])


# --- runs ------------------------------------------------------------------------------------------------------------

def runs_of(rows, plan, summary):
    """Attempts that never sent a turn leave no row: what a run that failed before its first turn was, and which did not
    begin, only the journal tells. Complete runs and the total are certain."""
    repeats = plan.get('repeats', 5)
    for amendment in summary.get('amendments', []):
        repeats = amendment.get('repeats') or repeats
    ends = {}
    for row in rows:
        if ends.get(row.run) != 'complete':
            ends[row.run] = row.run_outcome
    planned = records.planned_runs(plan, repeats)
    wanted = {'planned': planned}
    for end in ('complete', 'failed', 'stopped', 'cancelled'):
        wanted[end] = sum(e == end for e in ends.values())
    wanted['interrupted'] = sum(e in ('interrupted', '') for e in ends.values())
    wanted['not_begun'] = planned - sum(wanted[k] for k in ('complete', 'failed', 'stopped', 'cancelled', 'interrupted'))
    return wanted


# --- times and sizes -------------------------------------------------------------------------------------------------

def block_medians(rows, metric):
    """block -> median over its cells; blocks without a value are left out."""
    blocks = {}
    for row in rows:
        value = number(row, metric)
        if value is not None:
            blocks.setdefault(row.block_index, []).append(value)
    return {block: methods.median(values) for block, values in sorted(blocks.items())}


def summaries_of(rows):
    groups = {}
    for turns in complete_runs(rows).values():
        for row in turns:
            if row.ok and not row.carry_over and row.cache_mode_broken is not True:
                groups.setdefault(cell_key(row) + (row.turn, STRATA.index(row.stratum)), []).append(row)
    out = []
    for key in sorted(groups, key=by_key):
        wanted = key_row(key)
        wanted['turn'], wanted['stratum'] = key[5], STRATA[key[6]]
        for metric in METRICS:
            wanted[metric] = metric_of(groups[key], metric)
        out.append(wanted)
    return out


def metric_of(rows, metric):
    blocks = block_medians(rows, metric)
    if not blocks:
        return None
    values = list(blocks.values())
    flags = methods.outliers(values)
    rest = [v for v, flag in zip(values, flags) if not flag]
    return {'n': len(values), 'median': methods.median(values), 'min': min(values), 'max': max(values),
            'interval': order_row(values), 'mad': methods.mad(values) if len(values) > 1 else None,
            'outliers': [{'block': b, 'value': v} for (b, v), flag in zip(blocks.items(), flags) if flag],
            'median_without_outliers': methods.median(rest) if any(flags) else None,
            'p90': methods.percentile(values, .90), 'p95': methods.percentile(values, .95), 'p99': methods.percentile(values, .99)}


# --- right answers ---------------------------------------------------------------------------------------------------

def pass_rates_of(rows):
    groups = {}

    def group(key):
        return groups.setdefault(key, {'rows': [], 'not_attempted': 0, 'after_pass': [], 'after_fail': []})

    for turns in judged_runs(rows).values():
        before = None
        for row in turns:
            at = group(cell_key(row) + (row.turn,))
            at['rows'].append(row)
            if before is not None and before.turn + 1 == row.turn:
                at['after_pass' if before.passed else 'after_fail'].append(row.passed)
            before = row
        for turn in range(before.turn + 1, before.n + 1):
            group(cell_key(before) + (turn,))['not_attempted'] += 1
    out = []
    for key in sorted(groups, key=by_key):
        at, wanted = groups[key], key_row(key)
        judged = at['rows']
        ok = [r for r in judged if r.ok]
        wanted.update(turn=key[5], blocks=len({r.block_index for r in judged}), turns=len(judged),
                      failed=len(judged) - len(ok), not_attempted=at['not_attempted'])
        for flag in FLAGS:
            wanted[flag] = sum(r[flag] is True for r in ok)
        wanted['wilson'] = {flag: wilson_row(wanted[flag], len(judged)) for flag in FLAGS}
        for name in ('after_pass', 'after_fail'):
            wanted['pass_' + name] = share_row(sum(at[name]), len(at[name]), wilson_row)
        blocks = {}
        for r in judged:
            blocks[r.block_index] = blocks.get(r.block_index, True) and r.passed
        wanted['blocks_all_pass'] = share_row(sum(blocks.values()), len(blocks), interval_row)
        hashes = [r.reply_sha256 for r in ok if r.reply_sha256]
        wanted['replies'], wanted['distinct_replies'] = len(hashes), len(set(hashes))
        out.append(wanted)
    return out


def cache_modes_of(rows):
    """Did the cache modes hold? Turns that ended well, by what the runtime's counts show; the broken ones apart."""
    counts, broken = {}, {}
    for row in rows:
        if not row.ok:
            continue
        count = counts.setdefault((row.target, row.cache_mode),
                                  dict(target=row.target, cache_mode=row.cache_mode, verified=0, broken=0,
                                       not_verifiable=0, left_out=0))
        count[{None: 'not_verifiable', False: 'verified', True: 'broken'}[row.cache_mode_broken]] += 1
        if row.cache_mode_broken and row.run_outcome == 'complete' and not row.carry_over:
            count['left_out'] += 1
            broken.setdefault(cell_key(row) + (row.turn,), []).append(row)
    modes = ['run-isolated', 'natural', 'cold']
    left_out = []
    for key in sorted(broken, key=by_key):
        of = dict(key_row(key), turn=key[5], turns=len(broken[key]))
        for metric in ('prompt_tokens', 'cached_tokens', 'ttft_ms'):
            of[metric] = methods.median([r[metric] for r in broken[key] if r[metric] is not None])
        left_out.append(of)
    return {'cache_modes': [counts[k] for k in sorted(counts, key=lambda k: (k[0].encode(), modes.index(k[1])))],
            'left_out': left_out, 'counts_disagree': sum(bool(r.counts_disagree) for r in rows)}


def streams_of(rows):
    """Turns of complete runs, by how the tokens of the reply came."""
    targets = {}
    for turns in complete_runs(rows).values():
        for row in turns:
            count = targets.setdefault(row.target, dict(target=row.target, token=0, chunked=0, buffered=0, unknown=0))
            count[row.get('stream') or 'unknown'] += 1
    return [targets[t] for t in sorted(targets, key=str.encode)]


def truncated_of(rows):
    cells = {}
    for row in rows:
        if row.get('prompt_truncated'):
            cells.setdefault((row.target, row.cell), []).append(row)
    return [{'target': key[0], 'cell': key[1], 'turns': len(cells[key])}
            for key in sorted(cells, key=lambda k: (k[0].encode(), k[1].encode()))]


def totals_of(rates):
    totals = {}
    for rate in rates:
        key = tuple(rate[k] for k in ('target', 'design', 'cap', 'padding', 'cache_mode'))
        row = totals.setdefault(key, dict(key_row(key), all_pass=0, turns=0, not_attempted=0))
        for count in ('all_pass', 'turns', 'not_attempted'):
            row[count] += rate[count]
    return [totals[key] for key in sorted(totals, key=by_key)]


# --- failures --------------------------------------------------------------------------------------------------------

def failures_of(rows):
    kinds = {}
    for row in rows:
        if not row.passed:
            kinds.setdefault((row.target, row.design, row.outcome, row.fail_reason), []).append(row)
    return [{'target': key[0], 'design': key[1], 'outcome': key[2], 'turns': len(of)}
            for key, of in sorted(kinds.items(), key=lambda item: -len(item[1]))]
