#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds pages to HTML5 with two checkers that are not ours: html5lib's strict parser, which follows the standard's own
parsing algorithm, and HTML Tidy, which knows what may stand where. Nothing is repaired and no warning is let through.

    validate_html.py PAGE.html...
"""
import subprocess
import sys

import html5lib


def parse_problems(page):
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=True)
    with open(page, 'rb') as file:
        parser.parse(file, transport_encoding='utf-8')
    return [f'line {place[0]}: {code} {data}' for place, code, data in parser.errors]


def tidy_problems(page):
    run = subprocess.run(['tidy', '-quiet', '-errors', '-utf8', '--show-info', 'no', '--drop-empty-elements', 'no', page],
                         capture_output=True, text=True)
    if run.returncode not in (0, 1, 2):
        return [f'tidy ended with {run.returncode}: {run.stderr.strip()}']
    return [line for line in run.stderr.splitlines() if line.strip()]


def main(pages):
    bad = 0
    for page in pages:
        for problem in parse_problems(page) + tidy_problems(page):
            print(f'{page}: {problem}')
            bad += 1
    print(f'{len(pages)} pages checked, {bad} problems')
    return 0 if pages and not bad else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
