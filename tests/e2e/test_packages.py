# SPDX-License-Identifier: MIT
"""Real packages of the Configuration Migration Tool, through unpack, pack and stat; checked with Python's parsers.

FERRY_SOAK=1 runs the full counts.
"""
import csv
import functools
import html
import os
import random
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile

import pytest

import support

PACKAGES = support.SHARED / "data" / "packages"
SOAK = os.environ.get("FERRY_SOAK") == "1"
TOOL_MADE_ENDS = ("re-packed", "edited", "loose file")


@functools.lru_cache(maxsize=None)
def manifest():
    path = PACKAGES / "MANIFEST.tsv"
    if not path.exists():
        return []
    with open(path, encoding="utf-8") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def is_data(path):
    """Whether a loose file is a data.xml."""
    head = path.read_bytes()[:4000]
    return b"<entities" in head and b"<fields" not in head and "data" in path.name.rsplit("__", 1)[-1].lower() \
        and "data_schema" not in path.name


def cases():
    for row in manifest():
        path = PACKAGES / row["file"]
        if path.suffix == ".zip" or (path.suffix == ".xml" and is_data(path)):
            yield pytest.param(row, id=row["file"].rsplit("/", 1)[-1][-60:])


def zips():
    return [PACKAGES / row["file"] for row in manifest() if row["file"].endswith(".zip")]


def parts(row):
    """data.xml and data_schema.xml."""
    path = PACKAGES / row["file"]
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as z:
            return z.read("data.xml"), z.read("data_schema.xml")
    schema = path.with_name(path.name.replace("__data", "__data_schema"))
    return path.read_bytes(), (schema.read_bytes() if schema != path and schema.exists() else b"<entities >\r\n</entities>")


def put(folder, row):
    """The package as something that ferry opens."""
    path = PACKAGES / row["file"]
    if path.suffix == ".zip":
        return path
    data, schema = parts(row)
    (folder / "in").mkdir()
    (folder / "in" / "data.xml").write_bytes(data)
    (folder / "in" / "data_schema.xml").write_bytes(schema)
    return folder / "in"


def packed(path):
    with zipfile.ZipFile(path) as z:
        assert z.testzip() is None
        return z.read("data.xml"), z.read("data_schema.xml")


def same(a, b):
    """Equal but for white space between elements."""
    return (a.tag == b.tag and a.attrib == b.attrib and (a.text or "").strip() == (b.text or "").strip()
            and len(a) == len(b) and all(same(x, y) for x, y in zip(a, b)))


def values(data):
    """(table, row, column, place) to its attributes."""
    out = {}
    for entity in ElementTree.fromstring(data):
        for i, record in enumerate(entity.iter("record")):
            for k, field in enumerate(record.findall("field")):
                out[entity.get("name"), record.get("id"), field.get("name"), (i, k)] = tuple(field.attrib.items())
    return out


# ---- there and back ----

@pytest.mark.parametrize("row", cases())
def test_every_package_comes_back_from_the_folder(ferry, row):
    data, schema = parts(row)
    source = put(ferry.folder, row)
    ferry("unpack", source, "folder")
    ferry("pack", "folder", "out.zip")
    data2, schema2 = packed(ferry.folder / "out.zip")
    assert schema2 == schema
    notable = row["notable"]
    if "tool-made" in notable and not any(word in notable for word in TOOL_MADE_ENDS):
        assert data2 == data
    assert same(ElementTree.fromstring(data), ElementTree.fromstring(data2))
    assert values(data) == values(data2)


@pytest.mark.parametrize("row", cases())
def test_every_package_is_counted(ferry, row):
    root = ElementTree.fromstring(parts(row)[0])
    report = ferry("stat", put(ferry.folder, row), "--json").json
    assert report["schemaVersion"] == 1 and report["command"] == "stat"
    assert [(t["name"], t["read"]) for t in report["tables"]] == [
        (e.get("name"), len(e.findall("records/record"))) for e in root]
    links = {}
    for m in root.iter("m2mrelationship"):
        name = m.get("m2mrelationshipname")
        links[name] = links.get(name, 0) + len(m.findall("targetids/targetid"))
    assert {r["name"]: r["read"] for r in report["relationships"]} == links
    assert report["totals"]["values"] == len(root.findall("entity/records/record/field"))
    assert report["totals"]["links"] == sum(links.values())
    assert not [p for p in report["problems"] if p["severity"] == "error"]


def test_the_folder_is_a_package_for_every_command(ferry):
    source = next((p for p in zips() if "K12-SampleData" in p.name), None)
    if source is None:
        pytest.skip("no packages")
    ferry("unpack", source, "folder")
    one, two = (ferry("stat", p, "--json").json for p in (source, "folder"))
    for key in ("tables", "relationships", "totals", "timestamp"):
        assert one[key] == two[key]
    assert ferry("diff", source, "folder", "--json", "--detailed-exitcode").json["totals"]


# ---- one small package, in full view ----

SCHEMA = """<entities >\r
  <entity name="note" displayname="Note" primaryidfield="noteid" primarynamefield="title">\r
    <fields>\r
      <field displayname="Id" name="noteid" type="guid" primaryKey="true" />\r
      <field displayname="Title" name="title" type="string" />\r
      <field displayname="Text" name="body" type="string" />\r
      <field displayname="Number" name="number" type="number" />\r
      <field displayname="Picture" name="picture" type="imagedata" />\r
      <field displayname="File" name="file" type="filedata" />\r
    </fields>\r
    <relationships>\r
      <relationship name="note_note" manyToMany="true" isreflexive="true" relatedEntityName="note_note" m2mTargetEntity="note" m2mTargetEntityPrimaryKey="noteid" />\r
    </relationships>\r
  </entity>\r
</entities>"""
IDS = [f"{i:08x}-0000-4000-8000-0000000000{i:02x}" for i in range(1, 30)]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def encoded(text):
    """As the tool writes a text into an attribute: HTML, then XML."""
    out = html.escape(text).replace("&#x27;", "&#39;")
    out = "".join(f"&#{ord(c)};" if 0xA0 <= ord(c) <= 0xFF or ord(c) > 0xFFFF else c for c in out)
    out = out.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    return out.replace("\r", "&#xD;").replace("\n", "&#xA;")


def record(row_id, title="", body="", number=1, more=""):
    fields = [("noteid", row_id), ("title", encoded(title)), ("body", encoded(body)), ("number", str(number))]
    lines = "".join(f'        <field name="{n}" value="{v}" />\r\n' for n, v in fields if v)
    return f'      <record id="{row_id}">\r\n{lines}{more}      </record>\r\n'


def link(source, *targets):
    ids = "".join(f"          <targetid>{t}</targetid>\r\n" for t in targets)
    return (f'      <m2mrelationship sourceid="{source}" targetentityname="note" targetentitynameidfield="noteid" '
            f'm2mrelationshipname="note_note">\r\n        <targetids>\r\n{ids}        </targetids>\r\n'
            "      </m2mrelationship>\r\n")


def document(records, links=(), timestamp="2024-05-06T07:08:09.1234567Z"):
    linked = f"    <m2mrelationships>\r\n{''.join(links)}    </m2mrelationships>\r\n" if links else \
        "    <m2mrelationships />\r\n"
    return ('\r\n<entities xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/'
            f'XMLSchema-instance" timestamp="{timestamp}">\r\n  <entity name="note" displayname="Note">\r\n'
            f"    <records>\r\n{''.join(records)}    </records>\r\n{linked}  </entity>\r\n</entities>")


def zipped(folder, name, data, extra=(), schema=SCHEMA):
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("data_schema.xml", schema)
        z.writestr("data.xml", data)
        for entry, content in extra:
            z.writestr(entry, content)
    return name


def files(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def notes(ferry):
    records = [record(IDS[0], "Été & co", "line one\r\nline two <b>'x'</b>\r\n"),
               record(IDS[1], "con", "{\"a\": 1,\n \"b\": [2]}"),
               record(IDS[2], "", "short <i>text</i>\twith a tab"),
               record(IDS[3], "x" * 300, "<root>\n <a/>\n</root>",
                      more=f'        <field name="picture" value="{PNG}" />\r\n'
                           f'        <field name="file" value="{IDS[9]}" filename="a.txt" />\r\n')]
    data = document(records, [link(IDS[0], IDS[1], IDS[2]), link(IDS[3], IDS[0])])
    zipped(ferry.folder, "in.zip", data, [(f"files/{IDS[9]}.bin", "hello\n"), ("notes/read me.txt", "stray")])
    ferry("unpack", "in.zip", "folder")
    ferry.data = data
    return ferry


def test_names_are_recognised_and_contents_are_plain(notes):
    found = files(notes.folder / "folder")
    assert set(found) == {
        ".gitattributes", "ferry.xml", "data_schema.xml",
        "note/Été-co-00000001.xml", "note/Été-co-00000001.body.txt", "note/Été-co-00000001.note_note.links.xml",
        "note/con-00000002.xml", "note/con-00000002.body.json", "note/00000003.xml",
        f"note/{'x' * 71}-00000004.xml", f"note/{'x' * 71}-00000004.title.txt", f"note/{'x' * 71}-00000004.body.xml",
        f"note/{'x' * 71}-00000004.picture.png", f"note/{'x' * 71}-00000004.note_note.links.xml",
        f"files/{IDS[9]}.txt", "extra/notes/read me.txt"}
    assert found["note/Été-co-00000001.body.txt"] == b"line one\r\nline two <b>'x'</b>\r\n"
    assert found[f"note/{'x' * 71}-00000004.picture.png"].startswith(b"\x89PNG")
    row = found["note/00000003.xml"].decode()
    assert 'text="short &lt;i&gt;text&lt;/i&gt;\twith a tab"' in row
    assert found["ferry.xml"].count(b"2024-05-06T07:08:09.1234567Z") == 1
    line = next(s for s in found["ferry.xml"].splitlines() if b"2024-05-06" in s)
    assert line.strip() == b'<attribute name="timestamp" value="2024-05-06T07:08:09.1234567Z" />'


def test_what_nobody_changed_comes_back_to_the_byte(notes):
    notes("pack", "folder", "out.zip")
    assert packed(notes.folder / "out.zip") == (notes.data.encode(), SCHEMA.encode())
    with zipfile.ZipFile(notes.folder / "out.zip") as z:
        assert z.namelist() == ["data.xml", "data_schema.xml", f"files/{IDS[9]}.bin", "notes/read me.txt",
                                "[Content_Types].xml"]
        assert z.read(f"files/{IDS[9]}.bin") == b"hello\n" and z.read("notes/read me.txt") == b"stray"
        assert b'Extension="bin"' in z.read("[Content_Types].xml")
        assert all(i.date_time == (2024, 5, 6, 7, 8, 8) for i in z.infolist())
    # and from one zip to another through a plain folder
    notes("pack", "out.zip", "plain")
    assert (notes.folder / "plain" / "data.xml").read_bytes() == notes.data.encode()
    assert (notes.folder / "plain" / "files" / f"{IDS[9]}.bin").read_bytes() == b"hello\n"


def changed(ferry, before):
    """The values that differ after pack."""
    ferry("pack", "folder", "new.zip", "--overwrite")
    after = values(packed(ferry.folder / "new.zip")[0])
    before = values(before)
    return {k: after.get(k) for k in set(before) | set(after) if before.get(k) != after.get(k)}


def test_one_changed_value_is_the_only_difference(notes):
    row = notes.folder / "folder" / "note" / "Été-co-00000001.xml"
    text = row.read_text(encoding="utf-8")
    row.write_text(text.replace('name="number" value="1"', 'name="number" value="77"'), encoding="utf-8")
    assert changed(notes, notes.data) == {("note", IDS[0], "number", (0, 3)): (("name", "number"), ("value", "77"))}
    row.write_text(text.replace("Été &amp; co", "Übung <&amp;'>".replace("<", "&lt;")), encoding="utf-8")
    assert changed(notes, notes.data) == {
        ("note", IDS[0], "title", (0, 1)): (("name", "title"), ("value", "&#220;bung &lt;&amp;&#39;&gt;"))}
    row.write_text(text, encoding="utf-8")
    (notes.folder / "folder" / "note" / "con-00000002.body.json").write_bytes(b'{"b": "\xc3\xa9"}\n')
    assert changed(notes, notes.data) == {
        ("note", IDS[1], "body", (1, 2)): (("name", "body"), ("value", "{&quot;b&quot;: &quot;&#233;&quot;}\n"))}


def test_changing_a_column_changes_one_line_of_one_file(notes):
    before = files(notes.folder / "folder")
    data = notes.data.replace('name="number" value="1"', 'name="number" value="2"', 1)
    zipped(notes.folder, "in2.zip", data, [(f"files/{IDS[9]}.bin", "hello\n"), ("notes/read me.txt", "stray")])
    notes("unpack", "in2.zip", "folder", "--overwrite")
    after = files(notes.folder / "folder")
    assert set(before) == set(after)
    differ = [name for name in before if before[name] != after[name]]
    assert differ == ["note/Été-co-00000001.xml"]
    lines = [(a, b) for a, b in zip(before[differ[0]].splitlines(), after[differ[0]].splitlines()) if a != b]
    assert len(lines) == 1


def test_git_shows_only_the_timestamp_of_a_second_export(ferry):
    if not shutil.which("git"):
        pytest.skip("no git")

    def git(*args):
        return subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", *args], cwd=ferry.folder / "folder",
                              capture_output=True, text=True, check=True).stdout

    records = [record(IDS[i], f"Note {i}", f"line\nof {i}") for i in range(20)]
    zipped(ferry.folder, "a.zip", document(records))
    zipped(ferry.folder, "b.zip", document(records, timestamp="2025-01-01T00:00:00.0000000Z"))
    (ferry.folder / "folder").mkdir()
    git("init", "-q")
    ferry("unpack", "a.zip", "folder", "--overwrite")
    git("add", "-A")
    git("commit", "-qm", "a")
    ferry("unpack", "b.zip", "folder", "--overwrite")
    diff = [s for s in git("diff", "-U0").splitlines() if s[:1] in "+-" and s[:3] not in ("+++", "---")]
    assert len(diff) == 2 and all("timestamp" in s for s in diff)
    assert git("status", "--porcelain").split() == ["M", "ferry.xml"]


def test_an_order_file_only_where_rows_are_not_in_order(ferry):
    records = [record(IDS[i], f"Note {i}") for i in range(5)]
    links = [link(IDS[i], IDS[0]) for i in range(5)]
    for name, order, expected in [("a", [0, 1, 2, 3, 4], set()), ("b", [3, 1, 2, 0, 4], {"order.xml", "links.xml"}),
                                  ("c", [0, 1, 1, 2, 2], {"order.xml", "links.xml"})]:
        data = document([records[i] for i in order], [links[i] for i in order])
        zipped(ferry.folder, f"{name}.zip", data)
        ferry("unpack", f"{name}.zip", name)
        assert {p.name for p in (ferry.folder / name / "note").iterdir()} & {"order.xml", "links.xml"} == expected
        ferry("pack", name, f"{name}2.zip")
        assert packed(ferry.folder / f"{name}2.zip")[0] == data.encode()


def test_rows_added_and_taken_out_by_hand(notes):
    note = notes.folder / "folder" / "note"
    (note / "con-00000002.xml").unlink()
    (note / "new.xml").write_text(f'<record id="{IDS[20]}">\n  <field name="title" text="A &lt; B"/>\n</record>\n')
    notes("pack", "folder", "out.zip")
    rows = ElementTree.fromstring(packed(notes.folder / "out.zip")[0]).findall("entity/records/record")
    assert [r.get("id") for r in rows] == [IDS[0], IDS[2], IDS[3], IDS[20]]
    assert rows[-1][0].get("value") == "A &lt; B"


def test_names_are_unique_whatever_the_case_and_not_too_long(ferry):
    titles = ["Straße", "STRASSE", "strasse", "K", "\u212a", "k", "aux", "NUL", "a/b\\c:d", "..", "", "é" * 200,
              "💚 heart", "日本語のメモ", "x. ", "x", "X"]
    rows = [f"00000000-0000-4000-8000-0000000000{i:02x}" for i in range(len(titles))]
    data = document([record(i, t) for i, t in zip(rows, titles)])
    zipped(ferry.folder, "a.zip", data)
    ferry("unpack", "a.zip", "folder")
    names = [p.name for p in (ferry.folder / "folder" / "note").iterdir()]
    assert len({n.casefold() for n in names}) == len(names)
    for name in names:
        assert len(name.encode()) <= 120
        assert not set(name) & set('<>:"/\\|?*') and name == name.strip(" ")
        assert name.split(".")[0].upper() not in ("CON", "PRN", "AUX", "NUL")
    ferry("pack", "folder", "b.zip")
    assert packed(ferry.folder / "b.zip")[0] == data.encode()


FORMS = {
    "bom and declaration": lambda d: "\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?>" + d,
    "line feeds": lambda d: d.replace("\r\n", "\n"),
    "no leading line end": lambda d: d.lstrip(),
    "trailing line end": lambda d: d + "\r\n",
    "namespaces the other way round": lambda d: d.replace(
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'),
    "no timestamp": lambda d: d.replace(' timestamp="2024-05-06T07:08:09.1234567Z"', ""),
    "old timestamp": lambda d: d.replace("2024-05-06T07:08:09.1234567Z", "4/5/2019 8:59:23 AM"),
    "unknown attributes": lambda d: d.replace("<record id", '<record newId="1" text="2" id').replace(
        '<field name="number"', '<field name="number" text="a" file="b" as="c" attr.x="d" extra="e"'),
    "no rows": lambda d: '\r\n<entities timestamp="x" />',
    "official empty template": lambda d: '<entities xmlns:xsd="http://www.w3.org/2001/XMLSchema">\n</entities>',
    "a table without rows": lambda d: '\r\n<entities>\r\n  <entity name="note">\r\n    <records />\r\n'
                                      "    <m2mrelationships />\r\n  </entity>\r\n</entities>",
    "single escaping": lambda d: d.replace("&amp;lt;", "&lt;").replace("&amp;amp;", "&amp;").replace("&amp;#233;", "é"),
    "tabs as references": lambda d: d.replace("\t", "&#x9;"),
    "the same table twice": lambda d: d.replace("</entities>", d[d.index("  <entity"):]),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_data(notes, form):
    data = FORMS[form](notes.data)
    zipped(notes.folder, "form.zip", data)
    notes("unpack", "form.zip", "form")
    notes("pack", "form", "form2.zip")
    assert packed(notes.folder / "form2.zip")[0] == data.encode()
    notes("pack", "form.zip", "form3.zip")
    assert packed(notes.folder / "form3.zip")[0] == data.encode()
    notes("stat", "form.zip")


def test_party_lists_travel(ferry):
    party = ('        <field name="title" value="" lookupentity="" lookupentityname="">\r\n'
             f'          <activitypointerrecords id="{IDS[5]}">\r\n'
             f'            <field name="partyid" value="{IDS[6]}" lookupentity="contact" lookupentityname="A &amp; B" />\r\n'
             '            <field name="participationtypemask" value="5" />\r\n'
             '          </activitypointerrecords>\r\n        </field>\r\n')
    data = document([record(IDS[0], more=party)])
    zipped(ferry.folder, "a.zip", data)
    ferry("unpack", "a.zip", "folder")
    ferry("pack", "folder", "b.zip")
    assert packed(ferry.folder / "b.zip")[0] == data.encode()


def test_bad_values_are_told(ferry):
    data = document([record(IDS[0], number="abc"), record(IDS[1], number=2)])
    zipped(ferry.folder, "a.zip", data)
    result = ferry("stat", "a.zip", "--json", status=1)
    problem, = result.json["problems"]
    assert (problem["table"], problem["id"], problem["column"]) == ("note", IDS[0], "number")
    assert problem["message"].startswith("data.xml:7:") and "abc" in problem["message"]
    assert result.json["totals"]["bad"] == 1 and result.json["totals"]["read"] == 2
    ferry("unpack", "a.zip", "folder")
    problem, = ferry("stat", "folder", "--json", status=1).json["problems"]
    assert problem["message"].startswith("note/00000001.xml:3:")


def test_elements_that_no_package_has_are_told_when_left_out(ferry):
    data = document([record(IDS[0])]).replace("<records>", "<records><note/>")
    zipped(ferry.folder, "a.zip", data)
    result = ferry("unpack", "a.zip", "folder", status=1)
    assert "<note>" in result.err


# ---- hostile folders and damaged packages ----

def break_row(folder, old, new):
    row = folder / "note" / "Été-co-00000001.xml"
    row.write_text(row.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


BREAKS = {
    "broken xml": (lambda f: break_row(f, "</record>", ""), "note/Été-co-00000001.xml"),
    "missing file": (lambda f: (f / "note" / "con-00000002.body.json").unlink(), "con-00000002.body.json"),
    "path outside": (lambda f: break_row(f, 'file="', 'file="../../'), "note/Été-co-00000001.xml:4"),
    "absolute path": (lambda f: break_row(f, 'file="', 'file="/etc/'), "note/Été-co-00000001.xml:4"),
    "unknown as": (lambda f: break_row(f, 'as="text"', 'as="rot13"'), "rot13"),
    "value and text": (lambda f: break_row(f, 'name="title" ', 'name="title" value="x" '), "value"),
    "unknown element": (lambda f: break_row(f, "</record>", "<more/></record>"), "more"),
    "no id": (lambda f: break_row(f, "<record id=", "<record di="), "note/Été-co-00000001.xml:1"),
    "symbolic link of a value": (lambda f: ((f / "note" / "con-00000002.body.json").unlink(),
                                            (f / "note" / "con-00000002.body.json").symlink_to("/etc/passwd")), "json"),
    "symbolic link of a row": (lambda f: (f / "note" / "evil.xml").symlink_to("/etc/passwd"), "evil.xml"),
    "symbolic link of a table": (lambda f: (shutil.move(f / "note", f / "gone"), (f / "note").symlink_to("gone")), "note"),
    "pipe": (lambda f: ((f / "note" / "con-00000002.body.json").unlink(),
                        os.mkfifo(f / "note" / "con-00000002.body.json")), "json"),
    "no text": (lambda f: (f / "note" / "con-00000002.body.json").write_bytes(b"\xff\xfe"), "UTF-8"),
    "no index": (lambda f: (f / "ferry.xml").write_text("<ferry"), "ferry.xml"),
    "other version": (lambda f: (f / "ferry.xml").write_text('<ferry version="2"/>'), "ferry.xml:1"),
    "folder outside": (lambda f: (f / "ferry.xml").write_text((f / "ferry.xml").read_text().replace(
        'folder="note"', 'folder="../note"')), "ferry.xml"),
    "attribute that is none": (lambda f: (f / "ferry.xml").write_text((f / "ferry.xml").read_text().replace(
        'name="timestamp"', 'name="x=&quot;&quot;>"')), "ferry.xml"),
    "order of missing files": (lambda f: (f / "note" / "order.xml").write_text(
        '<order>\n<file name="no.xml"/></order>'), "note/order.xml:2"),
    "schema": (lambda f: (f / "data_schema.xml").unlink(), "data_schema.xml"),
    "document type": (lambda f: break_row(f, "<record", '<!DOCTYPE x SYSTEM "http://127.0.0.1/x"><record'), "DOCTYPE"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_folders_that_are_wrong(notes, name):
    change, word = BREAKS[name]
    change(notes.folder / "folder")
    before = sorted(os.listdir(notes.folder))
    result = notes("pack", "folder", "out.zip", status=5)
    assert word in result.err and "root:" not in result.err, result.err
    assert sorted(os.listdir(notes.folder)) == before


def test_a_folder_of_other_things_is_not_replaced(notes):
    (notes.folder / "folder" / "README.md").write_text("mine")
    assert "README.md" in notes("unpack", "in.zip", "folder", "--overwrite", status=2).err
    assert (notes.folder / "folder" / "README.md").read_text() == "mine"
    notes("unpack", "in.zip", "folder", status=2)


@pytest.mark.parametrize("extra", [[("a", "1"), ("a/b", "2")], [("data.xml/x", "1")]])
def test_entries_that_cannot_be_files_leave_nothing(ferry, extra):
    zipped(ferry.folder, "a.zip", document([record(IDS[0])]), extra)
    ferry("unpack", "a.zip", "folder", status=None)
    assert not [p for p in ferry.folder.iterdir() if ".part" in p.name]


def attempts(ferry, damaged, name):
    """Exit 5 with nothing left, or a result."""
    (ferry.folder / "x.zip").write_bytes(damaged)
    for args in (["stat", "x.zip"], ["unpack", "x.zip", "y"]):
        done = ferry(*args, status=None)
        assert done.status in (0, 1, 5), (name, done.status, done.err[-500:])
        left = {p.name for p in ferry.folder.iterdir()} - {"x.zip", "state"}
        assert left <= ({"y"} if done.status != 5 else set()), (name, left)
        shutil.rmtree(ferry.folder / "y", ignore_errors=True)
        yield done.status


def ten():
    small = sorted(zips(), key=lambda p: (p.stat().st_size, p.name))
    return small[:: max(1, len(small) // 10)][:10] if SOAK else small[2:4]


@pytest.mark.parametrize("path", ten(), ids=lambda p: p.name[-40:])
def test_truncated_packages(ferry, path):
    whole = path.read_bytes()
    cuts = range(200) if SOAK else range(0, 200, 7)
    for i in cuts:
        assert set(attempts(ferry, whole[:len(whole) * i // 200], f"{path.name} cut at {i}/200")) == {5}


@pytest.mark.parametrize("path", ten(), ids=lambda p: p.name[-40:])
def test_flipped_bytes(ferry, path):
    whole = path.read_bytes()
    rnd = random.Random(path.name)
    for i in range(200 if SOAK else 25):
        damaged = bytearray(whole)
        for _ in range(rnd.choice([1, 1, 1, 3, 20])):
            damaged[rnd.randrange(len(damaged))] ^= 1 << rnd.randrange(8)
        list(attempts(ferry, bytes(damaged), f"{path.name} flip {i}"))


@pytest.mark.parametrize("path", ten(), ids=lambda p: p.name[-40:])
def test_damaged_data_inside_a_sound_zip(ferry, path):
    with zipfile.ZipFile(path) as z:
        data, schema = z.read("data.xml"), z.read("data_schema.xml")
    rnd = random.Random(path.name)
    for i in range(200 if SOAK else 25):
        damaged = bytearray(data)
        if i % 4 == 0:
            del damaged[rnd.randrange(len(damaged)):]
        else:
            for _ in range(rnd.choice([1, 2, 10])):
                damaged[rnd.randrange(len(damaged))] = rnd.choice(b"<>&\"' =/\0\xff\xc3aA0\n\t")
        zipped(ferry.folder, "z.zip", bytes(damaged), schema=schema)
        whole = (ferry.folder / "z.zip").read_bytes()
        (ferry.folder / "z.zip").unlink()
        list(attempts(ferry, whole, f"{path.name} data {i}"))
