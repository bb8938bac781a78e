"""The checks that both Python clients pass. `env` says where the two generations differ:

env.connect(arg)      a new connection to the engine named by that argument, logged in
env.client            the connection most checks share (closing one takes 10 s with the 0.4 client)
env.username          whom list_processes names
env.launch_refusals   programs that a launch refuses, with the engine's text
"""

import asyncio
import json
from pathlib import Path

import blake3

from harness import check, refused

ECHO = "echo@0.1.0"
CHUNK = 256 * 1024
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


async def start(client, *ops):
    """Launches the operations behind a gate that opens once the handle exists: the clients lose files that come right
    behind the launch reply."""
    process = await client.launch_process(ECHO, {"ops": [["recv", 0], *ops]})
    await process.signal("go")
    await expect(process, ("message", "got:go"))
    return process


async def uncaptured(client, *ops):
    """Launches without capture and finds the process by the listing: the reply holds no id."""
    before = [entry["id"] for entry in await client.list_processes()]
    handle = await client.launch_process(ECHO, {"ops": list(ops)}, capture_outputs=False)
    assert handle.process_id == "", f"an id came: {handle.process_id}"
    [entry] = [entry for entry in await client.list_processes() if entry["id"] not in before]
    return entry["id"]


async def seen(process):
    """The next event in a form that can be compared; a file as its size and hash."""
    event, value = await process.recv()
    return event.value, described(value) if event.value == "file" else value


async def expect(process, *events):
    for wanted in events:
        got = await seen(process)
        assert got == wanted, f"expected {str(wanted)[:200]}, got {str(got)[:200]}"


def described(data):
    return f"{len(data)}:{blake3.blake3(data).hexdigest()}"


def pattern(size):
    """The bytes that the engine's `send_file` makes."""
    return bytes(i % 251 for i in range(size))


def drop(client):
    """Loses the connection, without the close handshake that engines do not answer."""
    client.ws.transport.abort()


@check("ping")
async def ping(env):
    await env.client.ping()


@check("query model_status")
async def model_status(env):
    ok, text = await env.client.query("model_status", "")
    status = json.loads(text)
    assert ok and isinstance(status["default.kv_pages_total"], int), text


def install(env, wasm, manifest):
    programs = Path(env.args["programs"])
    return env.client.install_program(programs / wasm, programs / manifest, force_overwrite=True)


@check("install, one chunk")
async def install_echo(env):
    """The program of nearly all other checks. The scripted engine runs any program as it runs this one."""
    await install(env, "echo.wasm", "echo.toml")


@check("check_program")
async def check_program(env):
    assert await env.client.check_program(ECHO)
    assert not await env.client.check_program("nope@1.0.0")


@check("check_program refused")
async def check_program_refused(env):
    text = "Invalid program identifier 'nope@latest': expected 'name@major.minor.patch'"
    await refused(env.client.check_program("nope@latest"), text)


@check("install, three chunks")
async def install_three(env):
    await install(env, "three.wasm", "three.toml")
    assert await env.client.check_program("three@0.1.0")


@check("launch what was installed", scripted_only=True)
async def launch_installed(env):
    process = await env.client.launch_process("three@0.1.0", {"ops": [["send", "x"]]})
    await expect(process, ("message", "x"), ("return", "done"))


@check("install refused")
async def install_refused(env):
    text = "Invalid manifest: Failed to parse manifest TOML: TOML parse error at line 1, column 5"
    await refused(install(env, "echo.wasm", "bad.toml"), text)


@check("launch refused")
async def launch_refused(env):
    for program, text in env.launch_refusals:
        await refused(env.client.launch_process(program), text)


@check("events in order")
async def events_in_order(env):
    ops = [["print", "one\n"], ["eprint", "two"], ["send", "thrée ✓"], ["send_file", 4], ["print", "four\n"]]
    process = await start(env.client, *ops, ["return", {"a": [1]}])
    await expect(process, ("stdout", "one\n"), ("stderr", "two"), ("message", "thrée ✓"))
    await expect(process, ("file", described(pattern(4))), ("stdout", "four\n"), ("return", '{"a":[1]}'))


@check("events right behind the launch reply")
async def early_events(env):
    """The scripted engine can be made to send reply and events in one write; a real one does so by chance."""
    burst = [["burst"]] if env.scripted else []
    process = await env.client.launch_process(ECHO, {"ops": [*burst, ["print", "early\n"], ["send", "too"]]})
    await expect(process, ("stdout", "early\n"), ("message", "too"), ("return", "done"))


@check("error event")
async def error_event(env):
    kind, value = await seen(await start(env.client, ["raise", "boom"]))
    assert kind == "error" and "boom" in value, (kind, value)


@check("trap event")
async def trap_event(env):
    kind, value = await seen(await start(env.client, ["panic", "bang"]))
    assert kind == "error" and value.startswith("Call error: "), (kind, value)


@check("signals in order")
async def signals_in_order(env):
    process = await start(env.client, *[["recv", 0]] * 3)
    for text in ("1", "wörld ✓", ""):
        await process.signal(text)
    await expect(process, ("message", "got:1"), ("message", "got:wörld ✓"), ("message", "got:"), ("return", "done"))


@check("messages in order")
async def messages_in_order(env):
    process = await start(env.client, ["sendn", 500])
    await expect(process, *[("message", str(n)) for n in range(500)], ("return", "done"))


@check("big message")
async def big_message(env):
    process = await start(env.client, ["sendbig", 900_000])
    await expect(process, ("message", "x" * 900_000), ("return", "done"))


@check("processes at once")
async def processes_at_once(env):
    async def one(number):
        process = await start(env.client, ["recv", 0])
        await process.signal(str(number))
        await expect(process, ("message", f"got:{number}"), ("return", "done"))

    await asyncio.gather(*[one(number) for number in range(20)])


@check("list_processes")
async def list_processes(env):
    process = await start(env.client, ["recv", 0])
    [entry] = [e for e in await env.client.list_processes() if e["id"] == process.process_id]
    assert set(entry) == {"id", "username", "program", "input", "elapsed_secs"}, entry
    assert (entry["username"], entry["program"]) == (env.username, ECHO), entry
    assert json.loads(entry["input"]) == {"ops": [["recv", 0], ["recv", 0]]}, entry
    await process.signal("end")
    await expect(process, ("message", "got:end"), ("return", "done"))
    assert process.process_id not in [e["id"] for e in await env.client.list_processes()]


@check("terminate")
async def terminate(env):
    process = await start(env.client, ["sleep", 30])
    await process.terminate()
    await expect(process, ("error", "Signal"))


@check("terminate refused")
async def terminate_refused(env):
    await refused(env.client.terminate_process(UNKNOWN_ID), "Process not found")
    await refused(env.client.terminate_process("no-uuid"), "Invalid process ID")


@check("launch without capture, attach")
async def attach(env):
    process_id = await uncaptured(env.client, ["recv", 0], ["send", "x"], ["return", "r"])
    process = await env.client.attach_process(process_id)
    await process.signal("go")
    await expect(process, ("message", "got:go"), ("message", "x"), ("return", "r"))


@check("attach refused")
async def attach_refused(env):
    await refused(env.client.attach_process("no-uuid"), "Invalid process_id")
    await refused(env.client.attach_process(UNKNOWN_ID), "Process not found")
    process = await start(env.client, ["recv", 0])
    await refused(env.client.attach_process(process.process_id), env.already_attached)
    await process.signal("end")
    await expect(process, ("message", "got:end"), ("return", "done"))


async def file_up(env, size):
    process = await start(env.client, ["send", "ready"], ["recv_file", 0])
    await expect(process, ("message", "ready"))
    await process.transfer_file(pattern(size))
    await expect(process, ("message", f"file:{described(pattern(size))}"), ("return", "done"))


async def file_down(env, size):
    process = await start(env.client, ["send_file", size])
    await expect(process, ("file", described(pattern(size))), ("return", "done"))


for direction in (file_up, file_down):
    label = direction.__name__.replace("_", " ")
    check(label)(lambda env, f=direction: f(env, 10))
    check(f"{label}, three chunks")(lambda env, f=direction: f(env, 2 * CHUNK + 1))
check("file up, empty")(lambda env: file_up(env, 0))


@check("file there and back")
async def file_echo(env):
    process = await start(env.client, ["send", "ready"], ["echo_file", 0])
    await expect(process, ("message", "ready"))
    await process.transfer_file(pattern(CHUNK + 1))
    await expect(process, ("file", described(pattern(CHUNK + 1))), ("return", "done"))


@check("connection lost", scripted_only=True)
async def connection_lost(env):
    for end in ("cut", "fin", "close"):
        client = await env.connect("open")
        process = await start(client, [end])
        await expect(process, ("error", "WebSocket connection closed"))
        await refused(client.ping(), "")
