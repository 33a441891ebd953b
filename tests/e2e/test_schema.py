# SPDX-License-Identifier: MIT
"""ferry schema new, show, validate; --skip-missing-columns; ferry data export and import."""
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree

import pytest

import support

SCHEMAS = sorted((support.SHARED / "data" / "schemas").glob("*.xml"))
FIELD = re.compile(r"<field .*? />")


@pytest.fixture
def orgs(sample, ferry):
    for name in ("a.db", "b.db"):
        shutil.copy(sample / name, ferry.folder / name)
    return ferry


def problems(result):
    """(line, severity, table, column) of each problem of the text output."""
    found = []
    for line in result.out.splitlines()[:-1]:
        m = re.fullmatch(r"[^:]+:(?:(\d+):)? (error|warning|note): (.*)", line)
        assert m, line
        found.append((int(m[1] or 0), m[2], m[3]))
    return found


# ---- new ----

def test_a_new_schema_is_laid_out_as_the_builder_does(orgs):
    result = orgs("schema", "new", "--table", "queue:name,description,primaryuserid,msdyn_queuetype",
                  "--table", "characteristic:name", "--relationship", "queue=queuemembership_association",
                  "--filter", 'queue=<fetch><entity name="queue"/></fetch>', "--from", "local:a.db",
                  "--out", "s.xml")
    assert result.out == ""
    queue = support.metadata("queue")
    label = {n: a["displayName"] or n for n, a in support.attributes("queue").items()}
    columns = sorted(["name", "description", "primaryuserid", "msdyn_queuetype", "queueid"],
                     key=lambda n: label[n].lower())
    kinds = {"name": 'type="string"', "description": 'type="string"', "queueid": 'type="guid" primaryKey="true"',
             "primaryuserid": 'type="entityreference" lookupType="systemuser"',
             "msdyn_queuetype": 'type="optionsetvalue" customfield="true"'}
    characteristic = support.metadata("characteristic")
    want = ["<entities >",
            f'  <entity name="queue" displayname="Queue" etc="{queue["objectTypeCode"]}" primaryidfield="queueid" '
            'primarynamefield="name" disableplugins="false">',
            "    <fields>",
            *[f'      <field displayname="{label[n]}" name="{n}" {kinds[n]} />' for n in columns],
            "    </fields>",
            "    <relationships>",
            '      <relationship name="queuemembership" manyToMany="true" isreflexive="false" '
            'relatedEntityName="queuemembership" m2mTargetEntity="systemuser" '
            'm2mTargetEntityPrimaryKey="systemuserid" />',
            "    </relationships>",
            '    <filter>&lt;fetch&gt;&lt;entity name="queue"/&gt;&lt;/fetch&gt;</filter>',
            "  </entity>",
            f'  <entity name="characteristic" displayname="{characteristic["displayName"]}" '
            f'etc="{characteristic["objectTypeCode"]}" primaryidfield="characteristicid" '
            'primarynamefield="name" disableplugins="false">',
            "    <fields>"]
    text = (orgs.folder / "s.xml").read_bytes()
    assert text.startswith("\r\n".join(want).encode())
    assert text.endswith(b"  </entity>\r\n</entities>")
    assert b"\n" not in text.replace(b"\r\n", b"")


def test_a_new_schema_can_be_checked_and_exported(orgs):
    tables = ["queue", "characteristic", "msdyn_liveworkstream", "account", "systemuser", "msdyn_livechatconfig"]
    options = [o for t in tables for o in ("--table", t)]
    printed = orgs("schema", "new", *options, "--from", "local:a.db").out
    orgs("schema", "new", *options, "--from", "local:a.db", "--out", "s.xml")
    assert (orgs.folder / "s.xml").read_bytes().decode().replace("\r\n", "\n") == printed.replace("\r\n", "\n")
    orgs("schema", "validate", "s.xml")
    orgs("schema", "validate", "s.xml", "--against", "local:a.db")
    orgs("export", "--schema", "s.xml", "--from", "local:a.db", "--out", "p.zip")
    for entity in ElementTree.fromstring(printed):
        facts = support.attributes(entity.get("name"))
        for field in entity.iter("field"):
            column = facts[field.get("name")]
            assert column["validForRead"]
            assert column["validForCreate"] or column["validForUpdate"]
            assert field.get("updateCompare") is None


@pytest.mark.skipif(not SCHEMAS, reason="Microsoft's schemas are not there")
@pytest.mark.parametrize("path", SCHEMAS, ids=lambda p: p.stem)
def test_fields_are_those_that_the_real_builder_wrote(orgs, path):
    """The same columns asked for again: the same lines, but for labels and comparison marks."""
    text = path.read_bytes().decode()
    for entity in re.finditer(r'<entity name="(\w+)".*?</entity>', text, re.DOTALL):
        if support.metadata(entity[1]) is None:
            continue
        want = {re.search(r' name="(\w+)"', f)[1]: f for f in FIELD.findall(entity[0])}
        result = orgs("schema", "new", "--from", "local:a.db", "--table", f"{entity[1]}:{','.join(want)}")
        got = {re.search(r' name="(\w+)"', f)[1]: f for f in FIELD.findall(result.out)}
        assert set(want) <= set(got)
        for name, line in want.items():
            plain = [re.sub(r' displayname="[^"]*"| updateCompare="true"', "", one) for one in (line, got[name])]
            assert plain[0] == plain[1]


@pytest.mark.parametrize("args, status, words", [
    (["--table", "queue:nmae", "--table", "gone"], 5, ["column queue.nmae", "did you mean name?", "table gone"]),
    (["--table", "queue", "--relationship", "queue=queuememberships"], 5, ["did you mean queuemembership?"]),
    (["--table", "queue", "--filter", "queue=<fetch><entity name='queue'><no/></entity></fetch>"], 5, ["<no>"]),
    (["--table", "queue", "--filter", "queue=<fetch><entity name='team'/></fetch>"], 5, ["rows of team"]),
    (["--table", "queue", "--filter", "queue=f.xml"], 5, ["f.xml:3:"]),
    (["--table", "queue", "--filter",
      "queue=<fetch><entity name='queue'><attribute name='nam'/></entity></fetch>"], 5, ["queue.nam"]),
    (["--table", "queue", "--filter", "team=f.xml"], 2, ["no --table team"]),
    (["--table", "queue", "--filter", "f.xml"], 2, ["TABLE="]),
    (["--table", "queue", "--table", "queue"], 2, ["twice"]),
    (["--table", "queue:"], 2, ["TABLE:column"]),
    ([], 2, ["--table"]),
    (["--table", "queue", "--out", "a.db"], 2, ["exists already"]),
])
def test_a_schema_that_cannot_be_made(orgs, args, status, words):
    (orgs.folder / "f.xml").write_text('<fetch>\n<entity name="queue">\n<filter type="x"/></entity></fetch>')
    before = sorted(p.name for p in orgs.folder.iterdir())
    result = orgs("schema", "new", "--from", "local:a.db", *args, status=status)
    assert result.out == ""
    for word in words:
        assert word in result.err
    assert sorted(p.name for p in orgs.folder.iterdir()) == before


# ---- show ----

def test_show_prints_tables_fields_links_and_filters(ferry):
    path = support.PLANS / "3-queues.xml"
    text = ferry("schema", "show", path).out
    document = ferry("schema", "show", path, "--json").json
    root = ElementTree.parse(path).getroot()
    assert document["schemaVersion"] == 1 and document["command"] == "schema show"
    assert [t["name"] for t in document["tables"]] == [e.get("name") for e in root.findall("entity")]
    for table, entity in zip(document["tables"], root.findall("entity")):
        assert [f["name"] for f in table["fields"]] == [f.get("name") for f in entity.iter("field")]
        assert [f["type"] for f in table["fields"]] == [f.get("type") for f in entity.iter("field")]
        assert [r["name"] for r in table["relationships"]] == [r.get("name") for r in entity.iter("relationship")]
        assert (table["filter"] or "") == (entity.findtext("filter") or "")
        for field in table["fields"]:
            assert field["name"] in text
    broken = ferry.folder / "broken.xml"
    broken.write_text("<entities><entity/></entities>")
    result = ferry("schema", "show", "broken.xml", "--json", status=5)
    assert "without name" in result.json["error"]


# ---- validate ----

BROKEN = """<entities >
  <entity name="queue" displayname="Queue" primaryidfield="queueid" primarynamefield="name" disableplugin="true">
    <fields>
      <field displayname="Queue" name="queueid" type="guid" primaryKey="true" />
      <field displayname="Name" name="name" type="text" />
      <field displayname="Name" name="name" type="string" />
      <field displayname="Description" name="descripton" type="string" />
      <field displayname="User" name="primaryuserid" type="entityreference" lookupType="systemuser" />
      <field displayname="Priority" name="msdyn_priority" type="decimal" />
    </fields>
    <relationships>
      <relationship name="queuemembership_association" manyToMany="true" isreflexive="false" \
m2mTargetEntity="systemuser" m2mTargetEntityPrimaryKey="systemuserid" />
    </relationships>
    <filter>&lt;fetch&gt;
      &lt;entity name="queue"&gt;
        &lt;filter&gt;&lt;condition attribute="nonsense" operator="null" /&gt;&lt;/filter&gt;
      &lt;/entity&gt;
    &lt;/fetch&gt;</filter>
  </entity>
  <entity name="characteristic" primaryidfield="characteristicid">
    <fields>
      <field name="characteristicid" type="guid" primaryKey="yes" />
    </fields>
    <filter>&lt;fetch&gt;&lt;entity name="queue" /&gt;&lt;/fetch&gt;</filter>
  </entity>
  <entity name="nothing"><fields><field name="id" type="guid" primaryKey="true" /></fields></entity>
</entities>"""
ALONE = {(2, "error"), (5, "error"), (6, "error"), (8, "warning"), (12, "warning"), (22, "error"), (22, "warning"),
         (24, "error")}


def test_validate_tells_all_problems_with_their_lines(orgs):
    (orgs.folder / "s.xml").write_text(BROKEN)
    result = orgs("schema", "validate", "s.xml", status=5)
    found = problems(result)
    assert {(line, severity) for line, severity, _ in found} == ALONE | {(16, "note")}
    assert [line for line, _, _ in found] == sorted(line for line, _, _ in found)
    assert result.out.splitlines()[-1] == "5 errors, 3 warnings, 1 note"
    assert "did you mean disableplugins?" in result.out
    assert "did you mean string?" in result.out
    assert "first on line 5" in result.out


def test_validate_against_an_environment_tells_more(orgs):
    (orgs.folder / "s.xml").write_text(BROKEN)
    found = problems(orgs("schema", "validate", "s.xml", "--against", "local:a.db", status=5))
    kind = support.attributes("queue").get("msdyn_priority", {}).get("type")
    assert kind != "DecimalType"
    assert {(line, severity) for line, severity, _ in found} == \
        ALONE | {(7, "error"), (9, "error"), (12, "note"), (16, "error"), (26, "error")}
    document = orgs("schema", "validate", "s.xml", "--against", "local:a.db", "--json", status=5).json
    assert document["errors"] == sum(severity == "error" for _, severity, _ in found)
    assert document["valid"] is False
    assert [(p["line"], p["severity"]) for p in document["problems"]] == [(line, s) for line, s, _ in found]
    assert {"severity", "line", "table", "column", "message"} == set(document["problems"][0])


def test_warnings_and_notes_alone_are_no_failure(orgs):
    text = re.sub(r'(?s)<entity name="characteristic".*</entity>\n', "", BROKEN)
    for wrong, right in (("disableplugin=", "disableplugins="), ('type="text"', 'type="string"'),
                         ('      <field displayname="Name" name="name" type="string" />\n', ""),
                         ("descripton", "description"), ('"msdyn_priority" type="decimal"', '"numberofitems" type="number"'),
                         ("nonsense", "name")):
        assert wrong in text
        text = text.replace(wrong, right, 1)
    (orgs.folder / "s.xml").write_text(text)
    result = orgs("schema", "validate", "s.xml", "--json", "--against", "local:a.db", status=None)
    assert result.status == (5 if result.json["errors"] else 0)
    assert {p["severity"] for p in result.json["problems"] if p["column"] != "numberofitems"} == {"warning", "note"}


@pytest.mark.parametrize("text, line, words", [
    ("", 0, "empty"),
    ("<root/>", 1, "not <entities>"),
    ("<entities>\n<entity name='a'>\n</entities>", 3, ""),
    ("<!DOCTYPE entities>\n<entities/>", 0, ""),
    ("<entities>\n<entity name='a'><fields>\n<field name='\x01' /></fields></entity></entities>", 0, ""),
])
def test_what_is_no_schema_at_all(ferry, text, line, words):
    (ferry.folder / "s.xml").write_text(text)
    result = ferry("schema", "validate", "s.xml", "--json", status=5)
    assert result.json["errors"] >= 1
    assert words in result.json["problems"][-1]["message"]
    if line:
        assert result.json["problems"][-1]["line"] == line
    missing = ferry("schema", "validate", "gone.xml", "--json", status=5)
    assert "gone.xml" in missing.json["problems"][0]["message"]


def test_an_environment_that_cannot_be_opened_leaves_one_document(orgs):
    (orgs.folder / "s.xml").write_text(BROKEN)
    (orgs.folder / "x.db").write_text("no organization")
    result = orgs("schema", "validate", "s.xml", "--against", "local:x.db", "--json", status=5)
    assert any("x.db" in p["message"] for p in result.json["problems"])
    orgs("schema", "validate", "s.xml", "--against", "x.db", "--json", status=2)


@pytest.mark.skipif(not SCHEMAS, reason="Microsoft's schemas are not there")
@pytest.mark.parametrize("path", SCHEMAS, ids=lambda p: p.stem)
def test_microsofts_schemas_have_no_errors(orgs, path):
    result = orgs("schema", "validate", path, "--against", "local:a.db", "--json")
    assert result.json["errors"] == 0
    known = {e.get("name") for e in ElementTree.parse(path).getroot().iter("entity")}
    lookups = {f.get("name") for f in ElementTree.parse(path).getroot().iter("field")
               if set((f.get("lookupType") or "").split("|")) - known - {""}}
    assert {p["column"] for p in result.json["problems"] if "points to" in p["message"]} == lookups


# ---- --skip-missing-columns ----

def with_column(orgs, compare=""):
    orgs("schema", "new", "--table", "characteristic:name,description", "--from", "local:a.db", "--out", "s.xml",
         "--overwrite")
    text = (orgs.folder / "s.xml").read_bytes().decode()
    new = f'      <field {compare}displayname="Colour" name="new_colour" type="entityreference" lookupType="queue" />\r\n'
    (orgs.folder / "t.xml").write_bytes(text.replace("    </fields>", new + "    </fields>").encode())


def test_an_export_can_leave_missing_columns_out(orgs):
    with_column(orgs)
    args = ["export", "--from", "local:a.db", "--schema", "t.xml", "--out", "p.zip"]
    assert "new_colour" in orgs(*args, status=5).err
    report = orgs(*args, "--skip-missing-columns", "--json").json
    named = [p for p in report["problems"] if p["column"] == "new_colour"]
    assert [p["severity"] for p in named] == ["warning"]
    package = support.Package(orgs.folder / "p.zip")
    assert len(package.records("characteristic")) == report["totals"]["read"] > 0
    assert b"new_colour" not in package.data_bytes
    assert b"new_colour" in package.schema_bytes


def test_an_import_can_leave_missing_columns_out(orgs):
    with_column(orgs)
    orgs("export", "--from", "local:a.db", "--schema", "s.xml", "--out", "p")
    data = orgs.folder / "p" / "data.xml"
    data.write_bytes(data.read_bytes().replace(
        b'" />\r\n      </record>', b'" />\r\n        <field name="new_colour" value="1f8f5a7e-3a3b-4d3c-9e2a-000000000001" '
        b'/>\r\n      </record>'))
    assert data.read_bytes().count(b"new_colour") > 1
    shutil.copy(orgs.folder / "t.xml", orgs.folder / "p" / "data_schema.xml")
    assert "new_colour" in orgs("import", "p", "--to", "local:b.db", status=5).err
    report = orgs("import", "p", "--to", "local:b.db", "--skip-missing-columns", "--json").json
    support.check_report(report, "import")
    assert report["totals"]["created"] == report["totals"]["read"] > 0
    assert [p["severity"] for p in report["problems"] if p["column"] == "new_colour"] == ["warning"]


def test_a_missing_table_or_comparison_column_is_an_error_all_the_same(orgs):
    with_column(orgs, 'updateCompare="true" ')
    args = ["export", "--from", "local:a.db", "--schema", "t.xml", "--out", "p.zip", "--skip-missing-columns"]
    assert "new_colour" in orgs(*args, status=5).err
    text = (orgs.folder / "s.xml").read_text()
    (orgs.folder / "t.xml").write_text(text.replace('<entity name="characteristic"', '<entity name="new_thing"'))
    assert "new_thing" in orgs(*args, status=5).err
    assert not (orgs.folder / "p.zip").exists()


# ---- data export, data import ----

def test_pacs_spellings_do_the_same(orgs):
    with_column(orgs)
    result = orgs("data", "export", "--schemaFile", "s.xml", "--dataFile", "p.zip", "--environment", "local:a.db")
    assert result.out.startswith("Exporting data ...\n")
    assert result.out.endswith("Data export to p.zip is complete\n")
    orgs("data", "export", "-sf", "s.xml", "-df", "p.zip", "-env", "local:a.db", status=2)
    orgs("data", "export", "-sf", "s.xml", "-df", "p.zip", "-env", "local:a.db", "-o", "-v")
    orgs("export", "--schema", "s.xml", "--out", "q.zip", "--from", "local:a.db")
    rows = [sorted(r.get("id") for r in support.Package(orgs.folder / name).records("characteristic"))
            for name in ("p.zip", "q.zip")]
    assert rows[0] == rows[1]
    result = orgs("data", "import", "-d", "p.zip", "-env", "local:b.db", "-c", "5", "-dd", "nowhere")
    assert result.out.startswith("Importing data ...\n")
    assert result.out.endswith("Data import is complete\n")
    again = orgs("import", "p.zip", "--to", "local:b.db", "--json").json["totals"]
    assert again["unchanged"] == again["read"] == len(rows[0])


def test_pacs_defaults(orgs):
    with_column(orgs)
    orgs("data", "export", "-sf", "s.xml", env={"FERRY_FROM": "local:a.db"})
    assert support.Package(orgs.folder / "data.zip").tables() == ["characteristic"]
    orgs("data", "import", "--data", "data.zip", env={"FERRY_TO": "local:b.db"})
    assert "--environment" in orgs("data", "export", "-sf", "s.xml", "-o", status=2).err
    assert "FERRY_TO" in orgs("data", "import", "-d", "data.zip", status=2).err


def test_a_failed_import_does_not_say_that_it_is_complete(orgs):
    with_column(orgs)
    orgs("data", "export", "-sf", "s.xml", "-df", "p", "-env", "local:a.db")
    shutil.copy(orgs.folder / "t.xml", orgs.folder / "p" / "data_schema.xml")
    result = orgs("data", "import", "-d", "p", "-env", "local:b.db", status=5)
    assert "complete" not in result.out
    assert json.dumps(result.err)
