"""Connections of the 0.4 client, and its login: none, by key, by token, refused."""

import time
from pathlib import Path

from pie_client import PieClient
from pie_client.crypto import ParsedPrivateKey

import harness
from harness import check, refused, unanswered

KEYS = ("ed25519", "rsa", "ecdsa256", "ecdsa384")


class Env(harness.Env):
    username = "python"
    already_attached = "Process not found"
    launch_refusals = [
        ("nope", "Invalid program identifier 'nope': expected 'name@major.minor.patch'"),
        ("nope@1.0.0", "Failed to download manifest from "),
    ]

    async def connect(self, engine, username=username, key=None):
        client = PieClient(self.args[engine])
        await client.connect()
        if username:
            await client.authenticate(username, key and self.key(key))
        return client

    def key(self, name):
        return ParsedPrivateKey.from_file(Path(self.args["keys"]) / name)


@check("login, engine without login")
async def connect(env):
    env.client = await env.connect("open")


async def login(env, user, key):
    client = await env.connect("login", user, key)
    await client.ping()


for key_type in KEYS:
    check(f"login, {key_type} key")(lambda env, k=key_type: login(env, k, k))
    check(f"login, {key_type} key of several")(lambda env, k=key_type: login(env, "all", k))
check("login, key stored as PEM")(lambda env: login(env, "pem", "rsa"))


@check("login refused: unknown user")
async def unknown_user(env):
    await refused(env.connect("login", "nobody"), "User 'nobody' is not authorized")


@check("login refused: wrong key, then right")
async def wrong_key(env):
    client = await env.connect("login", None)
    await refused(client.authenticate("ed25519", env.key("stranger")), "Signature verification failed")
    await client.authenticate("ed25519", env.key("ed25519"))
    await client.ping()


@check("login refused: no key")
async def no_key(env):
    await refused(env.connect("login", "ed25519"), "no private key provided")


@check("token login")
async def token(env):
    client = await env.connect("login", None)
    await client.auth_by_token(env.args["token"])
    await client.ping()


@check("token login refused")
async def wrong_token(env):
    client = await env.connect("login", None)
    begin = time.monotonic()
    await refused(client.auth_by_token("wrong"), "Invalid token")
    assert time.monotonic() - begin >= 1, "refused at once; engines take 1 to 3 s"


@check("silence before login")
async def silence(env):
    client = await env.connect("login", None)
    await unanswered(client.ping())
    await client.authenticate("ed25519", env.key("ed25519"))
    await client.ping()
