#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the numbers of a summary.json a second time, from turns.csv (and plan.json for the rules), and compares.

    recompute.py SESSION...     each a folder with turns.csv, plan.json and summary.json
    recompute.py --vectors      only the methods against published figures

Says how many numbers it compared. Fails on a number that differs, on one that is missing, and on any number that it
does not know how to check, so that a new one cannot slip in unchecked. Exact numbers agree to 1e-9 (of their size
where that is above 1), Monte Carlo ones within their own error, iterated
ones to what their iteration leaves open.
"""
import json
import math
import os
import sys

import methods
import records
import expected
import tax
from intervals import Near

TOLERANCE = 1e-9


class Comparison:
    def __init__(self):
        self.compared = self.given = 0
        self.problems = []

    def problem(self, path, text):
        self.problems.append(f'{path}: {text}')

    def compare(self, found, wanted, path):
        if wanted is expected.GIVEN:
            self.given += count_numbers(found)
        elif wanted is tax.PLANNED:
            self.given += 1
            if found is not None and not (isinstance(found, int) and found > 0):
                self.problem(path, f'{found}, expected a number of runs or nothing')
        elif isinstance(wanted, dict):
            self.compare_object(found, wanted, path)
        elif isinstance(wanted, list):
            if not isinstance(found, list) or len(found) != len(wanted):
                return self.problem(path, f'{len(found) if isinstance(found, list) else found} rows, expected {len(wanted)}')
            for i, (f, w) in enumerate(zip(found, wanted)):
                self.compare(f, w, f'{path}[{i}]')
        elif isinstance(wanted, Near):
            self.compared += 1
            if not is_number(found) or abs(found - wanted.value) > wanted.error:
                self.problem(path, f'{found}, recomputed {wanted.value} within {wanted.error}')
        elif is_number(wanted):
            self.compared += 1
            if not is_number(found) or abs(found - wanted) > TOLERANCE * max(1.0, abs(wanted)):
                self.problem(path, f'{found}, recomputed {wanted}')
        elif wanted is None:
            self.compared += 1  # absent on both sides
            if found is not None:
                self.problem(path, f'{json.dumps(found)[:80]}, but there is nothing to say')
        elif found != wanted:
            self.problem(path, f'{found!r}, expected {wanted!r}')

    def compare_object(self, found, wanted, path):
        if not isinstance(found, dict):
            return self.problem(path, f'{json.dumps(found)[:80]}, expected an object')
        for key, want in wanted.items():
            if key in found:
                self.compare(found[key], want, f'{path}.{key}')
            else:
                self.problem(f'{path}.{key}', 'is missing')
        for key in found:
            if key not in wanted and count_numbers(found[key]):
                self.problem(f'{path}.{key}', 'holds numbers that nobody knows how to check')


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def count_numbers(value):
    if isinstance(value, dict):
        return sum(count_numbers(v) for v in value.values())
    if isinstance(value, list):
        return sum(count_numbers(v) for v in value)
    return int(is_number(value))


def check_vectors():
    bad = 0
    checked = 0
    for name, found, wanted, tolerance in methods.vectors():
        found, wanted = ([v] if not isinstance(v, (list, tuple)) else list(v) for v in (found, wanted))
        checked += len(wanted)
        if len(found) != len(wanted) or any(abs(f - w) > tolerance for f, w in zip(found, wanted)):
            print(f'{name}: {found}, published {wanted}')
            bad += 1
    print(f'methods: {checked} published figures checked, {bad} differ')
    return bad == 0


def check_session(folder):
    rows = records.read_turns(os.path.join(folder, 'turns.csv'))
    plan = records.read_plan(os.path.join(folder, 'plan.json'))
    with open(os.path.join(folder, 'summary.json'), encoding='utf-8') as file:
        summary = json.load(file)
    comparison = Comparison()
    comparison.compare(summary, expected.summary_of(rows, plan, summary), '$')
    for problem in comparison.problems[:40]:
        print(f'{folder}: {problem}')
    if len(comparison.problems) > 40:
        print(f'{folder}: and {len(comparison.problems) - 40} more')
    print(f'{os.path.basename(os.path.normpath(folder))}: {len(rows)} turns, {comparison.compared} numbers recomputed, '
          f'{comparison.given} given (not results), {len(comparison.problems)} wrong')
    return not comparison.problems and comparison.compared > 0


def main(words):
    if not words:
        print(__doc__)
        return 2
    good = check_vectors()
    for folder in words:
        if folder != '--vectors':
            good = check_session(folder) and good
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
