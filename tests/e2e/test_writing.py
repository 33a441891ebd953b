# SPDX-License-Identifier: MIT
"""Imports over HTTP while the network and the service do their worst: what stands in the target afterwards is what an undisturbed
import into a file leaves, row for row. FERRY_SOAK (any value) takes 20,000 rows instead of some hundreds."""
import collections
import contextlib
import json
import os
import random
import re
import shutil
import sqlite3
import threading
import time

import pytest

import between
import serving
import support

SOAK = bool(os.environ.get("FERRY_SOAK"))
ROWS = 14000 if SOAK else 560
ACCOUNTS = ROWS // 4
TAGS = ROWS // 14
POSITIONS = 30
PAIRS = "msdyn_msdyn_cannedmessage_msdyn_octag"
# docs/environments.md, "When it goes wrong": 200 rows a second while a tenth of all requests goes wrong, and a minute.
SECONDS = 60 + 20000 / 200 if SOAK else 60

# The environment's own, and what a moment gives a row.
OWN = {"createdon", "modifiedon", "versionnumber", "createdby", "modifiedby", "ownerid", "owninguser", "owningteam",
       "owningbusinessunit", "organizationid", "componentidunique", "createdonbehalfby", "modifiedonbehalfby"}
TABLES = ["example_record", "account", "msdyn_octag", "msdyn_cannedmessage", "position", PAIRS]


def guid(kind, n):
    return f"{kind:08x}-0000-4000-8000-{n:012x}"


# ---- the package ----

def field(name, kind="string", **more):
    extra = "".join(f' {k}="{v}"' for k, v in more.items())
    return f'<field name="{name}" type="{kind}"{extra}/>'


def entity(name, *fields, relationships=""):
    key = f"{name}id"
    return (f'<entity name="{name}" primaryidfield="{key}"><fields><field name="{key}" type="guid" primaryKey="true"/>'
            f'{"".join(fields)}</fields><relationships>{relationships}</relationships></entity>')


SCHEMA = "<entities>" + "".join([
    entity("example_record", field("example_name"), field("example_key1", "number"), field("example_key2", "number"),
           field("statecode", "state"), field("statuscode", "status")),
    entity("account", field("name"), field("description"), field("telephone1"),
           field("parentaccountid", "entityreference", lookupType="account")),
    entity("msdyn_octag", field("msdyn_name")),
    entity("msdyn_cannedmessage", field("msdyn_title"), field("msdyn_message"), relationships=(
        f'<relationship name="{PAIRS}" manyToMany="true" isreflexive="false" relatedEntityName="msdyn_cannedmessage" '
        'm2mTargetEntity="msdyn_octag" m2mTargetEntityPrimaryKey="msdyn_octagid"/>')),
    entity("position", field("name"), field("parentpositionid", "entityreference", lookupType="position")),
]) + "</entities>"


def value(name, text, **more):
    extra = "".join(f' {k}="{v}"' for k, v in more.items())
    return f'<field name="{name}" value="{text}"{extra}/>'


def records(name, rows, links=""):
    body = "".join(f'<record id="{i}">{"".join(fields)}</record>' for i, fields in rows)
    return f'<entity name="{name}"><records>{body}</records><m2mrelationships>{links}</m2mrelationships></entity>'


def example(i):
    state = [value("statecode", 1), value("statuscode", 2)] if i % 9 == 0 else []
    return guid(1, i), [value("example_name", f"row {i} " + "x" * (i % 50)), value("example_key1", i), value("example_key2", i * 7),
                        *state]


def account(i, version):
    parent = [value("parentaccountid", guid(2, i % 10), lookupentity="account", lookupentityname="a")] if i >= 10 else []
    return guid(2, i), [value("name", f"account {i}"), value("description", f"version {version}"),
                        value("telephone1", f"+44 {i}"), *parent]


def position(i):
    """A ring of three, and chains that hang on it."""
    parent = (i + 1) % 3 if i < 3 else i - 3
    return guid(5, i), [value("name", f"position {i}"),
                        value("parentpositionid", guid(5, parent), lookupentity="position", lookupentityname="p")]


def write_package(folder, version):
    """The first version is half of the accounts, so that the second updates these."""
    folder.mkdir()
    (folder / "data_schema.xml").write_text(SCHEMA)
    accounts = range(ACCOUNTS if version == 2 else ACCOUNTS // 2)
    parts = [records("account", [account(i, version) for i in accounts])]
    if version == 2:
        link = ('<m2mrelationship sourceid="{}" targetentityname="msdyn_octag" targetentitynameidfield="msdyn_octagid" '
                f'm2mrelationshipname="{PAIRS}"><targetids><targetid>{{}}</targetid><targetid>{{}}</targetid></targetids>'
                '</m2mrelationship>')
        links = "".join(link.format(guid(4, i), guid(3, i), guid(3, (i + 1) % TAGS)) for i in range(TAGS))
        parts += [
            records("example_record", [example(i) for i in range(ROWS)]),
            records("msdyn_octag", [(guid(3, i), [value("msdyn_name", f"#{i}")]) for i in range(TAGS)]),
            records("msdyn_cannedmessage", [(guid(4, i), [value("msdyn_title", f"t{i}"), value("msdyn_message", f"m{i}")])
                                            for i in range(TAGS)], links),
            records("position", [position(i) for i in range(POSITIONS)]),
        ]
    (folder / "data.xml").write_text('<entities timestamp="2025-01-01T00:00:00.0000000Z">' + "".join(parts) + "</entities>")
    return folder


def contents(path):
    """Every row of the tables, without what the environment or the moment adds."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        found = {}
        for table in TABLES:
            rows = [tuple((k, row[k]) for k in row.keys() if k not in OWN and not (table == PAIRS and k == f"{PAIRS}id"))
                    for row in db.execute(f'select * from "{table}"')]
            found[table] = collections.Counter(rows)
        return found


@pytest.fixture(scope="module")
def undisturbed(sample, tmp_path_factory):
    """The target as it is before, the package, and what stands there after it."""
    folder = tmp_path_factory.mktemp("writing")
    run = support.Ferry(folder)
    before, after = folder / "before.db", folder / "after.db"
    shutil.copy(sample / "b.db", before)
    run("org", "add-table", before, support.ROOT / "tests" / "tables" / "example_record.json")
    run("import", write_package(folder / "one", 1), "--to", f"local:{before}")
    package = write_package(folder / "two", 2)
    shutil.copy(before, after)
    report = run("import", package, "--to", f"local:{after}", "--json").json
    assert report["verified"]
    want = contents(after)
    assert sum(want["example_record"].values()) == ROWS and sum(want[PAIRS].values()) == 2 * TAGS
    return before, package, want, {k: report[k] for k in ("tables", "relationships", "totals")}


class Weather:
    def __init__(self, ferry, undisturbed, folder):
        self.ferry, self.folder = ferry, folder
        self.before, self.package, self.want, self.numbers = undisturbed
        self.file = folder / "target.db"
        shutil.copy(self.before, self.file)

    def serve(self, *options):
        return serving.Served(self.file, *options)

    def run(self, *faults, serve=(), options=(), status=0, env=None, seed="7", seconds=SECONDS):
        words = [word for fault in faults for word in ("--fault", fault)]
        with self.serve("--seed", seed, "--token", "t", *serve, *words) as served:
            self.into(served.url, options, status, env, seconds)
        return self

    def through(self, judge, options=(), status=0, seconds=SECONDS):
        """Something stands between; judge(exchange) is asked about every request that writes."""
        with self.serve("--token", "t") as served, between.Between(served.port, lambda x: x.command == "POST" and judge(x)) as b:
            return self.into(b.url, options, status, {}, seconds)

    def into(self, url, options=(), status=0, env=None, seconds=SECONDS):
        began = time.monotonic()
        done = self.ferry("import", self.package, "--to", url, "--json", *options, status=None,
                          env={"FERRY_TOKEN": "t", **(env or {})})
        self.seconds, self.said = time.monotonic() - began, done.err
        assert self.seconds < seconds
        assert done.status == status, (done.status, done.out[-3000:], done.err[-2000:])
        self.report = done.json
        support.check_report(self.report, "import")
        return self

    def is_as_undisturbed(self):
        assert not self.report["problems"], self.report["problems"][:5]
        assert self.report["verified"]
        assert {k: self.report[k] for k in self.numbers} == self.numbers
        self.rows_are_as_undisturbed()

    def rows_are_as_undisturbed(self):
        got = contents(self.file)
        for table in TABLES:
            missing, extra = self.want[table] - got[table], got[table] - self.want[table]
            assert not missing and not extra, (table, list(missing.items())[:2], list(extra.items())[:2])


@pytest.fixture
def weather(ferry, undisturbed, tmp_path):
    return Weather(ferry, undisturbed, tmp_path)


WRITES = ["$batch", "*Multiple*"]


def each(what):
    return [f"POST {target} {what}" for target in WRITES]


def test_over_http_the_rows_are_those_of_an_import_into_a_file(weather):
    weather.run().is_as_undisturbed()
    assert weather.report["requests"]["write"] > 10


def test_bulk_messages_are_used_where_the_table_takes_them(weather, tmp_path):
    log = tmp_path / "log.txt"
    weather.run(serve=["--access-log", log]).is_as_undisturbed()
    lines = log.read_text()
    assert "example_records/Microsoft.Dynamics.CRM.CreateMultiple" in lines
    assert "accounts/Microsoft.Dynamics.CRM" not in lines
    assert "$batch" in lines


@pytest.mark.parametrize("effects", [("cut", "lost", "duplicate"), ("cut-after-headers", "truncate", "502"),
                                     ("504", "html", "cut-mid-body")])
def test_accidents_change_nothing(weather, effects):
    """None more often than a change is sent."""
    a, b, c = effects
    weather.run(f"POST $batch 1: {a}", f"POST $batch 4: {b}", f"POST *Multiple* 1: {c}", f"POST *Multiple* 3: {a}").is_as_undisturbed()


def test_accidents_of_all_kinds_at_random_change_nothing(weather):
    kinds = ["cut", "cut-after-headers", "cut-mid-body", "lost", "duplicate", "truncate", "502", "503 retry-after=1"]
    weather.run(*[f for kind in kinds for f in each(f"1%: {kind}")], *[f"GET * 1%: {kind}" for kind in ("cut", "503 retry-after=1")],
                "POST $batch 9: slow=20k").is_as_undisturbed()


def test_a_token_that_ends_midway_is_renewed(weather):
    weather.run("POST $batch 2: expire-token", "POST *Multiple* 2: expire-token",
                env={"FERRY_TOKEN": "", "FERRY_TOKEN_COMMAND": "printf t"}).is_as_undisturbed()


def test_a_storm_of_429_changes_nothing(weather):
    weather.run(*each("every 6: 429 retry-after=1" if SOAK else "2-4: 429 retry-after=1"), options=["--concurrency", "8"]).is_as_undisturbed()
    assert weather.report["requests"]["throttled"] > 0


@pytest.mark.parametrize("options", [["--concurrency", "1"], ["--concurrency", "16", "--batch-size", "17"]])
def test_the_size_and_number_of_requests_change_nothing(weather, options):
    weather.run(*each("1%: lost"), *each("2%: duplicate"), options=options).is_as_undisturbed()


def test_what_is_never_done_fails_and_the_next_import_does_it(weather):
    weather.run("POST $batch 2-: 500", status=1)
    assert weather.report["problems"] and not weather.report["verified"]
    weather.run()
    assert weather.report["verified"]
    weather.rows_are_as_undisturbed()


def test_a_refusal_of_all_is_told_once(weather):
    weather.run("POST *Multiple*: 400", "POST $batch: 400", status=1)
    told = [p for p in weather.report["problems"] if "for one reason" in p["message"]]
    assert told and str(ROWS) in " ".join(p["message"] for p in told)
    assert contents(weather.file)["example_record"] == collections.Counter()
    assert weather.report["requests"]["write"] < 3000


@pytest.mark.parametrize("seed", range(8 if SOAK else 2))
def test_a_tenth_of_all_requests_goes_wrong_and_the_rows_are_there_once(weather, seed):
    kinds = ["cut", "cut-after-headers", "cut-mid-body", "lost", "duplicate", "truncate", "502", "503 retry-after=1", "504", "html"]
    weather.run(*[f"* * 1%: {kind}" for kind in kinds], seed=seed).is_as_undisturbed()


@pytest.mark.parametrize("seed", range(4 if SOAK else 1))
def test_half_of_what_writes_goes_wrong_and_the_rows_are_there_once(weather, seed):
    """An hour would do; the machine that runs this is not so patient."""
    kinds = ["cut", "lost", "duplicate", "truncate", "cut-mid-body"]
    weather.run(*[f for kind in kinds for f in each(f"10%: {kind}")], seed=seed, seconds=5 * SECONDS).is_as_undisturbed()


# ---- rows that a service cannot take ----

REFUSALS = {
    "cut": lambda x: x.end(),
    "500": lambda x: x.refuse(500, "0x0", "Internal Server Error"),
    "400": lambda x: x.refuse(400, "0x80048d19", "Error identified in payload"),
    "413": lambda x: x.refuse(413, "0x0", "Payload too large"),
}


def breaks_at(is_bad, how):
    def judge(exchange):
        if any(is_bad(int(i)) for i in re.findall(rb'"row (\d+) ', exchange.body)):
            REFUSALS[how](exchange)
    return judge


def only_these_fail(weather, bad):
    got, want = contents(weather.file), weather.want
    table = next(t for t in weather.report["tables"] if t["name"] == "example_record")
    assert table["failed"] == bad and table["created"] == ROWS - bad, table
    assert {t: got[t] for t in TABLES if t != "example_record"} == {t: want[t] for t in TABLES if t != "example_record"}
    assert sum(got["example_record"].values()) == ROWS - bad and not got["example_record"] - want["example_record"]


@pytest.mark.parametrize("how", REFUSALS)
def test_a_row_at_which_the_service_breaks_fails_alone(weather, how):
    weather.through(breaks_at(lambda i: i == 77, how), status=1)
    only_these_fail(weather, 1)
    problem, = weather.report["problems"]
    assert problem["id"] == guid(1, 77)
    assert weather.report["requests"]["write"] < 100 + ROWS / 50


@pytest.mark.skipif(not SOAK, reason="takes half a minute: FERRY_SOAK=1")
@pytest.mark.parametrize("how", REFUSALS)
def test_a_hundred_rows_at_which_the_service_breaks_fail_and_no_other(weather, how):
    weather.through(breaks_at(lambda i: i % (ROWS // 100) == 3, how), status=1, seconds=10 * SECONDS)
    only_these_fail(weather, 100)
    assert weather.report["requests"]["write"] < 3000


@pytest.mark.parametrize("how", REFUSALS if SOAK else ["400"])
def test_rows_of_which_none_is_taken_do_not_take_for_ever(weather, how):
    weather.through(breaks_at(lambda i: True, how), status=1, seconds=2 * SECONDS)
    only_these_fail(weather, ROWS)
    assert weather.report["requests"]["write"] < 3000


# ---- a server that goes away ----

class Mortal:
    """A served organization that is killed when it was written to so many times."""

    def __init__(self, weather, after, away):
        self.weather, self.after, self.away = weather, after, away
        self.port, self.log = serving.free_port(), weather.folder / "log.txt"

    def serve(self, *options):
        return self.weather.serve("--port", self.port, "--token", "t", *options)

    def watch(self):
        while not self.log.exists() or self.log.read_text().count("POST") < self.after:
            time.sleep(0.005)
        self.now.kill()
        if self.away is not None:
            time.sleep(self.away)
            self.now = self.serve()

    def __enter__(self):
        self.now = self.serve("--access-log", self.log, "--latency", "rtt=30ms")
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return f"http://127.0.0.1:{self.port}"

    def __exit__(self, *_):
        self.thread.join()
        self.now.__exit__()


@pytest.mark.parametrize("after", [1, 3, 6, 12, 24] if SOAK else [4])
def test_a_server_that_is_killed_and_comes_back_has_every_row_once(weather, after):
    with Mortal(weather, after, 5 if SOAK else 1) as url:
        weather.into(url).is_as_undisturbed()


@pytest.mark.skipif(not SOAK, reason="three minutes have to pass: FERRY_SOAK=1")
def test_of_a_server_that_stays_away_it_is_told_what_was_written_and_the_next_import_does_the_rest(weather):
    with Mortal(weather, 8, None) as url:
        weather.into(url, status=4, seconds=300)
    totals = weather.report["totals"]
    assert totals["skipped"] > 0 and not weather.report["verified"]
    assert any("were under way when the run stopped" in p["message"] for p in weather.report["problems"])
    there = sum(contents(weather.file)["example_record"].values())
    told = next(t for t in weather.report["tables"] if t["name"] == "example_record")
    assert told["created"] <= there
    weather.run()
    assert weather.report["verified"]
    weather.rows_are_as_undisturbed()


# ---- who writes ----

CLIENT, SECRET = "00000000-1111-4000-8000-000000000001", "hush"


def test_tokens_that_end_long_before_the_import_does(weather):
    who = weather.folder / "who.json"
    who.write_text(json.dumps({"tokenLifetime": 5 if SOAK else 2, "applications": [
        {"clientId": CLIENT, "secret": SECRET, "user": "administrator"}]}))
    with weather.serve("--identity", who, "--latency", "rtt=100ms", "--fault", "POST * every 7: expire-token") as served:
        weather.into(served.url, options=["--batch-size", "50"], env={
            "FERRY_TOKEN": "", "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": SECRET}).is_as_undisturbed()
    assert weather.seconds > 2


def test_rights_that_are_taken_away_midway_are_told_and_the_next_import_does_the_rest(weather):
    user, posts = guid(9, 1), []
    with weather.serve("--token", "t") as served:
        admin = served.client(token="t")
        unit = admin("GET", "businessunits?$select=businessunitid").json["value"][0]["businessunitid"]
        role = admin("GET", "roles?$filter=name eq 'System Administrator'".replace(" ", "%20")).json["value"][0]["roleid"]
        admin("POST", "systemusers", {"systemuserid": user, "domainname": "mover@contoso.com", "lastname": "Mover",
                                      "internalemailaddress": "mover@contoso.com",
                                      "businessunitid@odata.bind": f"/businessunits({unit})"}, status=204)
        roles = f"systemusers({user})/systemuserroles_association"
        grant = {"@odata.id": f"{served.url}{serving.ROOT}roles({role})"}
        admin("POST", f"{roles}/$ref", grant, status=204)

        def judge(exchange):
            if exchange.command == "POST":
                posts.append(exchange)
                if len(posts) == 4:
                    admin("DELETE", f"{roles}({role})/$ref", status=204)

        with between.Between(served.port, judge) as b:
            weather.into(b.url, ["--impersonate", f"user:{user}"], status=3)
        assert "privilege" in weather.said or "role" in weather.said, weather.said
        admin("POST", f"{roles}/$ref", grant, status=204)
        weather.into(served.url, ["--impersonate", f"user:{user}"])
    assert weather.report["verified"]
    weather.rows_are_as_undisturbed()


# ---- limits ----

def test_a_storm_of_refusals_is_sat_out(weather):
    """Everything is refused for so many seconds, from the fourth request that writes."""
    storm, began = 60 if SOAK else 4, []

    def judge(exchange):
        if exchange.command == "POST":
            began.append(time.monotonic())
        if len(began) >= 4 and time.monotonic() < began[3] + storm:
            exchange.answer(429, [("Retry-After", "2"), ("Content-Type", "application/json")],
                            b'{"error":{"code":"0x80072322","message":"Number of requests exceeded the limit of 6000"}}')

    with weather.serve("--token", "t") as served, between.Between(served.port, judge) as b:
        weather.into(b.url, seconds=SECONDS + storm).is_as_undisturbed()
    assert weather.seconds > storm and weather.report["requests"]["throttled"] < 10 * storm


# ---- where the platform does its own to rows ----

def names(path):
    """What the tables hold, by the names of rows: their ids differ where the platform makes them."""
    org = support.Org(path)
    return {t: collections.Counter(support.GUID.sub("*", (row[support.metadata(t)["primaryName"]] or "").replace("_", "-")) for row in org.rows(t).values())
            for t in support.tables() if t != "asyncoperation" and support.metadata(t).get("primaryName") in org.columns(t)}


@pytest.mark.parametrize("seed", range(6 if SOAK else 2))
def test_what_plug_ins_do_to_new_rows_is_not_taken_for_somebody_else_s(sample, ferry, seed):
    """Queues get a contract, workstreams their templates, hours a calendar: of requests that are lost or come twice, too."""
    for target in ("calm.db", "served.db"):
        shutil.copy(sample / "b.db", ferry.folder / target)
    faults = [w for kind in ("lost", "duplicate", "cut-mid-body") for w in ("--fault", f"POST * 12%: {kind}")]
    with serving.Served(ferry.folder / "served.db", "--seed", seed, *faults) as served:
        for step in support.STEPS:
            ferry("export", "--from", f"local:{sample / 'a.db'}", "--schema", support.PLANS / f"{step}.xml", "--out", f"{step}.zip")
            calm = ferry("import", f"{step}.zip", "--to", "local:calm.db", "--json", status=None)
            stormy = ferry("import", f"{step}.zip", "--to", served.url, "--json", status=None)
            assert stormy.status == calm.status, (step, stormy.err, stormy.json["problems"])
            assert {k: stormy.json[k] for k in ("tables", "relationships", "totals")} == {
                k: calm.json[k] for k in ("tables", "relationships", "totals")}, (step, stormy.json["problems"])
    assert names(ferry.folder / "served.db") == names(ferry.folder / "calm.db")


def test_who_may_not_write_is_told_so(weather):
    weather.run("POST $batch 2-: 403", status=3)


def test_a_bypass_needs_words_that_are_known(ferry, undisturbed):
    done = ferry("import", undisturbed[1], "--to", "local:x.db", "--bypass", "sync,plugins", status=2)
    assert "none of sync, async and flows" in done.err
