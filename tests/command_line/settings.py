"""Where settings come from, and logins."""

import json
import os
import subprocess
import time

from command_line.harness import Pie, Server, check, test


@test("0.5")
def settings_file(pie):
    uri, pie = pie.uri, Pie(pie.program, pie.work)
    host, port = uri.removeprefix("ws://").split(":")
    path = pie.settings()
    check(pie("config", "path").out.strip() == path)
    check("config init" in pie("config", "show", code=8).err)
    pie("config", "init", "--host", host, "--port", port)
    check(os.stat(path).st_mode & 0o777 == 0o600)
    check("--force replaces" in pie("config", "init", code=8).err)
    check(pie("ping").out.startswith(uri))
    check(f"port = {port}\n" in pie("config", "show").out and "username = " in pie("config", "show").out)
    with open(path, "a") as file:
        file.write("# a note \n[options]\nkeepalive_interval_ms = 1000 # more often\n")
    pie("config", "set", "username", 'o"dd\\')
    pie("config", "set", "options.queue_max_bytes", "4096")
    pie("config", "set", "options.header.x-more", "y")
    pie("config", "update", "--timeout", "5", "--username", "me")
    text = open(path).read()
    check(
        "# a note \n" in text and "keepalive_interval_ms = 1000 # more often" in text and 'username = "me"' in text,
        text,
    )
    shown = pie("config", "show", "--json").objects()[0]["settings"]
    check(
        shown["options.queue_max_bytes"] == "4096"
        and shown["options.header.x-more"] == "y"
        and shown["timeout"] == "5",
        shown,
    )
    check("x-more: y" in pie("query", "scripted", "request").out)
    check(pie("ping", "--config", path).code == 0)
    check("nowhere" in pie("ping", "--config", "nowhere", code=8).err)
    for words, text in (
        (["set", "port", "0"], "port: 0"),
        (["set", "color", "red"], "color"),
        (["set", "options.x", "y"], "options.x"),
        (["set", "enable_auth", "maybe"], "enable_auth"),
        (["set", "port"], "a KEY and a VALUE"),
        (["update"], "give --uri"),
    ):
        check(text in pie("config", *words, code=2).err, words)
    pie("config", "set", "private_key_path", "/no/key")
    pie("ping", code=8)
    pie("config", "set", "enable_auth", "false")
    check(pie("ping").code == 0)
    for line, where in (
        ("nonsense", ":1:"),
        ("port = 0", "port: 0"),
        ("[options]\nnothing = 1", ":2: nothing"),
        ("uri = \"x\" y", ":1:"),
    ):
        with open(os.path.join(pie.work, "broken.toml"), "w") as file:
            file.write(line + "\n")
        check(where in pie("ping", "--config", "broken.toml", code=2).err, line)
    with open(os.path.join(pie.work, "more.toml"), "w") as file:
        file.write(f"uri = '{uri}' # literal\n\"username\" = \"\\u00e9\\t\"\ncolor = 1\n")
    result = pie("ping", "--config", "more.toml")
    check("more.toml:3: no setting is called color" in result.err and result.out.startswith(uri), result)
    check("queue_max_bytes = " in pie("config", "options").out)
    keys = {each["key"] for each in json.loads(pie("config", "options", "--json").out)}
    shown = {line.split(" = ")[0] for line in pie("config", "options").out.splitlines() if not line.startswith(" ")}
    check(keys == shown, keys ^ shown)
    pie("config", "init", "--path", "other/folder/file.toml", "--uri", uri)
    check(f'uri = "{uri}"' in pie("config", "show", "--path", "other/folder/file.toml").out)


@test("0.5")
def where_the_engine_is(pie):
    """The command line is stronger than the environment, that than the file, that than nothing."""
    good = pie.uri
    host, port = good.removeprefix("ws://").split(":")
    bad = pie.at("ws://127.0.0.1:1")
    check(bad("ping", "--uri", good).code == 0 and bad("-u", good, "ping").code == 0)
    check(bad("ping", "--host", host, "--port", port).code == 0 and bad("ping", code=3).code == 3)
    with open(os.path.join(pie.work, "bad.toml"), "w") as file:
        file.write('uri = "ws://127.0.0.1:1"\ntimeout = 3\n')
    check(pie("ping", "--config", "bad.toml").code == 0)
    check("::1:9" in pie("ping", "--host", "::1", "--port", "9", code=3).err)


@test()
def login_by_key(pie):
    users, key, sealed = (os.path.join(pie.work, name) for name in ("users", "key", "sealed"))
    os.makedirs(users)
    for path, phrase in ((key, ""), (sealed, "open it")):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", path], check=True)
    with open(os.path.join(users, "me.pub"), "w") as file:
        file.write(open(key + ".pub").read() + open(sealed + ".pub").read())
    engine = Server(os.environ["PIE_TEST_SCRIPTED_ENGINE"], "--generation", "0.4", "--users", users)
    try:
        pie = pie.at(engine.said, PIE_USERNAME="me")
        check(pie("ping", "--key", key).code == 0 and pie("ping", "--private-key-path", key, "--user", "me").code == 0)
        check(pie.at(PIE_PRIVATE_KEY_PATH=key)("ping").code == 0)
        check(
            "(PIE_E_AUTH)" in pie("ping", code=4).err
            and "(PIE_E_AUTH)" in pie("ping", "-k", key, "--username", "you", code=4).err
        )
        check(pie.at(PIE_KEY_PASSPHRASE="open it")("ping", "-k", sealed).code == 0)
        check("(PIE_E_KEY)" in pie.at(PIE_KEY_PASSPHRASE="wrong")("ping", "-k", sealed, code=4).err)
        shown = pie.in_terminal("ping", "-k", sealed, keys=[("Passphrase of", "open it\n")])
        check("answers: engine 0.4" in shown and "open it" not in shown, shown)
        pie.in_terminal("ping", "-k", sealed, keys=[("Passphrase of", "\x03")], code=130)
        socket = os.path.join(pie.work, "agent")
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
        try:
            environment = {**os.environ, "SSH_AUTH_SOCK": socket}
            while subprocess.run(["ssh-add", "-q", key], env=environment, stderr=subprocess.DEVNULL).returncode:
                time.sleep(0.02)
            check(pie.at(SSH_AUTH_SOCK=socket)("ping", "--agent").code == 0)
        finally:
            agent.terminate()
            agent.wait()
        check("(PIE_E_KEY)" in pie("ping", "--agent", code=4).err)
    finally:
        engine.stop()
