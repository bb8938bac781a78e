"""What the tests of the command-line client share: a server, the program, and a terminal for it."""

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCE = os.path.join(ROOT, "examples-c", "pie")
INFERLETS = os.path.join(ROOT, "tests", "real_engine", "inferlets")
ECHO = os.path.join(INFERLETS, "echo", "echo.wasm")
STORY = os.path.join(INFERLETS, "story", "story.wasm")
LIMIT = 60

used = set()  # long options that some test gave
listed = set()  # and those that the help has
tests = []  # (function, generations of engines that it runs on; none: it gets no engine)


class Failed(Exception):
    pass


def check(condition, *about):
    if not condition:
        raise Failed(*about)


def ops(*script):
    return json.dumps({"ops": script})


def default_signals():
    # A script in the background hands down an ignored SIGINT, which pie rightly leaves ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)


class Server:
    """A program that prints READY and serves until its standard input ends."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        word, _, self.said = self.process.stdout.readline().strip().partition(" ")
        check(word == "READY", command, word)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(LIMIT)
        self.process.stdout.close()


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"

    def objects(self):
        return [json.loads(line) for line in self.out.split("\n") if line]


class Pie:
    """The program, with an environment in which nothing of the user's is found."""

    def __init__(self, program, work, uri=None, prefix=(), **environment):
        self.program, self.work, self.uri, self.prefix = program, work, uri, list(prefix)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": work,
            "PIE_CLI_HOME": os.path.join(work, "home"),
            "PIE_USERNAME": "tester",
            **environment,
        }
        for name in ("LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.environment.setdefault(name, os.environ[name])
        if uri:
            self.environment["PIE_URI"] = uri

    def at(self, uri=None, **environment):
        copy = Pie(self.program, self.work, uri or self.uri, self.prefix)
        copy.environment.update({k: v for k, v in self.environment.items() if k != "PIE_URI"})
        copy.environment.update(environment)
        return copy

    def command(self, arguments):
        for word in arguments:
            if word == "--":
                break
            if word.startswith("-"):
                used.add(word.split("=")[0])
        return [*self.prefix, self.program, *arguments]

    def start(self, *arguments, **streams):
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        return subprocess.Popen(
            self.command(arguments),
            env=self.environment,
            text=True,
            errors="surrogateescape",
            preexec_fn=default_signals,
            cwd=self.work,
            **streams,
        )

    def __call__(self, *arguments, code=0, input=None, **streams):
        if input is not None:
            streams["stdin"] = subprocess.PIPE
        process = self.start(*arguments, **streams)
        try:
            out, err = process.communicate(input, LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failed("did not end", arguments, process.communicate())
        result = Result(process.returncode, out, err)
        check(result.code == code, arguments, f"expected exit {code}", result)
        return result

    def in_terminal(self, *arguments, keys=(), code=0):
        """Everything on one terminal of its own; `keys`: (text to wait for, what is typed then)."""
        command = self.command(arguments)
        child, terminal = pty.fork()
        if child == 0:
            default_signals()
            os.chdir(self.work)
            os.execve(shutil.which(command[0]), command, self.environment)
        shown, seen, keys = b"", 0, list(keys)
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                part = os.read(terminal, 65536)
            except OSError:  # the program has gone
                break
            if not part:
                break
            shown += part
            while keys and keys[0][0].encode() in shown[seen:]:
                seen += shown[seen:].index(keys[0][0].encode()) + len(keys[0][0])
                os.write(terminal, keys.pop(0)[1].encode())
        else:
            os.kill(child, signal.SIGKILL)
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        text = shown.decode()
        check(status == code, arguments, f"expected exit {code}, got {status}", repr(text))
        return text

    def processes(self):
        return int(self("query", "scripted", "processes").out)

    def until_processes(self, number):
        end = time.monotonic() + LIMIT
        while self.processes() != number:
            check(time.monotonic() < end, "processes running", self.processes(), "expected", number)
            time.sleep(0.02)

    def only_process(self):
        (process,) = self("list", "--json").objects()
        return process["process"]

    def settings(self):
        return os.path.join(self.work, "home", "cli_config.toml")


def read_until(stream, text):
    said = ""
    while text not in said:
        line = stream.readline()
        check(line, "ended before it said", text, said)
        said += line
    return said


def test(*generations):
    def add(function):
        tests.append((function, generations))
        return function

    return add


both = test("0.4", "0.5")
