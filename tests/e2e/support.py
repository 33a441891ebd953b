# SPDX-License-Identifier: MIT
"""What the tests need to drive ferry and to look at what it made with other programs' means."""
import functools
import html
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FERRY = os.environ.get("FERRY", str(ROOT / "build" / "ferry")).split()
SHARED = pathlib.Path(os.environ.get("FERRY_SHARED", ROOT.parent / "shared"))
PLANS = ROOT / "plans" / "livechat"
STEPS = ["1-skills", "2-capacity", "3-queues", "4-workstreams", "5-widgets"]
GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


class Result:
    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)


class Ferry:
    """The program, with its state in a folder of the test."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def __call__(self, *args, status=0, env=None):
        variables = {k: v for k, v in os.environ.items() if not k.startswith("FERRY_")}
        variables.update({"XDG_STATE_HOME": str(self.folder / "state"), "XDG_CONFIG_HOME": str(self.folder / "config"),
                          "XDG_CACHE_HOME": str(self.folder / "cache"), "TERM": "dumb"}, **(env or {}))
        done = subprocess.run([*FERRY, *map(str, args)], capture_output=True, text=True, timeout=300,
                              env=variables, cwd=self.folder, stdin=subprocess.DEVNULL, check=False)
        assert status is None or done.returncode == status, (
            f"exit status {done.returncode}, not {status}: ferry {' '.join(map(str, args))}\n"
            f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return Result(done)


BUCKETS = ["created", "updated", "unchanged", "adopted", "skipped", "failed"]


def check_numbers(report):
    """Every number in a summary adds up."""
    for t in report["tables"]:
        assert t["read"] == sum(t[b] for b in BUCKETS), t
    for r in report["relationships"]:
        assert r["read"] == r["linked"] + r["unchanged"] + r["skipped"] + r["failed"], r
    totals = report["totals"]
    for key in ["read", "deleted", *BUCKETS]:
        assert totals[key] == sum(t[key] for t in report["tables"]), key
    assert totals["linked"] == sum(r["linked"] for r in report["relationships"])
    assert totals["unlinked"] == sum(r["unlinked"] for r in report["relationships"])


def check_report(report, command):
    """The form of the JSON document, and that its numbers add up. What a plan would change, and rows that were deactivated, are
    told where there are some."""
    assert report["schemaVersion"] == 1
    assert report["command"] == command
    assert set(report) - {"changes"} == {"schemaVersion", "command", "run", "source", "target", "dryRun", "tables",
                                         "relationships", "totals", "requests", "problems", "verified", "seconds"}
    assert "changes" not in report or report["dryRun"]
    for t in report["tables"]:
        assert set(t) - {"deactivated"} == {"name", "read", "deleted", *BUCKETS}
    for r in report["relationships"]:
        assert set(r) == {"name", "read", "linked", "unchanged", "skipped", "failed", "unlinked"}
    check_numbers(report)
    assert set(report["requests"]) == {"read", "write", "throttled", "retried"}
    for p in report["problems"]:
        assert set(p) == {"severity", "table", "id", "column", "code", "message", "remedy"}
        assert p["severity"] in ("error", "warning", "note")
        assert p["message"]
    assert isinstance(report["verified"], bool)
    assert report["seconds"] >= 0


# ---- organizations ----

@functools.lru_cache(maxsize=None)
def metadata(table):
    path = ROOT / "metadata" / f"{table}.json"
    return json.loads(path.read_text()) if path.exists() else None


@functools.lru_cache(maxsize=None)
def attributes(table):
    return {a["logicalName"]: a for a in metadata(table)["attributes"]}


@functools.lru_cache(maxsize=None)
def tables():
    return sorted(p.stem for p in (ROOT / "metadata").glob("*.json"))


def dump(path):
    """All that is in a database, as text."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        return "\n".join(db.iterdump())


# The columns that tell a row where ids differ between organizations. "*": there is one such row.
KEYS = {
    "organization": "*",
    "businessunit": "parentbusinessunitid",
    "transactioncurrency": "isocurrencycode",
    "systemuser": "domainname",
    "team": "isdefault",
    "queue": "name",
    "msdyn_decisioncontract": "msdyn_uniquename",
    "msdyn_capacityprofile": "msdyn_uniquename",
    "msdyn_oclanguage": "msdyn_localecode",
    "msdyn_ocsystemmessage": "msdyn_widgetid msdyn_streamsource msdyn_systemmessageeventtype msdyn_messagereceiver",
    "msdyn_oclocalizationdata": "msdyn_systemmessageid msdyn_customerlanguageid",
    "msdyn_liveworkstream": "msdyn_name",
    "solution": "uniquename",
    "publisher": "uniquename",
}


class Org:
    """A local organization's file, read with Python's sqlite3."""

    def __init__(self, path):
        self.path = path
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.db.row_factory = sqlite3.Row
        self._rows = {}

    def columns(self, table):
        return [row["name"] for row in self.db.execute(f'pragma table_info("{table}")')]

    def rows(self, table):
        """By id, in lower case."""
        if table not in self._rows:
            key = metadata(table)["primaryId"]
            self._rows[table] = {row[key].lower(): row
                                 for row in self.db.execute(f'select * from "{table}"')}
        return self._rows[table]

    def table_of(self, row_id):
        """The tables that have a row with this id."""
        return [t for t in tables() if row_id in self.rows(t)]

    def links(self, intersect):
        return {tuple(row) for row in self.db.execute(f'select * from "{intersect}"')}


class Mapping:
    """Source id to target id, worked out from the two files alone."""

    def __init__(self, source, target):
        self.source, self.target = source, target

    def of(self, table, row_id):
        """The counterpart of a row, or None."""
        row_id = row_id.lower()
        if row_id in self.target.rows(table):
            return row_id
        row = self.source.rows(table).get(row_id)
        if row is None:
            return None
        key = (KEYS.get(table) or metadata(table)["primaryName"]).replace("*", "").split()
        want = [self.value(table, column, row[column]) for column in key]
        same = [i for i, other in self.target.rows(table).items() if [other[c] for c in key] == want]
        return same[0] if len(same) == 1 else None

    def value(self, table, column, value):
        """A key's part, as the target has it."""
        targets = attributes(table)[column].get("targets") or []
        if value is None or not targets or not GUID.fullmatch(str(value)):
            return value
        return next(filter(None, (self.of(t, value) for t in targets)), None)

    def text(self, text):
        """The text with every id of a source row replaced by that of its counterpart."""
        def other(match):
            for table in self.source.table_of(match.group(0).lower()):
                found = self.of(table, match.group(0))
                if found:
                    return found
            return match.group(0).lower()
        return GUID.sub(other, text)


# ---- the knowledge, read by other means ----

@functools.lru_cache(maxsize=None)
def knowledge():
    return ElementTree.parse(ROOT / "plans" / "knowledge.xml").getroot()


def column_rule(table, column):
    found = knowledge().find(f"table[@name='{table}']/column[@name='{column}']")
    return found.get("is") if found is not None else None


# ---- packages ----

class Package:
    """A package's parts, read with zipfile and ElementTree."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as z:
            assert z.testzip() is None
            self.names = z.namelist()
            self.data_bytes = z.read("data.xml")
            self.schema_bytes = z.read("data_schema.xml")
            self.types_bytes = z.read("[Content_Types].xml")
        self.data = ElementTree.fromstring(self.data_bytes)
        self.schema = ElementTree.fromstring(self.schema_bytes)

    def tables(self):
        return [e.get("name") for e in self.data.findall("entity")]

    def records(self, table):
        return self.data.findall(f"entity[@name='{table}']/records/record")

    def schema_fields(self, table):
        return {f.get("name"): f for f in self.schema.findall(f"entity[@name='{table}']/fields/field")}

    def links(self, table):
        """(relationship, source id, target table, target ids)"""
        for m in self.data.findall(f"entity[@name='{table}']/m2mrelationships/m2mrelationship"):
            yield (m.get("m2mrelationshipname"), m.get("sourceid"), m.get("targetentityname"),
                   [t.text for t in m.findall("targetids/targetid")])


def stored(value, kind):
    """A value of data.xml in the form in which an organization's file holds it."""
    if kind == "bool":
        return 1 if value == "True" else 0
    if kind in ("number", "optionsetvalue", "state", "status"):
        return int(value)
    if kind == "optionsetvaluecollection":
        numbers = [n for n in value.strip("[]").split(",") if n != "-1"]
        return ",".join(sorted(numbers, key=int))
    if kind == "string":
        return html.unescape(value)
    if kind == "float":
        return float(value)
    if kind in ("guid", "entityreference", "owner"):
        return value.lower()
    return value
