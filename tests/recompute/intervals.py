# SPDX-License-Identifier: GPL-3.0-or-later
"""Intervals in the form that summary.json gives them; None where there is none."""
import methods


class Near:
    """A number that an iteration or a rounding makes inexact."""

    def __init__(self, value, error):
        self.value, self.error = value, error


def as_row(low, high, coverage):
    return {'low': low, 'high': high, 'coverage': coverage}


def order_row(values):
    found = methods.order_interval(values)
    return found and as_row(*found)


def wilson_row(k, n):
    return as_row(*methods.wilson(k, n), 0.95) if n else None


def interval_row(k, n):
    """Clopper and Pearson."""
    return as_row(*methods.clopper_pearson(k, n), 0.95) if n else None


def share_row(k, n, interval):
    return {'passed': k, 'of': n, 'interval': interval(k, n)}
