"""Signals, readers that leave, and disks that are full."""

import json
import os
import signal
import subprocess
import time

from command_line.harness import LIMIT, both, check, ops, read_until


@both
def interrupt_terminates(pie):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process = pie.start("submit", "echo@0.1.0", "--input", ops(["print", "ready\n"], ["never"]))
        read_until(process.stdout, "ready\n")
        process.send_signal(number)
        out, err = process.communicate(timeout=LIMIT)
        check(process.returncode == 128 + number and "is terminated" in err, process.returncode, out, err)
        pie.until_processes(0)
    process = pie.start("submit", "--json", "echo@0.1.0", "--input", ops(["print", "ready"], ["never"]))
    read_until(process.stdout, "ready")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT)
    check(json.loads(out)["event"] == "terminated" and process.returncode == 130, out, err)


@both
def second_interrupt_leaves(pie):
    for end in (signal.SIGINT, signal.SIGTERM):
        process = pie.at(pie.uri + "/?freeze_on=terminate_process").start(
            "submit", "echo@0.1.0", "--input", ops(["print", "ready\n"], ["never"])
        )
        read_until(process.stdout, "ready\n")
        process.send_signal(signal.SIGINT)
        read_until(process.stderr, "again to leave at once")
        process.send_signal(end)
        process.communicate(timeout=LIMIT)
        check(process.returncode == 128 + end, process.returncode)


@both
def interrupt_detaches(pie):
    process = pie.start(
        "submit", "echo@0.1.0", "--on-interrupt", "detach", "--input", ops(["print", "ready\n"], ["never"])
    )
    read_until(process.stdout, "ready\n")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT)
    check(process.returncode == 130 and "left " in err, process.returncode, out, err)
    if "0.5" in pie("ping").out:
        check("ends it now" in err, err)
        pie.until_processes(0)
    else:
        check("it runs on" in err and pie.processes() == 1, err)
        check("(PIE_E_REJECTED)" in pie("attach", pie.only_process(), code=5).err)
        pie("abort", pie.only_process())
        pie.until_processes(0)


@both
def interrupt_in_a_request(pie):
    process = pie.at(pie.uri + "/?silent=list_processes").start("list")
    while "list_processes" not in pie("query", "scripted", "messages").out:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT)
    check(process.returncode == 130 and not out, process.returncode, out, err)


@both
def interrupt_in_a_launch(pie):
    process = pie.at(pie.uri + "/?delay=launch_process:400").start("submit", "echo@0.1.0", "--input", ops(["never"]))
    while pie.processes() == 0:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=LIMIT)
    check(process.returncode == 130 and "to end what it starts" in err, process.returncode, err)
    pie.until_processes(0)


@both
def closed_streams(pie):
    command = pie.command(["submit", "echo@0.1.0", "--input", ops(["sendn", 20000], ["eprint", "y"])])
    result = subprocess.run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command], env=pie.environment, timeout=LIMIT)
    check(result.returncode == 0, result)


@both
def attach_interrupted(pie):
    pie("submit", "-d", "-q", "echo@0.1.0", "--input", ops(["recv", 0], ["never"]))
    process = pie.start("attach", pie.only_process(), "--signal", "x")
    read_until(process.stdout, "got:x")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT)
    check(process.returncode == 130, process.returncode)
    pie.until_processes(0)


@both
def reader_that_leaves(pie):
    for script in (
        ops(["spam", 20000, 100], ["never"]),
        ops(["send", "a"], ["send", "b"], ["never"]),
    ):  # while writing; while idle
        process = pie.start("submit", "echo@0.1.0", "--input", script)
        head = subprocess.run(["head", "-1"], stdin=process.stdout, capture_output=True, text=True, timeout=LIMIT)
        process.stdout.close()
        process.stdout = None
        _, err = process.communicate(timeout=LIMIT)
        check(
            process.returncode == 141 and head.stdout and "runs as" in err and len(err.splitlines()) == 1,
            process.returncode,
            err,
        )
        pie.until_processes(0)
    gone = os.pipe()
    os.close(gone[0])
    check(pie("list", "--help", code=141, stdout=gone[1]).err == "")
    check(pie("submit", "-q", "echo@0.1.0", "--input", ops(["never"]), code=141, stdout=gone[1]).err == "")
    os.close(gone[1])


@both
def full_disk(pie):
    with open("/dev/full", "w") as full:
        check("No space left" in pie("ping", code=8, stdout=full).err)
        check(
            "No space left"
            in pie("submit", "echo@0.1.0", "--input", ops(["print", "x"], ["never"]), code=8, stdout=full).err
        )
    pie.until_processes(0)
