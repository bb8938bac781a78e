"""Commands about processes and the engine."""

import json
import os
import re

from command_line.harness import both, check, ops, test


@both
def processes_by_id(pie):
    check(pie("list").out == "" and pie("list", "--json").out == "")
    script = ops(["recv", 0], ["send", "got it"], ["recv_file", 0])
    first = pie("submit", "--detach", "echo@0.1.0", "--input", script)
    identity = pie.only_process()
    check(first.out.strip() in ("", identity) and (first.out or "`pie list` does" in first.err), first)
    (told,) = pie("list", "--json").objects()
    check(told["inferlet"] == "echo@0.1.0" and told["event"] == "process" and told["elapsed_secs"] >= 0, told)
    for option, width in ((None, 4), ("--long", 8), ("--full", 36)):
        rows = pie("list", *filter(None, [option])).out.splitlines()
        check(
            rows[0].split() == ["ID", "INFERLET", "USER", "RUNNING", "INPUT"]
            and rows[1].split()[0] == identity[:width],
            rows,
        )
    with open(os.path.join(pie.work, "small"), "w") as file:
        file.write("small")
    result = pie("attach", identity[:6], "--signal", "hello", "--file", "small", "--file-on", "got it")
    check(result.out.startswith("got:hello\ngot it\nfile:5:") and "attached " + identity in result.err, result)
    check("(PIE_E_REJECTED)" in pie("attach", identity, code=5).err)
    check(identity[:8] + ": no running process" in pie("attach", identity[:8], code=5).err)
    for each in range(2):
        pie("submit", "-d", "-q", "echo@0.1.0", "--input", ops(["never"]))
    ids = [each["process"] for each in pie("list", "--json").objects()]
    check(len(ids) == 2, ids)
    check(all(identity in pie("abort", *ids).err for identity in ids[:1]))
    pie.until_processes(0)
    check(
        "begins so" in pie("abort", ids[0][:8], code=5).err and "(PIE_E_REJECTED)" in pie("abort", ids[0], code=5).err
    )


@both
def ambiguous_ids(pie):
    for each in range(17):  # of 17 ids two begin alike
        pie("submit", "--no-output", "-q", "echo@0.1.0", "--input", ops(["never"]))
    ids = [each["process"] for each in pie("list", "--json").objects()]
    heads = [each[0] for each in ids]
    twice = next(head for head in heads if heads.count(head) > 1)
    check("have an id that begins so" in pie("abort", twice, code=2).err)
    shown = [row.split()[0] for row in pie("list").out.splitlines()[1:]]
    check(len(set(shown)) == 17, shown)
    pie("abort", *ids)
    pie.until_processes(0)


@both
def signal_and_send(pie):
    pie("submit", "--detached", "-q", "echo@0.1.0", "--input", ops(["recv", 0], ["recv", 0]))
    result = pie("signal", pie.only_process()[:5], "one", "two words")
    check(result.out == "got:one\ngot:two words\ndone\n", result)
    with open(os.path.join(pie.work, "small"), "w") as file:
        file.write("small")
    pie("submit", "-d", "-q", "echo@0.1.0", "--input", ops(["recv_file", 0]))
    result = pie("send", pie.only_process(), "small")
    check(result.out.startswith("file:5:") and "sent small" in result.err, result)
    check("send: gone" in pie("send", "x", "gone", code=8).err)
    pie("submit", "-d", "-q", "echo@0.1.0", "--input", ops(["recv_file", 0], ["never"]))
    result = pie("send", "--detach", pie.only_process(), "small")
    check("sent small" in result.err and "left " in result.err and not result.out, result)
    if "0.4" in pie("ping").out:
        pie("abort", pie.only_process())
    pie.until_processes(0)


@both
def leaves_once_the_engine_has_it(pie):
    """Which a ping tells, so where none is answered it is not claimed."""
    generation = "generation=" + re.search(r"engine (0\.[45])", pie("ping").out).group(1)
    pie("submit", "-d", "-q", "echo@0.1.0", "--input", ops(["recv", 0], ["never"]))
    deaf = pie.at(pie.uri + "/?silent=ping")
    result = deaf("signal", "--detach", "-t", "2", "-o", generation, pie.only_process(), "x", code=6)
    check("left " not in result.err, result)
    if generation.endswith("4"):
        pie("abort", pie.only_process())
    pie.until_processes(0)


@both
def engine_commands(pie):
    generation = re.search(r"engine (0\.[45])", pie("ping").out).group(1)
    pongs = pie("ping", "--json", "--count", "3").objects()
    check(len(pongs) == 3 and all(each["generation"] == generation and each["rtt_ns"] > 0 for each in pongs), pongs)
    check(json.loads(pie("query", "scripted", "messages").out)["ping"] >= 4)
    answer = pie("query", "--json", "scripted", "connections").objects()[0]
    check(answer["subject"] == "scripted" and int(answer["answer"]) >= 1, answer)
    if generation == "0.4":
        check("serves 127.0.0.1:9999" in pie("daemon", "echo@0.1.0", "9999", "--input", "{}").err)
        check(pie("daemon", "--json", "echo@0.1.0", "9999").objects()[0]["port"] == 9999)
        check(pie("submit", "-q", "--token-budget", "7", "echo@0.1.0").code == 0)
        check(pie("ping", "--token", "scripted-token").code == 0)
        check(pie.at(PIE_TOKEN="scripted-token")("ping").code == 0)
        wrong = pie("ping", "--token", "hush-hush", code=4)
        check("hush" not in wrong.err + wrong.out, wrong)
    else:
        check("(PIE_E_UNSUPPORTED)" in pie("daemon", "echo@0.1.0", "9999", code=9).err)
        check("(PIE_E_UNSUPPORTED)" in pie("submit", "--token-budget", "7", "echo@0.1.0", code=9).err)
        check("(PIE_E_UNSUPPORTED)" in pie("ping", "--token", "x", code=9).err)


@both
def resolving(pie):
    base = os.environ["PIE_TEST_REGISTRY"] + "/detail"
    check(pie("resolve", "echo", "--registry", base).out == "echo@0.2.0\n")
    check(
        pie("resolve", "-j", "echo", "--registry", base).objects()
        == [{"event": "resolved", "name": "echo", "inferlet": "echo@0.2.0"}]
    )
    check(
        "(PIE_E_REGISTRY)"
        in pie("resolve", "echo", "--registry", os.environ["PIE_TEST_REGISTRY"] + "/nothing", code=10).err
    )


@test("0.5")
def logging(pie):
    quiet, some = pie("ping").err, pie("ping", "--verbose").err
    check(not quiet and some.startswith("info: "), quiet, some)
