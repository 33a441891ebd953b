# SPDX-License-Identifier: MIT
"""Imports over HTTP while the network and the service do their worst: what stands in the target afterwards is what an undisturbed
import into a file leaves, row for row. FERRY_SOAK (any value) takes 20,000 rows instead of some hundreds."""
import collections
import contextlib
import json
import os
import shutil
import sqlite3
import time

import pytest

import serving
import support

SOAK = bool(os.environ.get("FERRY_SOAK"))
ROWS = 14000 if SOAK else 560
ACCOUNTS = ROWS // 4
TAGS = ROWS // 14
POSITIONS = 30
PAIRS = "msdyn_msdyn_cannedmessage_msdyn_octag"
SECONDS = 900 if SOAK else 60

# The environment's own, and what a moment gives a row.
OWN = {"createdon", "modifiedon", "versionnumber", "createdby", "modifiedby", "ownerid", "owninguser", "owningteam",
       "owningbusinessunit", "organizationid", "componentidunique"}
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

    def run(self, *faults, serve=(), options=(), status=0, env=None):
        words = [word for fault in faults for word in ("--fault", fault)]
        with self.serve("--seed", "7", "--token", "t", *serve, *words) as served:
            began = time.monotonic()
            done = self.ferry("import", self.package, "--to", served.url, "--json", *options, status=None,
                              env={"FERRY_TOKEN": "t", **(env or {})})
            assert time.monotonic() - began < SECONDS
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
    assert weather.report["requests"]["write"] < 300


def test_who_may_not_write_is_told_so(weather):
    weather.run("POST $batch 2-: 403", status=3)


def test_a_bypass_needs_words_that_are_known(ferry, undisturbed):
    done = ferry("import", undisturbed[1], "--to", "local:x.db", "--bypass", "sync,plugins", status=2)
    assert "none of sync, async and flows" in done.err
