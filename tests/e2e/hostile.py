# SPDX-License-Identifier: MIT
"""A server in front of a served organization that does to requests and answers what networks, proxies and broken servers
do: each connection is one thread, each request is sent on as it came, and a mischief decides what becomes of its answer."""
import gzip
import itertools
import socket
import struct
import threading
import time


class Over(Exception):
    """This connection is used no more."""


def read_message(file):
    """The first line, the headers as pairs, and the body; None when the other side has closed."""
    first = file.readline()
    if not first:
        return None
    headers = []
    for line in iter(file.readline, b"\r\n"):
        if not line:
            return None
        name, _, value = line.partition(b":")
        headers.append((name.strip(), value.strip()))
    named = {name.lower(): value for name, value in headers}
    if named.get(b"transfer-encoding") == b"chunked":
        body = b""
        while True:
            size = int(file.readline(), 16)
            body += file.read(size)
            file.readline()
            if size == 0:
                break
    else:
        body = file.read(int(named.get(b"content-length", 0)))
    return first, headers, body


def framed(first, headers, body, *more):
    """The bytes of a message whose frame is told anew."""
    kept = [h for h in headers if h[0].lower() not in (b"content-length", b"transfer-encoding", b"content-encoding", b"connection")]
    lines = [first.rstrip(b"\r\n"), *(n + b": " + v for n, v in kept), *more]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


class Turn:
    """One request, and its answer when it was asked for."""

    def __init__(self, server, client, upstream, request):
        self.server, self.client, self.upstream = server, client, upstream
        self.first, self.headers, self.body = request
        self.method, self.target = self.first.split()[:2]
        self.answered = None

    def answer(self):
        """What the organization says: (first, headers, body)."""
        if not self.answered:
            plain = [h for h in self.headers if h[0].lower() != b"accept-encoding"]
            self.upstream.sendall(framed(self.first, plain, self.body, b"Content-Length: %d" % len(self.body)))
            self.answered = read_message(self.upstream.makefile("rb"))
        return self.answered

    def whole(self):
        first, headers, body = self.answer()
        if b" 204 " in first:
            return framed(first, headers, b"")
        return framed(first, headers, body, b"Content-Length: %d" % len(body))

    def send(self, data):
        self.client.sendall(data)

    def end(self, reset=False):
        if reset:
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Over


# ---- what may become of an answer; each is given a Turn ----

def well(turn):
    turn.send(turn.whole())


def unanswered(turn):
    turn.end()


def unanswered_reset(turn):
    turn.end(reset=True)


def lost(turn):
    turn.answer()
    turn.end()


def lost_reset(turn):
    turn.answer()
    turn.end(reset=True)


def cut_in_status(turn):
    turn.send(turn.whole()[:7])
    turn.end()


def cut_after_status(turn):
    turn.send(turn.whole().partition(b"\r\n")[0] + b"\r\n")
    turn.end()


def cut_in_headers(turn):
    head = turn.whole().partition(b"\r\n\r\n")[0]
    turn.send(head[:len(head) // 2])
    turn.end()


def cut_before_body(turn):
    head = turn.whole().partition(b"\r\n\r\n")[0]
    turn.send(head + b"\r\n\r\n")
    turn.end()


def cut_in_body(turn):
    data = turn.whole()
    turn.send(data[:-max(1, len(turn.answer()[2]) // 2)])
    turn.end(reset=True)


def chunked(turn, cut):
    first, headers, body = turn.answer()
    if b" 204 " in first:
        return well(turn)
    half = len(body) // 2
    pieces = [body[:half], body[half:]]
    data = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces if p)
    data = framed(first, headers, data, b"Transfer-Encoding: chunked")
    if cut:
        turn.send(data[:-half // 2] if cut == "chunk" else data)
        turn.end()
    turn.send(data + b"0\r\n\r\n")
    return None


def chunks(turn):
    chunked(turn, None)


def cut_in_chunk(turn):
    chunked(turn, "chunk")


def no_last_chunk(turn):
    chunked(turn, "last")


def length_too_long(turn):
    first, headers, body = turn.answer()
    turn.send(framed(first, headers, body, b"Content-Length: %d" % (len(body) + 10)))
    turn.end()


def length_too_short(turn):
    first, headers, body = turn.answer()
    turn.send(framed(first, headers, body, b"Content-Length: %d" % (len(body) // 2)))


def twice(turn):
    turn.send(turn.whole() * 2)


def twice_later(turn):
    turn.send(turn.whole())
    time.sleep(0.02)
    turn.send(turn.whole())


def an_answer_to_nobody(turn):
    turn.send(turn.whole())
    turn.send(b"HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\n\r\n")


def too_late_for_the_next(turn):
    turn.send(turn.whole())
    turn.send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    turn.end()


def interim(turn):
    turn.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" + turn.whole())


def old(turn):
    """HTTP/1.0: the body ends with the connection."""
    first, headers, body = turn.answer()
    turn.send(framed(first.replace(b"HTTP/1.1", b"HTTP/1.0"), headers, body))
    turn.end()


def old_cut(turn):
    first, headers, body = turn.answer()
    if b" 204 " in first:
        turn.end()
    turn.send(framed(first.replace(b"HTTP/1.1", b"HTTP/1.0"), headers, body[:len(body) // 2]))
    turn.end()


def old_empty(turn):
    first, headers, _ = turn.answer()
    if b" 204 " in first:
        turn.end()
    turn.send(framed(first.replace(b"HTTP/1.1", b"HTTP/1.0"), headers, b""))
    turn.end()


def emptied(turn):
    first, headers, _ = turn.answer()
    turn.send(framed(first, headers, b"", b"Content-Length: 0"))


def nothing_with_a_body(turn):
    if b" 204 " in turn.answer()[0]:
        turn.send(turn.whole() + b"{\"surprise\":true}")
    else:
        well(turn)


def packed(turn):
    first, headers, body = turn.answer()
    if b" 204 " in first:
        return well(turn)
    data = gzip.compress(body)
    turn.send(framed(first, headers, data, b"Content-Encoding: gzip", b"Content-Length: %d" % len(data)))
    return None


def packed_cut(turn):
    first, headers, body = turn.answer()
    if b" 204 " in first:
        return well(turn)
    data = gzip.compress(body)
    data = data[:len(data) // 2]
    turn.send(framed(first, headers, data, b"Content-Encoding: gzip", b"Content-Length: %d" % len(data)))
    return None


def byte_by_byte(turn):
    data = turn.whole()
    for i in range(min(150, len(data))):
        turn.send(data[i:i + 1])
        time.sleep(0.001)
    turn.send(data[150:])


def closed_when_idle(turn):
    turn.send(turn.whole())
    turn.end()


def closed_at_the_next(turn):
    """As soon as the first byte of the next request comes, which is not read."""
    turn.send(turn.whole())
    try:
        turn.client.settimeout(5)
        turn.client.recv(1, socket.MSG_PEEK)
    except OSError:
        pass
    turn.end(reset=True)


MISCHIEFS = [f for name, f in sorted(globals().items())
             if callable(f) and getattr(f, "__module__", "") == __name__ and not isinstance(f, type)
             and name not in ("well", "chunked", "framed", "read_message")]


class Listener:
    """A context with a port of its own: `converse(client)` has each connection, in a thread."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(client,), daemon=True).start()


class Hostile(Listener):
    """`choose(number, method, target)` gives the mischief of a request; numbers count from 1 over all connections.
    `greet(number)` False: the connection with this number ends before anything was read."""

    def __init__(self, choose, greet=None):
        self.choose, self.greet = choose, greet or (lambda number: True)
        self.behind = None  # the port of the organization, which has to know this one as a name of its own
        self.log = []
        self.requests, self.connections = itertools.count(1), itertools.count(1)
        self.lock = threading.Lock()
        super().__init__()

    def converse(self, client):
        if not self.greet(next(self.connections)):
            client.close()
            return
        with client, socket.create_connection(("127.0.0.1", self.behind)) as upstream:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            file = client.makefile("rb")
            try:
                while request := read_message(file):
                    turn = Turn(self, client, upstream, request)
                    mischief = self.choose(next(self.requests), turn.method.decode(), turn.target.decode())
                    with self.lock:
                        self.log.append((time.monotonic(), turn.method.decode(), turn.target.decode(), mischief.__name__))
                    mischief(turn)
            except (Over, OSError, ValueError):
                pass
