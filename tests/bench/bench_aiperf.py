#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The timing errors of this program and of AIPerf beside each other, on an idle machine and with twice as many busy processes as
cores: the same scripted server with the same settings, in two rounds in turn. A turn's TTFT error is the client's TTFT less the
server's own (request arrived to first token sent), its decode error that of the client's rate against the server's stamps, its
gap by the server's stamps, for AIPerf states none. Printed, no test.

    bench_aiperf.py BIN WORK AIPERF [TURNS]

AIPERF is its command; `pip install aiperf==0.13.0` in an environment of its own makes one. Its conversations are of six turns,
one at a time, as ours are.
"""
import json
import os
import signal
import statistics
import subprocess
import sys
import time

TURNS = 180
ROUNDS = 2
PER_CONVERSATION = 6
SERVER = ["--interval-ms", "1", "--overhead-ms", "3", "--token-ms", "0.05"]  # as app/calibration.cpp

# AIPerf wants a tokenizer, though it takes the server's counts: bytes are enough.
TOKENIZER = """
import json, sys
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
letters = sorted(pre_tokenizers.ByteLevel.alphabet())
t = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(letters + ["<eos>"])}, merges=[]))
t.pre_tokenizer, t.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
t.save(sys.argv[1] + "/tokenizer.json")
with open(sys.argv[1] + "/tokenizer_config.json", "w") as file:
    json.dump({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<eos>", "bos_token": "<eos>"}, file)
"""


class Busy:
    """Processes that keep every core busy twice over."""

    def __init__(self, wanted):
        count = 2 * (os.cpu_count() or 1) if wanted else 0
        self.processes = [subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"]) for _ in range(count)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()


def spread(values):
    sizes = sorted(abs(v) for v in values)
    at = 0.99 * (len(sizes) - 1)
    low = int(at)
    p99 = sizes[low] + (at - low) * (sizes[min(low + 1, len(sizes) - 1)] - sizes[low])
    return {"n": len(sizes), "p50_abs": statistics.median(sizes), "p99_abs": p99, "max_abs": sizes[-1]}


def truth(path):
    with open(path) as file:
        lines = file.read().splitlines()
    if lines[0] != "looptax.truth/2" or lines[-1] != "end":
        sys.exit("%s is not the scripted server's" % path)
    chats = []
    for line in lines[1:-1]:
        arrived, end, _, count, *tokens = map(int, line.split())
        chats.append({"arrived": arrived, "end": end, "tokens": count, "first": tokens[0], "last": tokens[-1]})
    return chats


def aiperf(binaries, work, command, turns, loaded):
    folder = os.path.join(work, "aiperf-%d" % time.monotonic_ns())
    os.makedirs(folder)
    conversations = os.path.join(folder, "conversations.jsonl")
    with open(conversations, "w") as file:
        for c in range(turns // PER_CONVERSATION):
            said = [{"text": "Entry %d.%d: write down what was found, at length. " % (c, t) + "word " * 60} for t in range(PER_CONVERSATION)]
            file.write(json.dumps({"session_id": "c%d" % c, "turns": said}) + "\n")
    stamps, log = os.path.join(folder, "truth"), os.path.join(folder, "server.log")
    with open(log, "w") as out:
        server = subprocess.Popen([os.path.join(binaries, "looptax"), "simulated-server", "--truth", stamps] + SERVER, stdout=out)
    try:
        port = None
        while port is None and server.poll() is None:
            with open(log) as file:
                words = file.read().split()
            port = words[1] if len(words) > 1 else None
            time.sleep(0.05)
        with Busy(loaded), open(os.path.join(folder, "aiperf.log"), "w") as out:
            done = subprocess.run([command, "profile", "-m", "simulated-oracle", "--url", "http://127.0.0.1:%s" % port,
                                   "--endpoint-type", "chat", "--streaming", "--concurrency", "1", "--input-file", conversations,
                                   "--custom-dataset-type", "multi_turn", "--request-count", str(turns), "--use-server-token-count",
                                   "--tokenizer", os.path.join(work, "tokenizer"), "--artifact-dir", os.path.join(folder, "out"),
                                   "--export-level", "records", "--ui", "none"], stdout=out, stderr=out, timeout=1200)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
    if done.returncode != 0:
        sys.exit("AIPerf ended with %d: see %s/aiperf.log" % (done.returncode, folder))
    chats = truth(stamps)
    with open(os.path.join(folder, "out", "profile_export.jsonl")) as file:
        records = sorted((json.loads(line) for line in file), key=lambda r: r["metadata"]["request_start_ns"])
    if len(records) != len(chats):
        sys.exit("AIPerf has %d records of %d chats" % (len(records), len(chats)))
    ttft, decode, gaps = [], [], []
    for at, (record, chat) in enumerate(zip(records, chats)):
        metrics = record["metrics"]
        ttft.append(metrics["time_to_first_token"]["value"] - (chat["first"] - chat["arrived"]) / 1e6)
        if chat["tokens"] > 1 and "inter_token_latency" in metrics:
            interval = (chat["last"] - chat["first"]) / 1e6 / (chat["tokens"] - 1)
            decode.append(100 * (interval / metrics["inter_token_latency"]["value"] - 1))
        if at > 0 and record["metadata"]["turn_index"] > 0:
            gaps.append((chat["arrived"] - chats[at - 1]["end"]) / 1e6)
    return {"ttft_error_ms": spread(ttft), "decode_error_percent": spread(decode), "gap_ms": spread(gaps)}


def ours(binaries, turns):
    done = subprocess.run([os.path.join(binaries, "looptax"), "calibrate", "--turns", str(turns), "--json"], stdout=subprocess.PIPE,
                          text=True, timeout=2400)
    if done.returncode != 0:
        sys.exit("looptax calibrate ended with %d" % done.returncode)
    return json.loads(done.stdout)["headless"]


ROWS = [("TTFT error, p50, ms", "ttft_error_ms", "p50_abs", 3), ("TTFT error, p99, ms", "ttft_error_ms", "p99_abs", 2),
        ("TTFT error, max, ms", "ttft_error_ms", "max_abs", 2), ("decode rate error, p50, %", "decode_error_percent", "p50_abs", 4),
        ("decode rate error, p99, %", "decode_error_percent", "p99_abs", 3), ("gap between turns, p50, ms", "gap_ms", "p50_abs", 2),
        ("gap between turns, p99, ms", "gap_ms", "p99_abs", 2)]


def main():
    binaries, work, command = sys.argv[1:4]
    turns = int(sys.argv[4]) if len(sys.argv) > 4 else TURNS
    tokenizer = os.path.join(work, "tokenizer")
    os.makedirs(tokenizer, exist_ok=True)
    subprocess.run([os.path.join(os.path.dirname(command), "python"), "-c", TOKENIZER, tokenizer], check=True)
    rounds = []
    for _ in range(ROUNDS):
        mine = ours(binaries, turns)
        rounds.append([(mine[load], aiperf(binaries, work, command, turns, load == "loaded")) for load in ("idle", "loaded")])
    for load, name in enumerate(("idle", "loaded")):
        print("%s, %d turns, rounds 1 / 2" % (name, turns))
        print("  %-28s %-17s %-17s %-17s %-17s" % ("", "this", "bare poll()", "bare, kernel", "AIPerf"))
        for text, figure, value, digits in ROWS:
            cells = []
            for pick in (lambda r: r[0]["this"], lambda r: r[0]["bare_socket"], lambda r: r[0]["kernel_socket"], lambda r: r[1]):
                cells.append(" / ".join("%.*f" % (digits, pick(r[load])[figure][value]) for r in rounds))
            print("  %-28s %-17s %-17s %-17s %-17s" % (text, *cells), flush=True)


if __name__ == "__main__":
    main()
