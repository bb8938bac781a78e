#!/usr/bin/env python3
"""An MCP server for the tests, without an SDK: it does what its method or its first argument says, however bad.

    server.py [exit|garbage|silent|refuse|closed|flood|stubborn|tidy]
"""
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

HOW = sys.argv[1] if len(sys.argv) > 1 else ""
lock = threading.Lock()
held = []
cancelled = []
answers = []


def write(text):
    with lock:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def answer(number, result, kind="result"):
    """The result is a JSON text, sent as it is."""
    write('{"jsonrpc":"2.0","id":%s,"%s":%s}' % (number, kind, result))


def raw_params(line):
    """The params of a request as they stand in its line, which ends with them."""
    found = re.search(r'"params":(.*)\}$', line)
    return found.group(1) if found else '"absent"'


def where(number):
    status = open("/proc/self/status").read()
    facts = {"cwd": os.getcwd(), "pid": os.getpid(), "group": os.getpgrp(), "args": sys.argv[1:],
             "MCP_TEST": os.environ.get("MCP_TEST"), "HOME": "HOME" in os.environ,
             "blocked": re.search(r"SigBlk:\s*(\w+)", status).group(1),
             "descriptors": sum(int(name) > 2 and os.path.exists("/proc/self/fd/" + name)
                                for name in os.listdir("/proc/self/fd"))}
    answer(number, json.dumps(facts))


def die(number):
    sys.stderr.write("the last words\n")
    sys.stderr.flush()
    os._exit(3)


def close_output(number):
    os.close(1)
    time.sleep(1000)


def grandchild(number):
    """In our group, deaf to SIGTERM, and with our pipes: it writes in one piece, so as not to break our own lines."""
    child = subprocess.Popen([sys.executable, "-c", "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
                              "os.write(1, b'{\"jsonrpc\":\"2.0\",\"method\":\"notifications/born\"}\\n'); time.sleep(1000)"])
    answer(number, child.pid)


def flood_errors(number):
    for _ in range(160):
        sys.stderr.write("e" * 65536)
    sys.stderr.write("\n" + "short\n" * 1000)
    sys.stderr.flush()
    answer(number, '"flooded"')


def ask(number):
    """Requests of our own; their answers are told once all are there."""
    answers.clear()
    write('{"jsonrpc":"2.0","id":"one","method":"ping"}')
    write('{"jsonrpc":"2.0","id":7,"method":"roots/list"}')
    write('{"jsonrpc":"2.0","id":"three","method":"sampling/createMessage","params":{"messages":[]}}')
    write('{"jsonrpc":"2.0","method":"notifications/progress","params":{}}')
    held.append((number, "asked"))


def heard(line, message):
    answers.append(line)
    if len(answers) == 3 and held and held[-1][1] == "asked":
        answer(held.pop()[0], "[%s]" % ",".join(answers))


def odd(number):
    """All that is skipped: garbage, nothing, answers that nobody waits for; and then the answer, in a batch."""
    write("no JSON at all")
    write("")
    write('{"half":')
    write("\x00\x01")
    write('{"jsonrpc":"2.0","id":"x%s","result":"of another kind"}' % number)
    write('{"jsonrpc":"2.0","id":123456,"result":"of nobody"}')
    write('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"about nothing"}}')
    write('[{"jsonrpc":"2.0","method":"notifications/x"},{"jsonrpc":"2.0","id":%s,"result":"odd"}]\r' % number)


def release(number):
    """Answers what is held, the youngest first."""
    for other, params in reversed(held):
        answer(other, params)
    held.clear()
    answer(number, '"released"')


def handle(line, message):
    method, number, params = message["method"], json.dumps(message.get("id")), raw_params(line)
    if method == "initialize":
        if HOW == "refuse":
            return answer(number, '{"code":-32000,"message":"not today"}', "error")
        answer(number, '{"protocolVersion":"1999-01-01","capabilities":{},"serverInfo":{"name":"t","version":"1"}}')
    elif method == "notifications/cancelled":
        cancelled.append(message["params"]["requestId"])
        if any(other == json.dumps(cancelled[-1]) for other, _ in held):
            answer(cancelled[-1], '"late"')
    elif "id" not in message:
        pass
    elif method == "echo":
        answer(number, params)
    elif method == "fail":
        answer(number, params, "error")
    elif method == "nan":
        answer(number, json.dumps({"x": float("nan")}))
    elif method == "string_id":
        answer('"%s"' % number, params)
    elif method == "garbage":
        with lock:
            sys.stdout.buffer.write(b"\xff" * message["params"]["size"] + b"\n")
        answer(number, '"written"')
    elif method == "neither":
        write('{"jsonrpc":"2.0","id":%s}' % number)
    elif method in ("hold", "never"):
        held.append((number, params))
    elif method == "held":
        answer(number, len(held))
    elif method == "cancelled":
        answer(number, json.dumps(cancelled))
    elif method == "big":
        answer(number, '"%s"' % ("b" * message["params"]["size"]))
    elif method in CALLS:
        CALLS[method](number)
    else:
        answer(number, '{"code":-32601,"message":"no such method"}', "error")


CALLS = {"where": where, "die": die, "close_output": close_output, "grandchild": grandchild, "release": release,
         "flood_errors": flood_errors, "ask": ask, "odd": odd}


def tidy_up(number, frame):
    os.write(2, b"tidied up\n")
    os._exit(0)


def flood():
    while True:
        os.write(2, b"flood " * 1000 + b"\n")


def main():
    if HOW == "exit":
        sys.stderr.write("first\n\ncannot go on: no licence\n")
        sys.exit(3)
    if HOW == "garbage":
        write("Welcome to my server!")
    if HOW in ("garbage", "silent"):
        time.sleep(1000)
    if HOW == "closed":
        os.close(1)
        time.sleep(1000)
    if HOW == "flood":
        threading.Thread(target=flood, daemon=True).start()
    if HOW == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if HOW == "tidy":
        signal.signal(signal.SIGTERM, tidy_up)
    for line in sys.stdin:
        line = line.rstrip("\n")
        message = json.loads(line)
        if "method" in message:
            handle(line, message)
        else:
            heard(line, message)
    if HOW in ("stubborn", "tidy"):
        time.sleep(1000)


if __name__ == "__main__":
    main()
