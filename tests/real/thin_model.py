#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a GGUF model again with some of its layers only: thin_model.py FROM.gguf TO.gguf LAYER[,LAYER...]

What a runtime keeps of a prompt does not hang on how deep the model is, but every token it reads anew costs a pass
through all of it. With 5 layers of 30 the vocabulary, the chat template and the server are the real ones, and the tests
of what was re-read take a fifth of the time. Its replies make no sense: nothing that judges replies may use it.

Format: version 3 of https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. TO.gguf appears whole or not at all.
"""
import os
import struct
import sys

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        (value,) = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return value

    def text(self):
        size = self.take("Q")
        self.at += size
        return self.data[self.at - size : self.at]

    def skip(self, kind):
        if kind == STRING:
            self.text()
        elif kind == ARRAY:
            inner, count = self.take("I"), self.take("Q")
            for _ in range(count):
                self.skip(inner)
        else:
            self.take(SCALARS[kind])


def text(value):
    return struct.pack("<Q", len(value)) + value


def padded(value, alignment):
    return value + b"\0" * (-len(value) % alignment)


def thinned(data, layers):
    if data[:4] != b"GGUF":
        sys.exit("thin_model.py: not a GGUF file")
    read = Reader(data)
    read.at = 4
    version, tensors, pairs = read.take("I"), read.take("Q"), read.take("Q")
    if version != 3:
        sys.exit(f"thin_model.py: GGUF version {version}, this reads version 3")
    alignment, head = 32, b""
    for _ in range(pairs):
        key, kind = read.text(), read.take("I")
        start = read.at
        read.skip(kind)
        value = data[start : read.at]
        if key.endswith(b".block_count"):
            (had,) = struct.unpack("<I", value)
            if max(layers) >= had:
                sys.exit(f"thin_model.py: the model has {had} layers, counted from 0")
            value = struct.pack("<I", len(layers))
        if key == b"general.alignment":
            (alignment,) = struct.unpack("<I", value)
        head += text(key) + struct.pack("<I", kind) + value

    infos = []
    for _ in range(tensors):
        name = read.text()
        shape = [read.take("Q") for _ in range(read.take("I"))]
        infos.append((name, shape, read.take("I"), read.take("Q")))
    base = -(-read.at // alignment) * alignment
    ends = sorted(offset for *_, offset in infos) + [len(data) - base]
    body, kept = bytearray(), 0
    for name, shape, kind, offset in infos:
        if name.startswith(b"blk."):
            _, layer, rest = name.split(b".", 2)
            if int(layer) not in layers:
                continue
            name = b"blk.%d.%s" % (layers.index(int(layer)), rest)
        head += text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
        head += struct.pack("<IQ", kind, len(body))
        end = ends[ends.index(offset) + 1]
        body += padded(data[base + offset : base + end], alignment)
        kept += 1
    start = b"GGUF" + struct.pack("<IQQ", version, kept, pairs)
    return padded(start + head, alignment) + body


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        out = thinned(file.read(), [int(layer) for layer in sys.argv[3].split(",")])
    part = sys.argv[2] + ".part"
    with open(part, "wb") as file:
        file.write(out)
    os.replace(part, sys.argv[2])


main()
