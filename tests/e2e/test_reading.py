# SPDX-License-Identifier: MIT
"""Exports over HTTP: what comes out is what an export of the file gives, whatever the network does meanwhile, and no more is asked
for than is needed. FERRY_SOAK (any value) takes 20,000 rows instead of some thousands."""
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import threading
import time
import urllib.parse
import uuid
import xml.etree.ElementTree as ElementTree
import zipfile

import pytest

import between
import serving
import support

ROWS = 20000 if os.environ.get("FERRY_SOAK") else 11000
TAGS = "characteristic"
PACKAGES = ("data.xml", "ferry/references.xml")


def tag_id(n):
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"tag {n}"))


SCHEMA = """<entities><entity name="characteristic" displayname="Tag" primaryidfield="characteristicid" primarynamefield="name">
<fields><field name="characteristicid" displayname="Id" type="guid" primaryKey="true"/>
<field name="name" displayname="Name" type="string"/>
<field name="description" displayname="Description" type="string"/>
{more}</fields>{filter}</entity></entities>"""
OWNER = '<field name="ownerid" displayname="Owner" type="owner"/>'


def schema(path, more="", conditions=""):
    fetch = f'<fetch><entity name="{TAGS}"><filter type="or">{conditions}</filter></entity></fetch>'
    escaped = fetch.replace("&", "&amp;").replace("<", "&lt;")
    path.write_text(SCHEMA.format(more=more, filter=f"<filter>{escaped}</filter>" if conditions else ""))
    return path


@pytest.fixture(scope="module")
def tags(sample, tmp_path_factory):
    """An organization with many tags."""
    path = tmp_path_factory.mktemp("tags") / "tags.db"
    shutil.copy(sample / "b.db", path)
    with sqlite3.connect(path) as db:
        owner = db.execute("select systemuserid from systemuser order by domainname").fetchone()[0]
        db.executemany(
            "insert into characteristic(characteristicid, name, description, ownerid, owneridtype, statecode, statuscode, versionnumber)"
            " values(?, ?, ?, ?, 'systemuser', 0, 1, 1)",
            ((tag_id(n), f"tag {n}", f"“{n}” \\ \t{'x' * (n % 50)}", owner) for n in range(ROWS)))
    db.close()
    return path


def parts(path):
    """What a package says, without its date."""
    with zipfile.ZipFile(path) as z:
        found = {name: z.read(name) for name in PACKAGES if name in z.namelist()}
    data = found["data.xml"]
    at = data.index(b'timestamp="')
    found["data.xml"] = data[:at] + data[data.index(b'"', at + 11):]
    return found


def export(ferry, source, schema_path, name, *options):
    ferry("export", "--from", source, "--schema", schema_path, "--out", f"{name}.zip", "--overwrite", *options)
    return parts(ferry.folder / f"{name}.zip")


def recorded(path):
    """The exchanges of a recording."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line for line in lines if "request" in line]


def targets(path):
    return [urllib.parse.unquote(exchange["request"]["target"]) for exchange in recorded(path)]


@pytest.mark.parametrize("step", support.STEPS)
def test_an_export_over_http_is_the_one_of_the_file(ferry, sample, step):
    shutil.copy(sample / "a.db", ferry.folder / "a.db")
    plan = support.PLANS / f"{step}.xml"
    want = export(ferry, "local:a.db", plan, "file")
    with serving.Served(ferry.folder / "a.db") as served:
        assert export(ferry, served.url, plan, "http") == want
        assert export(ferry, served.url, plan, "one", "--concurrency", "1") == want


FAULTS = {
    "cut": ["GET characteristics* every 2: cut-mid-body"],
    "cut before the body": ["GET * every 3: cut-after-headers"],
    "half a JSON": ["GET characteristics* every 3: truncate"],
    "503": ["GET * every 2: 503"],
    "a page of a proxy": ["GET characteristics* 1: html"],
    "429": ["GET * every 4: 429 retry-after=1"],
    "all of them": ["GET * 10%: cut-mid-body", "GET * 10%: truncate", "GET * 10%: 503", "GET * 5%: cut", "GET * 5%: lost"],
}


@pytest.fixture(scope="module")
def undisturbed(tags, tmp_path_factory):
    ferry = support.Ferry(tmp_path_factory.mktemp("undisturbed"))
    return export(ferry, f"local:{tags}", schema(ferry.folder / "schema.xml", OWNER), "file")


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_what_the_network_does_changes_nothing(ferry, tags, undisturbed, faults):
    path = schema(ferry.folder / "schema.xml", OWNER)
    options = [word for fault in faults for word in ("--fault", fault)]
    with serving.Served(tags, "--seed", "3", *options) as served:
        got = export(ferry, served.url, path, "http")
    assert got == undisturbed
    ids = re.findall(r'<record id="([^"]*)"', got["data.xml"].decode())
    assert len(set(ids)) == len(ids) == ROWS


def test_a_filter_that_is_too_long_for_an_address(ferry, tags):
    chosen = [f"tag {n}" for n in range(0, 800, 2)]
    conditions = "".join(f'<condition attribute="name" operator="eq" value="{name}"/>' for name in chosen)
    path = schema(ferry.folder / "schema.xml", conditions=conditions)
    want = export(ferry, f"local:{tags}", path, "file")
    with serving.Served(tags, "--fault", "POST $batch 1: cut-mid-body", "--fault", "POST $batch 2: 503") as served:
        got = export(ferry, served.url, path, "http", "--record", "record.jsonl")
    assert got == want
    assert got["data.xml"].count(b"<record ") == len(chosen)
    assert "$batch" in targets(ferry.folder / "record.jsonl")


def test_a_page_that_never_arrives_is_named(ferry, tags):
    path = schema(ferry.folder / "schema.xml")
    with serving.Served(tags, "--fault", "GET characteristics* 2-: cut") as served:
        result = ferry("export", "--from", served.url, "--schema", path, "--out", "http.zip", status=4)
    assert "reading characteristic from" in result.err
    assert "page 2" in result.err
    assert not (ferry.folder / "http.zip").exists()


def test_definitions_are_asked_for_once(ferry, tags):
    """And again when the environment's metadata changed; with several tables, in one or two requests."""
    source = ferry.folder / "tags.db"
    shutil.copy(tags, source)
    path = schema(ferry.folder / "schema.xml", OWNER)

    log = ferry.folder / "access.log"

    def definitions(name):
        before = log.read_text().count("EntityDefinitions?") if log.exists() else 0
        export(ferry, served.url, path, name)
        return log.read_text().count("EntityDefinitions?") - before

    with serving.Served(source, "--access-log", log) as served:
        assert 1 <= definitions("first") <= 2
        kept = list((ferry.folder / "cache" / "ferry" / "metadata").iterdir())
        assert [f.suffix for f in kept] == [".json"]
        assert kept[0].stat().st_mode & 0o777 == 0o600
        assert not definitions("second")
        served.client()("POST", "EntityDefinitions(LogicalName='characteristic')/Attributes", {
            "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "SchemaName": "new_Color", "MaxLength": 50,
            "FormatName": {"Value": "Text"},
            "DisplayName": {"LocalizedLabels": [{"Label": "Color", "LanguageCode": 1033}]}}, status=204)
        assert definitions("third")
        assert not definitions("fourth")
        kept[0].write_text(kept[0].read_text()[:1000])
        assert definitions("fifth")
        assert not definitions("sixth")


def test_a_local_organization_keeps_nothing(ferry, tags):
    export(ferry, f"local:{tags}", schema(ferry.folder / "schema.xml"), "file")
    assert not (ferry.folder / "cache").exists()


def preferences(path, part):
    return {exchange["request"]["headers"].get("Prefer", "") for exchange in recorded(path)
            if part in exchange["request"]["target"]}


def test_annotations_are_asked_for_where_they_are_needed(ferry, tags):
    """Names only for a package with lookups, tables of lookups only where there may be several."""
    source = ferry.folder / "tags.db"
    shutil.copy(tags, source)
    with serving.Served(source) as served:
        export(ferry, served.url, schema(ferry.folder / "schema.xml"), "plain", "--record", "plain.jsonl")
        export(ferry, served.url, schema(ferry.folder / "owner.xml", OWNER), "owner", "--record", "owner.jsonl")
        ferry("import", "owner.zip", "--to", served.url, "--dry-run", "--same-environment", "--record", "import.jsonl")
    for part in preferences(ferry.folder / "plain.jsonl", "characteristics"):
        assert "FormattedValue" not in part and "lookuplogicalname" not in part
    for part in preferences(ferry.folder / "owner.jsonl", "characteristics"):
        assert "FormattedValue" in part and "lookuplogicalname" in part
    for part in preferences(ferry.folder / "import.jsonl", "characteristics"):
        assert "FormattedValue" not in part and "lookuplogicalname" in part


# ---- what is measured ----

SOAK = bool(os.environ.get("FERRY_SOAK"))
# An export takes as long as it would undisturbed, and what the accidents cost (docs/environments.md): for each request at most eight
# tries with pauses of a minute together, and what a Retry-After asks for. Where some of its requests succeed, that is well below this.
BOUND = 120
MEMORY = 64  # MiB


class Ran:
    """An export in the background, with its time and its memory."""

    def __init__(self, ferry, source, schema_path, name, env=None):
        variables = {k: v for k, v in os.environ.items() if not k.startswith("FERRY_")}
        variables.update({"XDG_STATE_HOME": str(ferry.folder / "state"), "XDG_CACHE_HOME": str(ferry.folder / "cache"),
                          "XDG_CONFIG_HOME": str(ferry.folder / "config"), "TERM": "dumb", **(env or {})})
        self.package, self.log = ferry.folder / name, ferry.folder / f"{name}.log"
        self.began = time.monotonic()
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*support.FERRY, "export", "--from", source, "--schema", str(schema_path), "--out", str(self.package),
                 "--overwrite"], cwd=ferry.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=variables)

    def peak(self):
        """MiB so far. What wait tells has that of this program in it, before the other one began."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            found = re.search(r"VmHWM:\s*(\d+)", status.read())
        return int(found.group(1)) / 1024 if found else 0

    def end(self, status=0):
        peak = 0
        while self.process.poll() is None:
            peak = max(peak, self.peak())
            time.sleep(0.02)
        self.seconds, self.said = time.monotonic() - self.began, self.log.read_text()
        assert self.process.returncode == status, self.said
        assert peak < MEMORY
        if status:
            left = [path.name for path in self.package.parent.iterdir() if path.name.startswith(self.package.name)]
            assert left == [self.log.name]
        return self


def rows(package):
    """Every row and pair of a package, none of them twice."""
    found = {}
    with zipfile.ZipFile(package) as z:
        assert z.testzip() is None
        root = ElementTree.fromstring(z.read("data.xml"))
    for entity in root.findall("entity"):
        things = [((entity.get("name"), r.get("id")), sorted((f.get("name"), f.get("value")) for f in r.findall("field")))
                  for r in entity.findall("records/record")]
        things += [((m.get("m2mrelationshipname"), m.get("sourceid"), target.text), [])
                   for m in entity.findall("m2mrelationships/m2mrelationship") for target in m.findall("targetids/targetid")]
        for key, values in things:
            assert key not in found, key
            found[key] = values
    return found


@pytest.fixture(scope="module")
def everything(tags, tmp_path_factory):
    ferry = support.Ferry(tmp_path_factory.mktemp("everything"))
    return rows(Ran(ferry, f"local:{tags}", schema(ferry.folder / "schema.xml", OWNER), "all.zip").end().package)


# ---- each accident at each stage ----

KINDS = ["502", "503", "504", "408", "429 retry-after=1", "cut", "cut-after-headers", "cut-mid-body", "lost", "duplicate",
         "slow=300k", "truncate", "html"]
LAST = (ROWS + 4999) // 5000
STAGES = {"who it is": "GET organizations* 1", "tables": "GET EntityDefinitions* 1", "first page": "GET characteristics* 1",
          "last page": f"GET characteristics* {LAST}", "each page": "GET characteristics* every 2", "all": "GET * every 2"}


@pytest.mark.skipif(not SOAK, reason="takes minutes: FERRY_SOAK=1")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_each_accident_at_each_stage_changes_nothing(ferry, tags, everything, stage, kind):
    with serving.Served(tags, "--fault", f"{stage}: {kind}") as served:
        ran = Ran(ferry, served.url, schema(ferry.folder / "schema.xml", OWNER), "http.zip").end()
    assert rows(ran.package) == everything
    assert ran.seconds < BOUND


MIXTURE = ["GET * 8%: cut-mid-body", "GET * 8%: truncate", "GET * 8%: 503", "GET * 4%: cut", "GET * 4%: lost", "* * 4%: html",
           "GET * 4%: cut-after-headers", "* * 5%: 429 retry-after=0", "GET * 3%: 502", "GET * 3%: 504", "GET * 10%: slow=2M"]


@pytest.mark.parametrize("seed", range(20 if SOAK else 1))
@pytest.mark.parametrize("step", [None, "3-queues", "4-workstreams"])
def test_whatever_happens_by_chance_changes_nothing(ferry, sample, tags, everything, step, seed):
    source, path, want = tags, schema(ferry.folder / "schema.xml", OWNER), everything
    if step:
        source, path = ferry.folder / "a.db", support.PLANS / f"{step}.xml"
        shutil.copy(sample / "a.db", source)
        want = rows(Ran(ferry, f"local:{source}", path, "want.zip").end().package)
    words = [word for fault in MIXTURE for word in ("--fault", fault)]
    with serving.Served(source, "--seed", seed, *words) as served:
        ran = Ran(ferry, served.url, path, "http.zip").end()
    assert rows(ran.package) == want
    assert ran.seconds < BOUND


def test_a_storm_of_refusals_is_waited_out(ferry, tags, everything):
    """More of them than one request is ever repeated for other reasons; with FERRY_SOAK for longer than a minute."""
    n = 75 if SOAK else 4
    with serving.Served(tags, "--fault", f"GET * 5-{4 + n}: 429 retry-after=1") as served:
        ran = Ran(ferry, served.url, schema(ferry.folder / "schema.xml", OWNER), "http.zip").end()
    assert rows(ran.package) == everything
    assert ran.seconds < 10 + 1.5 * n


# ---- pages that end elsewhere than they did ----

@pytest.mark.parametrize("times", [1, 3])
def test_a_place_that_the_server_has_forgotten_is_read_from_the_start(ferry, tags, everything, times):
    left = [times]

    def judge(exchange):
        if between.page(exchange.target, "characteristics") == 3 and left[0]:
            left[0] -= 1
            exchange.refuse(400, "0x8004112a", "no such paging cookie")

    with serving.Served(tags) as served, between.Between(served.port, judge) as proxy:
        ran = Ran(ferry, proxy.url, schema(ferry.folder / "schema.xml", OWNER), "http.zip").end()
    assert rows(ran.package) == everything


def test_a_server_that_forgets_every_place_is_given_up(ferry, tags):
    def judge(exchange):
        if between.page(exchange.target, "characteristics") == 3:
            exchange.refuse(400, "0x8004112a", "no such paging cookie")

    with serving.Served(tags) as served, between.Between(served.port, judge) as proxy:
        ran = Ran(ferry, proxy.url, schema(ferry.folder / "schema.xml", OWNER), "http.zip").end(status=5)
    assert "no such paging cookie" in ran.said
    assert len(proxy.targets) < 20


def after_rows(n):
    """A body that ends behind so many whole rows."""
    def part(body):
        at = 0
        for _ in range(n):
            at = body.index(b"}", at) + 1
        return body[:at]
    return part


@pytest.mark.parametrize("number", [1, 2, LAST])
def test_an_answer_that_ends_between_two_rows_is_not_taken_for_whole(ferry, tags, everything, number):
    cut = []

    def judge(exchange):
        if between.page(exchange.target, "characteristics") == number and not cut:
            cut.append(exchange.cut(after_rows(100)))

    with serving.Served(tags) as served, between.Between(served.port, judge) as proxy:
        ran = Ran(ferry, proxy.url, schema(ferry.folder / "schema.xml", OWNER), "http.zip").end()
    assert cut
    assert rows(ran.package) == everything


@pytest.mark.parametrize("arrived", [10, 90], ids=lambda n: f"{n} %")
def test_rows_that_come_while_a_page_breaks_off_cost_no_others(ferry, tags, everything, arrived):
    """They move the end of that page, and the page after it is on its way already."""
    source, cut = ferry.folder / "tags.db", []
    shutil.copy(tags, source)

    def part(body):
        new = "".join("--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
                      "POST /api/data/v9.2/characteristics HTTP/1.1\r\nContent-Type: application/json\r\n\r\n"
                      f'{{"name":"new {n}"}}\r\n' for n in range(800))
        served.client(timeout=60)("POST", "$batch", new + "--b--\r\n", {"Content-Type": "multipart/mixed; boundary=b"}, status=200)
        return body[:len(body) * arrived // 100]

    def judge(exchange):
        if between.page(exchange.target, "characteristics") == 1 and not cut:
            cut.append(exchange.cut(part))

    with serving.Served(source) as served, between.Between(served.port, judge) as proxy:
        ran = Ran(ferry, proxy.url, schema(ferry.folder / "schema.xml", OWNER), "http.zip").end()
    got = rows(ran.package)
    assert {key: got.get(key) for key in everything} == everything


def test_rows_that_change_come_and_go_meanwhile(ferry, tags, everything):
    """What was there all the time is exported, as it was or as it became; nothing twice."""
    source, stop, gone, changed = ferry.folder / "tags.db", threading.Event(), set(), set()
    shutil.copy(tags, source)

    def live(client, chance):
        while not stop.is_set():
            what, row_id = chance.randrange(3), tag_id(chance.randrange(ROWS))
            if what == 0:
                client("POST", "characteristics", {"name": "new"})
            elif what == 1:
                gone.add((TAGS, row_id))
                client("DELETE", f"characteristics({row_id})")
            elif (TAGS, row_id) not in gone:
                changed.add((TAGS, row_id))
                client("PATCH", f"characteristics({row_id})", {"description": "changed"}, {"If-Match": "*"})

    with serving.Served(source, "--seed", "2", "--fault", "GET characteristics*fetchXml* 40%: cut-mid-body",
                        "--fault", "GET characteristics*fetchXml* every 2: slow=2M") as served:
        thread = threading.Thread(target=live, args=(served.client(timeout=60), random.Random(1)))
        thread.start()
        try:
            ran = Ran(ferry, served.url, schema(ferry.folder / "schema.xml", OWNER), "http.zip").end()
        finally:
            stop.set()
            thread.join()
    got = rows(ran.package)
    assert not {key for key in everything if key not in got and key not in gone}
    assert not {key for key in everything if key in got and key not in changed and got[key] != everything[key]}


# ---- servers and tokens that end ----

@pytest.mark.parametrize("away", [2, pytest.param(5, marks=pytest.mark.skipif(not SOAK, reason="FERRY_SOAK=1"))])
def test_a_server_that_dies_and_comes_back_is_waited_for(ferry, tags, everything, away):
    port = serving.free_port()
    with serving.Served(tags, "--port", port, "--latency", "rtt=400ms") as served:
        ran = Ran(ferry, served.url, schema(ferry.folder / "schema.xml", OWNER), "http.zip")
        time.sleep(1.8)
        assert ran.process.poll() is None
        served.kill()
        time.sleep(away)
    with serving.Served(tags, "--port", port):
        ran.end()
    assert rows(ran.package) == everything


@pytest.mark.skipif(not SOAK, reason="waits a minute: FERRY_SOAK=1")
def test_a_server_that_dies_and_stays_away_is_named_in_time(ferry, tags):
    with serving.Served(tags, "--latency", "rtt=400ms") as served:
        ran = Ran(ferry, served.url, schema(ferry.folder / "schema.xml", OWNER), "http.zip")
        time.sleep(1.8)
        served.kill()
        ran.end(status=4)
    assert ran.seconds < BOUND
    assert "reading characteristic from" in ran.said and "cannot be reached" in ran.said


CLIENT, SECRET = "00000000-1111-4000-8000-000000000001", "hush"


def test_tokens_that_end_long_before_the_export_does(ferry, tags, everything):
    who = ferry.folder / "who.json"
    who.write_text(json.dumps({"tokenLifetime": 6 if SOAK else 2, "applications": [
        {"clientId": CLIENT, "secret": SECRET, "user": "administrator"}]}))
    with serving.Served(tags, "--identity", who, "--latency", f"rtt={2000 if SOAK else 500}ms",
                        "--fault", "GET characteristics* every 2: expire-token") as served:
        ran = Ran(ferry, served.url, schema(ferry.folder / "schema.xml", OWNER), "http.zip",
                  env={"AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": SECRET}).end()
    assert rows(ran.package) == everything
    assert ran.seconds > 4


# ---- definitions, large values, slow tables ----

def test_organizations_that_look_alike_do_not_share_definitions(ferry):
    """The same seed, the same address one after the other, as many changes: only the columns are others."""
    port = serving.free_port()
    for name in ("new_color", "new_size"):
        ferry("org", "create", f"{name}.db", "--seed", "9")
        path = schema(ferry.folder / "schema.xml", f'<field name="{name}" displayname="More" type="string"/>')
        with serving.Served(ferry.folder / f"{name}.db", "--port", port) as served:
            client = served.client()
            client("POST", "EntityDefinitions(LogicalName='characteristic')/Attributes", {
                "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "SchemaName": name, "MaxLength": 50,
                "FormatName": {"Value": "Text"},
                "DisplayName": {"LocalizedLabels": [{"Label": name, "LanguageCode": 1033}]}}, status=204)
            client("POST", "characteristics", {"name": "one", name: "value of it"})
            export(ferry, served.url, path, name)
        assert b"value of it" in parts(ferry.folder / f"{name}.zip")["data.xml"]


def test_large_texts_do_not_stay_in_memory(ferry, tags):
    source = ferry.folder / "tags.db"
    shutil.copy(tags, source)
    with sqlite3.connect(source) as db:
        for n in range(200 if SOAK else 60):
            db.execute("update characteristic set description = ? where characteristicid = ?",
                       (f"{n} <&\"\n" + "abcd <" * (170000 if SOAK else 100000), tag_id(n)))
    db.close()
    path = schema(ferry.folder / "schema.xml")
    want = rows(Ran(ferry, f"local:{source}", path, "want.zip").end().package)
    with serving.Served(source, "--fault", "GET characteristics* every 2: cut-mid-body") as served:
        assert rows(Ran(ferry, served.url, path, "http.zip").end().package) == want


def test_a_slow_table_does_not_keep_the_others(ferry, sample):
    """All the others have been read while its first page still arrives."""
    log, plan = ferry.folder / "access.log", support.PLANS / "4-workstreams.xml"
    tables = re.findall(r'^  <entity name="([^"]*)"', plan.read_text(), re.M)
    with serving.Served(sample / "a.db", "--access-log", log, "--fault", f"GET {tables[0]}s*fetchXml*: slow=500") as served:
        Ran(ferry, served.url, plan, "http.zip").end()
    asked = [line for line in log.read_text().splitlines() if "fetchXml" in line]
    slow = next(n for n, line in enumerate(asked) if f"/{tables[0]}s?" in line)
    assert slow >= len(tables) - 2, asked
