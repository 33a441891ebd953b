# SPDX-License-Identifier: MIT
"""--record and ferry serve --replay: a conversation with an environment becomes a test."""
import http.client
import json
import re
import shutil
import stat

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
    return {p.relative_to(folder): re.sub(rb'timestamp="[^"]*"', b"", p.read_bytes())
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
