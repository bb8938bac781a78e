"""On a real engine, and under valgrind."""

import json
import os
import signal
import time

from command_line.harness import LIMIT, Pie, ROOT, check, ops, read_until


def real_engine(pie):
    """On a real engine: each command once, with the inferlets of this repository."""
    pie = pie.at(os.environ["PIE_TEST_URI_REAL"])
    report = []

    def run(*words, **more):
        result = pie(*words, **more)
        report.append(f"$ pie {' '.join(words)}\n{result.err}{result.out}")
        return result

    folder = os.environ["PIE_TEST_INFERLETS"]
    check("engine 0.5" in run("ping").out)
    check("is installed" in run("install", "-f", folder + "/echo/echo.wasm").err)
    out = run(
        "submit",
        "echo@0.1.0",
        "--input",
        ops(["print", "one "], ["sleep", 0.1], ["print", "two"], ["send", "said"], ["return", "end"]),
    ).out
    check(out == "one two\nsaid\nend\n", out)
    check("oh no" in run("submit", "echo@0.1.0", "--input", ops(["raise", "oh no"]), code=1).err)
    story = run("submit", folder + "/story/story.wasm", "--", "--prompt", "Once", "--max-tokens", "4")
    check(story.out, story)
    with open(os.path.join(pie.work, "sent"), "wb") as file:
        file.write(os.urandom(300000))
    os.makedirs(os.path.join(pie.work, "kept"))
    run(
        "submit",
        "echo@0.1.0",
        "--file",
        "sent",
        "--output-dir",
        "kept",
        "--input",
        ops(["send", "ready"], ["echo_file", 0]),
    )
    (kept,) = os.listdir(os.path.join(pie.work, "kept"))
    check(open(os.path.join(pie.work, "kept", kept), "rb").read() == open(os.path.join(pie.work, "sent"), "rb").read())
    run("submit", "--detach", "echo@0.1.0", "--input", ops(["recv", 0], ["recv", 0]))
    identity = pie.only_process()
    check(identity[:8] in run("list", "--long").out)
    check("got:b" in run("signal", identity[:8], "a", "b").out)
    run("submit", "-d", "echo@0.1.0", "--input", ops(["recv", 0]))
    run("abort", pie.only_process()[:8])
    run("submit", "-d", "echo@0.1.0", "--input", ops(["recv", 0], ["send", "now"], ["recv_file", 0]))
    check(
        "file:300000:" in run("attach", pie.only_process(), "--signal", "x", "--file", "sent", "--file-on", "now").out
    )
    check(json.loads(run("query", "model_status").out) is not None)
    process = pie.start("submit", "echo@0.1.0", "--input", ops(["send", "ready"], ["recv", 0]))
    read_until(process.stdout, "ready\n")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT)
    check(process.returncode == 130 and "is terminated" in err, out, err)
    report.append(f"$ pie submit …   (Ctrl-C)\n{err}")
    process = pie.start(
        "submit", "echo@0.1.0", "--on-interrupt", "detach", "--input", ops(["send", "ready"], ["recv", 0])
    )
    read_until(process.stdout, "ready\n")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT)
    check(process.returncode == 130 and "ends it now" in err, out, err)
    report.append(f"$ pie submit --on-interrupt detach …   (Ctrl-C)\n{err}")
    while pie("list", "--json").out:
        time.sleep(0.02)
    run("resolve", "echo", "--registry", os.environ["PIE_TEST_REGISTRY"] + "/detail")
    with open(os.path.join(os.path.dirname(pie.work), "real-engine.txt"), "w") as file:
        file.write("\n".join(report))


def under_valgrind(pie):
    """Some runs without a leak or a wrong access, the ways out by an error and a signal included."""
    valgrind = [
        "valgrind",
        "-q",
        "--leak-check=full",
        "--show-leak-kinds=definite,indirect",
        "--errors-for-leak-kinds=definite,indirect",
        "--error-exitcode=99",
        f"--suppressions={ROOT}/tests/c/valgrind.supp",
    ]
    slow = Pie(pie.program, pie.work, pie.uri, valgrind)
    slow("submit", "--json", "echo@0.1.0", "--input", ops(["print", "é"], ["send_file", 300], ["send", "x"]))
    slow("submit", "echo@0.1.0", "--input", ops(["raise", "x"]), code=1)
    slow("ping", "--nothing", code=2)
    slow("config", "set", "options.reconnect", "on", "--path", "v.toml")
    process = slow.start("submit", "echo@0.1.0", "--input", ops(["print", "ready\n"], ["never"]))
    read_until(process.stdout, "ready\n")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT)
    check(process.returncode == 130, err)
