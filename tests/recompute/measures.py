# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that a sentence of a verdict or a caution tells beside the effect, in the form that summary.json gives them."""
from collections import Counter

WHY_LEFT = ['not complete', 'whose state had diverged', 'whose replies were held back and sent at once',
            'without a time that may be used at the turns compared']


def measure(name, of, value, n, p=None, interval=None):
    return {'name': name, 'of': of, 'value': value, 'n': n, 'p': p,
            'interval': interval and dict(zip(('low', 'high', 'coverage'), interval))}


def passed(of, level):
    """level: (value, passed, runs)."""
    return measure('runs_passed', of, level[1], level[2])


def usable(of, n):
    return measure('usable', of, n, 0)


class Left(Counter):
    """Runs that cannot be used for times, by why."""

    @property
    def total(self):
        return sum(self.values())

    def broke(self):
        self[WHY_LEFT[3]] += 1

    def without_time(self, run, turns):
        """A run that has no time at one of these turns."""
        rows = [run.turn(turn) for turn in turns]
        self[WHY_LEFT[2 if any(row is not None and row.get('stream') == 'buffered' for row in rows) else 3]] += 1

    def measures(self):
        return [measure('runs_left_out', why, self[why], self.total) for why in WHY_LEFT if self[why]]
