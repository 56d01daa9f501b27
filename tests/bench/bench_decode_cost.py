#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the open window costs a runtime that uses every core: the same short plan on one llama-server by `looptax run` and by
`looptax-workbench --run`, in pairs whose order alternates. The runtime's own decode rate is compared, so that our clock has no
part in it. Prints each pair, and the median of the paired differences with an interval of at least 95 % from order statistics.
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
PAIRS = 24


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
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=600)
    lines = [l for l in done.stdout.splitlines() if l.startswith("session: ")]
    if done.returncode != 0 or not lines:
        sys.exit("%s ended with %d" % (" ".join(command), done.returncode))
    return lines[-1][len("session: "):]


def interval(values):
    """The narrowest pair of order statistics that holds the median with at least 95 %; and its coverage (binomial)."""
    ordered, n = sorted(values), len(values)
    best = (0, 1 - 2 * 0.5 ** n)
    for k in range(n // 2):
        coverage = 1 - 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2 ** n
        if coverage >= 0.95:
            best = (k, coverage)
    k, coverage = best
    return ordered[k], ordered[n - 1 - k], 100 * coverage


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
                   "cells": [{"design": "A", "turns": [4]}], "repeats": 1, "context_tokens": 4096}, file)
    ways = {"headless": [os.path.join(binaries, "looptax"), "run", plan, "--out", work, "--quiet"],
            "window": [os.path.join(binaries, "looptax-workbench"), "--run", plan, "--out", work, "--quit-when-done"]}
    for way in ways:  # once each, not counted: files are read, the server is warm
        session(ways[way])
    costs = []
    for pair in range(pairs):
        order = ["headless", "window"] if pair % 2 == 0 else ["window", "headless"]
        seen = {way: rate(session(ways[way])) for way in order}
        costs.append(100 * (1 - seen["window"] / seen["headless"]))
        print("  pair %d: headless %.2f, window %.2f tok/s: the window costs %+.2f %%"
              % (pair + 1, seen["headless"], seen["window"], costs[-1]), flush=True)
    middle = statistics.median(costs)
    low, high, coverage = interval(costs)
    kept = os.environ.get("LOOPTAX_BENCH_JSON")
    if kept:
        with open(kept, "a") as file:
            print(json.dumps({"bench": "decode_cost", "figure": "decode cost of the open window, median of pairs", "unit": "%",
                              "this": middle, "low": low, "high": high, "reference": None, "target": TARGET, "pairs": costs}), file=file)
    missed = " MISSED by %.2f" % (high - TARGET) if high > TARGET else ""
    print("  decode cost of the open window, %s, %d pairs: median %+.2f %%, %+.2f to %+.2f (%.0f %% interval of the median), all of it <= %.0f %%%s"
          % (model, pairs, middle, low, high, math.floor(coverage), TARGET, missed))


if __name__ == "__main__":
    main()
