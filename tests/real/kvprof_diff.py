#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""kvprof's own diff of pairs of prompts, by the server that runs: kvprof_diff.py FOLDER_OF_KVPROF URL PAIRS.json

PAIRS is a list of {"key", "parent": messages, "current": messages}; the answer, a line of JSON a pair, is what kvprof
says of them: the common prefix, the counts, the first tokens that differ.
"""
import json
import sys

sys.path.insert(0, sys.argv[1])
from kvprof.backends.llamacpp.client import LlamaCppClient  # noqa: E402
from kvprof.diff import diff_analysis  # noqa: E402
from kvprof.util import byte_starts  # noqa: E402

client = LlamaCppClient(sys.argv[2])


def analysis(name, messages):
    rendered = client.render(messages)
    tokens = client.tokenize(rendered)
    return {"id": name, "ids": [t for t, _ in tokens], "leaves": [], "rendered": rendered, "bstart": byte_starts(tokens)}


with open(sys.argv[3], encoding="utf-8") as file:
    for pair in json.load(file):
        d = diff_analysis(analysis("current", pair["current"]), analysis("parent", pair["parent"]), None, None)
        first = d["first_divergent"] or {}
        print(json.dumps({"key": pair["key"], "lcp": d["lcp"], "parent": d["parent_len"], "current": d["cur_len"],
                          "extends": d["end_extension"], "now": first.get("cur_piece"), "held": first.get("parent_piece")}))
