"""Drives PyPI `pie-client` 0.4.0 against an engine of generation 0.4.

Left out because it works against no engine: frames over 1 MiB (the client drops the connection) and the handle of a
process launched without capture (it has no id).
"""

import asyncio
import json
import sys
import time

# Checks run in the order of these imports, then those of this file.
from login_0_4 import Env
from common import ECHO, drop, expect, seen, start
from harness import check, refused, run_all, unanswered

MCP_ANSWERS = [
    (("demo", "tools/list"), {"tools": [{"name": "echo"}]}),
    (("demo", "nope"), {"code": -32601, "message": "nope"}),
    (("other", "tools/list"), {"code": -1, "message": "MCP server 'other' not registered"}),
]


@check("unknown query unanswered")
async def unknown_query(env):
    await unanswered(env.client.query("nope", ""))
    await env.client.ping()


@check("token budget")
async def token_budget(env):
    process = await env.client.launch_process(ECHO, {"ops": []}, token_budget=1000)
    await expect(process, ("return", "done"))


@check("launch_processes")
async def launch_processes(env):
    inputs = [{"ops": [["recv", 0], ["return", str(n)]]} for n in range(3)]
    processes = await env.client.launch_processes(ECHO, inputs, token_budgets=[None, 5, 7])
    for number, process in enumerate(processes):
        await process.signal("go")
        await expect(process, ("message", "got:go"), ("return", str(number)))
    assert await env.client.launch_processes(ECHO, []) == []


@check("launch_processes refused")
async def launch_processes_refused(env):
    text = "token_budgets length 1 does not match inputs length 2"
    await refused(env.client.launch_processes(ECHO, [{}, {}], token_budgets=[1]), text)


@check("run_processes")
async def run_processes(env):
    inputs = [{"ops": [["return", text]]} for text in "abc"]
    assert await env.client.run_processes(ECHO, inputs) == ["a", "b", "c"]


@check("run_processes refused")
async def run_processes_refused(env):
    text = "token_budgets length 2 does not match inputs length 1"
    await refused(env.client.run_processes(ECHO, [{}], token_budgets=[1, 2]), text)
    await refused(env.client.run_processes(ECHO, [{"ops": []}, {"ops": [["raise", "bad"]]}]), "bad")


@check("launch_daemon")
async def launch_daemon(env):
    await env.client.launch_daemon(ECHO, 28080)
    text = "Invalid program identifier 'nope': expected 'name@major.minor.patch'"
    await refused(env.client.launch_daemon("nope", 28080), text)


@check("MCP registration and relay", scripted_only=True)
async def mcp_relay(env):
    client = await env.connect("open")
    await client.register_mcp_server("demo", "stdio", sys.executable, [env.args["mcp_server"]])
    process = await start(client, *[["mcp", *question, {}] for question, _ in MCP_ANSWERS])
    for _, answer in MCP_ANSWERS:
        kind, got = await seen(process)
        assert kind == "message" and json.loads(got.removeprefix("mcp:ok:").removeprefix("mcp:error:")) == answer, got
    await client.mcp_bridge.close_all()


@check("another user's process")
async def another_user(env):
    process = await start(env.client, ["recv", 0])
    other = await env.connect("open", "somebody else")
    assert await other.list_processes() == []
    await refused(other.attach_process(process.process_id), "Permission denied")
    await refused(other.terminate_process(process.process_id), "Permission denied")
    await process.terminate()


async def lost_with_process(env, engine):
    """A process whose connection is gone; it prints meanwhile. Gives a new connection and the id."""
    client = await env.connect(engine)
    process = await start(client, ["sleep", 0.2], ["print", "meanwhile\n"], ["recv", 0])
    drop(client)
    await asyncio.sleep(0.5)
    return await env.connect(engine), process.process_id


@check("attach after a lost connection, released engine")
async def attach_released(env):
    client, process_id = await lost_with_process(env, "open")
    await refused(client.attach_process(process_id), "Process not found")
    assert process_id in [entry["id"] for entry in await client.list_processes()]
    await client.terminate_process(process_id)


@check("attach after a lost connection, documented engine", scripted_only=True)
async def attach_documented(env):
    client, process_id = await lost_with_process(env, "documented")
    process = await client.attach_process(process_id)
    await expect(process, ("stdout", "meanwhile\n"))
    await process.signal("end")
    await expect(process, ("message", "got:end"), ("return", "done"))


@check("close")
async def close(env):
    """Engines of this generation do not answer a close, so the client waits for its whole 10 s."""
    process = await start(env.client, ["never"])
    begin = time.monotonic()
    await env.client.close()
    assert time.monotonic() - begin > 9 and env.client.ws.close_code == 1006, env.client.ws.close_code
    await expect(process, ("error", "WebSocket connection closed"))


asyncio.run(run_all(Env()))
