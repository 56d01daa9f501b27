# SPDX-License-Identifier: GPL-3.0-or-later
"""turns.csv and plan.json as values, and which of the rows count for what (design.md, section 7)."""
import csv
import json

INTEGERS = set('''run run_attempt send_attempt n padding cap repeat block_index turn seed t_sent_ns headers_ns first_event_ns
first_reasoning_ns first_tool_ns first_content_ns last_content_ns end_ns send_lag_ns gap_before_ns stream_reads prompt_tokens
cached_tokens processed_tokens predicted_tokens prompt_chars context_tokens_estimate reply_chars state_file_bytes
max_tokens delta_count delta_reads first_read_deltas write_done_ns wake_lag_ns wake_lag_max_ns host_swap_bytes host_throttled_us
host_thermal_events'''.split())
FLOATS = set('''connect_ms retry_wait_ms state_replace_ms ttft_ms ttft_content_ms decode_tps decode_tps_runtime prompt_ms
predicted_ms load_ms host_other_cpu_ms host_steal_ms host_psi_cpu_ms'''.split())
FLAGS = ['valid_json', 'schema_ok', 'count_match', 'entries_complete', 'sort_correct', 'all_pass', 'all_pass_local',
         'content_exact']
BOOLEANS = set(FLAGS) | {'state_diverged', 'duplicate_keys', 'invalid_utf8', 'carry_over', 'no_done', 'hit_max_tokens',
                         'no_finish_reason', 'reasoning_in_content',
                         'cache_mode_broken', 'prompt_truncated', 'first_delta_shared', 'disturbed'}
STRATA = ['load', 'cold', 'warm', 'unknown']


class Row(dict):
    """A row; an absent value is None. Attributes are columns."""
    __getattr__ = dict.__getitem__

    @property
    def ok(self):
        return self['outcome'] == 'ok'

    @property
    def hit_max_tokens(self):
        said = self.get('hit_max_tokens')
        return self.ok and (said if said is not None else self['finish_reason'] == 'length')

    @property
    def passed(self):
        return self.ok and self['all_pass'] is True


def _value(column, text):
    if column in INTEGERS:
        return int(text) if text else None
    if column in FLOATS:
        return float(text) if text else None
    if column in BOOLEANS:
        return {'true': True, 'false': False, '': None}[text]
    if text[:1] == "'" and text[1:2] in '=+-@\t\r':
        return text[1:]  # what keeps a spreadsheet from running it
    if text and column not in KNOWN_TEXTS and column.endswith(('_ms', '_ns', '_tokens', '_bytes', '_percent')):
        return float(text)  # a column younger than this script
    return text


KNOWN_TEXTS = set('''session cell target model design cache_mode t_wall finish_reason fence fail_reason outcome run_outcome
stratum reply_sha256 counts_disagree stream stamp_source disturbed_by'''.split())


def read_turns(path):
    with open(path, newline='', encoding='utf-8') as file:
        return [Row({k: _value(k, v) for k, v in row.items()}) for row in csv.DictReader(file)]


def read_plan(path):
    with open(path, encoding='utf-8') as file:
        return json.load(file)


def number(row, metric):
    if metric == 'gap_before_ms':
        return None if row['gap_before_ns'] is None else row['gap_before_ns'] / 1e6
    if metric == 'decode_tps':
        return client_rate(row)
    value = row.get(metric)
    return None if value is None or value == '' else float(value)


def client_rate(row):
    """decode_tps where it is one: of a token stream; of a row older than that column, where the socket was read about once
    a token."""
    if not row.get('stream'):
        if row['stream_reads'] is None or row['predicted_tokens'] is None or row['stream_reads'] < .9 * (row['predicted_tokens'] - 2):
            return None
    elif row['stream'] != 'token':
        return None
    return row['decode_tps']


def cell_key(row):
    return (row.target, row.design, row.cap, row.padding, row.cache_mode)


def last_attempts(rows, ends):
    """run -> rows by turn, of its last attempt that ended so; of a turn sent more than once the last."""
    best = {}
    for row in rows:
        if row.run_outcome in ends:
            best[row.run] = max(best.get(row.run, 0), row.run_attempt)
    runs = {}
    for row in rows:
        if row.run_outcome in ends and row.run_attempt == best[row.run]:
            runs.setdefault(row.run, {})[row.turn] = row
    return {run: [turns[t] for t in sorted(turns)] for run, turns in sorted(runs.items())}


def complete_runs(rows):
    return last_attempts(rows, {'complete'})


def judged_runs(rows):
    return last_attempts(rows, {'complete', 'failed', 'stopped'})


def planned_runs(plan, repeats):
    """Cells of a target: the cross product of each group's lists, times cache modes, times repeats."""
    cells = 0
    for group in plan['cells']:
        caps = group.get('cap') or [3] if group['design'] == 'C' else [None]
        cells += len(group['turns']) * len(caps) * len(group.get('padding') or [None])
    return len(plan['targets']) * cells * len(plan.get('cache_modes', ['run-isolated'])) * repeats
