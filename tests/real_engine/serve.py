"""Boots pie-server in this process. Started by `engine`, which see."""

import argparse
import atexit
import contextlib
import fcntl
import glob
import importlib
import importlib.util
import os
import shutil
import signal
import sys
import tempfile
import threading

# A boot takes under a second, a stop a tenth. Past these the kernel ends the process (SIGALRM, not handled).
BOOT_LIMIT = 180
STOP_LIMIT = 10

# The exit code that says: it was the engine's own defect, try again (EX_TEMPFAIL).
BROKEN = 75

CONFIG = """\
[server]
host = "127.0.0.1"
port = {port}
verbose = {verbose}

[model]
name = "default"
model = "{model}"

[engine]
type = "wgpu"
device = ["wgpu:0"]
backends = "vulkan"
# The engine leaves 2 GiB of what it is told alone, and lavapipe reports no more than that: more must be stated, and
# the limits below keep the one reservation for the attention cache small.
device_memory = "3GiB"
max_total_pages = 64
max_forward_tokens = 256
max_forward_requests = 8
max_state_slots = 16
"""


def lock(directory):
    """Opens and locks the file `lock` of a directory: the descriptor, or None if another process has it."""
    try:
        fd = os.open(os.path.join(directory, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return fd
    except OSError:
        os.close(fd)
        return None


def sweep(homes):
    """Removes the homes of engines that were killed: nobody holds their lock."""
    for home in glob.glob(os.path.join(homes, "*")):
        fd = lock(home)
        if fd is not None:
            shutil.rmtree(home, ignore_errors=True)
            os.close(fd)


def watch_stderr(failed):
    """Passes on what the engine writes to standard error; calls `failed` when its graphics layer has panicked.

    That layer (wgpu) has a race that ends its poll thread, seen on Mesa 25. The engine then lives and answers, but no
    pass over the model ever ends: better gone than waited for.
    """
    outside = os.dup(2)
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    read, write = os.pipe()
    os.dup2(write, 2)
    os.close(write)

    def run():
        with os.fdopen(read, "rb") as lines:
            for line in lines:
                with contextlib.suppress(OSError):
                    os.write(outside, line)
                if line.startswith(b"thread 'wgpu poll'") and b"panicked" in line:
                    failed()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def end():
        os.dup2(outside, 2)  # the last writing end of the pipe is gone
        thread.join(1)

    atexit.register(end)


@contextlib.contextmanager
def temporary_home(directory):
    """A PIE_HOME of one boot. Only the compile cache is shared: its entries are addressed by content."""
    homes, cache = os.path.join(directory, "homes"), os.path.join(directory, "compile-cache")
    os.makedirs(homes, exist_ok=True)
    os.makedirs(cache, exist_ok=True)
    with open(os.path.join(homes, ".lock"), "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # no sweep between a home and its lock
        sweep(homes)
        home = tempfile.mkdtemp(prefix="", dir=homes)
        held = lock(home)
    os.symlink(cache, os.path.join(home, "cache"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
        os.close(held)


def main():
    parser = argparse.ArgumentParser(prog="engine")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--dir", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--languages", default="")
    parser.add_argument("--home")
    parser.add_argument("--until-stdin-closes", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    languages = [name for name in args.languages.split(",") if name]
    for name in languages:
        if importlib.util.find_spec(f"pie_language_{name}") is None:
            parser.error(f"--languages: {name} is not installed; python is")

    stop, broken = threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if args.until_stdin_closes:

        def watch():
            with contextlib.suppress(OSError):
                while os.read(0, 4096):
                    pass
            stop.set()

        threading.Thread(target=watch, daemon=True).start()

    with contextlib.ExitStack() as stack:
        if args.home:
            home = os.path.abspath(args.home)  # a relative PIE_HOME turns the compile cache off
            os.makedirs(home, exist_ok=True)
        else:
            home = stack.enter_context(temporary_home(args.dir))
        serve(args, languages, home, stop, broken)


def serve(args, languages, home, stop, broken):
    driver = sorted(glob.glob("/usr/share/vulkan/icd.d/lvp_icd*.json"))[0]
    os.environ.update(
        PIE_HOME=home,
        VK_DRIVER_FILES=driver,  # no other Vulkan driver is tried
        VK_ICD_FILENAMES=driver,  # the same, for loaders before 1.3.207
        HF_HUB_OFFLINE="1",
        XDG_RUNTIME_DIR=home,  # else the windowing probe complains on standard error
        MESA_SHADER_CACHE_DIR=os.path.join(args.dir, "shader-cache"),
    )
    watch_stderr(lambda: (broken.set(), stop.set()))
    signal.alarm(BOOT_LIMIT)
    from pie import _engine

    config = CONFIG.format(port=args.port, verbose=str(args.verbose).lower(), model=args.model)
    try:
        handle = _engine.bootstrap(config)
        for name in languages:
            handle.install_language(name, importlib.import_module(f"pie_language_{name}").read())
    except Exception as error:
        sys.exit(f"engine: did not boot: {error}")
    signal.alarm(0)
    print(f"READY {handle.url}", flush=True)

    # The parent is polled: the kernel's own signal for its death comes when the *thread* that started us ends.
    while handle.is_running() and not stop.wait(0.1) and os.getppid() == args.parent:
        pass
    died = not handle.is_running()
    if broken.is_set():
        print("engine: its graphics layer panicked (see above); stopping, since no inference would ever end", file=sys.stderr, flush=True)
        os._exit(BROKEN)  # a shutdown would wait for the inference; the next boot removes the home
    signal.alarm(STOP_LIMIT)
    handle.shutdown()
    signal.alarm(0)
    if died:
        sys.exit("engine: ended by itself")


if __name__ == "__main__":
    main()
