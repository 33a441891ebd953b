# SPDX-License-Identifier: MIT
"""Exports over HTTP: what comes out is what an export of the file gives, whatever the network does meanwhile, and no more is asked
for than is needed. FERRY_SOAK (any value) takes 20,000 rows instead of some thousands."""
import json
import os
import re
import shutil
import sqlite3
import urllib.parse
import uuid
import zipfile

import pytest

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
        ferry("import", "owner.zip", "--to", served.url, "--dry-run", "--record", "import.jsonl")
    for part in preferences(ferry.folder / "plain.jsonl", "characteristics"):
        assert "FormattedValue" not in part and "lookuplogicalname" not in part
    for part in preferences(ferry.folder / "owner.jsonl", "characteristics"):
        assert "FormattedValue" in part and "lookuplogicalname" in part
    for part in preferences(ferry.folder / "import.jsonl", "characteristics"):
        assert "FormattedValue" not in part and "lookuplogicalname" in part
