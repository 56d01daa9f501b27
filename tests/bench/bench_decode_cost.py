#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the open window costs a runtime that uses every core: the same short plan on one llama-server by `looptax run` and by
`looptax-workbench --run`, in pairs whose order alternates. The runtime's own decode rate is compared, so that our clock has no
part in it; the warm-ups are long enough for the window to have been painted before turn 1. Prints each pair, and the median of
the averages of any two pairs (Hodges and Lehmann) with the interval of at least 95 % that belongs to it (Wilcoxon's signed
ranks). Also the processor time that each way took, which bounds the cost where the runtime's threads wait for each other.
Printed, no test.

    bench_decode_cost.py BIN WORK [PAIRS [MODEL.gguf]]
"""
import csv
import glob
import json
import math
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

MODELS = ["qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"]
TARGET = 1.0  # percent
PAIRS = 60
WARMUPS = 5  # a second or more


def model_file():
    data = os.environ.get("LOOPTAX_DATA_DIR") or os.path.expanduser("~/.local/share/looptax")
    found = [m for m in MODELS if os.path.exists(os.path.join(data, "models", m))]
    found += sorted(os.path.basename(m) for m in glob.glob(os.path.join(data, "models", "*.gguf")))
    if not found:
        sys.exit("no model in %s/models; try: packaging/get-runtime.sh" % data)
    return found[0]


def rate(folder):
    """Decode rate of the turns together, as the runtime states it."""
    with open(os.path.join(folder, "turns.csv"), newline="") as file:
        turns = [r for r in csv.DictReader(file) if r["outcome"] == "ok" and r["predicted_ms"]]
    if not turns:
        sys.exit("no turn of %s has a decode rate" % folder)
    return 1e3 * sum(float(r["predicted_tokens"]) - 1 for r in turns) / sum(float(r["predicted_ms"]) for r in turns)


def session(command):
    """The folder, and the processor time that the program took for each second it ran, in percent of one core."""
    before, began = os.times(), time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=600)
    after, took = os.times(), time.monotonic() - began
    used = after.children_user + after.children_system - before.children_user - before.children_system
    lines = [l for l in done.stdout.splitlines() if l.startswith("session: ")]
    if done.returncode != 0 or not lines:
        sys.exit("%s ended with %d" % (" ".join(command), done.returncode))
    return lines[-1][len("session: "):], 100 * used / took


def interval(values):
    """Estimate, low, high and coverage in percent. Lehmann, Nonparametrics (1975), section 4.3: the ordered averages of two
    values, those of each with itself included, from the k-th smallest to the k-th largest."""
    n = len(values)
    averages = sorted((values[i] + values[j]) / 2 for i in range(n) for j in range(i, n))
    ways = [1]  # to a sum of ranks
    for rank in range(1, n + 1):
        ways = [(ways[s] if s < len(ways) else 0) + (ways[s - rank] if s >= rank else 0) for s in range(len(ways) + rank)]
    k, tail = 0, 0
    while tail + ways[k] <= 0.025 * 2 ** n:
        tail += ways[k]
        k += 1
    k = max(0, k - 1)  # none too few values for it: the whole range
    return (statistics.median(averages), averages[k], averages[-1 - k], 100 * (1 - 2 * sum(ways[:k + 1]) / 2 ** n))


def start_server(model, work):
    data = os.environ.get("LOOPTAX_DATA_DIR") or os.path.expanduser("~/.local/share/looptax")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    url = "http://127.0.0.1:%d" % port
    with open(os.path.join(work, "server.log"), "w") as log:
        server = subprocess.Popen([os.path.join(data, "runtime", "looptax-llama-server"), "-m", os.path.join(data, "models", model),
                                   "--host", "127.0.0.1", "--port", str(port), "-c", "4096", "-np", "1"], stdout=log, stderr=log)
    for _ in range(600):
        try:
            with urllib.request.urlopen(url + "/health", timeout=5) as answer:
                if answer.status == 200:
                    return server, url
        except OSError:
            time.sleep(0.1)
        if server.poll() is not None:
            break
    server.terminate()
    sys.exit("the server did not start: see %s/server.log" % work)


def main():
    binaries, work = sys.argv[1], sys.argv[2]
    pairs = int(sys.argv[3]) if len(sys.argv) > 3 else PAIRS
    model = sys.argv[4] if len(sys.argv) > 4 else model_file()
    server, url = start_server(model, work)
    try:
        compare(binaries, work, pairs, model, url)
    finally:
        server.terminate()
        server.wait()


def compare(binaries, work, pairs, model, url):
    plan = os.path.join(work, "decode.json")
    with open(plan, "w") as file:
        json.dump({"schema": "looptax.plan/1", "name": "decode cost",
                   "targets": [{"id": "embedded", "kind": "llama-server", "url": url}],
                   "cells": [{"design": "A", "turns": [6]}], "repeats": 1, "warmup_requests": WARMUPS,
                   "context_tokens": 4096}, file)
    ways = {"headless": [os.path.join(binaries, "looptax"), "run", plan, "--out", work, "--quiet"],
            "window": [os.path.join(binaries, "looptax-workbench"), "--run", plan, "--out", work, "--quit-when-done"]}
    for way in ways:  # once each, not counted: files are read, the server is warm
        session(ways[way])
    costs, used = [], {way: [] for way in ways}
    for pair in range(pairs):
        order = ["headless", "window"] if pair % 2 == 0 else ["window", "headless"]
        seen = {}
        for way in order:
            folder, share = session(ways[way])
            seen[way] = rate(folder)
            used[way].append(share)
        costs.append(100 * (1 - seen["window"] / seen["headless"]))
        print("  pair %d: headless %.2f, window %.2f tok/s: the window costs %+.2f %%"
              % (pair + 1, seen["headless"], seen["window"], costs[-1]), flush=True)
    middle, low, high, coverage = interval(costs)
    shares = {way: statistics.median(used[way]) for way in ways}
    kept = os.environ.get("LOOPTAX_BENCH_JSON")
    if kept:
        with open(kept, "a") as file:
            print(json.dumps({"bench": "decode_cost", "figure": "decode cost of the open window, pairs", "unit": "%",
                              "this": middle, "low": low, "high": high, "reference": None, "target": TARGET, "pairs": costs,
                              "processor": shares}), file=file)
    missed = " MISSED by %.2f" % (high - TARGET) if high > TARGET else ""
    print("  decode cost of the open window, %s, %d pairs: %+.2f %%, %+.2f to %+.2f (%.0f %% interval), all of it <= %.0f %%%s"
          % (model, pairs, middle, low, high, math.floor(coverage), TARGET, missed))
    print("  processor time of one core, starting and ending included: headless %.1f %%, window %.1f %%" % (shares["headless"], shares["window"]))


if __name__ == "__main__":
    main()
