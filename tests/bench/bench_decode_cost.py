#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the open window costs a runtime that uses every core: the same plan on one llama-server by `looptax run` and by
`looptax-workbench --run`, in pairs whose order alternates. Two figures, each the median of the averages of any two pairs
(Hodges and Lehmann) with its interval of at least 95 % (Wilcoxon's signed ranks):

- the processor time that the window takes beyond `looptax run`, from the first turn to the end of the last, in percent of one
  core. Where a runtime has a thread on each core and they wait for each other, it loses as much of its time and no more;
- the difference in the runtime's own decode rate, which is that loss itself and all the noise of the machine beside it.

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
PAIRS = 8
TURNS = 3


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


def processor_s(pid):
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def journals(work):
    return set(glob.glob(os.path.join(work, "*", "journal.jsonl")))


def session(command, work):
    """The folder, and the processor time that the program took while turns were made, in percent of one core."""
    known, began, ended = journals(work), None, None
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while program.poll() is None and ended is None:
        time.sleep(0.05)
        text = "".join(open(path, encoding="utf-8", errors="replace").read() for path in journals(work) - known)
        if began is None and '"type":"turn_start"' in text:
            began = time.monotonic(), processor_s(program.pid)
        if text.count('"type":"turn_done"') == TURNS:
            ended = time.monotonic(), processor_s(program.pid)
    lines = [l for l in program.communicate(timeout=60)[0].splitlines() if l.startswith("session: ")]
    if program.returncode != 0 or not lines or began is None or ended is None:
        sys.exit("%s ended with %d" % (" ".join(command), program.returncode))
    return lines[-1][len("session: "):], 100 * (ended[1] - began[1]) / (ended[0] - began[0])


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
                   "cells": [{"design": "A", "turns": [TURNS]}], "repeats": 1, "context_tokens": 4096}, file)
    ways = {"headless": [os.path.join(binaries, "looptax"), "run", plan, "--out", work, "--quiet"],
            "window": [os.path.join(binaries, "looptax-workbench"), "--run", plan, "--out", work, "--quit-when-done"]}
    for way in ways:  # once each, not counted: files are read, the server is warm
        session(ways[way], work)
    costs, shares = [], []
    for pair in range(pairs):
        rates, used = {}, {}
        for way in ("headless", "window") if pair % 2 == 0 else ("window", "headless"):
            folder, used[way] = session(ways[way], work)
            rates[way] = rate(folder)
        costs.append(100 * (1 - rates["window"] / rates["headless"]))
        shares.append(used["window"] - used["headless"])
        print("  pair %d: processor headless %.2f, window %.2f %% of a core; decode headless %.2f, window %.2f tok/s"
              % (pair + 1, used["headless"], used["window"], rates["headless"], rates["window"]), flush=True)
    for figure, values in (("processor time of the open window beyond `looptax run`, of one core", shares),
                           ("decode rate lost to the open window", costs)):
        middle, low, high, coverage = interval(values)
        kept = os.environ.get("LOOPTAX_BENCH_JSON")
        if kept:
            with open(kept, "a") as file:
                print(json.dumps({"bench": "decode_cost", "figure": figure, "unit": "%", "this": middle, "low": low, "high": high,
                                  "reference": None, "target": TARGET, "pairs": values}), file=file)
        verdict = "all of it <= %.0f %%" % TARGET if high <= TARGET else "not shown to be <= %.0f %%" % TARGET
        print("  %s, %s, %d pairs: %+.2f %%, %+.2f to %+.2f (%.0f %% interval): %s"
              % (figure, model, pairs, middle, low, high, math.floor(coverage), verdict))


if __name__ == "__main__":
    main()
