# SPDX-License-Identifier: GPL-3.0-or-later
"""What click_sweep.sh has a person do: sets up a plan of two targets and four designs by clicks and keys, watches it
run to its end, reads the verdicts, exports. The end is seen in the session's journal, the result in its files.

  click_sweep.py PID PROGRAMS SESSIONS MODEL OLLAMA_ADDRESS [PICTURES]"""
import csv
import json
import pathlib
import subprocess
import sys
import time

from desktop_person import Lost, Person

pid, programs, sessions, model, ollama = int(sys.argv[1]), *map(str, sys.argv[2:6])
pictures = sys.argv[6] if len(sys.argv) > 6 else ""
began = time.monotonic()
person = Person(pid, pictures)


def step(words):
    print(f"  {time.monotonic() - began:5.1f} s  {words}", flush=True)


def journal():
    found = sorted(pathlib.Path(sessions).glob("*/journal.jsonl"))
    return found[-1] if found else None


def lines(kind):
    path = journal()
    if path is None:
        return []
    read = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]
    return [line for line in read if line["type"] == kind]


def set_up():
    person.wait("the window", lambda: person.find("Start"))
    person.wait("the probe's Ollama in the plan", lambda: person.says(ollama.removeprefix("http://")))
    person.picture("1-start")
    step("the probe found Ollama, and it is in the plan")
    if not person.find("Use embedded llama.cpp"):
        person.click("Add a target")
    person.click("Use embedded llama.cpp")
    person.type("Model file", model)
    step("the embedded runtime is in the plan, by its button")
    person.click("Design B, batch + state file")
    person.click("Design D, padded state")
    for design in "ABCD":
        person.type(f"Lengths of design {design}", "2")
    person.type("Padding of design D", "1")
    person.click("Verdicts", role="push button")
    person.type("Quality margin", "0.2")
    person.picture("2-rules")
    person.click("Verdicts", role="push button")
    person.click("Advanced")
    person.type("Context", "4096")
    person.type("Longest reply", "48")
    person.picture("3-plan")
    step("four designs, their lengths, the rules of the verdicts and the longest reply are set")


def watch():
    person.click("Start")
    person.wait("a turn is measured", lambda: lines("turn_done"), 120)
    person.picture("4-mid-sweep")
    person.click("Verdicts", role="page tab")
    person.wait("nothing is announced", lambda: person.says("Still collecting"))
    person.picture("5-still-collecting")
    person.click("Charts and turns", role="page tab")
    person.wait("the sweep ends", lambda: lines("session_end"), 200)
    step("the sweep has ended")
    person.wait("what was found is said", lambda: person.find("Export all"), 30)
    person.picture("6-finished")


def look():
    person.click("Show verdicts")
    person.wait("its verdicts", lambda: person.find("The verdict in full"))
    person.picture("7-verdicts")
    person.click("Charts and turns", role="page tab")
    person.click("Export all")
    folder = journal().parent
    wanted = ["turns.csv", "summary.json", "report.md", "report.html", "charts/ttft_by_turn.svg",
              "charts/context_by_turn.png", "charts/cached_processed_by_turn.pdf"]
    person.wait("the exported files", lambda: all((folder / name).exists() for name in wanted), 60)
    person.wait("the export has ended", lambda: person.says(" files written to "), 60)
    step("charts, CSV and report are exported")
    person.click("Export", role="menu item")
    person.picture("8-export-menu")
    person.key("Escape")
    person.key("Escape")
    person.key("F1")
    person.wait("the keyboard shortcuts", lambda: person.says("Keyboard shortcuts"))
    person.picture("9-shortcuts")
    person.key("Escape")


def check():
    plan = json.loads((journal().parent / "plan.json").read_text())
    assert plan["analysis"]["delta_q"] == 0.2, plan["analysis"]
    assert [t.get("managed") is not None for t in plan["targets"]] == [False, True], plan["targets"]
    with open(journal().parent / "turns.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16, f"{len(rows)} turns"
    assert {row["outcome"] for row in rows} == {"ok"}, [row["outcome"] for row in rows]
    assert {row["design"] for row in rows} == set("ABCD")
    assert len({row["target"] for row in rows}) == 2
    verified = subprocess.run([f"{programs}/looptax", "verify", str(journal().parent)], capture_output=True, text=True)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    for row in rows:
        print(f"  {row['cell']:<40} turn {row['turn']}  prompt {row['prompt_tokens']:>4}  TTFT {float(row['ttft_ms']):7.1f} ms")


try:
    set_up()
    watch()
    look()
    check()
    person.key("ctrl+q")
except (Lost, AssertionError) as error:
    person.picture("failed")
    print(f"click_sweep: {error}\n{person.outline()}", file=sys.stderr)
    sys.exit(1)
print(f"click_sweep: 16 turns on 2 targets in {time.monotonic() - began:.0f} s, {person.clicks} clicks and {person.keys} keys")
