"""The official Python client in one workload: contender.py URI WORKLOAD COUNT.

Prints one line of JSON about the measured section.
"""

import asyncio
import json
import os
import resource
import sys
import time

from pie_client import Event, PieClient

ECHO = "echo@0.1.0"
AT_ONCE = 64
PROCESSES = 1000
GO = ["return", "done"]


class Measure:
    def __init__(self):
        with open("/proc/self/clear_refs", "w") as peak:
            peak.write("5")  # the peak is counted from here on
        self.resident = status("VmRSS")
        self.used = resource.getrusage(resource.RUSAGE_SELF)
        self.began = time.monotonic()

    def print(self, **extra):
        seconds = time.monotonic() - self.began
        now, then = resource.getrusage(resource.RUSAGE_SELF), self.used
        print(json.dumps({
            "seconds": seconds,
            "cpu": now.ru_utime + now.ru_stime - then.ru_utime - then.ru_stime,
            "switches": now.ru_nvcsw + now.ru_nivcsw - then.ru_nvcsw - then.ru_nivcsw,
            "peak_kib": status("VmHWM") - self.resident,
            **extra,
        }))


def status(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field + ":"))


async def connect(uri):
    client = PieClient(uri)
    await client.connect()
    await client.authenticate("bench")
    return client


async def ready(client, *ops):
    """Launched, and waiting for a signal before it does the rest: the client loses files that come too soon."""
    return await client.launch_process(ECHO, {"ops": [["recv", 0], *ops]})


async def drained(process):
    events = 0
    while True:
        events += 1
        event, _ = await process.recv()
        if event in (Event.Return, Event.Error):
            return events


async def ping(uri, count):
    client = await connect(uri)
    measure = Measure()
    for _ in range(count):
        await client.ping()
    measure.print()


async def ping_at_once(uri, count):
    client = await connect(uri)

    async def pings():
        for _ in range(count // AT_ONCE):
            await client.ping()

    measure = Measure()
    await asyncio.gather(*[pings() for _ in range(AT_ONCE)])
    measure.print()


async def launch(uri, count):
    client = await connect(uri)
    measure = Measure()
    for _ in range(count):
        process = await ready(client, GO)
        await process.signal("go")
        assert await drained(process) == 2
    measure.print()


async def connects(uri, count):
    measure = Measure()
    for _ in range(count):
        process = await ready(await connect(uri), GO)
        await process.signal("go")
        await process.recv()
    measure.print()


async def recv(uri, count, op=None):
    process = await ready(await connect(uri), op or ["flood", count, 32])
    measure = Measure()
    await process.signal("go")
    assert await drained(process) == count + 2
    measure.print()


async def stream(uri, count):
    await recv(uri, count, ["sendn", count])


async def many(uri, count):
    client = await connect(uri)
    processes = [await ready(client, ["flood", count // PROCESSES, 32]) for _ in range(PROCESSES)]

    async def read(process):
        await process.signal("go")
        assert await drained(process) == count // PROCESSES + 2

    measure = Measure()
    await asyncio.gather(*[read(process) for process in processes])
    measure.print()


async def upload(uri, count):
    process = await ready(await connect(uri), ["send", "ready"], ["recv_file", 0])
    data = b"x" * (count << 20)
    await process.signal("go")
    await process.recv()
    await process.recv()
    measure = Measure()
    await process.transfer_file(data)
    await process.recv()
    measure.print()


async def download(uri, count):
    size = count << 20
    ops = ["make_file", size], ["send", "made"], ["recv", 0], ["send_file", size]
    process = await ready(await connect(uri), *ops)
    await process.signal("go")
    await process.recv()
    await process.recv()
    measure = Measure()
    await process.signal("go")
    await process.recv()
    _, file = await process.recv()
    assert len(file) == size
    measure.print()


async def idle(count, make):
    kept = [await make()]
    resident, opened, measure = status("VmRSS"), len(os.listdir("/proc/self/fd")), Measure()
    for _ in range(count):
        kept.append(await make())
    measure.print(
        resident_kib=status("VmRSS") - resident,
        threads=status("Threads"),
        descriptors=len(os.listdir("/proc/self/fd")) - opened,
    )


async def idle_connections(uri, count):
    await idle(count, lambda: connect(uri))


async def idle_processes(uri, count):
    client = await connect(uri)
    await idle(count, lambda: ready(client, GO))


WORKLOADS = {
    "ping": ping,
    "ping_at_once": ping_at_once,
    "launch": launch,
    "connect": connects,
    "recv": recv,
    "stream": stream,
    "many": many,
    "upload": upload,
    "download": download,
    "idle_connections": idle_connections,
    "idle_processes": idle_processes,
}


async def main():
    uri, workload, count = sys.argv[1:]
    await WORKLOADS[workload](uri, int(count))
    sys.stdout.flush()
    os._exit(0)  # a close takes 10 s


asyncio.run(main())
