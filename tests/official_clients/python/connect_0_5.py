"""Connections of the 0.5 client, taken and refused."""

from pie_client import PieClient

import harness
from harness import check, refused

class Env(harness.Env):
    username = "internal"
    already_attached = "Cannot attach: already attached"
    launch_refusals = [
        ("nope", "no program named 'nope' is installed"),
        ("nope@1.0.0", "program nope@1.0.0 is not installed (looked in "),
        ("echo@", "Invalid program identifier 'echo@': expected 'name@major.minor.patch'"),
    ]

    async def connect(self, engine, path="", **identity):
        client = PieClient(self.args[engine] + path, **identity)
        await client.connect()
        return client


@check("connect")
async def connect(env):
    env.client = await env.connect("open")


@check("connect with an identity and a path")
async def connect_with_identity(env):
    client = await env.connect("open", "/v1/ws", identity="tenant/user")
    await client.ping()
    client.ws.transport.abort()


@check("connect refused: no identity")
async def no_identity(env):
    await refused(env.connect("open", identity=""), "HTTP 401")


@check("connect refused: wrong path")
async def wrong_path(env):
    await refused(env.connect("open", "/elsewhere"), "HTTP 404")


@check("authenticate")
async def authenticate(env):
    await env.client.authenticate("anyone")
    await env.client.authenticate("")
