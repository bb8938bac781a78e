"""The inferlet `echo` in Python: the same operations (tests/engine/README.md).

What differs: `sleep` holds the engine thread of this process, a hash of a large file is slow (BLAKE3 in plain
Python), and the engine hands the input over parsed, so what is returned of an input that is no script may differ
from it in white space.
"""

import json
import os
import sys
import time
import types

from componentize_py_types import Err
from inferlet import session
from wit_world.imports import session as wire  # what `inferlet.session` is made of; it leaves send_file_as out

# BLAKE3, as its specification has it.
IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
MIX = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
START, END, PARENT, ROOT = 1, 2, 4, 8
M = 0xFFFFFFFF

SETTLING_SECONDS = 0.025


def compress(cv, block, counter, length, flags):
    m = [int.from_bytes(block[i : i + 4], "little") for i in range(0, 64, 4)]
    v = [*cv, *IV[:4], counter & M, counter >> 32, length, flags]
    for _ in range(7):
        for i, (a, b, c, d) in enumerate(MIX):
            x, y, z, w = v[a], v[b], v[c], v[d]
            x = x + y + m[2 * i] & M
            w ^= x
            w = w >> 16 | w << 16 & M
            z = z + w & M
            y ^= z
            y = y >> 12 | y << 20 & M
            x = x + y + m[2 * i + 1] & M
            w ^= x
            w = w >> 8 | w << 24 & M
            z = z + w & M
            y ^= z
            v[a], v[b], v[c], v[d] = x, y >> 7 | y << 25 & M, z, w
        m = [m[i] for i in ORDER]
    return [v[i] ^ v[i + 8] for i in range(8)]


def tree(data, chunk, root):
    if len(data) <= 1024:
        cv, flags = IV, START
        for at in range(0, max(len(data), 1), 64):
            block = data[at : at + 64]
            if at + 64 >= len(data):
                flags |= END | root
            cv, flags = compress(cv, block.ljust(64, b"\0"), chunk, len(block), flags), 0
        return cv
    left = 1024 << ((len(data) - 1) // 1024).bit_length() - 1
    words = tree(data[:left], chunk, 0) + tree(data[left:], chunk + left // 1024, 0)
    return compress(IV, b"".join(w.to_bytes(4, "little") for w in words), 0, 64, PARENT | root)


def blake3(data):
    return b"".join(w.to_bytes(4, "little") for w in tree(data, 0, ROOT)).hex()


def write(stream, text):
    stream.write(text)
    stream.flush()


@types.coroutine
def receive_file(ready):
    """Says that it is ready, if it has to, only once it has waited for a while: the engine drops a file that nobody waits
    for, and notes a wait some time after its beginning."""
    steps, got = session.receive_file().__await__(), None
    while True:
        try:
            step = steps.send(got)
        except StopIteration as end:
            return bytes(end.value)
        finally:
            if ready is not None:
                time.sleep(SETTLING_SECONDS)
                session.send(ready)
                ready = None
        got = yield step


async def main(input):
    ops = input.get("ops") if isinstance(input, dict) else None
    if not isinstance(ops, list):
        return input
    ready = None
    for i, (op, *rest) in enumerate(ops):
        arg = rest[0] if rest else None
        if op in ("recv_file", "echo_file"):
            data, ready = await receive_file(ready), None
        if op == "print":
            write(sys.stdout, arg)
        elif op == "eprint":
            write(sys.stderr, arg)
        elif op == "send" and i + 1 < len(ops) and ops[i + 1][0] in ("recv_file", "echo_file"):
            ready = arg
        elif op == "send":
            session.send(arg)
        elif op == "sendn":
            for number in range(arg):
                session.send(str(number))
        elif op == "sendbig":
            session.send("x" * arg)
        elif op == "recv":
            session.send("got:" + await session.receive())
        elif op == "recv_file":
            session.send(f"file:{len(data)}:{blake3(data)}")
        elif op == "echo_file":
            session.send_file(data)
        elif op == "send_file":
            session.send_file(bytes(i % 251 for i in range(arg)))
        elif op == "send_file_as":
            wire.send_file_as(b"hello file", arg)
        elif op == "sleep":
            time.sleep(arg)
        elif op == "raise":
            raise Err(arg)  # any other exception arrives with its traceback
        elif op == "panic":
            os.abort()
        elif op == "return":
            return arg if isinstance(arg, str) else json.dumps(arg, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
        else:
            raise Err(f"unknown operation {json.dumps(op)}")
    return "done"
