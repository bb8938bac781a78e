"""What run and installation.py share."""
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


class Failure(Exception):
    pass


def said(*command, fails=False, **options):
    """Runs a command, and gives what it said. It may not fail; with `fails` it has to."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if (done.returncode != 0) != fails:
        raise Failure("%s %s:\n%s" % (" ".join(command), "worked" if fails else "failed", done.stdout))
    return done.stdout


def step(name):
    print("ok     " + name, flush=True)
