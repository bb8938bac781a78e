"""Drives PyPI `pie-client` 0.5.3 against an engine of generation 0.5.

Left out because it works against no engine: frames over 1 MiB (the client drops the connection), files right behind
the launch reply (it drops them), and the handle of a process launched without capture (it has no id).
"""

import asyncio
import time

from pie_client import inferlet

# Checks run in the order of these imports, then those of this file.
from connect_0_5 import Env
from common import ECHO, drop, expect, start
from harness import check, refused, run_all


@check("query refused")
async def query_refused(env):
    expected = (False, 'unknown query subject "nope" (known: model_status)')
    assert await env.client.query("nope", "") == expected


@check("launch by bare name")
async def bare_name(env):
    await expect(await env.client.launch_process("echo", {"ops": []}), ("return", "done"))


@check("run and result")
async def run_and_result(env):
    process = await env.client.run(ECHO, ops=[["print", "a\n"], ["send", "b"], ["return", {"c": [1]}]])
    assert await process.result() == {"c": [1]} and process.output == ["a\n", "b"], process.output
    process = await env.client.run(ECHO, ops=[["raise", "boom"]])
    await refused(process.result(), "boom")


@inferlet
async def give_back(text: str):
    return {"text": text}


@check("run a decorated function", scripted_only=True)
async def run_decorated(env):
    """The scripted engine runs no Python: a program gives back an input that is no script of its own."""
    for _ in range(2):
        process = await env.client.run(give_back, text="hi")
        assert await process.result() == {"text": "hi"}


@check("file with a name")
async def file_with_name(env):
    process = await start(env.client, ["send_file_as", "a.txt"])
    _, file = await process.recv()
    assert (file, file.name) == (b"hello file", "a.txt"), (file, file.name)
    process = await start(env.client, ["send_file", 3])
    assert (await process.recv())[1].name is None


@check("disconnect ends the process")
async def disconnect_ends(env):
    other = await env.connect("open")
    process = await start(other, ["recv", 0])
    drop(other)

    while process.process_id in [entry["id"] for entry in await env.client.list_processes()]:
        await asyncio.sleep(0.02)
    await refused(env.client.attach_process(process.process_id), "Process not found")


@check("close")
async def close(env):
    """Engines of this generation answer a close by dropping the connection."""
    process = await start(env.client, ["recv", 0])
    begin = time.monotonic()
    await env.client.close()
    assert time.monotonic() - begin < 5 and env.client.ws.close_code == 1006, env.client.ws.close_code
    await expect(process, ("error", "WebSocket connection closed"))


asyncio.run(run_all(Env()))
