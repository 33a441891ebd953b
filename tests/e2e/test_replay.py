# SPDX-License-Identifier: MIT
"""--record and ferry serve --replay: a conversation with an environment becomes a test."""
import base64
import gzip
import http.client
import http.server
import json
import os
import re
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
import urllib.parse

import pytest

import serving
import support

TOKEN = "an-opaque-token-of-the-test"
SKILLS = support.PLANS / "1-skills.xml"
QUEUES = support.PLANS / "3-queues.xml"


class Replayed(serving.Served):
    def __init__(self, recording, *options):
        super().__init__(f"--replay={recording}", *options)


def undated(folder):
    return {p.relative_to(folder): re.sub(rb'(timestamp|exported|environment)="[^"]*"', b"", p.read_bytes())
            for p in folder.rglob("*") if p.is_file()}


def timeless(report):
    return {k: v for k, v in report.items() if k not in ("run", "seconds", "target", "source")}


@pytest.fixture(scope="module")
def recorded(sample, tmp_path_factory):
    """An export with its recording, over a server that wants a token."""
    folder = tmp_path_factory.mktemp("recorded")
    run = support.Ferry(folder)
    with serving.Served(sample / "a.db", "--token", TOKEN) as server:
        run("export", "--from", server.url, "--schema", QUEUES, "--out", "first", "--record", "export.jsonl",
            env={"FERRY_TOKEN": TOKEN})
        run("export", "--from", server.url, "--schema", SKILLS, "--out", "skills", env={"FERRY_TOKEN": TOKEN})
    return folder


def test_a_recording_is_private_and_without_credentials(recorded):
    path = recorded / "export.jsonl"
    text = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert TOKEN not in text and "Bearer" not in text and "ARRAffinity" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines[0]["ferry"] == "recording" and lines[0]["version"] == 1
    for line in lines[1:]:
        assert line["request"]["method"] == "GET" or line["request"]["target"].startswith("$batch")
        assert line["response"]["status"] == 200
        assert line["tries"] >= 1 and line["ms"] >= 0


def test_a_recorded_export_gives_the_same_package_again(ferry, recorded):
    with Replayed(recorded / "export.jsonl") as server:
        ferry("export", "--from", server.url, "--schema", QUEUES, "--out", "again")
        # and once more: what only reads may be asked again
        ferry("export", "--from", server.url, "--schema", QUEUES, "--out", "thrice")
    assert undated(ferry.folder / "again") == undated(recorded / "first")
    assert undated(ferry.folder / "thrice") == undated(recorded / "first")


# Without a place for what was learned about an environment before, so that both runs ask for the same.
NOTHING_KEPT = {"HOME": "", "XDG_CACHE_HOME": ""}


def record_import(ferry, sample, package, name, serve=(), options=()):
    shutil.copy(sample / "b.db", ferry.folder / "target.db")
    with serving.Served(ferry.folder / "target.db", *serve) as server:
        return ferry("import", package, "--to", server.url, "--json", "--record", name, *options, env=NOTHING_KEPT).json


@pytest.mark.parametrize("options", [(), ("--batch-size", "3"), ("--concurrency", "1")])
def test_a_recorded_import_gives_the_same_report_again(ferry, sample, recorded, options):
    first = record_import(ferry, sample, recorded / "skills", "import.jsonl", options=options)
    assert first["totals"]["created"] > 0
    with Replayed(ferry.folder / "import.jsonl") as server:
        second = ferry("import", recorded / "skills", "--to", server.url, "--json", *options, env=NOTHING_KEPT).json
    assert timeless(second) == timeless(first)


def test_a_recording_has_what_an_earlier_run_had_learned(ferry, sample, recorded):
    kept = {"HOME": "", "XDG_CACHE_HOME": str(ferry.folder / "cache")}
    with serving.Served(sample / "a.db") as server:
        ferry("export", "--from", server.url, "--schema", QUEUES, "--out", "before", env=kept)
        ferry("export", "--from", server.url, "--schema", QUEUES, "--out", "during", "--record", "r.jsonl", env=kept)
    with Replayed(ferry.folder / "r.jsonl") as server:
        ferry("export", "--from", server.url, "--schema", QUEUES, "--out", "after", env=NOTHING_KEPT)
    assert undated(ferry.folder / "after") == undated(ferry.folder / "before")


@pytest.mark.parametrize("size", [1, 4, 100])
def test_how_many_rows_went_into_a_request_does_not_matter(ferry, sample, recorded, size):
    first = record_import(ferry, sample, recorded / "skills", "import.jsonl", options=("--batch-size", "3"))
    with Replayed(ferry.folder / "import.jsonl") as server:
        second = ferry("import", recorded / "skills", "--to", server.url, "--json", "--batch-size", size,
                       env=NOTHING_KEPT).json
    assert second["totals"] == first["totals"] and second["verified"] and second["problems"] == first["problems"]


def test_answers_that_were_lost_are_lost_again(ferry, sample, recorded):
    first = record_import(ferry, sample, recorded / "skills", "import.jsonl",
                          serve=("--fault", "POST * 1: lost"), options=("--batch-size", "5"))
    statuses = [json.loads(line)["response"]["status"] for line in (ferry.folder / "import.jsonl").read_text().splitlines()[1:]]
    assert 0 in statuses
    with Replayed(ferry.folder / "import.jsonl") as server:
        second = ferry("import", recorded / "skills", "--to", server.url, "--json", "--batch-size", "5").json
    assert second["totals"] == first["totals"]
    assert second["verified"]


def test_a_request_that_was_not_recorded_is_told(recorded):
    with Replayed(recorded / "export.jsonl") as server:
        answer = server.client()("GET", "queues?$top=1", status=404)
        assert "queues?$top=1" in answer.json["error"]["message"]
        assert "nearest" in answer.json["error"]["message"]
        client = server.client()
        client("POST", "queues", {"name": "x"}, status=404)
        client("GET", "/api/nothing", status=404)


def test_a_replay_answers_to_its_own_names_only(recorded):
    with Replayed(recorded / "export.jsonl", "--token", TOKEN) as server:
        http_client = http.client.HTTPConnection("127.0.0.1", server.port)
        http_client.request("GET", "/api/data/v9.2/queues", headers={"Host": "evil.example"})
        assert http_client.getresponse().status == 421
        http_client.close()
        assert server.client()("GET", "queues").status == 401
        assert server.client(token=TOKEN)("GET", "queues").status == 404


def test_what_is_no_recording_is_refused(ferry, sample):
    (ferry.folder / "no.jsonl").write_text('{"ferry":"recording","version":1,"service":"https://x"}\n{"request":{}}\n')
    done = ferry("serve", "--replay", "no.jsonl", "--port", "0", status=5)
    assert "no.jsonl:2" in done.err
    assert "FILE" in ferry("serve", "--replay", "no.jsonl", "x.db", "--port", "0", status=2).err
    assert "--fault" in ferry("serve", "--replay", "no.jsonl", "--fault", "GET *: 503", status=2).err
    ferry("serve", status=2)
    ferry("serve", "--replay", "no.jsonl", "--bind", "0.0.0.0", status=2)


def test_a_recording_replaces_nothing(ferry, sample):
    (ferry.folder / "there.jsonl").write_text("kept")
    with serving.Served(sample / "a.db") as server:
        ferry("export", "--from", server.url, "--schema", SKILLS, "--out", "x", "--record", "there.jsonl", status=2)
    assert (ferry.folder / "there.jsonl").read_text() == "kept"


GEO = "msdyn_oc_geolocationprovider"


def forms(secret):
    """In which a text may stand in a file."""
    yield secret
    yield urllib.parse.quote(secret, safe="")
    yield secret.encode().hex()
    yield "".join(f"\\u{ord(c):04x}" for c in secret)
    for shift in range(3):
        yield base64.b64encode(b"." * shift + secret.encode()).decode()[4 if shift else 0:-4]


def leaks(path, *secrets):
    text = path.read_text().lower()
    return [form for secret in secrets for form in forms(secret) if form.lower() in text]


def test_secrets_are_in_no_recording_even_when_they_are_asked_for(ferry, sample):
    secrets = ["MARK-of-the-key-1", "MARK \"of\" <the> & key's 2"]
    shutil.copy(sample / "a.db", ferry.folder / "a.db")
    private = {"FERRY_TOKEN": TOKEN, **NOTHING_KEPT}
    with serving.Served(ferry.folder / "a.db", "--token", TOKEN) as server:
        client = server.client(token=TOKEN)
        for i, secret in enumerate(secrets):
            client("POST", f"{GEO}s", {"msdyn_name": f"row {i}", "msdyn_providerapikey": secret}, status=204)
        ferry("schema", "new", "--from", server.url, "--table", GEO, "--out", "s.xml", env=private)
        text = (ferry.folder / "s.xml").read_text().replace('updateCompare="true" ', "")
        fetch = (f"<fetch><entity name='{GEO}'><filter type='or'><condition attribute='msdyn_providerapikey' operator='in'>"
                 f"<value>{secrets[0]}</value><value>MARK-of-none</value></condition><condition "
                 "attribute='msdyn_providerapikey' operator='like' value='MARK %'/></filter></entity></fetch>")
        escaped = fetch.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        (ferry.folder / "f.xml").write_text(text.replace("</fields>", f"</fields><filter>{escaped}</filter>", 1))
        # rows are looked for by the secret
        (ferry.folder / "m.xml").write_text(text.replace('name="msdyn_providerapikey"',
                                                         'updateCompare="true" name="msdyn_providerapikey"'))
        ferry("export", "--from", server.url, "--schema", "f.xml", "--out", "f", "--include-secrets", "--record", "f.jsonl",
              env=private)
        ferry("export", "--from", server.url, "--schema", "m.xml", "--out", "m", "--include-secrets", "--record", "m.jsonl",
              env=private)
    package = (ferry.folder / "m" / "data.xml").read_text()
    assert secrets[0] in package and secrets[0] in (ferry.folder / "f" / "data.xml").read_text()
    with Replayed(ferry.folder / "f.jsonl") as server:
        ferry("export", "--from", server.url, "--schema", "f.xml", "--out", "again", "--include-secrets", env=private)
    for size in ("1", "auto"):
        shutil.copy(sample / "b.db", ferry.folder / "b.db")
        with serving.Served(ferry.folder / "b.db", "--token", TOKEN) as server:
            done = ferry("import", "m", "--to", server.url, "--include-secrets", "--json", "--batch-size", size, "--record",
                         f"i{size}.jsonl", env=private).json
        assert done["totals"]["created"] >= 2
    for name in ("f", "m", "i1", "iauto"):
        assert leaks(ferry.folder / f"{name}.jsonl", *secrets, "MARK-of-none", TOKEN) == []


@pytest.mark.parametrize("seed", [3, 4])
def test_the_order_in_which_answers_were_lost_does_not_matter(ferry, sample, recorded, seed):
    options = ("--batch-size", "2", "--concurrency", "8")
    first = record_import(ferry, sample, recorded / "skills", "import.jsonl",
                          serve=("--fault", "POST|PATCH * 25%: lost", "--seed", seed), options=options)
    with Replayed(ferry.folder / "import.jsonl") as server:
        second = ferry("import", recorded / "skills", "--to", server.url, "--json", *options, env=NOTHING_KEPT).json
    assert second["totals"] == first["totals"] and second["verified"]


def wait_for_lines(path, n):
    while not path.exists() or path.read_bytes().count(b"\n") < n:
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_what_was_recorded_before_the_end_came_is_answered(ferry, sample, number):
    path = ferry.folder / "r.jsonl"
    variables = {k: v for k, v in os.environ.items() if not k.startswith("FERRY_")}
    with serving.Served(sample / "a.db", "--latency", "rtt=300ms") as server:
        with subprocess.Popen([*support.FERRY, "export", "--from", server.url, "--schema", str(QUEUES), "--out",
                               str(ferry.folder / "x"), "--record", str(path)], env={**variables, **NOTHING_KEPT},
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            wait_for_lines(path, 3)
            # nobody else writes there meanwhile
            assert "another ferry" in ferry("env", "whoami", server.url, "--record", path, "--overwrite", status=2).err
            run.send_signal(number)
            assert run.wait(timeout=30) != 0
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) >= 3
    with path.open("ab") as file:
        file.write(b'{"request":{"method":"GET","tar')
    server = Replayed(path)
    with server:
        request = lines[1]["request"]
        server.client()(request["method"], request["target"], request.get("body"), request["headers"], status=200)
        server.stop()
        assert f"line {len(lines) + 1}" in server.process.stderr.read()


def test_a_recording_is_replaced_when_that_is_asked_for(ferry, sample):
    path = ferry.folder / "r.jsonl"
    shutil.copy(sample / "b.db", ferry.folder / "b.db")
    with serving.Served(sample / "a.db") as server, serving.Served(ferry.folder / "b.db") as other:
        commands = [("env", "whoami", server.url), ("schema", "new", "--from", server.url, "--table", "queue", "--out", "s.xml"),
                    ("schema", "validate", SKILLS, "--against", server.url),
                    ("export", "--from", server.url, "--schema", SKILLS, "--out", "x"),
                    ("import", "x", "--to", other.url, "--dry-run"),
                    ("data", "export", "-sf", SKILLS, "-df", "x", "-env", server.url),
                    ("data", "import", "-d", "x", "-env", other.url)]
        for command in commands:
            path.write_text('{"ferry":"recording","version":1,"service":"https://x","old":1}\n')
            if "export" in command or "new" in command:
                shutil.rmtree(ferry.folder / "x", ignore_errors=True)
                (ferry.folder / "s.xml").unlink(missing_ok=True)
            assert "--overwrite" in ferry(*command, "--record", path, status=2).err
            assert '"old"' in path.read_text()
            ferry(*command, "--record", path, "--overwrite")
            assert '"old"' not in path.read_text() and path.read_text().count("\n") > 1
            path.write_text("a letter")
            assert "not a recording" in ferry(*command, "--record", path, "--overwrite", status=2).err
            assert path.read_text() == "a letter"
        ferry("env", "whoami", server.url, "--record", "no/folder/r.jsonl", status=2)
        ferry("env", "whoami", server.url, "--record", "/dev/full", status=2)


def test_a_disk_that_is_full_costs_the_recording_and_not_the_result(ferry, sample):
    """A limit on files instead of a disk: the answer is as long, and told as early."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
    variables = {k: v for k, v in os.environ.items() if not k.startswith("FERRY_")}
    with serving.Served(sample / "a.db") as server:
        done = subprocess.run([*support.FERRY, "export", "--from", server.url, "--schema", str(SKILLS), "--out", "x", "--json",
                               "--record", "r.jsonl"], cwd=ferry.folder, env={**variables, **NOTHING_KEPT}, capture_output=True,
                              text=True, preexec_fn=limit, check=False)
    assert done.returncode == 9 and "not complete" in done.stderr
    assert json.loads(done.stdout)["totals"]["read"] > 0 and (ferry.folder / "x" / "data.xml").exists()
    # what is there is whole
    assert all(json.loads(line) for line in (ferry.folder / "r.jsonl").read_text().splitlines())
    with Replayed(ferry.folder / "r.jsonl") as server:
        server.stop()
        assert "not whole" not in server.process.stderr.read()


class Packed(http.server.BaseHTTPRequestHandler):
    """A gate before a server: answers are compressed and come in chunks, and lead to another name of the host."""
    protocol_version = "HTTP/1.1"
    behind = None

    def relay(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection("127.0.0.1", self.behind)
        connection.request(self.command, self.path, body, {k: v for k, v in self.headers.items()
                                                           if k.lower() not in ("host", "accept-encoding")})
        answer = connection.getresponse()
        text = answer.read().replace(f"http://127.0.0.1:{self.behind}/".encode(),
                                     f"http://127.0.0.1:{self.server.server_port}/".encode())
        assert "gzip" in self.headers["Accept-Encoding"]
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "connection", "date", "server", "transfer-encoding"):
                self.send_header(name, value)
        if text:
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        packed = gzip.compress(text)
        for i in range(0, len(packed) if text else 0, 1000):
            piece = packed[i:i + 1000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if text:
            self.wfile.write(b"0\r\n\r\n")
        connection.close()

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = relay

    def log_message(self, *_):
        pass


def test_compressed_answers_are_recorded_as_they_read(ferry, sample, recorded):
    with serving.Served(sample / "a.db") as server:
        handler = type("Handler", (Packed,), {"behind": server.port})
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as gate:
            threading.Thread(target=gate.serve_forever, daemon=True).start()
            ferry("export", "--from", f"http://127.0.0.1:{gate.server_port}", "--schema", QUEUES, "--out", "first", "--record",
                  "r.jsonl", env=NOTHING_KEPT)
            gate.shutdown()
    assert b"base64" not in (ferry.folder / "r.jsonl").read_bytes()
    with Replayed(ferry.folder / "r.jsonl") as server:
        ferry("export", "--from", server.url, "--schema", QUEUES, "--out", "again", env=NOTHING_KEPT)
    assert undated(ferry.folder / "again") == undated(ferry.folder / "first") == undated(recorded / "first")


def recording_of(path, service, exchanges):
    lines = [{"ferry": "recording", "version": 1, "service": service}]
    lines += [{"request": {"method": method, "target": target, "headers": dict(headers), "body": body or None},
               "response": {"status": status, "headers": dict(told), "body": answer or None}}
              for method, target, headers, body, status, told, answer in exchanges]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_where_answers_lead_is_the_replay_and_what_rows_say_stays(ferry):
    far = "https://contoso.api.crm4.dynamics.com/api/data/v9.2"
    row = {"@odata.id": f"{far}/queues(1)", "url": f"see {far}/queues", "a@odata.navigationLink": f"{far}/queues(1)/a"}
    body = json.dumps({"@odata.context": f"{far}/$metadata#queues", "value": [row], "@odata.nextLink": f"{far}/queues?$skiptoken=2"})
    parts = (f"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nLocation: {far}/queues(1)\r\n"
             f"OData-EntityId: {far}/queues(1)\r\n\r\n\r\n--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n"
             f"Content-Type: application/json\r\n\r\n{body}\r\n--b--\r\n")
    ask = "--a\r\nContent-Type: application/http\r\n\r\nGET /api/data/v9.2/queues HTTP/1.1\r\n\r\n\r\n--a--\r\n"
    typed = {"Content-Type": "application/json"}
    recording_of(ferry.folder / "r.jsonl", "https://contoso.crm4.dynamics.com", [
        ("GET", "queues", {}, "", 200, typed, body),
        ("POST", "queues", typed, '{"a@odata.bind":"https://contoso.crm4.dynamics.com/api/data/v9.2/as(1)"}', 204,
         {"OData-EntityId": f"{far}/queues(1)", "Location": f"{far}/queues(1)"}, ""),
        ("POST", "$batch", {"Content-Type": "multipart/mixed; boundary=a"}, ask, 200,
         {"Content-Type": "multipart/mixed; boundary=b"}, parts)])
    with Replayed(ferry.folder / "r.jsonl") as server:
        here = f"{server.url}/api/data/v9.2"
        client = server.client()

        def check(found):
            assert found == {"@odata.context": f"{here}/$metadata#queues", "@odata.nextLink": f"{here}/queues?$skiptoken=2",
                             "value": [{"@odata.id": f"{here}/queues(1)", "url": f"see {far}/queues",
                                        "a@odata.navigationLink": f"{here}/queues(1)/a"}]}
        check(client("GET", "queues", status=200).json)
        made = client("POST", "queues", {"a@odata.bind": f"{here}/as(1)"}, status=204)
        assert made.headers["OData-EntityId"] == made.headers["Location"] == f"{here}/queues(1)"
        batch = client("POST", "$batch", ask, {"Content-Type": "multipart/mixed; boundary=a"}, status=200).body.decode()
        assert f"Location: {here}/queues(1)\r\nOData-EntityId: {here}/queues(1)\r\n" in batch
        check(json.loads(batch[batch.index("{"):batch.rindex("}") + 1]))


def test_exchanges_of_real_organizations_are_given_as_they_were(ferry):
    folder = support.SHARED / "data" / "http"
    if not folder.is_dir():
        return
    sys.path.insert(0, str(support.ROOT / "tests" / "conformance"))
    import exchange as conformance
    service = "https://contoso.crm4.dynamics.com"
    wanted = []
    for path in sorted(folder.glob("*.txt")):
        try:
            x = conformance.read_exchange(path)
        except (ValueError, IndexError):
            continue
        if x.status < 200 or x.method not in ("GET", "POST", "PATCH", "PUT", "DELETE"):
            continue
        target = urllib.parse.quote(x.target.strip(), safe="/?&=$@()',:;*%#+!-._~").split("#")[0]
        multipart = "multipart" in (x.request.header("Content-Type") or "")
        if multipart or "\n" in target:
            continue
        keep = [(n, v) for n, v in x.response.headers if n.lower() in ("content-type", "odata-version", "preference-applied")]
        body = x.response.body if x.status != 204 else ""
        wanted.append((x.method, target, {}, x.request.body, x.status, keep, body))
    assert len(wanted) > 100
    recording_of(ferry.folder / "real.jsonl", service, wanted)
    given = {}
    with Replayed(ferry.folder / "real.jsonl") as server:
        client = server.client()
        for method, target, _, body, status, headers, answer in wanted:
            got = client(method, target, body or None)
            key = (method, target, body)
            given[key] = given.get(key, 0) + 1
            assert got.status == status, (method, target)
            assert got.headers.get("OData-Version") == dict(headers).get("OData-Version")
            told = re.sub(r"https://[^/\"]+(?=/api/data/v)", server.url, answer)
            found = re.sub(r"https://[^/\"]+(?=/api/data/v)", server.url, got.body.decode())
            assert found == told, (method, target)
