# SPDX-License-Identifier: MIT
"""Hostile and broken packages, schemas and organization files: a clear message, the right exit status, nothing
half written."""
import shutil
import sqlite3
import struct
import zipfile

import pytest

import support

SCHEMA = """<entities >
  <entity name="characteristic" displayname="Characteristic" etc="1141" primaryidfield="characteristicid" primarynamefield="name" disableplugins="false">
    <fields>
      <field updateCompare="true" displayname="Characteristic" name="characteristicid" type="guid" primaryKey="true" />
      <field displayname="Characteristic Type" name="characteristictype" type="optionsetvalue" />
      <field displayname="Name" name="name" type="string" />
    </fields>
  </entity>
</entities>"""

RECORD = """      <record id="{id}">
        <field name="characteristicid" value="{id}" />
        <field name="characteristictype" value="{type}" />
        <field name="name" value="{name}" />
      </record>
"""

DATA = """
<entities xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" timestamp="2026-03-01T10:00:00.0000000Z">
  <entity name="characteristic" displayname="Characteristic">
    <records>
{records}    </records>
    <m2mrelationships />
  </entity>
</entities>"""

TYPES = ('\ufeff<?xml version="1.0" encoding="utf-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
         'content-types"><Default Extension="xml" ContentType="application/octet-stream" /></Types>')


def row(number, kind="1", name=None):
    guid = f"00000000-0000-4000-8000-{number:012d}"
    return RECORD.format(id=guid, type=kind, name=name or f"Skill {number}")


def data(*records):
    return DATA.format(records="".join(records))


GOOD = data(row(1), row(2))


def write_zip(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in entries:
            z.writestr(name, content)


def package(folder, data_xml=GOOD, schema=SCHEMA, name="p.zip", extra=()):
    write_zip(folder / name, [("data_schema.xml", schema), ("data.xml", data_xml), ("[Content_Types].xml", TYPES),
                              *extra])
    return name


@pytest.fixture
def target(sample, ferry):
    """ferry with b.db, and a check that it is as it was."""
    shutil.copy(sample / "b.db", ferry.folder / "b.db")
    ferry.before = support.dump(ferry.folder / "b.db")
    return ferry


def refused(target, name, *words, status=5):
    """The import stops with one document; the message has every word; b.db is untouched."""
    result = target("import", name, "--to", "local:b.db", "--json", status=status)
    if status not in (2, 9):
        support.check_report(result.json, "import")
        assert result.json["totals"]["created"] == result.json["totals"]["updated"] == 0
    for word in words:
        assert word in result.err, result.err
    assert support.dump(target.folder / "b.db") == target.before
    assert not [p.name for p in target.folder.iterdir() if p.name.endswith("-journal") or ".part" in p.name]
    return result


def test_the_good_package_is_good(target):
    report = target("import", package(target.folder), "--to", "local:b.db", "--json").json
    assert report["totals"]["created"] == 2


# ---- the zip ----

def test_no_package_at_all(target):
    refused(target, "missing.zip", "missing.zip")


def test_not_a_zip(target):
    (target.folder / "p.zip").write_bytes(b"this is a letter, not a zip file\n" * 100)
    refused(target, "p.zip", "p.zip", "zip")
    (target.folder / "empty.zip").write_bytes(b"")
    refused(target, "empty.zip", "empty.zip")


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9, 0.99])
def test_truncated_zip(target, keep):
    package(target.folder)
    whole = (target.folder / "p.zip").read_bytes()
    (target.folder / "p.zip").write_bytes(whole[:int(len(whole) * keep)])
    refused(target, "p.zip", "p.zip")


def test_wrong_crc(target):
    package(target.folder, data(*[row(i) for i in range(500)]))
    whole = bytearray((target.folder / "p.zip").read_bytes())
    # The CRC in the local header and in the directory's entry of data.xml.
    with zipfile.ZipFile(target.folder / "p.zip") as z:
        crc = struct.pack("<I", z.getinfo("data.xml").CRC)
    at = whole.find(crc)
    while at >= 0:
        whole[at] ^= 0xFF
        at = whole.find(crc, at + 1)
    (target.folder / "p.zip").write_bytes(whole)
    refused(target, "p.zip", "p.zip", "data.xml")


def test_damaged_bytes_inside(target):
    package(target.folder, data(*[row(i) for i in range(500)]))
    whole = bytearray((target.folder / "p.zip").read_bytes())
    with zipfile.ZipFile(target.folder / "p.zip") as z:
        info = z.getinfo("data.xml")
    middle = info.header_offset + 60 + info.compress_size // 2
    whole[middle:middle + 20] = bytes(b ^ 0x5A for b in whole[middle:middle + 20])
    (target.folder / "p.zip").write_bytes(whole)
    refused(target, "p.zip", "p.zip", "data.xml")


def test_zip_bomb(target):
    # 300 MiB of blanks, which become 300 KiB: more than any value may have.
    bomb = b" " * (1 << 20)
    with zipfile.ZipFile(target.folder / "p.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        z.writestr("data_schema.xml", SCHEMA)
        z.writestr("[Content_Types].xml", TYPES)
        with z.open("data.xml", "w", force_zip64=True) as out:
            out.write(b"<entities><entity name=\"characteristic\"><records><record id=\"")
            for _ in range(300):
                out.write(bomb)
    refused(target, "p.zip", "p.zip", "data.xml")


@pytest.mark.parametrize("name", ["../data.xml", "/etc/passwd", "files/../../x", "..\\x", "C:\\x"])
def test_entry_outside_the_folder(target, name):
    write_zip(target.folder / "p.zip", [("data_schema.xml", SCHEMA), ("data.xml", GOOD), ("x.txt", "x")])
    raw = (target.folder / "p.zip").read_bytes()
    assert raw.count(b"x.txt") == 2
    # zipfile tidies names up, so they are put in by hand; the lengths stand before them.
    entry = name.encode()
    out, rest = b"", raw
    for signature, length_at, header in ((b"PK\x03\x04", 26, 30), (b"PK\x01\x02", 28, 46)):
        name_at = rest.index(b"x.txt")
        head_at = rest.rindex(signature, 0, name_at)
        assert name_at - head_at == header
        head = bytearray(rest[head_at:name_at])
        struct.pack_into("<H", head, length_at, len(entry))
        out += rest[:head_at] + bytes(head) + entry
        rest = rest[name_at + 5:]
    grown = len(entry) - 5
    end = bytearray(rest)
    at = end.rindex(b"PK\x05\x06")
    size, offset = struct.unpack_from("<II", end, at + 12)
    struct.pack_into("<II", end, at + 12, size + grown, offset + grown)
    (target.folder / "p.zip").write_bytes(out + bytes(end))
    refused(target, "p.zip", "p.zip", name)


def test_the_same_entry_twice(target):
    with pytest.warns(UserWarning):
        package(target.folder, extra=[("data.xml", GOOD)])
    refused(target, "p.zip", "p.zip", "data.xml")


def test_encrypted_zip(target):
    package(target.folder)
    whole = bytearray((target.folder / "p.zip").read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = whole.find(signature)
        while start >= 0:
            whole[start + at] |= 1
            start = whole.find(signature, start + 4)
    (target.folder / "p.zip").write_bytes(whole)
    refused(target, "p.zip", "p.zip")


@pytest.mark.parametrize("missing", ["data.xml", "data_schema.xml"])
def test_a_part_is_missing(target, missing):
    entries = [("data_schema.xml", SCHEMA), ("data.xml", GOOD)]
    write_zip(target.folder / "p.zip", [e for e in entries if e[0] != missing])
    refused(target, "p.zip", missing)
    folder = target.folder / "folder"
    folder.mkdir()
    for name, content in entries:
        if name != missing:
            (folder / name).write_text(content)
    refused(target, "folder", missing)


def test_unknown_entries_and_a_missing_content_type_do_no_harm(target):
    write_zip(target.folder / "p.zip", [("data.xml", GOOD), ("notes/read me.txt", "hello"), ("data_schema.xml", SCHEMA)])
    assert target("import", "p.zip", "--to", "local:b.db", "--json").json["totals"]["created"] == 2


# ---- the XML ----

@pytest.mark.parametrize("text, line", [
    (GOOD.replace("</records>", ""), 17),
    (GOOD.replace("<m2mrelationships />", "<m2mrelationships / >"), None),
    (GOOD[:-20], None),
    (GOOD + "<more/>", None),
    (GOOD.replace("Skill 1", "Skill \x01"), None),
    (GOOD.replace("Skill 1", "Skill &nbsp;"), None),
    ("", None),
    ("no xml at all", None),
], ids=["end tag", "blank", "cut", "two roots", "control character", "entity", "empty", "text"])
def test_data_that_is_not_well_formed(target, text, line):
    package(target.folder, text)
    result = refused(target, "p.zip", "data.xml")
    if line:
        assert f"data.xml:{line}" in result.err


def test_schema_that_is_not_well_formed(target):
    package(target.folder, schema=SCHEMA.replace("</fields>", ""))
    refused(target, "p.zip", "data_schema.xml:")


@pytest.mark.parametrize("head", [
    '<!DOCTYPE entities [<!ENTITY secret SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE entities SYSTEM "http://127.0.0.1:9/x.dtd">',
    '<!DOCTYPE entities [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
])
def test_document_types_and_entities(target, head):
    package(target.folder, head + GOOD.replace("Skill 1", "&secret;" if "secret" in head else "Skill 1"))
    result = refused(target, "p.zip", "data.xml")
    assert "root:" not in result.err + result.out
    package(target.folder, schema=head + SCHEMA, name="q.zip")
    refused(target, "q.zip", "data_schema.xml")


def test_nesting_over_the_limit(target):
    deep = "<x>" * 5000 + "</x>" * 5000
    package(target.folder, GOOD.replace("<m2mrelationships />", deep))
    refused(target, "p.zip", "data.xml:")


# ---- the schema ----

def test_unknown_column_type(target):
    package(target.folder, schema=SCHEMA.replace('type="string"', 'type="strange"'))
    refused(target, "p.zip", "data_schema.xml:6", "strange")


def test_a_table_twice(target):
    entity = SCHEMA[SCHEMA.index("  <entity"):SCHEMA.index("</entities>")]
    package(target.folder, schema=SCHEMA.replace("</entities>", entity + "</entities>"))
    refused(target, "p.zip", "data_schema.xml:", "characteristic")


def test_a_column_twice(target):
    field = '      <field displayname="Name" name="name" type="string" />\n'
    package(target.folder, schema=SCHEMA.replace(field, field * 2))
    refused(target, "p.zip", "data_schema.xml:7", "name")


def test_a_column_that_the_environment_does_not_know(target):
    package(target.folder, schema=SCHEMA.replace('name="name" type="string"', 'name="new_colour" type="string"'),
            data_xml=GOOD.replace('name="name"', 'name="new_colour"'))
    refused(target, "p.zip", "characteristic", "new_colour")


def test_a_table_that_the_environment_does_not_have(target):
    schema = SCHEMA.replace("characteristic", "new_thing")
    package(target.folder, schema=schema, data_xml=GOOD.replace("characteristic", "new_thing"))
    refused(target, "p.zip", "new_thing")


def test_all_missing_tables_and_columns_are_listed_at_once(target):
    field = '      <field displayname="X" name="new_{}" type="string" />\n'
    schema = SCHEMA.replace("    </fields>", field.format("one") + field.format("two") + "    </fields>")
    package(target.folder, schema=schema)
    result = refused(target, "p.zip")
    text = result.err + "".join(p["message"] for p in result.json["problems"])
    assert "new_one" in text and "new_two" in text


# ---- the rows ----

def test_a_value_that_does_not_fit_fails_its_row_only(target):
    long = "x" * 5000
    package(target.folder, data(row(1), row(2, kind="abc"), row(3, name=long), row(4)))
    result = target("import", "p.zip", "--to", "local:b.db", "--json", status=1)
    report = result.json
    support.check_report(report, "import")
    assert report["totals"]["created"] == 2 and report["totals"]["failed"] == 2
    problems = [p for p in report["problems"] if p["severity"] == "error"]
    assert {(p["table"], p["id"][-1], p["column"]) for p in problems} == {
        ("characteristic", "2", "characteristictype"), ("characteristic", "3", "name")}
    assert any("abc" in p["message"] for p in problems)
    rows = support.Org(target.folder / "b.db").rows("characteristic")
    assert {i[-1] for i in rows if i.startswith("00000000-0000-4000")} == {"1", "4"}


def test_the_same_row_twice_is_no_crash(target):
    package(target.folder, data(row(1), row(1, name="Other")))
    result = target("import", "p.zip", "--to", "local:b.db", "--json", status=None)
    assert result.status in (1, 5, 6), result.err
    support.check_report(result.json, "import")
    assert "00000000-0000-4000-8000-000000000001" in result.err + result.out


def test_an_id_that_is_none(target):
    package(target.folder, data(row(1).replace('record id="00000000', 'record id="zzzzzzzz')))
    refused(target, "p.zip", "data.xml:5", "zzzzzzzz")


def test_two_rows_that_are_one_in_the_target_are_a_conflict(target):
    """characteristic is found by name; two source rows with one name claim the same counterpart."""
    target("import", package(target.folder, data(row(9, name="Spanish"))), "--to", "local:b.db", "-q")
    target.before = support.dump(target.folder / "b.db")
    package(target.folder, data(row(1, name="Spanish"), row(2, name="Spanish")), name="q.zip")
    result = refused(target, "q.zip", "conflict", status=6)
    ids = [f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 9)]
    told = [p["message"] for p in result.json["problems"] if p["severity"] == "error"]
    assert any(all(i in message for i in ids) for message in told)
    assert all(i in target("import", "q.zip", "--to", "local:b.db", status=6).err for i in ids)


# ---- the organization file ----

@pytest.mark.parametrize("content", [b"", b"no database at all\n" * 1000], ids=["empty", "text"])
def test_a_file_that_is_no_organization(target, content):
    (target.folder / "x.db").write_bytes(content)
    result = target("import", package(target.folder), "--to", "local:x.db", "--json", status=5)
    assert "x.db" in result.err
    assert (target.folder / "x.db").read_bytes() == content


def test_another_programs_database(target):
    with sqlite3.connect(target.folder / "x.db") as db:
        db.execute("create table letter (text)")
    before = (target.folder / "x.db").read_bytes()
    for args in (["import", package(target.folder), "--to", "local:x.db"],
                 ["export", "--from", "local:x.db", "--schema", support.PLANS / "1-skills.xml", "--out", "y.zip"]):
        assert "x.db" in target(*args, status=5).err
    assert (target.folder / "x.db").read_bytes() == before
    assert not (target.folder / "y.zip").exists()


def test_an_organization_of_a_newer_ferry(target):
    with sqlite3.connect(target.folder / "b.db") as db:
        db.execute("pragma user_version = 99999")
    assert "b.db" in target("import", package(target.folder), "--to", "local:b.db", status=5).err


def test_a_damaged_organization_is_told(target):
    whole = bytearray((target.folder / "b.db").read_bytes())
    (target.folder / "b.db").write_bytes(whole[:len(whole) // 2])
    result = target("import", package(target.folder), "--to", "local:b.db", status=None)
    assert result.status in (4, 5, 9)
    assert result.err.startswith("ferry: ")


# ---- schemas of an export ----

@pytest.mark.parametrize("change, words", [
    (("</fields>", ""), ["s.xml:"]),
    (('type="string"', 'type="strange"'), ["s.xml:6", "strange"]),
    (('name="name"', 'name="new_colour"'), ["new_colour"]),
    (('entity name="characteristic"', 'entity name="new_thing"'), ["new_thing"]),
    (("  </entity>", "<filter>&lt;fetch&gt;&lt;entity name='characteristic'&gt;&lt;/fetch&gt;</filter></entity>"), ["s.xml:"]),
    (("  </entity>", "<filter>&lt;fetch&gt;&lt;entity name='characteristic'&gt;&lt;filter&gt;&lt;condition attribute='name' "
      "operator='resembles' value='x'/&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;</filter></entity>"), ["resembles"]),
    (("  </entity>", "<filter>&lt;fetch&gt;&lt;entity name='queue'/&gt;&lt;/fetch&gt;</filter></entity>"), ["queue"]),
], ids=["xml", "type", "column", "table", "fetch", "operator", "other-table"])
def test_schemas_that_cannot_be_exported(sample, ferry, change, words):
    shutil.copy(sample / "a.db", ferry.folder / "a.db")
    assert change[0] in SCHEMA
    (ferry.folder / "s.xml").write_text(SCHEMA.replace(*change, 1))
    result = ferry("export", "--from", "local:a.db", "--schema", "s.xml", "--out", "x.zip", "--json", status=5)
    support.check_report(result.json, "export")
    for word in words:
        assert word in result.err
    assert sorted(p.name for p in ferry.folder.iterdir()) in (["a.db", "s.xml"], ["a.db", "s.xml", "state"])
