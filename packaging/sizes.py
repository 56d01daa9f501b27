#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large the house is: lines by tree and room, files over 400 lines, the longest chain of includes inside a room.

    sizes.py FOLDER    a checkout; what git tracks there is counted
"""
import os
import re
import subprocess
import sys

LARGEST_FILE = 400


def room_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in ("core", "ui") and len(parts) > 2 else parts[0]


def main(root):
    os.chdir(root)
    tracked = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True).stdout.splitlines()
    tracked = [path for path in tracked if os.path.isfile(path)]
    sources = [path for path in tracked if path.endswith((".cpp", ".h"))]
    text = {path: open(path, encoding="utf-8").read().splitlines() for path in sources}
    code = {path: sum(1 for line in lines if line.strip() and not line.strip().startswith("//")) for path, lines in text.items()}

    product = [path for path in sources if path.startswith(("core/", "ui/", "app/"))]
    rooms = {}
    for path in product:
        rooms.setdefault(room_of(path), []).append(path)
    print(f"{'':24}{'lines':>8}{'code':>8}{'files':>7}")
    for room in sorted(rooms):
        files = rooms[room]
        print(f"{room:24}{sum(len(text[f]) for f in files):8}{sum(code[f] for f in files):8}{len(files):7}")
    tests = [path for path in sources if path.startswith("tests/")]
    for name, files in (("product", product), ("tests", tests)):
        print(f"{name:24}{sum(len(text[f]) for f in files):8}{sum(code[f] for f in files):8}{len(files):7}")
    golden = sum(os.path.getsize(path) for path in tracked if path.startswith("tests/golden/"))
    print(f"goldens: {golden / 1000:.0f} kB")
    for path in sorted(product, key=lambda path: -len(text[path])):
        if len(text[path]) > LARGEST_FILE:
            print(f"over {LARGEST_FILE} lines: {path} {len(text[path])}")

    known = set(product)
    below = {}
    for path in product:
        found = []
        for line in text[path]:
            match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            for candidate in (f"core/{match[1]}", match[1]) if match else ():
                if candidate in known and room_of(candidate) == room_of(path):
                    found.append(candidate)
        below[path] = found

    chains = {}

    def chain(path, above=()):
        if path in above:
            sys.exit(f"a circle of includes: {' > '.join(above[above.index(path):] + (path,))}")
        if path not in chains:
            below_it = (chain(other, above + (path,)) for other in below[path])
            chains[path] = (path, *max(below_it, key=len, default=()))
        return chains[path]

    longest = max((chain(path) for path in product), key=len)
    print(f"longest chain of includes in a room: {len(longest)}: {' > '.join(longest)}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ".")
