"""What is different on a terminal."""

import os
import re

from command_line.harness import STORY, both, check, ops


@both
def progress_bar(pie):
    shown = pie.in_terminal("install", "--force", STORY)
    check("story.wasm" in shown and "[#" in shown and "100%" in shown and "of 0." in shown, repr(shown))
    with open(os.path.join(pie.work, "large"), "wb") as file:
        file.write(bytes(3000000))
    words = ("submit", "echo@0.1.0", "--file", "large", "--input", ops(["send", "ready"], ["recv_file", 0]))
    shown = pie.in_terminal(*words)
    check("[#" in shown and "file:3000000:" in shown and re.search(r"\r +\r", shown), repr(shown))
    for option in ("--no-progress", "--quiet"):
        check("[#" not in pie.in_terminal(*words, option), option)
    check("[" not in pie(*words).err)
    check("[#" not in pie("install", "-f", STORY).err)


@both
def on_a_terminal(pie):
    red = pie.in_terminal("submit", "absent@0.1.0", code=5)
    check("\x1b[1;31mpie:\x1b[0m" in red, repr(red))
    check("\x1b" not in pie.at(NO_COLOR="1").in_terminal("submit", "absent@0.1.0", code=5))
    check("\x1b" not in pie.at(TERM="dumb").in_terminal("submit", "absent@0.1.0", code=5))
    shown = pie.in_terminal(
        "submit", "echo@0.1.0", "--input", ops(["print", "ready"], ["never"]), keys=[("ready", "\x03")], code=130
    )
    check("ready^C\r\npie: terminating" in shown and "is terminated" in shown, repr(shown))
    pie.until_processes(0)
    shown = pie.in_terminal(
        "submit", "echo@0.1.0", "--input", ops(["print", "ready"], ["never"]), keys=[("ready", "\x04")]
    )
    check("left " in shown, repr(shown))
    if "0.4" in pie("ping").out:
        pie("abort", pie.only_process())
    pie.until_processes(0)
    shown = pie.in_terminal(
        "submit",
        "--interactive",
        "echo@0.1.0",
        "--input",
        ops(["print", "ask"], ["recv", 0]),
        keys=[("ask", "an answer\n")],
    )
    check("got:an answer" in shown, repr(shown))


@both
def nothing_obeyed_by_a_terminal(pie):
    result = pie("submit", "-q", "echo@0.1.0", "--input", ops(["raise", "a\x1b[31mb\u009bc"]), code=1)
    check("\x1b" not in result.err and "\u009b" not in result.err and "[31m" in result.err, result)
    pie("submit", "-dq", "echo@0.1.0", "--input", ops(["never"], ["print", "\x1b[31m"]))
    check("\x1b" not in pie("list").out)
    pie("abort", pie.only_process())
    for word in ("\x1b[31m", "\u009b31m"):
        err = pie(word, code=2).err
        check(word not in err and "31m: no such command" in err, err)
