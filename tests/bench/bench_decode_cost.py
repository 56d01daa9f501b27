#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the open window costs a runtime that uses every core: the same short plan on the embedded runtime by
`looptax run` and by `looptax-workbench --run`, in pairs whose order alternates. The runtime's own decode rate is compared,
so that our clock has no part in it. Prints each pair, and the median of the paired differences with an interval from order
statistics. Printed, no test.

    bench_decode_cost.py BIN WORK [PAIRS]
"""
import csv
import glob
import json
import math
import os
import statistics
import subprocess
import sys

MODELS = ["qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"]
TARGET = 2.0  # percent


def model_file():
    data = os.environ.get("LOOPTAX_DATA_DIR") or os.path.expanduser("~/.local/share/looptax")
    found = [m for m in MODELS if os.path.exists(os.path.join(data, "models", m))]
    found += sorted(os.path.basename(m) for m in glob.glob(os.path.join(data, "models", "*.gguf")))
    if not found:
        sys.exit("no model in %s/models; try: packaging/get-runtime.sh" % data)
    return found[0]


def rate(folder):
    """Median decode rate of the turns after the first, as the runtime states it."""
    with open(os.path.join(folder, "turns.csv"), newline="") as file:
        rates = [float(r["decode_tps_runtime"]) for r in csv.DictReader(file)
                 if r["outcome"] == "ok" and r["decode_tps_runtime"] and int(r["turn"]) > 1]
    if not rates:
        sys.exit("no turn of %s has a decode rate" % folder)
    return statistics.median(rates)


def session(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=600)
    lines = [l for l in done.stdout.splitlines() if l.startswith("session: ")]
    if done.returncode != 0 or not lines:
        sys.exit("%s ended with %d" % (" ".join(command), done.returncode))
    return lines[-1][len("session: "):]


def interval(differences):
    """Coverage of [min, max] for the median of n: 1 - 2^(1-n), whatever the distribution."""
    return 100 * (1 - 2 ** (1 - len(differences)))


def main():
    binaries, work = sys.argv[1], sys.argv[2]
    pairs = int(sys.argv[3]) if len(sys.argv) > 3 else 6
    model = model_file()
    plan = os.path.join(work, "decode.json")
    with open(plan, "w") as file:
        json.dump({"schema": "looptax.plan/1", "name": "decode cost",
                   "targets": [{"id": "embedded", "kind": "llama-server",
                                "managed": {"command": "looptax-llama-server", "model_file": model, "args": []}}],
                   "cells": [{"design": "A", "turns": [4]}], "repeats": 1, "context_tokens": 4096}, file)
    ways = {"headless": [os.path.join(binaries, "looptax"), "run", plan, "--out", work, "--quiet"],
            "window": [os.path.join(binaries, "looptax-workbench"), "--run", plan, "--out", work, "--quit-when-done"]}
    costs = []
    for pair in range(pairs):
        order = ["headless", "window"] if pair % 2 == 0 else ["window", "headless"]
        seen = {way: rate(session(ways[way])) for way in order}
        costs.append(100 * (1 - seen["window"] / seen["headless"]))
        print("  pair %d: headless %.2f, window %.2f tok/s: the window costs %+.2f %%"
              % (pair + 1, seen["headless"], seen["window"], costs[-1]), flush=True)
    middle = statistics.median(costs)
    kept = os.environ.get("LOOPTAX_BENCH_JSON")
    if kept:
        with open(kept, "a") as file:
            print(json.dumps({"bench": "decode_cost", "figure": "decode cost of the open window, median of pairs", "unit": "%",
                              "this": middle, "reference": None, "target": TARGET, "pairs": costs}), file=file)
    missed = " MISSED by %.2f" % (middle - TARGET) if middle > TARGET else ""
    print("  decode cost of the open window, %s: median %+.2f %%, %+.2f to %+.2f (%.0f %% interval of the median), target <= %.0f %%%s"
          % (model, middle, min(costs), max(costs), math.floor(interval(costs)), TARGET, missed))


if __name__ == "__main__":
    main()
