# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs that verdicts rest on: each once, by its last attempt that was complete, failed or stopped."""
import records


class Run:
    def __init__(self, rows):
        first = rows[0]
        self.target, self.design, self.cap, self.padding, self.mode = records.cell_key(first)
        self.run, self.n, self.block, self.repeat, self.seed = first.run, first.n, first.block_index, first.repeat, first.seed
        self.cell, self.outcome = first.cell, first.run_outcome
        self.turns = []
        for row in rows:
            if row.turn != len(self.turns) + 1:
                break  # what comes after a hole hangs in the air
            self.turns.append(row)
        self.turns = self.turns[:self.n]
        self.reached = len(self.turns) == self.n
        self.passes = self.reached and self.turns[-1].passed
        self.hit_max_tokens = any(r.hit_max_tokens for r in self.turns)
        self.failed = self.outcome == 'failed'
        self.prompt_truncated = any(r.get('prompt_truncated') in (True, 'true') for r in self.turns)
        self.diverged = any(r.state_diverged is True for r in self.turns)

    def turn(self, number):
        return self.turns[number - 1] if 1 <= number <= len(self.turns) else None

    def said(self):
        """All replies; None where one is not known."""
        if not all(r.ok and r.reply_sha256 for r in self.turns):
            return None
        return tuple(r.reply_sha256 for r in self.turns)


def runs_of(rows):
    return [Run(turns) for turns in records.judged_runs(rows).values()]


def leading_mode(runs):
    return next((m for m in ('run-isolated', 'cold', 'natural') if any(r.mode == m for r in runs)), None)


def distinct(runs):
    """Without copies: one seed and the very same replies in every run of a cell is one measurement of quality."""
    cells = {}
    for run in runs:
        cells.setdefault(run.cell, []).append(run)
    kept = []
    for run in runs:
        mates = cells[run.cell]
        said = mates[0].said()
        copies = len(mates) > 1 and said and all(m.seed == mates[0].seed and m.said() == said for m in mates)
        if not copies or run is mates[0]:
            kept.append(run)
    return kept, len(runs) - len(kept)


def leading_cap(runs):
    """The cap with the most lengths, then the smallest."""
    lengths = {}
    for run in runs:
        if run.cap is not None:
            lengths.setdefault(run.cap, set()).add(run.n)
    return min(lengths, key=lambda c: (-len(lengths[c]), c)) if lengths else None


def leading_depth(runs):
    """D's depth with the most paddings, of several the deepest."""
    paddings = {}
    for run in runs:
        paddings.setdefault(run.n, set()).add(run.padding)
    return max(paddings, key=lambda n: (len(paddings[n]), n)) if paddings else None


def levels(runs, at):
    """[(value, passed, runs)], ascending."""
    found = {}
    for run in runs:
        k, n = found.get(at(run), (0, 0))
        found[at(run)] = (k + int(run.passes), n + 1)
    return [(value,) + found[value] for value in sorted(found)]
