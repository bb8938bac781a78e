"""What `make install`, `make uninstall` and `make dist` promise."""
import os
import re
import stat
import tarfile

from common import ROOT, Failure, said, step

# Nowhere in what is installed: it is moved from there.
BEFORE = "/opt/pie-before-it-was-moved"
LATER = "2.3.4"
CLI = os.path.join(ROOT, "examples-c", "pie", "Makefile")


def version():
    with open(os.path.join(ROOT, "Cargo.toml")) as manifest:
        return re.search(r'^version = "(.*)"$', manifest.read(), re.M).group(1)


class Make:
    """Runs make with the library of one directory."""

    def __init__(self, lib_dir, work):
        self.work = work
        self.given = ["RELEASE=" + lib_dir, "CLI_BUILT=" + os.path.join(work, "cli")]

    def __call__(self, *words, **options):
        return said("make", "-s", "-C", ROOT, *self.given, *words, **options)


def tree(top):
    """Each file and directory, with the time when it was made last."""
    found = {}
    for folder, folders, files in os.walk(top):
        for entry in folders + files:
            path = os.path.join(folder, entry)
            found[os.path.relpath(path, top)] = os.lstat(path).st_mtime_ns if entry in files else None
    return found


def same(what, wanted, got):
    if wanted != got:
        raise Failure("%s: %s" % (what, sorted(set(map(str, wanted)) ^ set(map(str, got))) or "other times"))
    step(what)


def is_readable(top):
    programs = [os.path.join(top, "lib", "libpie_client.so.1." + version()), os.path.join(top, "bin", "pie")]
    for path in [top, *(os.path.join(top, entry) for entry in tree(top))]:
        mode = os.lstat(path).st_mode
        wanted = 0o755 if stat.S_ISDIR(mode) or path in programs else 0o644
        if not stat.S_ISLNK(mode) and stat.S_IMODE(mode) != wanted:
            raise Failure("%s has mode %o" % (path, stat.S_IMODE(mode)))
    step("install with umask 077: everybody can read it")


def forgets(top, place):
    for entry in tree(top):
        path = os.path.join(top, entry)
        if os.path.islink(path):
            text = os.readlink(path).encode()
        elif os.path.isfile(path):
            with open(path, "rb") as content:
                text = content.read()
        else:
            continue
        if place.encode() in text:
            raise Failure("%s tells of %s" % (path, place))
    step("no file tells of the prefix")


def has_names(libdir):
    real = "libpie_client.so.1." + version()
    wanted = {"libpie_client.so": "libpie_client.so.1", "libpie_client.so.1": real}
    if {name: os.readlink(os.path.join(libdir, name)) for name in wanted} != wanted:
        raise Failure("the links of the library")
    if "soname: [libpie_client.so.1]" not in said("readelf", "-d", os.path.join(libdir, real)):
        raise Failure("the SONAME of " + real)
    step("the names of the shared library")


def sysroot(stage):
    """With the root of another machine, pkg-config puts that before each path, once. (pkgconf 1.8 fails where it has a space.)"""
    packages = os.path.join(stage + BEFORE, "lib", "pkgconfig")
    environment = dict(os.environ, PKG_CONFIG_SYSROOT_DIR=stage, PKG_CONFIG_LIBDIR=packages)
    for variable, file in (("includedir", "pie_client.h"), ("libdir", "libpie_client.so")):
        path = said("pkg-config", "--variable=" + variable, "pie_client", env=environment).strip().replace("\\ ", " ")
        if not os.path.exists(os.path.join(path, file)):
            raise Failure("with a sysroot, %s is %s" % (variable, path))
    flags = said("pkg-config", "--cflags", "pie_client", env=environment)
    if flags.count(os.path.basename(stage)) != 1:
        raise Failure("with a sysroot, the flags are " + flags)
    step("pkg-config with a sysroot")


def refuses(make):
    """Nothing is written where something is wrong."""
    place = os.path.join(make.work, "refused")
    os.makedirs(os.path.join(place, "bin"))
    built = os.path.join(make.work, "built")
    os.makedirs(built)
    for path in (os.path.join(place, "bin", "pie"), os.path.join(built, "pie")):
        with open(path, "w") as program:
            program.write("#!/bin/sh\n")
    before = tree(place)
    empty = os.path.join(make.work, "empty")
    os.makedirs(empty)
    for text, words in (("run 'make' first", ["PREFIX=" + place, "RELEASE=" + empty]), ("have to be absolute", ["PREFIX=refused"]),
                        ("have to be absolute", ["PREFIX=" + place, "DESTDIR=refused"]),
                        ("is another program", ["PREFIX=" + place, "CLI_BUILT=" + built])):
        output = make("install", *words, fails=True)
        if text not in output:
            raise Failure("make install %s: no \"%s\" in: %s" % (" ".join(words), text, output))
    if "nothing is installed there" not in make("uninstall", "PREFIX=" + place, fails=True):
        raise Failure("uninstall where nothing is installed")
    same("a library that is not built, relative places and another one's pie are refused", before, tree(place))
    make("install", "PREFIX=" + place, "CLI=no")
    make("uninstall", "PREFIX=" + place)
    same("CLI=no leaves another one's pie alone", before, tree(place))


def replaces(make):
    """An older version leaves nothing behind, and other libraries' files stay."""
    place, elsewhere = os.path.join(make.work, "upgraded"), os.path.join(make.work, "lib elsewhere")
    words = ["PREFIX=" + place, "LIBDIR=" + os.path.join(elsewhere, "multiarch"), "CLI=no"]
    os.makedirs(os.path.join(place, "include"))
    with open(os.path.join(place, "include", "others.h"), "w"):
        pass
    before = tree(place)
    make("install", *words)
    wanted = set(tree(make.work))
    make("uninstall", *words)
    make("install", *words, "VERSION=0.0.1")
    make("install", *words)
    same("install replaces an older version", wanted, set(tree(make.work)))
    make("uninstall", *words)
    same("uninstall leaves what others have put there", before, tree(place))
    if os.path.exists(os.path.join(elsewhere, "multiarch")):
        raise Failure("uninstall leaves something in LIBDIR")


def packs(make):
    """The archive of a release is the same however often it is made."""
    target = os.path.join(make.work, "packed")
    archives = []
    for _ in range(2):
        make("dist", "TARGET=" + target, "SOURCE_DATE_EPOCH=1700000000")
        names = os.listdir(os.path.join(target, "dist"))
        path = os.path.join(target, "dist", names[0])
        with open(path, "rb") as archive:
            archives.append(archive.read())
    if archives[0] != archives[1] or len(names) != 1:
        raise Failure("two archives of the same differ")
    with tarfile.open(path) as archive:
        entries = archive.getmembers()
        if [entry.name for entry in entries] != sorted(entry.name for entry in entries):
            raise Failure("the archive is not sorted")
        if {(entry.uid, entry.uname, entry.mtime) for entry in entries} != {(0, "", 1700000000)}:
            raise Failure("the archive tells who has made it, or when")
        archive.extractall(os.path.join(make.work, "unpacked"))
    unpacked = os.path.join(make.work, "unpacked", os.listdir(os.path.join(make.work, "unpacked"))[0])
    for name in ("LICENSE-APACHE", "LICENSE-MIT", "NOTICES"):
        if not os.path.getsize(os.path.join(unpacked, "share", "doc", "libpie_client", name)):
            raise Failure("%s is missing" % name)
    step("make dist: the same bytes twice")
    return unpacked


def later(lib_dir, work):
    """Where the same library is installed as a later version."""
    place = os.path.join(work, "later")
    Make(lib_dir, work)("install", "PREFIX=" + place, "VERSION=" + LATER, "CLI=no")
    return place


def test(lib_dir, work):
    """Installs, and gives where that was moved to, and where an archive was unpacked. Its path has a space."""
    make, stage = Make(lib_dir, work), os.path.join(work, "stage")
    place = stage + BEFORE
    if os.path.exists(CLI):
        make("-o", "library", "cli", "PREFIX=" + BEFORE)
    os.makedirs(os.path.dirname(place))
    before = tree(stage)
    words = ["PREFIX=" + BEFORE, "DESTDIR=" + stage]
    make("install", *words, preexec_fn=lambda: os.umask(0o077))
    is_readable(place)
    once = set(tree(stage))
    make("install", *words)
    same("install twice is install once", once, set(tree(stage)))
    make("uninstall", *words)
    same("uninstall leaves nothing", before, tree(stage))
    make("install", *words)
    forgets(place, BEFORE)
    has_names(os.path.join(place, "lib"))
    sysroot(stage)
    refuses(make)
    replaces(make)
    unpacked = packs(make)
    moved = os.path.join(work, "moved here")
    os.rename(place, moved)
    return moved, unpacked


def test_uninstall(lib_dir, work, moved):
    """What was moved is uninstalled where it is now; what somebody has put beside it stays."""
    os.unlink(os.path.join(moved, "lib", "libpie_client.a"))
    other = os.path.join(moved, "lib", "others.a")
    with open(other, "w"):
        pass
    Make(lib_dir, work)("uninstall", "PREFIX=" + moved)
    same("uninstall where it was moved to", {"lib", "lib/others.a"}, set(tree(moved)))
