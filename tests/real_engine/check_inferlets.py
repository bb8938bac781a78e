"""The inferlets against the real engine. Started by `check-inferlets`, which see.

usage: check_inferlets.py [DIRECTORY_OF_REBUILT_COMPONENTS]
"""

import asyncio
import json
import pathlib
import subprocess
import sys
import time

from blake3 import blake3
from pie_client import PieClient

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 60

HELLO = "hello, wörld\n"
FILE = bytes(i * 7 % 256 for i in range(300_000))

# Operations, signals sent right after the launch, the file sent at the message `ready`, and the events that come.
# An error is compared up to the length given here: the engine appends its backtrace.
CASES = [
    ([["print", HELLO], ["print", "b"]], [], None, [("stdout", HELLO), ("stdout", "b"), ("return", "done")]),
    ([["eprint", "e"], ["send", "m"]], [], None, [("stderr", "e"), ("message", "m"), ("return", "done")]),
    ([["sendn", 3]], [], None, [("message", "0"), ("message", "1"), ("message", "2"), ("return", "done")]),
    ([["sendbig", 500_000]], [], None, [("message", "x" * 500_000), ("return", "done")]),
    ([["recv", 0], ["recv", 0]], ["a", 'b"é'], None, [("message", "got:a"), ("message", 'got:b"é'), ("return", "done")]),
    (
        [["send", "ready"], ["recv_file", 0]], [], FILE[:9000],
        [("message", "ready"), ("message", f"file:9000:{blake3(FILE[:9000]).hexdigest()}"), ("return", "done")],
    ),
    (
        [["send", "ready"], ["recv_file", 0]], [], b"",
        [("message", "ready"), ("message", f"file:0:{blake3(b'').hexdigest()}"), ("return", "done")],
    ),
    ([["send", "ready"], ["echo_file", 0]], [], FILE, [("message", "ready"), ("file", (None, FILE)), ("return", "done")]),
    # The reference client loses a file that comes right behind the launch reply, hence the pauses.
    ([["sleep", 0.1], ["send_file", 600]], [], None, [("file", (None, bytes(i % 251 for i in range(600)))), ("return", "done")]),
    ([["sleep", 0.1], ["send_file_as", "a.txt"]], [], None, [("file", ("a.txt", b"hello file")), ("return", "done")]),
    ([["sleep", 0.2]], [], None, [("return", "done")]),
    ([["raise", "why"], ["send", "never"]], [], None, [("error", "why")]),
    ([["panic", "why"], ["send", "never"]], [], None, [("error", "Call error: ")]),
    ([["nonsense", 0]], [], None, [("error", 'unknown operation "nonsense"')]),
    ([["return", "text"], ["send", "never"]], [], None, [("return", "text")]),
    ([["return", {"b": [1, None], "a": "é"}]], [], None, [("return", '{"a":"é","b":[1,null]}')]),
    ([["return", None]], [], None, [("return", "null")]),
    ([], [], None, [("return", "done")]),
]


async def events(client, program, value, signals=(), file=None):
    process = await client.launch_process(program, value)
    for signal in signals:
        await process.signal(signal)
    got = []
    while not got or got[-1][0] not in ("return", "error"):
        try:
            event, value = await asyncio.wait_for(process.recv(), LIMIT)
        except asyncio.TimeoutError:
            await process.terminate()
            return got + [("error", f"nothing for {LIMIT} seconds")]
        kind = event.name.lower()
        got.append((kind, (value.name, bytes(value)) if kind == "file" else value))
        if (kind, value) == ("message", "ready") and file is not None:
            await process.transfer_file(file)
    return got


def same(got, wanted):
    if wanted[-1][0] == "error" and len(got) == len(wanted) and got[-1][0] == "error":
        got = got[:-1] + [("error", got[-1][1][: len(wanted[-1][1])])]
    return got == wanted


async def check_echo(client, program):
    bad = 0
    for ops, signals, file, wanted in CASES:
        got = await events(client, program, {"ops": ops}, signals, file)
        if not same(got, wanted):
            bad += 1
            print(f"{program}: {str(ops)[:80]}\n  wanted {str(wanted)[:300]}\n  got    {str(got)[:300]}")
    for value in ({"a": 1}, {}, [1, 2]):  # no script
        got = await events(client, program, value)
        if got[0][0] != "return" or json.loads(got[0][1]) != value:
            bad += 1
            print(f"{program}: {value} is no script and was not returned as it is: {got}")
    print(f"{program}: {len(CASES) + 3 - bad} of {len(CASES) + 3} as they should be")
    return bad


async def check_story(client):
    value, texts = {"prompt": "Once upon a time", "max_tokens": 12, "temperature": 0}, []
    for _ in range(2):
        began, pieces, times = time.monotonic(), [], []
        process = await client.launch_process("story@0.1.0", value)
        while True:
            event, text = await asyncio.wait_for(process.recv(), LIMIT)
            if event.name != "Stdout":
                break
            pieces.append(text)
            times.append(time.monotonic() - began)
        if event.name != "Return" or text != "".join(pieces) or len(pieces) != 12:
            print(f"story: {event.name} {text!r} after {pieces}")
            return 1
        texts.append(text)
        gaps = sorted(b - a for a, b in zip(times, times[1:]))
        print(f"story: {text!r}: first token after {times[0]:.2f} s, then one each {gaps[len(gaps) // 2] * 1000:.0f} ms (median)")
        if times[-1] - times[0] < 0.01:
            print("story: all at once, not streamed")
            return 1
    if texts[0] != texts[1]:
        print("story: temperature 0 gave two texts")
        return 1
    return 0


async def install(client, directory, program, name):
    began = time.monotonic()
    await client.install_program(program, HERE / "inferlets" / directory / "Pie.toml", force_overwrite=True)
    print(f"{name}: installed in {time.monotonic() - began:.3f} s")


async def check(uri):
    bad = 0
    async with PieClient(uri) as client:
        await client.authenticate("check")
        for components in [None, *map(pathlib.Path, sys.argv[1:])]:
            for name in ("echo", "story"):
                source = components or HERE / "inferlets" / name
                await install(client, name, source / f"{name}.wasm", name)
            bad += await check_echo(client, "echo@0.1.0")
            bad += await check_story(client)
        await install(client, "echo_py", HERE / "inferlets" / "echo_py" / "echo.py", "echo-py")
        bad += await check_echo(client, "echo-py@0.1.0")
    return bad


def main():
    engine = subprocess.Popen(
        [HERE / "engine", "--languages", "python", "--until-stdin-closes"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        ready = engine.stdout.readline().split()
        if ready[:1] != ["READY"]:
            sys.exit("check-inferlets: the engine did not boot")
        sys.exit(min(asyncio.run(check(ready[1])), 1))
    finally:
        engine.stdin.close()
        engine.wait()


if __name__ == "__main__":
    main()
