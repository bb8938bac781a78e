"""What `pie submit` shows, in which form, and how it ends."""

import base64
import json
import os
import subprocess

from command_line.harness import INFERLETS, LIMIT, Pie, STORY, both, check, ops, read_until


@both
def streams(pie):
    script = ops(["print", "one "], ["eprint", "aside\n"], ["print", "two"], ["send", "said"], ["return", {"a": 1}])
    result = pie("submit", "echo@0.1.0", "--input", script)
    check(result.out == 'one two\nsaid\n{"a":1}\n', result)
    check("echo@0.1.0 runs as " in result.err and result.err.endswith("aside\n"), result)
    quiet = pie("submit", "-q", "echo@0.1.0", "--input", script)
    check((quiet.out, quiet.err) == (result.out, "aside\n"), quiet)


@both
def output_comes_at_once(pie):
    process = pie.start(
        "submit",
        "echo@0.1.0",
        "--signal",
        "a",
        "-i",
        "--input",
        ops(["recv", 0], ["print", "x\n"], ["recv", 0]),
        stdin=subprocess.PIPE,
    )
    read_until(process.stdout, "x\n")  # it waits for a second signal now
    process.stdin.write("b\n")
    process.stdin.close()
    process.stdin = None
    out, err = process.communicate(timeout=LIMIT)
    check(out == "got:b\ndone\n" and process.returncode == 0, out, err)


@both
def interactive(pie):
    result = pie(
        "submit", "-q", "-i", "echo@0.1.0", "--input", ops(["recv", 0], ["recv", 0], ["recv", 0]), input="one\n\nlast"
    )
    check(result.out == "got:one\ngot:\ngot:last\ndone\n", result)


@both
def json_lines(pie):
    odd = 'a"b\\c\n\t\x01\x7f é 🎈 \u2028'
    script = ops(["print", odd], ["eprint", odd], ["send", odd], ["send_file_as", "f.txt"], ["return", odd])
    result = pie("submit", "--json", "echo@0.1.0", "--input", script)
    launched, out, err, message, file, returned = result.objects()
    check(launched["event"] == "launched" and len(launched["process"]) == 36, launched)
    check(out == {"event": "stdout", "data": odd} and err == {"event": "stderr", "data": odd}, out, err)
    check(message == {"event": "message", "data": odd} and returned == {"event": "return", "value": odd}, returned)
    check(base64.b64decode(file["base64"]) == b"hello file" and file["size"] == 10, file)


@both
def base64_of_every_length(pie):
    for size in (1, 2, 3, 4, 300):
        file = pie("submit", "-j", "echo@0.1.0", "--input", ops(["send_file", size])).objects()[1]
        check(base64.b64decode(file["base64"], validate=True) == bytes(i % 251 for i in range(size)), size)


@both
def json_errors(pie):
    result = pie("submit", "--json", "echo@0.1.0", "--input", ops(["raise", "oh\nno"]), code=1)
    error = result.objects()[-1]
    check(error["event"] == "error" and error["status"] == "PIE_E_PROCESS" and "oh" in error["message"], result)
    error = pie("ping", "--json", "--port", "x", code=2).objects()[0]
    check("--port: x" in error["message"], error)
    error = pie("--json", "--nonsense", code=2)
    check("--nonsense" in error.err, error)


@both
def arguments_become_input(pie):
    def given(*words, **expected):
        out = pie("submit", "-q", "echo@0.1.0", *words).out
        check(json.loads(out) == expected, out, expected)

    given()
    given("--", "--prompt", "two words", "--max-tokens", "5", "--flag", prompt="two words", max_tokens=5, flag=True)
    given("--", "--x=.5", "--y", "-2", "--z", "1e3", "--s=007", "--t", "5.", x=0.5, y=-2, z=1000, s=7, t=5.0)
    given("--", "-k", "v", "-n", "-3", "--no", "false", k="v", n=-3, no=False)
    given("--", "a", "1", "--x", "1", "--x", "2", x=2, _positional=["a", 1])
    given("first", "--", "second", _positional=["first", "second"])
    given(
        "--",
        "--q",
        'say "é"\n',
        "--v",
        "1.2.3",
        "--e",
        "1e",
        "--w",
        "-",
        q='say "é"\n',
        v="1.2.3",
        e="1e",
        w=True,
        _positional=["-"],
    )
    result = pie("submit", "echo@0.1.0", "--", os.fsdecode(b"\xff"), code=2)
    check("argument 1" in result.err, result)


@both
def input_from_files(pie):
    with open(os.path.join(pie.work, "input.json"), "w") as file:
        file.write('{"from": "file"}')
    check(json.loads(pie("submit", "-q", "echo@0.1.0", "--input-file", "input.json").out) == {"from": "file"})
    check(json.loads(pie("submit", "-q", "echo@0.1.0", "--input-file", "-", input='{"a":1}').out) == {"a": 1})
    check("--input-file: nothing" in pie("submit", "echo@0.1.0", "--input-file", "nothing", code=8).err)
    check("--input" in pie("submit", "echo@0.1.0", "--input", "{}", "--", "x", code=2).err)
    check("input" in pie("submit", "echo@0.1.0", "--input", "{", code=2).err)


@both
def exit_codes(pie):
    check("(PIE_E_PROCESS)" in pie("submit", "echo@0.1.0", "--input", ops(["raise", "no"]), code=1).err)
    check("(PIE_E_REJECTED)" in pie("submit", "absent@0.1.0", code=5).err)
    check("(PIE_E_CONNECT)" in pie("ping", "--host", "127.0.0.1", "--port", "1", code=3).err)
    check("(PIE_E_TIMED_OUT)" in pie.at(pie.uri + "/?silent=ping")("ping", "--timeout", "0.2", code=6).err)
    for end in ("close", "cut", "fin"):
        check("(PIE_E_DISCONNECTED)" in pie("submit", "echo@0.1.0", "--input", ops([end]), code=7).err)
    check(
        "(PIE_E_TIMED_OUT)"
        in pie("submit", "echo@0.1.0", "--run-timeout", "0.2", "--input", ops(["never"]), code=6).err
    )
    pie.until_processes(0)
    check("/there" in pie("install", "not/there.wasm", "-m", "Pie.toml", code=8).err)
    check("nothing" in pie("ping", "-k", "nothing", code=8).err)
    check("generation" in pie("ping", "-o", "generation=0.2", code=9).err)
    check("(PIE_E_AUTH)" in pie.at(pie.uri + "/?refuse=auth_identify:go%20away")("ping", code=4).err)


@both
def slow_reader_loses_nothing(pie):
    process = pie.start("submit", "-q", "-o", "queue_max_bytes=4096", "echo@0.1.0", "--input", ops(["sendn", 20000]))
    read_until(process.stdout, "1000\n")
    out = process.stdout.read()
    _, err = process.communicate(timeout=LIMIT)
    check(out.splitlines() == [*map(str, range(1001, 20000)), "done"] and not err, out[-200:], err)


@both
def installing(pie):
    result = pie("install", STORY)
    check("story@0.1.0 is installed" in result.err and not result.out, result)
    check(
        "was installed already; --force"
        in pie("install", "--path", STORY, "--manifest", os.path.dirname(STORY) + "/Pie.toml").err
    )
    check("is installed" in pie("install", "-f", STORY).err)
    check(
        pie("install", "--json", STORY).objects()
        == [{"event": "installed", "inferlet": "story@0.1.0", "uploaded": False}]
    )
    check(pie("install", "--json", "--force", STORY).objects()[0]["uploaded"] is True)
    check("(PIE_E_REJECTED)" in pie.at(pie.uri + "/?refuse=add_program:broken")("install", "-f", STORY, code=5).err)
    result = pie("submit", STORY, "--", "--prompt", "x")
    check('{"prompt":"x"}' in result.out, result)
    result = pie("submit", "-p", os.path.join(INFERLETS, "echo_py", "echo.py"), "word")
    check('{"_positional":["word"]}' in result.out and "is installed" in result.err, result)


@both
def files_both_ways(pie):
    os.makedirs(os.path.join(pie.work, "received"), exist_ok=True)
    content = os.urandom(700000)
    with open(os.path.join(pie.work, "sent"), "wb") as file:
        file.write(content)
    script = ops(["send", "hello"], ["send", "ready"], ["echo_file", 0])
    for _ in range(2):
        result = pie(
            "submit",
            "echo@0.1.0",
            "--file",
            "sent",
            "--file-on",
            "ready",
            "--output-dir",
            "received",
            "--input",
            script,
        )
        check("sent sent" in result.err and "is written to received/" in result.err, result)
    kept = sorted(os.listdir(os.path.join(pie.work, "received")))
    check(len(kept) == 2 and kept[1] == kept[0] + ".1", kept)
    for name in kept:
        with open(os.path.join(pie.work, "received", name), "rb") as file:
            check(file.read() == content, name)
    result = pie(
        "submit",
        "--json",
        "echo@0.1.0",
        "--file",
        "sent",
        "--output-dir",
        "received",
        "--input",
        ops(["send", "any"], ["echo_file", 0]),
    )
    (told,) = [each for each in result.objects() if each["event"] == "file"]
    check(told["path"] == f"received/{kept[0]}.2" and told["size"] == len(content), told)
    result = pie("submit", "echo@0.1.0", "--input", ops(["send_file", 5]))
    check("a file of 5 bytes" in result.err and "is not kept" in result.err, result)
    result = pie(
        "submit", "echo@0.1.0", "--file", "sent", "--file-on", "never said", "--input", ops(["send", "x"]), code=8
    )
    check("sent was not sent" in result.err, result)
    result = pie("submit", "echo@0.1.0", "--file", "sent", "--file-on", "", "--input", ops(["recv_file", 0]))
    check("file:700000:" in result.out, result)
    result = pie(
        "submit",
        "-q",
        "echo@0.1.0",
        "--file",
        "sent",
        "--file=input",
        "--input",
        ops(["send", "a"], ["recv_file", 0], ["recv_file", 0]),
        code=8,
    )
    check("--file: input" in result.err, result)
    result = pie(
        "submit",
        "-q",
        "echo@0.1.0",
        "--file",
        "sent",
        "--file=sent",
        "--input",
        ops(["send", "a"], ["recv_file", 0], ["send", "b"], ["recv_file", 0]),
    )
    check(result.out.count("file:700000:") == 2, result)
    check(
        "(PIE_E_PROTOCOL)"
        in pie.at(pie.uri + "/?wrong_hash=1")("submit", "echo@0.1.0", "--input", ops(["send_file", 5]), code=8).err
    )
    os.chmod(os.path.join(pie.work, "received"), 0o500)
    if os.getuid() != 0:
        check(
            "--output-dir"
            in pie("submit", "echo@0.1.0", "--output-dir", "received", "--input", ops(["send_file", 5]), code=8).err
        )
    os.chmod(os.path.join(pie.work, "received"), 0o700)
