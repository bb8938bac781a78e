"""The command line itself: usage errors, help, completion, the manual."""

import os
import re
import subprocess

from command_line.harness import ECHO, LIMIT, SOURCE, check, listed, ops, test


@test("0.4", "0.5")
def usage_errors(pie):
    for words, text in (
        ([], "a command is missing"),
        (["nothing"], "nothing: no such command"),
        (["submit"], "the inferlet is missing"),
        (["list", "x"], "x: one argument too many"),
        (["attach"], "an argument is missing"),
        (["ping", "--uri"], "--uri: URI is missing"),
        (["ping", "-Z"], "-Z: no such option"),
        (["list", "--count", "1"], "--count is no option of `pie list`"),
        (["list", "--json=1"], "--json takes no value"),
        (["ping", "--port", "70000"], "--port: 70000"),
        (["ping", "--port", "8x"], "--port: 8x"),
        (["ping", "-t", "soon"], "--timeout: soon"),
        (["ping", "-t", "-1"], "--timeout: -1"),
        (["ping", "-t", "inf"], "--timeout: inf"),
        (["ping", "-c", "0"], "--count: 0"),
        (["ping", "-o", "x"], "-o x"),
        (["ping", "-o", "x=y"], "-o x=y"),
        (["ping", "-u", pie.uri, "--host", "h"], "--uri"),
        (["ping", "--uri", "http://x"], "uri"),
        (["ping", "--agent", "--key", "x"], "--agent"),
        (["submit", "e@1.0.0", "--on-interrupt", "stop"], "--on-interrupt: stop"),
        (["submit", "e@1.0.0", "-m", "x"], "--manifest"),
        (["submit", "e@1.0.0", "-f"], "--force"),
        (["submit", "e@1.0.0", "-d", "--signal", "x"], "--detach"),
        (["submit", "-p", ECHO, "--link", "x"], "--link"),
        (["submit", "e@1.0.0", "--output-dir", "nowhere"], "--output-dir: nowhere"),
        (["submit", "e@1.0.0", "--token-budget", "many"], "--token-budget: many"),
        (["submit", "-i", "e@1.0.0", "--input-file", "-"], "--interactive"),
        (["submit", "e@1.0.0", "--run-timeout", "x"], "--run-timeout: x"),
        (["daemon", "e@1.0.0", "0"], "PORT: 0"),
        (["install"], "program's file is missing"),
        (["ping", "--", "x"], "nothing behind --"),
        (["attach", ""], "is empty"),
        (["query"], "an argument is missing"),
        (["config", "explode"], "config explode"),
        (["help", "x"], "x: no such command"),
    ):
        result = pie(*words, code=2)
        check(text in result.err and result.err.startswith("pie: ") and not result.out, words, text, result)
    check("--file: nowhere" in pie("submit", "e@1.0.0", "--file", "nowhere", code=8).err)
    bad = os.path.join(pie.work, "bad.wasm")
    open(bad, "w").close()
    check("--manifest is missing" in pie("install", "bad.wasm", code=2).err)
    with open(os.path.join(pie.work, "bad.toml"), "w") as file:
        file.write('[package]\nname = "x"\n[other]\nversion = "1.0.0"\n')
    check("no `version`" in pie("install", "bad.wasm", "-m", "bad.toml", code=2).err)


@test()
def help_and_version(pie):
    check(re.fullmatch(r"pie \d+\.\d+\.\d+ \(libpie_client \d+\.\d+\.\d+, interface \d+\)\n", pie("--version").out))
    check(pie("-V", "--json").objects()[0]["abi"] >= 1)
    commands = re.findall(r"^  ([a-z]+)  ", pie("--help").out, re.M)
    check(
        commands == "submit install list attach abort signal send ping query daemon resolve config help".split(),
        commands,
    )
    manual = open(os.path.join(SOURCE, "pie.1")).read()
    for command in commands:
        text = pie(command, "--help").out
        check(
            text.startswith(f"Usage: pie {command} ")
            and text == pie("help", command).out
            and max(map(len, text.splitlines())) < 120,
            text,
        )
        check(f".It Cm {command}" in manual, command)
        for option in re.findall(r"^  (?:-.,|   ) --([a-z-]+)", text, re.M):
            listed.add("--" + option)
            check("Fl Fl " + option in manual, option)


@test("0.5")
def completion(pie):
    pie("submit", "-dq", "echo@0.1.0", "--input", ops(["never"]))
    identity = pie.only_process()
    script = f"""source '{SOURCE}/pie.bash-completion'
      complete_line() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pie; printf '%s\\n' "${{COMPREPLY[@]}}"; }}
      """

    def completed(*words):
        line = " ".join("'" + word + "'" for word in ("pie", *words))
        result = subprocess.run(
            ["bash", "-euc", script + f"complete_line {line}"],
            env={**pie.environment, "PATH": os.path.dirname(pie.program) + ":" + os.environ["PATH"]},
            cwd=SOURCE,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        check(result.returncode == 0 and not result.stderr, words, result)
        return result.stdout.split()

    check(completed("") == "submit install list attach abort signal send ping query daemon resolve config help".split())
    check(
        completed("a") == ["attach", "abort"]
        and completed("--json", "l") == ["list"]
        and completed("--uri", "x", "l") == ["list"]
    )
    check(
        completed("list", "--f") == ["--full"]
        and "--uri" in completed("ping", "--")
        and "--file" not in completed("ping", "--")
    )
    check(completed("--js") == ["--json"])
    check(
        completed("submit", "--on-interrupt", "") == ["terminate", "detach"]
        and completed("submit", "--on-interrupt", "=", "d") == ["detach"]
    )
    check(
        completed("attach", "") == [identity]
        and completed("abort", "x") == []
        and completed("signal", identity[:3]) == [identity]
    )
    scheme, host, port = pie.uri.split(":")
    check(completed("-u", "ws", ":", host, ":", port, "attach", "") == [identity])
    check(completed("--uri", "=", "ws", ":", "//127.0.0.1", ":", "1", "attach", "") == [])
    check(
        completed("send", identity, "pie.b") == ["pie.bash-completion"]
        and completed("submit", "-m", "pie.1") == ["pie.1"]
    )
    check("reconnect=" in completed("ping", "-o", "reconnect") and completed("config", "s") == ["set", "show"])
    check(completed("config", "set", "user") == ["username"] and completed("help", "in") == ["install"])
    check(completed("submit", "x", "--", "toml") == ["toml.c"])
    pie("abort", identity)


@test()
def manual(pie):
    for command in (["groff", "-ww", "-mdoc", "-Tutf8", "pie.1"], ["bash", "-n", "pie.bash-completion"]):
        result = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True)
        check(result.returncode == 0 and not result.stderr, command, result.stderr)
