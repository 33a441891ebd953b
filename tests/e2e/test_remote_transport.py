# SPDX-License-Identifier: MIT
"""A served organization as the remote environment of export and import: whatever happens on the way, the result is that of an
undisturbed run, or the exit status says that it is not."""
import re
import shutil
import subprocess
import time

import pytest

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
    """All files of a package, without the moment at which it was written."""
    return {p.relative_to(folder): re.sub(rb'timestamp="[^"]*"', b"", p.read_bytes())
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


def test_who_is_not_there_is_told_soon(ferry):
    began = time.monotonic()
    done = ferry("export", "--from", "http://127.0.0.1:9", "--schema", SKILLS, "--out", "over", status=4)
    assert time.monotonic() - began < 20
    assert "127.0.0.1:9 cannot be reached" in done.err
    assert "request id" in done.err
    assert not (ferry.folder / "over").exists()


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_a_certificate_that_is_not_trusted_ends_it_at_once(ferry, sample):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                   cwd=ferry.folder, check=True, capture_output=True)
    with served(sample / "a.db", "--tls-cert", ferry.folder / "c.pem", "--tls-key", ferry.folder / "k.pem",
                "--token", TOKEN) as server:
        began = time.monotonic()
        done = ferry("export", "--from", server.url, "--schema", SKILLS, "--out", "over", status=4,
                     env={"FERRY_TOKEN": TOKEN})
        assert time.monotonic() - began < 5
    assert "--ca-file" in done.err and TOKEN not in done.err


def test_a_service_that_goes_away_in_the_middle_does_not_keep_anybody(ferry, sample):
    """Cancelled while it waits for a service that is gone: exit 8 within moments."""
    server = served(sample / "a.db", "--latency", "rtt=400ms")
    with server:
        process = subprocess.Popen([*support.FERRY, "export", "--from", server.url, "--schema", str(QUEUES), "--out", "over"],
                                   cwd=ferry.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(ferry.folder / "s")})
        time.sleep(0.9)
        server.kill()
        time.sleep(1.5)
        assert process.poll() is None, process.communicate()
        process.terminate()
        began = time.monotonic()
        process.communicate(timeout=20)
        assert time.monotonic() - began < 2
        assert process.returncode == 8
