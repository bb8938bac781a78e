#!/usr/bin/env python3
"""An MCP server for the tests that harms more than itself, and tells how it was started.

    hostile.py [FILE]    with a file: the handshake waits until it is there
"""
import json
import os
import subprocess
import sys
import time

HEIRS = {"quiet": "import time; time.sleep(1000)",
         "loud": "import os, time\nwhile True: os.write(2, b'heartbeat\\n'); time.sleep(0.05)"}
SHOWN = ("a.b", "PWD", "OLDPWD", "A")
seen = []


def answer(number, result):
    sys.stdout.write('{"jsonrpc":"2.0","id":%s,"result":%s}\n' % (number, result))
    sys.stdout.flush()


def facts():
    ignored = [line.split()[1] for line in open("/proc/self/status") if line.startswith("SigIgn")][0]
    return {"cwd": os.getcwd(), "env": {name: os.environ[name] for name in SHOWN if name in os.environ},
            "hup_int_quit_term": int(ignored, 16) & 0x4007, "name": open("/proc/self/cmdline").read().split("\0")[0]}


def heir(kind):
    """In a session of its own, with our pipes."""
    return subprocess.Popen([sys.executable, "-c", HEIRS[kind]], start_new_session=True).pid


for line in sys.stdin:
    message = json.loads(line)
    method, number = message["method"], json.dumps(message.get("id"))
    seen.append(method)
    if method == "initialize":
        while len(sys.argv) > 1 and not os.path.exists(sys.argv[1]):
            time.sleep(0.005)
        answer(number, '{"protocolVersion":"2024-11-05","capabilities":{},"serverInfo":{"name":"h","version":"1"}}')
    elif "id" not in message:
        pass
    elif method == "seen":
        answer(number, json.dumps(seen))
    elif method == "pid":
        answer(number, os.getpid())
    elif method == "facts":
        answer(number, json.dumps(facts()))
    elif method == "batch":
        sys.stdout.write("[" + "1," * (2 << 20) + "1]\n")
        answer(number, '"done"')
    elif method == "twice":
        sys.stdout.write('{"jsonrpc":"2.0","id":%s,"result":1,"result":2}\n' % number)
        sys.stdout.flush()
    elif method in HEIRS:
        answer(number, heir(method))
    else:
        answer(number, '"early"')
