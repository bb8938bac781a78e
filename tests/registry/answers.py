"""What the registry of the tests answers: each function gets the handler of a request and writes to its socket."""
import gzip
import json
import time

README = "A long story. " * 4000


def version(num, **more):
    whole = {"num": num, "checksum": "00" * 32, "size_bytes": 1, "description": "d", "runtime": {"core": "^0.2"},
             "parameters": {}, "dependencies": {}, "wit": None, "yanked": False, "created_at": "2026-01-01"}
    return dict(whole, **more)


def detail(*versions, **more):
    return dict({"id": "1", "name": "a", "downloads": 3, "created_at": "2026-01-01", "versions": list(versions)}, **more)


# Each a body with status 200.
BODIES = {
    "detail": detail(version("0.2.0"), version("0.1.0")),
    "yanked": detail(version("0.3.0", yanked=True), version("0.2.0")),
    "all-yanked": detail(version("0.3.0", yanked=True), version("0.2.0", yanked=True)),
    "candidate": detail(version("2.0.0-rc.1"), version("0.2.0")),
    "latest-candidate": detail(version("0.2.0"), latest_version="2.0.0-beta"),
    "latest-yanked": detail(version("0.3.0", yanked=True), version("0.2.0"), latest_version="0.3.0"),
    "members": ["9.9.9", []],
    "latest": {"name": "a", "latest_version": "1.2.3"},
    "both": detail(version("0.2.0"), latest_version="1.2.3"),
    "empty-latest": detail(version("0.2.0"), latest_version=""),
    "readmes": detail(*[version("1.%d.0" % n, readme=README) for n in range(90, 0, -1)]),
    "none": detail(),
    "nothing-known": {},
    "list": [],
    "null": None,
    "numbers": detail(1, 2),
    "nulls": detail(None),
    "objects": {"versions": {"0.1.0": {}}},
    "num-number": detail(version(1)),
    "num-null": detail(version(None)),
    "num-object": detail(version({})),
    "latest-number": {"latest_version": 1},
    "odd-version": {"latest_version": "1.0.0\n@x"},
    "bare-version": {"latest_version": "1.0"},
}


def http(handler, status, body=b"", *headers):
    length = () if any(header.lower().startswith(("content-length", "transfer")) for header in headers) else (
        "Content-Length: %d" % len(body),)
    lines = ["HTTP/1.1 %s" % status, *headers, *length, "", ""]
    handler.send("\r\n".join(lines).encode() + body)


def good(handler, num="0.2.0"):
    http(handler, "200 OK", json.dumps(detail(version(num))).encode())


def flow(handler, piece, pause=0.0):
    """For as long as the other side takes it."""
    while True:
        handler.send(piece)
        time.sleep(pause)


def endless(handler):
    http(handler, "200 OK", b"", "Transfer-Encoding: chunked")
    flow(handler, b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def drip(handler):
    http(handler, "200 OK", b"", "Content-Length: 1000000")
    flow(handler, b" ", 0.01)


def drip_head(handler):
    handler.send(b"HTTP/1.1 200 OK\r\nX: ")
    flow(handler, b"x", 0.01)


def endless_head(handler):
    handler.send(b"HTTP/1.1 200 OK\r\n")
    flow(handler, b"X: " + b"x" * 1000 + b"\r\n")


def endless_interim(handler):
    """Heads that announce the answer, and never the answer."""
    flow(handler, b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)


def silent(handler):
    handler.wait_for_the_end()


def short(handler):
    http(handler, "200 OK", b"{", "Content-Length: 100")


def short_and_silent(handler):
    short(handler)
    handler.wait_for_the_end()


def chunked(handler):
    body = json.dumps(detail(version("0.2.0"))).encode()
    pieces = [b"%x\r\n%s\r\n" % (len(body[at:at + 7]), body[at:at + 7]) for at in range(0, len(body), 7)]
    http(handler, "200 OK", b"".join(pieces) + b"0\r\n\r\n", "Transfer-Encoding: chunked")


def continues(handler):
    handler.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 3)
    good(handler)


def until_the_end(handler):
    handler.send(b"HTTP/1.0 200 OK\r\n\r\n" + json.dumps(detail(version("0.2.0"))).encode())


def zipped(handler):
    http(handler, "200 OK", gzip.compress(json.dumps(detail(version("0.2.0"))).encode()), "Content-Encoding: gzip")


def zipped_and_silent_about_it(handler):
    http(handler, "200 OK", gzip.compress(json.dumps(detail(version("0.2.0"))).encode()))


def as_asked(handler):
    """The version tells whether the request had what registries may expect."""
    wanted = {"accept": "application/json", "accept-encoding": "identity", "connection": "close",
              "host": "%s:%d" % handler.server.server_address}
    sent = handler.headers
    engines_own = {"x-pie-identity", "authorization"} & set(sent)
    fits = all(sent.get(name) == value for name, value in wanted.items()) and "user-agent" in sent and not engines_own
    good(handler, "7.7.7" if fits and handler.method == "GET" else "0.0.0")


RAW = {"nonsense": b"SSH-2.0-OpenSSH_9.2\r\n", "empty": b"", "half-head": b"HTTP/1.1 200 OK\r\nContent-",
       "bad-length": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}",
       "two-lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
       "bad-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
       "switch": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"}

FUNCTIONS = {
    "asked": as_asked, "chunked": chunked, "continues": continues, "until-the-end": until_the_end,
    "endless": endless, "drip": drip, "drip-head": drip_head, "endless-head": endless_head,
    "endless-interim": endless_interim, "silent": silent,
    "short": short, "short-and-silent": short_and_silent, "gzip": zipped, "gzip-unsaid": zipped_and_silent_about_it,
    "long-encoding": lambda handler: http(handler, "200 OK", b"", "Content-Encoding: " + "x" * 100_000),
    "html": lambda handler: http(handler, "200 OK", b"<!doctype html><html></html>", "Content-Type: text/html"),
    "10mb": lambda handler: http(handler, "200 OK", b'{"x":"' + b" " * 10_000_000 + b'"}'),
    "deep": lambda handler: http(handler, "200 OK", b'{"x":' + b"[" * 1_000_000),
    "deep-versions": lambda handler: http(handler, "200 OK", b'{"versions":' + b"[" * 1_000_000),
    "truncated": lambda handler: http(handler, "200 OK", b'{"versions":[{"num":"0.1.0"'),
    "not-utf8": lambda handler: http(handler, "200 OK", b'{"latest_version":"\xff"}'),
    "many-versions": lambda handler: http(handler, "200 OK", b'{"versions":[' + b"{}," * 2_000_000 + b"{}]}"),
}


def redirect(handler, status, location):
    http(handler, "%s X" % status, b"", "Location: " + location)


def answer(handler, mode):
    """A mode is one component of the path."""
    kind, _, rest = mode.partition(":")
    if "//" in handler.path:
        http(handler, "404 Not Found", b"an empty component")
    elif mode in BODIES:
        http(handler, "200 OK", json.dumps(BODIES[mode]).encode(), "Content-Type: application/json")
    elif mode in RAW:
        handler.send(RAW[mode])
    elif mode in FUNCTIONS:
        FUNCTIONS[mode](handler)
    elif kind == "status":
        http(handler, "%s X" % rest, b"no")
    elif kind == "hops":
        # hops:3 redirects three times, and then answers.
        left = int(rest)
        redirect(handler, 302, "/hops:%d/x" % (left - 1)) if left else good(handler)
    elif kind == "to":
        # to:307:https leads to one of Server.elsewhere, to:302:|a|b to the path /a/b.
        status, _, where = rest.partition(":")
        there = handler.server.elsewhere.get(where, where.replace("|", "/"))
        good(handler) if "?" in handler.path else redirect(handler, status, there)
    elif mode == "long-redirect":
        redirect(handler, 302, "ftp://" + "x" * 100_000)
    elif mode == "loop":
        redirect(handler, 302, handler.path)
    elif mode == "nowhere":
        http(handler, "302 X")
    else:
        http(handler, "404 Not Found", b"no such mode")
