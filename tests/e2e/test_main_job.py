# SPDX-License-Identifier: MIT
"""The main job: live chat configuration from one local organization into another, checked with zipfile,
ElementTree and sqlite3, which know nothing of ferry."""
import json
import shutil
import sqlite3
import subprocess
import zipfile
from xml.etree import ElementTree

import pytest

import support
from support import Mapping, Org, Package, STEPS

ALM_WORKSTREAM = "d3a1f09d-51a0-a6b7-266d-58e1bdb97b53"
ALM_WIDGET = "7ac4292b-5de3-ed11-a7c6-00224805c6d4"
ALM_REPLY = "bffa29ed-6ce3-ed11-a7c7-00224805c057"
ALM_TAG = "c4fa29ed-6ce3-ed11-a7c7-00224805c057"


class Job:
    """Steps that were done from a.db into b.db of one folder."""

    def __init__(self, ferry):
        self.ferry = ferry
        self.reports = {}

    def run(self, name, schema, status=0):
        self.ferry("export", "--from", "local:a.db", "--schema", schema, "--out", f"{name}.zip")
        result = self.ferry("import", f"{name}.zip", "--to", "local:b.db", "--json", status=status)
        self.reports[name] = result.json
        return result

    def again(self, name, status=0):
        return self.ferry("import", f"{name}.zip", "--to", "local:b.db", "--json", status=status).json

    def package(self, name):
        return Package(self.ferry.folder / f"{name}.zip")

    def orgs(self):
        return Org(self.ferry.folder / "a.db"), Org(self.ferry.folder / "b.db")


def copy_orgs(sample, folder):
    for name in ("a.db", "b.db"):
        shutil.copy(sample / name, folder / name)


@pytest.fixture(scope="module")
def job(sample, tmp_path_factory):
    """The five steps of the demo, done once. Nobody changes what they made."""
    folder = tmp_path_factory.mktemp("job")
    copy_orgs(sample, folder)
    job = Job(support.Ferry(folder))
    for step in STEPS:
        job.run(step, support.PLANS / f"{step}.xml")
    return job


# ---- the two organizations ----

def test_two_organizations_differ_in_the_ids_of_system_rows(sample):
    a, b = Org(sample / "a.db"), Org(sample / "b.db")
    for table in ("organization", "businessunit", "systemuser", "team", "transactioncurrency", "msdyn_decisioncontract"):
        assert a.rows(table) and b.rows(table)
        assert not set(a.rows(table)) & set(b.rows(table)), table


def test_the_file_is_open_to_the_stock_shell(sample):
    if not shutil.which("sqlite3"):
        pytest.skip("sqlite3 is not installed")
    ask = "pragma integrity_check; select count(*) > 5 from queue; select name from queue order by name limit 1;"
    done = subprocess.run(["sqlite3", "-readonly", sample / "a.db", ask], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[:2] == ["ok", "1"]


def test_every_table_and_column_is_there_by_its_logical_name(sample):
    a = Org(sample / "a.db")
    for table in support.tables():
        columns = set(a.columns(table))
        assert columns, table
        for name, attribute in support.attributes(table).items():
            if attribute["type"] not in ("VirtualType", "EntityNameType") and attribute["validForRead"] \
                    and not attribute.get("attributeOf"):
                assert name in columns, f"{table}.{name}"
        for link in support.metadata(table)["manyToMany"]:
            assert len(a.columns(link["intersectEntity"])) >= 2, link["intersectEntity"]


def test_values_stand_in_open_forms(sample):
    a = Org(sample / "a.db")
    for row in a.rows("queue").values():
        assert support.GUID.fullmatch(row["queueid"]) and row["queueid"] == row["queueid"].lower()
        assert row["msdyn_isomnichannelqueue"] in (0, 1, None)
        assert row["createdon"].endswith("Z")


# ---- the package ----

@pytest.mark.parametrize("step", STEPS)
def test_the_package_is_laid_out_as_the_tool_does_it(job, step):
    package = job.package(step)
    # At the root just the tool's three; ferry's own entry stands in a folder.
    assert sorted(n for n in package.names if "/" not in n) == ["[Content_Types].xml", "data.xml", "data_schema.xml"]
    assert {n for n in package.names if "/" in n} <= {"ferry/references.xml", "ferry/origin.xml"}
    assert package.types_bytes.startswith(b"\xef\xbb\xbf<?xml") and len(package.types_bytes) == 191
    assert package.schema_bytes == (support.PLANS / f"{step}.xml").read_bytes()
    data = package.data_bytes
    assert data.startswith(b"\r\n<entities xmlns:xsd=") and data.endswith(b"</entities>")
    assert data.count(b"\n") == data.count(b"\r\n")
    order = [e.get("name") for e in package.schema.findall("entity")]
    assert package.tables() == [t for t in order if t in package.tables()]
    for entity in package.data.findall("entity"):
        assert [child.tag for child in entity] == ["records", "m2mrelationships"]


def test_a_plain_package_has_nothing_but_what_the_tool_writes(job):
    job.ferry("export", "--from", "local:a.db", "--schema", support.PLANS / "3-queues.xml", "--out", "plain.zip", "--plain")
    with zipfile.ZipFile(job.ferry.folder / "plain.zip") as z:
        assert z.namelist() == ["data.xml", "data_schema.xml", "[Content_Types].xml"]


def test_a_package_tells_by_what_the_rows_outside_it_are_known(job):
    with zipfile.ZipFile(job.ferry.folder / "3-queues.zip") as z:
        root = ElementTree.fromstring(z.read("ferry/references.xml"))
    contracts = {k.get("value") for k in root.findall("table[@name='msdyn_decisioncontract']/row/key")}
    assert {"msdyn_assignmentoutput", "msdyn_queueoverflowrulesetinput"} <= contracts


def test_an_id_of_the_platforms_inside_a_text_becomes_the_targets(job):
    a, b = job.orgs()

    def default_queues(org):
        return {r["queueid"]: r["name"] for r in org.rows("queue").values() if r["msdyn_isdefaultqueue"] == 1}
    names = default_queues(a)
    moved = 0
    for row_id, row in b.rows("msdyn_decisionruleset").items():
        source = a.rows("msdyn_decisionruleset").get(row_id)
        before = (source and source["msdyn_rulesetdefinition"]) or ""
        for queue, name in names.items():
            if queue not in before.lower() or queue in default_queues(b):
                continue
            (there,) = [q for q, n in default_queues(b).items() if n == name]
            text = row["msdyn_rulesetdefinition"].lower()
            assert queue not in text and there in text
            moved += 1
    assert moved > 0


@pytest.mark.parametrize("step", STEPS)
def test_records_and_fields_stand_in_order_and_nulls_are_left_out(job, step):
    package = job.package(step)
    for table in package.tables():
        order = list(package.schema_fields(table))
        ids = [r.get("id") for r in package.records(table)]
        # SQL Server's order: the last group first, the first three groups byte by byte from their end
        keys = [(i[24:], i[19:23], i[16:18] + i[14:16], i[11:13] + i[9:11], i[6:8] + i[4:6] + i[2:4] + i[0:2])
                for i in ids]
        assert keys == sorted(keys), table
        assert len(set(ids)) == len(ids)
        for record in package.records(table):
            names = [f.get("name") for f in record]
            assert names == [n for n in order if n in names]
            assert all(f.get("value") != "" for f in record), table


@pytest.mark.parametrize("step", STEPS)
def test_values_of_the_package_are_those_of_the_organization(job, step):
    package, (a, _) = job.package(step), job.orgs()
    for table in package.tables():
        fields = package.schema_fields(table)
        for record in package.records(table):
            row = a.rows(table)[record.get("id")]
            for field in record:
                name, kind = field.get("name"), fields[field.get("name")].get("type")
                got = support.stored(field.get("value"), kind)
                if kind == "datetime":
                    assert row[name][:19] == got[:19], (table, name)
                elif kind in ("decimal", "money"):
                    assert float(row[name]) == float(got)
                else:
                    assert row[name] == got, (table, record.get("id"), name)


@pytest.mark.parametrize("step", STEPS)
def test_text_is_html_encoded_and_names_of_lookups_are_not(job, step):
    package, found = job.package(step), 0
    for table in package.tables():
        fields = package.schema_fields(table)
        for record in package.records(table):
            for field in record:
                if fields[field.get("name")].get("type") == "string":
                    # after the XML's own encoding none of these is left as it is
                    assert not set(field.get("value")) & set("<>\"'" + "".join(map(chr, range(0xA0, 0x100))))
                    found += "&" in field.get("value")
    assert found or step in ("1-skills", "2-capacity")


def test_secrets_stay_behind_unless_asked_for(job, ferry, sample):
    secrets = [(t.get("name"), c.get("name")) for t in support.knowledge().findall("table")
               for c in t.findall("column") if c.get("is") == "secret"]
    a = Org(sample / "a.db")
    filled = [(t, c) for t, c in secrets if t in support.tables() and c in a.columns(t) and
              any(row[c] for row in a.rows(t).values())]
    assert filled, "the sample has filled secret columns"
    for step in STEPS:
        package = job.package(step)
        for table, column in secrets:
            for record in package.records(table):
                assert record.find(f"field[@name='{column}']") is None, (table, column)
    values = {str(row[c]) for t, c in filled for row in a.rows(t).values() if row[c] and len(str(row[c])) > 7}
    for step in STEPS:
        text = job.package(step).data_bytes.decode()
        assert not [v for v in values if v in text]


# ---- the import ----

@pytest.mark.parametrize("step", STEPS)
def test_the_numbers_add_up(job, step):
    report = job.reports[step]
    support.check_report(report, "import")
    assert report["totals"]["failed"] == report["totals"]["skipped"] == 0
    assert report["verified"] is True
    assert [p for p in report["problems"] if p["severity"] == "error"] == []
    package = job.package(step)
    counts = {t["name"]: t["read"] for t in report["tables"]}
    for table in package.tables():
        assert counts[table] == len(package.records(table)), table
    pairs = sum(len(targets) for table in package.tables() for _, _, _, targets in package.links(table))
    assert pairs == sum(r["read"] for r in report["relationships"])


def accepted(table, column):
    """Whether a column can be set at all: else it is not the import's."""
    a = support.attributes(table).get(column)
    return a is not None and (a["validForCreate"] or a["validForUpdate"])


def is_system(table, row):
    """Rows that the platform makes: they are found, not written."""
    rules = support.knowledge().findall(f"table[@name='{table}']/rows")
    for rule in rules:
        if rule.get("kind") == "system" and holds(rule.get("when"), row):
            return True
        if holds(rule.get("when"), row):
            return False
    return False


def holds(when, row):
    if not when:
        return True
    column, op, *rest = when.split()
    value, wanted = row[column], rest[0] if rest else None
    if op == "null":
        return value is None
    if op == "not-null":
        return value is not None
    if value is None:
        return op == "not-begin-with"
    return {"eq": str(value) == wanted, "ne": str(value) != wanted,
            "begins-with": str(value).startswith(wanted or ""),
            "not-begin-with": not str(value).startswith(wanted or "")}[op]


def differences(package, a, b):
    """Every exported value that did not arrive."""
    mapping = Mapping(a, b)
    for table in package.tables():
        fields = package.schema_fields(table)
        for record in package.records(table):
            source = a.rows(table)[record.get("id")]
            target_id = mapping.of(table, record.get("id"))
            if target_id is None:
                yield table, record.get("id"), "row", None, None
                continue
            if is_system(table, source):
                continue
            target = b.rows(table)[target_id]
            for field in record:
                name = field.get("name")
                if accepted(table, name) and support.column_rule(table, name) in (None, "text-reference"):
                    yield from one_value(mapping, table, fields[name], field, source, target)


def one_value(mapping, table, schema_field, field, source, target):
    name, kind = field.get("name"), schema_field.get("type")
    want, got = source[name], target[name]
    if kind in ("entityreference", "owner"):
        want = mapping.of(field.get("lookupentity"), want)
    elif name == support.metadata(table)["primaryId"]:
        return
    elif isinstance(want, str):
        want, got = mapping.text(want), (got or "").lower() if support.GUID.search(got or "") else got
        want = want.lower() if support.GUID.search(want) else want
    if want != got:
        yield table, source[support.metadata(table)["primaryId"]], name, want, got


@pytest.mark.parametrize("step", STEPS)
def test_every_exported_value_arrives(job, step):
    a, b = job.orgs()
    assert list(differences(job.package(step), a, b)) == []


@pytest.mark.parametrize("step", STEPS)
def test_every_exported_pair_arrives(job, step):
    a, b = job.orgs()
    mapping, package = Mapping(a, b), job.package(step)
    for table in package.tables():
        for intersect, source, target_table, targets in package.links(table):
            pairs = {frozenset(x for x in pair if support.GUID.fullmatch(str(x))) for pair in
                     (tuple(map(str, p)) for p in b.links(intersect))}
            for target in targets:
                want = {mapping.of(table, source), mapping.of(target_table, target)}
                assert None not in want
                assert any(want <= pair for pair in pairs), (intersect, want)


def broken_lookups(org):
    """Lookups that point to a row that is not there."""
    for table in support.tables():
        lookups = [(n, a["targets"]) for n, a in support.attributes(table).items()
                   if a["type"] in ("LookupType", "CustomerType", "OwnerType") and a.get("targets")]
        columns = set(org.columns(table))
        for row_id, row in org.rows(table).items():
            for name, targets in lookups:
                if name not in columns or row[name] is None:
                    continue
                known = [t for t in targets if t in support.tables()]
                if known and not any(row[name] in org.rows(t) for t in known):
                    yield table, row_id, name, row[name]


def test_every_lookup_points_to_an_existing_row(job):
    for org in job.orgs():
        assert list(broken_lookups(org)) == []


def test_the_target_file_is_sound(job):
    for name in ("a.db", "b.db"):
        with sqlite3.connect(f"file:{job.ferry.folder / name}?mode=ro", uri=True) as db:
            assert db.execute("pragma integrity_check").fetchall() == [("ok",)]


def test_the_well_known_rows_arrive_with_their_ids(job):
    _, b = job.orgs()
    assert ALM_WORKSTREAM in b.rows("msdyn_liveworkstream")
    assert ALM_WIDGET in b.rows("msdyn_livechatconfig")
    assert b.rows("msdyn_cannedmessage")[ALM_REPLY]
    assert b.rows("msdyn_octag")[ALM_TAG]["msdyn_name"] == "#ALM"


def test_what_is_not_live_chat_stays_where_it_is(job):
    a, b = job.orgs()
    live_chat = 192360000
    others = [i for i, w in a.rows("msdyn_liveworkstream").items() if w["msdyn_streamsource"] != live_chat]
    assert others
    arrived = {i for i in others if i in b.rows("msdyn_liveworkstream")}
    assert not arrived
    managed = [(t, i) for t in support.tables() if "ismanaged" in a.columns(t)
               for i, row in a.rows(t).items() if row["ismanaged"] == 1 and not is_system(t, row)]
    exported = {(t, r.get("id")) for s in STEPS for t in job.package(s).tables() for r in job.package(s).records(t)}
    assert not set(managed) & exported


def test_the_cycle_of_queues_rules_and_overflow_is_closed(job):
    a, b = job.orgs()
    queues = [i for i, q in a.rows("queue").items() if i in b.rows("queue") and
              any("overflow" in c and q[c] for c in a.columns("queue"))]
    for row_id in queues:
        for column in a.columns("queue"):
            if "overflow" in column and a.rows("queue")[row_id][column]:
                assert b.rows("queue")[row_id][column], column


# ---- once more, and without writing ----

def test_a_second_import_writes_nothing(job, tmp_path):
    shutil.copytree(job.ferry.folder, tmp_path / "copy")
    second = Job(support.Ferry(tmp_path / "copy"))
    before = support.dump(tmp_path / "copy" / "b.db")
    for step in STEPS:
        report = second.again(step)
        support.check_report(report, "import")
        totals = report["totals"]
        assert totals["created"] == totals["updated"] == totals["linked"] == 0, step
        assert totals["failed"] == totals["skipped"] == 0
        assert report["requests"]["write"] == 0
        assert report["verified"] is True
    assert support.dump(tmp_path / "copy" / "b.db") == before


def test_a_dry_run_changes_no_byte_and_foretells_the_import(sample, ferry):
    copy_orgs(sample, ferry.folder)
    job = Job(ferry)
    for step in STEPS:
        ferry("export", "--from", "local:a.db", "--schema", support.PLANS / f"{step}.xml", "--out", f"{step}.zip")
        before = (ferry.folder / "b.db").read_bytes()
        dry = ferry("import", f"{step}.zip", "--to", "local:b.db", "--json", "--dry-run").json
        assert (ferry.folder / "b.db").read_bytes() == before
        support.check_report(dry, "import")
        real = job.again(step)
        assert dry["tables"] == real["tables"], step
        assert dry["relationships"] == real["relationships"], step
        assert dry["requests"]["write"] == 0


def test_an_export_changes_no_byte_of_its_source(sample, ferry):
    copy_orgs(sample, ferry.folder)
    before = (ferry.folder / "a.db").read_bytes()
    for step in STEPS:
        ferry("export", "--from", "local:a.db", "--schema", support.PLANS / f"{step}.xml", "--out", f"{step}.zip")
    assert (ferry.folder / "a.db").read_bytes() == before


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_the_size_of_batches_makes_no_difference(job, sample, ferry, size):
    copy_orgs(sample, ferry.folder)
    for step in STEPS:
        ferry("import", job.ferry.folder / f"{step}.zip", "--to", "local:b.db", "-q", "--batch-size", size)
    b, other = job.orgs()[1], Org(ferry.folder / "b.db")
    for table in support.tables():
        # the rows that the platform makes by itself have other ids each time
        assert len(other.rows(table)) == len(b.rows(table)), table
    for step in STEPS:
        assert list(differences(job.package(step), job.orgs()[0], other)) == []


def test_what_differs_is_repaired_and_counted(job, tmp_path):
    shutil.copytree(job.ferry.folder, tmp_path / "copy")
    second = Job(support.Ferry(tmp_path / "copy"))
    with sqlite3.connect(tmp_path / "copy" / "b.db") as db:
        db.execute("update msdyn_liveworkstream set msdyn_name = 'changed' where msdyn_liveworkstreamid = ?",
                   (ALM_WORKSTREAM,))
    report = second.again("4-workstreams")
    assert report["totals"]["updated"] == 1 and report["totals"]["created"] == 0
    a, b = second.orgs()
    assert list(differences(second.package("4-workstreams"), a, b)) == []


def test_a_package_may_be_a_folder(job, sample, ferry):
    copy_orgs(sample, ferry.folder)
    ferry("export", "--from", "local:a.db", "--schema", support.PLANS / "1-skills.xml", "--out", "skills")
    assert sorted(p.name for p in (ferry.folder / "skills").iterdir()) == [
        "[Content_Types].xml", "data.xml", "data_schema.xml", "ferry"]
    with zipfile.ZipFile(job.ferry.folder / "1-skills.zip") as z:
        zipped = z.read("data.xml").decode().split("timestamp=")[1].split(">", 1)[1]
    folder = (ferry.folder / "skills" / "data.xml").read_bytes().decode().split("timestamp=")[1].split(">", 1)[1]
    assert folder == zipped
    first = ferry("import", "skills", "--to", "local:b.db", "--json").json
    assert first["tables"] == job.reports["1-skills"]["tables"]


# ---- Microsoft's own schemas, as they are ----

MICROSOFT = {
    "Sample schema for skill-based routing.xml": True,
    "Sample schema for capacity profiles.xml": True,
    "Live chat workstreams.xml": True,
    "live-chat-channel-sample-config.xml": True,
    "Sample schema for unified routing record queues step 1.xml": False,
    "Sample schema for unified routing record queues step 2.xml": False,
    "Sample schema for unified routing record workstreams.xml": False,
    "Sample schema intake rules for record routing.xml": False,
}


@pytest.fixture(scope="module")
def published(sample, tmp_path_factory):
    """The project's queues, then each of the published schemas."""
    schemas = support.SHARED / "data" / "schemas"
    if not schemas.is_dir():
        pytest.skip("the published schemas are not there")
    folder = tmp_path_factory.mktemp("published")
    copy_orgs(sample, folder)
    job = Job(support.Ferry(folder))
    job.run("3-queues", support.PLANS / "3-queues.xml")
    for name in MICROSOFT:
        job.run(name, schemas / name, status=None)
    return job


@pytest.mark.parametrize("name", MICROSOFT)
def test_published_schemas_are_exported_and_imported(published, name):
    report = published.reports[name]
    support.check_report(report, "import")
    assert published.package(name).schema_bytes == (support.SHARED / "data" / "schemas" / name).read_bytes()
    assert report["totals"]["failed"] == 0, json.dumps(report["problems"], indent=1)[:3000]
    assert report["totals"]["skipped"] == 0, json.dumps(report["problems"], indent=1)[:3000]
    assert report["verified"] is True


@pytest.mark.parametrize("name", [n for n, live in MICROSOFT.items() if live])
def test_published_live_chat_schemas_bring_every_value(published, name):
    package, (a, b) = published.package(name), published.orgs()
    assert package.tables()
    assert list(differences(package, a, b)) == []


def test_published_schemas_leave_no_broken_lookup(published):
    assert list(broken_lookups(published.orgs()[1])) == []


def test_published_live_chat_schemas_take_live_chat_only(published):
    a, _ = published.orgs()
    package = published.package("Live chat workstreams.xml")
    for record in package.records("msdyn_liveworkstream"):
        assert a.rows("msdyn_liveworkstream")[record.get("id")]["msdyn_streamsource"] == 192360000


def test_published_schemas_a_second_time(published, tmp_path):
    shutil.copytree(published.ferry.folder, tmp_path / "copy")
    second = Job(support.Ferry(tmp_path / "copy"))
    before = support.dump(tmp_path / "copy" / "b.db")
    for name in MICROSOFT:
        report = second.again(name, status=None)
        assert report["totals"]["created"] == report["totals"]["updated"] == report["totals"]["linked"] == 0, name
    assert support.dump(tmp_path / "copy" / "b.db") == before
