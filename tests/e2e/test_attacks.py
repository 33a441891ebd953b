# SPDX-License-Identifier: MIT
"""What clients that mean harm, or are broken, send over the socket: it is answered or cut off, the next client is
served at once, and memory stays bounded."""
import os
import random
import shutil
import socket
import threading
import time

import pytest

import serving

PLACE = b"/api/data/v9.2/"
POST = b"POST " + PLACE + b"accounts HTTP/1.1\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def get(target, more=b""):
    return b"GET " + PLACE + target + b" HTTP/1.1\r\n" + more


# request without its Host, and the statuses that may answer it
REQUESTS = {
    "an old version": (b"GET " + PLACE + b"WhoAmI HTTP/1.0\r\n", [200]),
    "another host in the target": (b"GET http://evil.example" + PLACE + b"WhoAmI HTTP/1.1\r\n", [400, 421]),
    "a proxy's method": (b"CONNECT evil.example:80 HTTP/1.1\r\n", [400, 405, 421]),
    "no path": (b"OPTIONS * HTTP/1.1\r\n", [200, 400, 404, 421]),
    "a way out of the folder": (get(b"../../../etc/passwd"), [400, 404]),
    "the same, encoded": (get(b"%2e%2e/%2e%2e/etc/passwd"), [400, 404]),
    "an encoded null": (get(b"acc%00ounts"), [400, 404]),
    "a null": (get(b"acc\0ounts"), [400, 404]),
    "no UTF-8": (get(b"accounts?$filter=name%20eq%20%27%ff%fe%27"), [400]),
    "no ASCII": (get(b"accounts?$filter=name%20eq%20'\xff\xc3'"), [400]),
    "half a percent sign": (get(b"accounts?$filter=%zz"), [400]),
    "a huge target": (get(b"WhoAmI?" + b"a" * 2000000), [400, 414]),
    "a huge header": (get(b"WhoAmI", b"X: " + b"a" * 2000000 + b"\r\n"), [400, 413, 431]),
    "20,000 headers": (get(b"WhoAmI", b"".join(b"X%d: a\r\n" % n for n in range(20000))), [400, 413, 431]),
    "a header twice": (get(b"WhoAmI", b"Prefer: a\r\nPrefer: b\r\n"), [200]),
    "two different callers": (get(b"WhoAmI", b"MSCRMCallerID: 1\r\nMSCRMCallerID: 2\r\n"), [400, 403]),
    "a body that is no UTF-8": (POST + b"Content-Length: 13\r\n\r\n{\"name\":\"\xff\xfe\"}", [400]),
    "a null in the body": (POST + b"Content-Length: 15\r\n\r\n{\"name\":\"a\0bc\"}", [400]),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}abc", [400]),
    "a length and chunks": (POST + b"Content-Length: 2\r\n" + CHUNKED + b"\r\n2\r\n{}\r\n0\r\n\r\n", [400]),
    "a coding that is not known": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", [400, 501]),
    "a negative length": (POST + b"Content-Length: -1\r\n", [400]),
    "a length of letters": (POST + b"Content-Length: 1x\r\n", [400]),
    "a length beyond all numbers": (POST + b"Content-Length: 99999999999999999999999\r\n", [400, 413]),
    "a chunk of letters": (POST + CHUNKED + b"\r\nzz\r\n{}\r\n0\r\n\r\n", [400]),
    "a chunk beyond all numbers": (POST + CHUNKED + b"\r\nffffffffffffffffffff\r\n{}\r\n0\r\n\r\n", [400, 413]),
    "chunks of one byte": (POST + CHUNKED + b"\r\n1\r\n{\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n", [204]),
    "200,000 brackets": (POST + b"Content-Length: 200000\r\n\r\n" + b"[" * 200000, [400]),
    "120,000 parts of nothing": (b"POST " + PLACE + b"$batch HTTP/1.1\r\nContent-Type: multipart/mixed; boundary=b\r\n"
                                 b"Content-Length: 600000\r\n\r\n" + b"--b\r\n" * 120000, [400]),
}


@pytest.fixture(scope="module")
def served(sample, tmp_path_factory):
    path = tmp_path_factory.mktemp("attacks") / "org.db"
    shutil.copy(sample / "b.db", path)
    with serving.Served(path) as s:
        yield s
        assert s.stop() < 5 and s.process.returncode == 0


def alive(served):
    assert served.process.poll() is None
    began = time.monotonic()
    assert serving.Client(served.port, timeout=5)("GET", "WhoAmI").status == 200
    assert time.monotonic() - began < 2


def megabytes(served):
    with open(f"/proc/{served.process.pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2 ** 20


def connect(served):
    return socket.create_connection(("127.0.0.1", served.port), timeout=5)


def place_host(served, request):
    """Behind the request line, and the connection's end."""
    line, rest = request.split(b"\r\n", 1)
    request = line + b"\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n" % served.port + rest
    return request if b"\r\n\r\n" in request else request + b"\r\n"


@pytest.mark.parametrize("name", list(REQUESTS))
def test_one_request_hurts_nobody(served, name):
    request, statuses = REQUESTS[name]
    with connect(served) as s:
        try:
            s.sendall(place_host(served, request))
        except ConnectionError:
            pass  # it was answered before its end
        answer = b""
        while piece := s.recv(65536):
            answer += piece
            if answer.count(b"\r\n\r\n"):
                break
    assert int(answer.split(b" ")[1]) in statuses, answer[:300]
    alive(served)


def test_requests_one_behind_the_other_are_answered_in_order(served):
    head = b"HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % served.port
    made = b"POST " + PLACE + b"accounts " + head + b"Content-Length: 2\r\n\r\n{}"
    answer = served.raw((made + b"GET " + PLACE + b"WhoAmI " + head + b"\r\n") * 50 + b"GET / " + head +
                        b"Connection: close\r\n\r\n")
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"204", b"200"] * 50 + [b"404"]


def test_those_who_never_finish_keep_nobody_waiting(served):
    slow = [connect(served) for _ in range(300)]
    for s in slow:
        s.sendall(b"GET " + PLACE + b"WhoAmI HTTP/1.1\r\nX: ")
    for _ in range(3):
        for s in slow:
            s.sendall(b"a")
    alive(served)
    for s in slow:
        s.close()
    alive(served)


def test_those_who_do_not_read_keep_nobody_waiting(served):
    deaf = [connect(served) for _ in range(40)]
    for s in deaf:
        s.sendall(b"GET " + PLACE + b"EntityDefinitions HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % served.port)
    alive(served)
    for s in deaf:
        s.close()


def test_many_connections_are_more_than_are_taken_and_then_it_goes_on(served):
    many = []
    for _ in range(1500):
        s = socket.socket()
        s.settimeout(1)
        many.append(s)
        try:
            s.connect(("127.0.0.1", served.port))
        except OSError:
            break
    assert len(os.listdir(f"/proc/{served.process.pid}/fd")) < 1000
    for s in many:
        s.close()
    alive(served)


def test_memory_for_bodies_is_bounded(served):
    before = megabytes(served)
    piece = b"a" * 2 ** 20
    statuses = []

    def send():
        with connect(served) as s:
            s.settimeout(20)
            s.sendall(POST + b"Host: 127.0.0.1:%d\r\nContent-Length: %d\r\n\r\n" % (served.port, 100 * 2 ** 20))
            for _ in range(100):
                s.sendall(piece)
            statuses.append(int(s.recv(1000).split(b" ")[1]))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert set(statuses) <= {400, 413, 503} and len(statuses) == 4
    alive(served)
    time.sleep(0.2)
    assert megabytes(served) < before + 300


def test_garbage_hurts_nobody(served):
    rng = random.Random(1)
    right = place_host(served, POST + b"Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"name\":\"x\"}")
    for _ in range(300):
        request = bytearray(right)
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(request))
            request[at:at + rng.choice([0, 1, 3])] = rng.randbytes(rng.choice([0, 1, 2]))
        try:
            with connect(served) as s:
                s.sendall(request)
                s.shutdown(socket.SHUT_WR)
                s.settimeout(0.2)
                s.recv(10000)
        except OSError:
            pass
    alive(served)
