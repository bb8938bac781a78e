"""What both Python drivers need around their checks: arguments, one line a check, deadlines."""

import asyncio
import sys

CHECK_SECONDS = 20
CHECKS = []


def check(name, scripted_only=False):
    """Registers a check; checks run in the order in which they were registered."""

    def register(function):
        CHECKS.append((name, function, scripted_only))
        return function

    return register


class Env:
    """The driver's `key=value` arguments, and what the generation's module adds."""

    def __init__(self):
        self.args = dict(argument.split("=", 1) for argument in sys.argv[1:])
        self.scripted = "real" not in self.args


async def refused(call, text):
    """The call must fail, and its error must hold the engine's own text."""
    try:
        await call
    except Exception as error:
        assert text in str(error), f"refused with {str(error)!r}, expected {text!r}"
    else:
        raise AssertionError(f"not refused, expected: {text}")


async def unanswered(call):
    try:
        await asyncio.wait_for(call, 0.5)
    except asyncio.TimeoutError:
        return
    raise AssertionError("was answered")


async def run_one(name, function, env):
    try:
        await asyncio.wait_for(function(env), CHECK_SECONDS)
        print(f"ok\t{name}", flush=True)
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"failed\t{name}\t{text}", flush=True)


async def run_all(env):
    checks = [c for c in CHECKS if env.scripted or not c[2]]
    for name, function, _ in checks:
        await run_one(name, function, env)
    # The last line: without it the runner takes the driver for crashed.
    print(f"done\t{len(checks)}", flush=True)
