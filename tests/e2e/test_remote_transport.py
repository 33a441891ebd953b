# SPDX-License-Identifier: MIT
"""A served organization as the remote environment of export and import: whatever happens on the way, the result is that of an
undisturbed run, or the exit status says that it is not."""
import concurrent.futures
import gzip
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

import hostile
import serving
import support

TOKEN = "an-opaque-token-of-the-test"
SKILLS = support.PLANS / "1-skills.xml"
QUEUES = support.PLANS / "3-queues.xml"

# A body that is cut, one that ends in the middle and is complete for HTTP, pages of proxies, refusals: for all that reads.
READ_FAULTS = ["GET * every 11: 503", "GET * every 7: cut-mid-body", "GET * every 9: truncate", "GET * every 13: html",
               "GET * every 8: cut", "GET * 3: 429 retry-after=1"]
WRITE_FAULTS = ["POST * every 4: lost", "POST * every 5: 503", "POST * every 7: cut", "POST * every 9: cut-mid-body",
                "POST * 2: 429 retry-after=1", "PATCH * every 3: lost"]


def undated(folder):
    """All files of a package, without the moment at which it was written, and the address at which its source was."""
    return {p.relative_to(folder): re.sub(rb'(timestamp|exported|environment)="[^"]*"', b"", p.read_bytes())
            for p in folder.rglob("*") if p.is_file()}


def served(file, *options):
    return serving.Served(file, *options)


def faults(list_of_them):
    return [word for fault in list_of_them for word in ("--fault", fault)]


@pytest.fixture(scope="module")
def direct(sample, tmp_path_factory):
    """The package as an organization in process gives it."""
    folder = tmp_path_factory.mktemp("direct")
    run = support.Ferry(folder)
    run("export", "--from", f"local:{sample / 'a.db'}", "--schema", QUEUES, "--out", "queues")
    run("export", "--from", f"local:{sample / 'a.db'}", "--schema", SKILLS, "--out", "skills")
    return folder


def test_an_export_over_http_is_that_of_the_file(ferry, sample, direct):
    with served(sample / "a.db") as server:
        ferry("export", "--from", server.url, "--schema", QUEUES, "--out", "over")
    assert undated(ferry.folder / "over") == undated(direct / "queues")


def test_an_export_survives_what_networks_do(ferry, sample, direct):
    with served(sample / "a.db", "--seed", "3", *faults(READ_FAULTS)) as server:
        done = ferry("export", "--from", server.url, "--schema", QUEUES, "--out", "over", "--json")
    assert undated(ferry.folder / "over") == undated(direct / "queues")
    assert done.json["requests"]["retried"] + done.json["requests"]["throttled"] > 0


def rows(path, table):
    made = {"createdon", "modifiedon", "versionnumber", "overriddencreatedon"}
    org = support.Org(path)
    return {key: {c: row[c] for c in row.keys() if c not in made} for key, row in org.rows(table).items()}


def test_an_import_over_http_survives_what_networks_do(ferry, sample, direct):
    results = []
    for name, options in (("plain.db", []), ("rough.db", faults(WRITE_FAULTS + READ_FAULTS))):
        shutil.copy(sample / "b.db", ferry.folder / name)
        with served(ferry.folder / name, "--seed", "5", *options) as server:
            done = ferry("import", direct / "skills", "--to", server.url, "--json", "--batch-size", "2")
        results.append(done.json["totals"])
        assert done.json["verified"]
    assert results[0] == results[1]
    for table in ("characteristic", "ratingmodel", "ratingvalue"):
        plain, rough = (rows(ferry.folder / name, table) for name in ("plain.db", "rough.db"))
        assert sorted(r.get("name") for r in plain.values()) == sorted(r.get("name") for r in rough.values())
        assert len(plain) == len(rough)


def test_nothing_is_sent_while_a_retry_after_runs(ferry, sample):
    log = ferry.folder / "access.log"
    with served(sample / "a.db", "--access-log", log, "--fault", "GET queues 1: 429 retry-after=3") as server:
        began = time.monotonic()
        done = ferry("export", "--from", server.url, "--schema", QUEUES, "--out", "over", "--json")
        assert time.monotonic() - began >= 3
    assert done.json["requests"]["throttled"] == 1
    lines = log.read_text().splitlines()
    times = [re.search(r":(\d\d):(\d\d):(\d\d) ", line).groups() for line in lines]
    seconds = [int(h) * 3600 + int(m) * 60 + int(s) for h, m, s in times]
    refused = next(i for i, line in enumerate(lines) if " 429 " in line)
    # what was on its way ends within the second; the rest comes when the three seconds are over
    later = [s - seconds[refused] for s in seconds[refused + 1:]]
    assert later and all(s <= 1 or s >= 2 for s in later), later
    assert any(s >= 2 for s in later)


def test_a_token_is_needed_and_never_shown(ferry, sample):
    with served(sample / "a.db", "--token", TOKEN) as server:
        ferry("export", "--from", server.url, "--schema", SKILLS, "--out", "right", env={"FERRY_TOKEN": TOKEN},
              status=0)
        wrong = ferry("export", "--from", server.url, "--schema", SKILLS, "--out", "wrong",
                      env={"FERRY_TOKEN": "another-token-of-the-test"}, status=3)
        assert "another-token" not in wrong.err + wrong.out


# ---- hostile servers, each fault in a part of the answers ----

def through(folder, file, choose):
    """A hostile server in front of a served organization, both ready."""
    front = hostile.Hostile(choose)
    behind = served(folder / file, "--host", f"127.0.0.1:{front.port}")
    front.behind = behind.port
    return front, behind


@pytest.mark.parametrize("mischief", hostile.MISCHIEFS, ids=lambda m: m.__name__)
def test_an_export_survives_broken_answers(ferry, sample, direct, mischief):
    front, behind = through(sample, "a.db", lambda n, method, target: mischief if n % 5 == 4 else hostile.well)
    with front, behind:
        ferry("export", "--from", front.url, "--schema", QUEUES, "--out", "over")
    assert undated(ferry.folder / "over") == undated(direct / "queues")
    assert any(name == mischief.__name__ for *_, name in front.log)


@pytest.mark.parametrize("seed", range(3))
def test_an_import_survives_broken_answers(ferry, sample, direct, seed):
    chance = random.Random(seed)
    results = []
    for name, share in (("plain.db", 0), ("rough.db", 0.3)):
        shutil.copy(sample / "b.db", ferry.folder / name)
        front, behind = through(ferry.folder, name, lambda n, method, target, share=share:
                                chance.choice(hostile.MISCHIEFS) if chance.random() < share else hostile.well)
        with front, behind:
            done = ferry("import", direct / "skills", "--to", front.url, "--json", "--batch-size", "2")
        results.append(done.json["totals"])
        assert done.json["verified"]
    assert results[0] == results[1]
    for table in ("characteristic", "ratingmodel", "ratingvalue"):
        plain, rough = (rows(ferry.folder / name, table) for name in ("plain.db", "rough.db"))
        assert sorted(r.get("name") for r in plain.values()) == sorted(r.get("name") for r in rough.values())


def test_connections_that_end_at_once_do_no_harm(ferry, sample, direct):
    """Also the very first ones: somebody is there."""
    front = hostile.Hostile(lambda n, method, target: hostile.old, greet=lambda number: number % 3 == 0)
    with front, served(sample / "a.db", "--host", f"127.0.0.1:{front.port}") as behind:
        front.behind = behind.port
        ferry("export", "--from", front.url, "--schema", SKILLS, "--out", "over")
    assert undated(ferry.folder / "over") == undated(direct / "skills")


class Always(hostile.Listener):
    """Gives the same bytes to every request, and keeps what it was asked."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []
        super().__init__()

    def converse(self, client):
        with client:
            data = b""
            try:
                while piece := client.recv(65536):
                    data += piece
                    if b"\r\n\r\n" in data:
                        self.asked.append(data)
                        data = b""
                        client.sendall(self.answer)
            except OSError:
                pass


def test_a_bomb_is_told_and_not_unpacked(ferry):
    # 128 MiB of white space in less than a KiB
    body = gzip.compress(gzip.compress(b" " * (128 << 20)))
    assert len(body) < 1024
    head = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip, gzip\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body))
    with Always(head + body) as server:
        began = time.monotonic()
        done = ferry("export", "--from", f"http://127.0.0.1:{server.port}", "--schema", SKILLS, "--out", "over", status=None)
        assert time.monotonic() - began < 10
    assert done.status in (4, 5) and "larger than" in done.err


def test_no_token_follows_a_redirect(ferry):
    with Always(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as other:
        for status in (b"301", b"302", b"307", b"308"):
            answer = (b"HTTP/1.1 " + status + b" Elsewhere\r\nLocation: http://127.0.0.1:%d/steal\r\nContent-Length: 0\r\n\r\n"
                      % other.port)
            with Always(answer) as server:
                done = ferry("export", "--from", f"http://127.0.0.1:{server.port}", "--schema", SKILLS, "--out", "over",
                             env={"FERRY_TOKEN": TOKEN}, status=4)
                assert status.decode() in done.err and "request id" in done.err and TOKEN not in done.err
                assert server.asked
        assert not other.asked


# ---- who is not there ----

def unreachable(ferry, url, most, env=None):
    began = time.monotonic()
    done = ferry("export", "--from", url, "--schema", SKILLS, "--out", "over", status=4, env=env)
    assert time.monotonic() - began < most
    assert "cannot be reached" in done.err
    assert not (ferry.folder / "over").exists()
    return done


@pytest.mark.parametrize("env", [{"FERRY_TOKEN": TOKEN}, {}], ids=["token", "discovery"])
@pytest.mark.parametrize("host", ["127.0.0.1:9", "no-such-host.invalid"])
def test_who_is_not_there_is_told_soon(ferry, host, env):
    done = unreachable(ferry, f"https://{host}", 5, env)
    assert f"{host} cannot be reached" in done.err
    assert "request id" in done.err or not env


def test_where_nothing_comes_back_one_attempt_is_enough(ferry):
    # nobody accepts, and its queue is full: what else arrives is dropped
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        for _ in range(3):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(full.getsockname())
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for done in [pool.submit(unreachable, ferry, f"https://127.0.0.1:{full.getsockname()[1]}", 20, env)
                         for env in ({"FERRY_TOKEN": TOKEN}, {})]:
                done.result()
        for s in waiting:
            s.close()


# ---- proxies ----

@pytest.mark.parametrize("env", [{"FERRY_TOKEN": TOKEN}, {}], ids=["token", "discovery"])
def test_a_proxy_that_wants_another_password_is_told_at_once_without_it(ferry, env):
    with Always(b"HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n") as proxy:
        for value in (f"http://me:pa55word@127.0.0.1:{proxy.port}", "me:pa55word", "http://me:pa55word"):
            done = unreachable(ferry, "https://contoso.crm4.dynamics.com", 5, {**env, "HTTPS_PROXY": value})
            assert "pa55word" not in done.err + done.out
            if "@" in value:
                assert "407" in done.err and "proxy variables" in done.err
    # a name and password are sent when they are asked for at the earliest
    assert proxy.asked and all(a.startswith(b"CONNECT contoso.crm4.dynamics.com:443 ") for a in proxy.asked)
    assert not any(TOKEN.encode() in a for a in proxy.asked)


def test_what_is_on_this_machine_goes_through_no_proxy(ferry, sample):
    with Always(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n") as proxy, served(sample / "a.db") as server:
        ferry("export", "--from", server.url, "--schema", SKILLS, "--out", "over",
              env={"http_proxy": f"http://127.0.0.1:{proxy.port}", "ALL_PROXY": f"http://127.0.0.1:{proxy.port}"})
    assert not proxy.asked


# ---- certificates ----

def with_certificate(ferry, sample, names):
    """Served over https, with a certificate in c.pem that it signed itself."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem",
                    "-days", "2", "-subj", "/CN=contoso", "-addext", f"subjectAltName={names}"],
                   cwd=ferry.folder, check=True, capture_output=True)
    return served(sample / "a.db", "--tls-cert", ferry.folder / "c.pem", "--tls-key", ferry.folder / "k.pem", "--token", TOKEN)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_a_certificate_that_is_not_trusted_ends_it_at_once(ferry, sample):
    with with_certificate(ferry, sample, "DNS:localhost,IP:127.0.0.1") as server:
        began = time.monotonic()
        done = ferry("export", "--from", server.url, "--schema", SKILLS, "--out", "over", status=4,
                     env={"FERRY_TOKEN": TOKEN})
        assert time.monotonic() - began < 5
    assert "--ca-file" in done.err and TOKEN not in done.err


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_a_certificate_for_another_name_is_not_taken(ferry, sample):
    """Though its authority is trusted."""
    with with_certificate(ferry, sample, "DNS:other.example") as server:
        ferry("env", "add", "here", "--url", server.url, "--auth", "token", "--token-from", "env:MINE",
              "--ca-file", ferry.folder / "c.pem")
        began = time.monotonic()
        done = ferry("export", "--from", "here", "--schema", SKILLS, "--out", "over", status=4, env={"MINE": TOKEN})
        assert time.monotonic() - began < 5
    assert "name" in done.err and "127.0.0.1" in done.err and TOKEN not in done.err


# ---- cancelled ----

def exporting(ferry, server):
    return subprocess.Popen([*support.FERRY, "export", "--from", server.url, "--schema", str(QUEUES), "--out", "over"],
                            cwd=ferry.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(ferry.folder / "s")})


def test_a_service_that_goes_away_in_the_middle_does_not_keep_anybody(ferry, sample):
    """Cancelled while it waits for a service that is gone: exit 8 within moments."""
    server = served(sample / "a.db", "--latency", "rtt=400ms")
    with server:
        process = exporting(ferry, server)
        time.sleep(0.9)
        server.kill()
        time.sleep(1.5)
        assert process.poll() is None, process.communicate()
        process.terminate()
        began = time.monotonic()
        process.communicate(timeout=20)
        assert time.monotonic() - began < 2
        assert process.returncode == 8


@pytest.mark.parametrize("options", [("--fault", "GET * 3: 429 retry-after=600"), ("--fault", "GET *: 503"),
                                     ("--latency", "rtt=9s"), ("--fault", "GET *: slow=20")], ids=lambda o: o[1])
def test_who_interrupts_is_heard_within_a_second(ferry, sample, options):
    with served(sample / "a.db", *options) as server:
        process = exporting(ferry, server)
        time.sleep(1.5)
        assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        process.communicate(timeout=20)
        assert time.monotonic() - began < 1
        assert process.returncode == 8
