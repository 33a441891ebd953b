# SPDX-License-Identifier: MIT
"""What ferry means to do, shown before it does it: as a diff, as JSON, as Markdown. What must stand there follows from the
package and from the two organizations' files, read with sqlite3."""
import hashlib
import html
import re
import shutil
import sqlite3
from xml.sax.saxutils import quoteattr

import pytest

import support
from support import Org, STEPS

COUNTS = {"create": ("tables", "created"), "update": ("tables", "updated"), "adopt": ("tables", "adopted"),
          "link": ("relationships", "linked")}


def row_id(n):
    return f"{n:08x}-0000-4000-8000-{n:012x}"


def package(path, rows):
    """Skills: {id: {column: value}}."""
    types = {"name": "string", "description": "string", "characteristictype": "optionsetvalue"}
    fields = "".join(f'<field displayname="{c}" name="{c}" type="{t}"/>' for c, t in types.items())
    records = "".join(
        f'<record id="{i}">' + "".join(
            f'<field name="{c}" value={quoteattr(v, {chr(10): "&#xA;"})}/>' for c, v in columns.items()) + "</record>"
        for i, columns in rows.items())
    path.mkdir()
    (path / "data_schema.xml").write_text(
        '<entities><entity name="characteristic" displayname="S" primaryidfield="characteristicid" '
        f'primarynamefield="name"><fields><field displayname="id" name="characteristicid" type="guid" primaryKey="true"/>'
        f"{fields}</fields></entity></entities>")
    (path / "data.xml").write_text(
        f'<entities><entity name="characteristic" displayname="S"><records>{records}</records></entity></entities>')
    return path


@pytest.fixture
def org(sample, ferry, tmp_path):
    """b.db with three skills in it."""
    shutil.copy(sample / "b.db", tmp_path / "b.db")
    package(tmp_path / "before", {
        row_id(1): {"name": "one", "description": "a\nb\nc\n", "characteristictype": "1"},
        row_id(2): {"name": "two", "description": "old", "characteristictype": "1"},
        row_id(3): {"name": "three", "characteristictype": "1"}})
    ferry("import", "before", "--to", "local:b.db")
    return ferry


AFTER = {row_id(1): {"name": "one", "description": "a\nB\nc\n"},
         row_id(2): {"name": "two", "description": "new", "characteristictype": "2"},
         row_id(13): {"name": "three"},
         row_id(4): {"name": "four", "characteristictype": "1"}}


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_preview_reads_like_a_diff(org, tmp_path):
    package(tmp_path / "after", AFTER)
    before = digest(tmp_path / "b.db")
    done = org("import", "after", "--to", "local:b.db", "--dry-run")
    shown = done.out[:done.out.index("Plan:")]
    assert shown == "\n".join([
        "characteristic",
        f"  + four ({row_id(4)})",
        "      name: four",
        "      characteristictype: 1 (Skill)",
        f"  ~ one ({row_id(1)})",
        "      description:",
        "        @@ -1,3 +1,3 @@",
        "         a", "        -b", "        +B", "         c",
        f"  ~ two ({row_id(2)})",
        "      description: old -> new",
        "      characteristictype: 1 (Skill) -> 2 (Certification)",
        f"  = three ({row_id(3)}), in the source {row_id(13)}, found by name",
        "", ""])
    plan = done.out[done.out.index("Plan:"):].splitlines()
    assert plan[0] == "Plan: 1 to create, 2 to update, 1 to adopt, 0 to delete, 0 to link, 0 to unlink."
    assert any(line.split() == ["characteristic", "4", "1", "2", "1", "-", "-", "-"] for line in plan[1:])
    assert digest(tmp_path / "b.db") == before


def test_the_preview_as_a_document(org, tmp_path):
    package(tmp_path / "after", AFTER)
    done = org("import", "after", "--to", "local:b.db", "--dry-run", "--json").json
    support.check_report(done, "import")
    assert done["changes"] == [
        {"kind": "create", "table": "characteristic", "id": row_id(4), "name": "four", "columns": [
            {"name": "name", "after": "four"}, {"name": "characteristictype", "after": 1}]},
        {"kind": "update", "table": "characteristic", "id": row_id(1), "name": "one", "columns": [
            {"name": "description", "before": "a\nb\nc\n", "after": "a\nB\nc\n"}]},
        {"kind": "update", "table": "characteristic", "id": row_id(2), "name": "two", "columns": [
            {"name": "description", "before": "old", "after": "new"},
            {"name": "characteristictype", "before": 1, "after": 2}]},
        {"kind": "adopt", "table": "characteristic", "id": row_id(3), "origin": row_id(13), "name": "three",
         "how": "name", "columns": []}]


def test_when_all_is_done_there_are_no_changes(org, tmp_path):
    package(tmp_path / "after", AFTER)
    org("import", "after", "--to", "local:b.db")
    done = org("import", "before", "--to", "local:b.db", "--dry-run", "--json")
    assert [c["kind"] for c in done.json["changes"]] == ["update", "update"]
    org("import", "before", "--to", "local:b.db")
    assert org("import", "before", "--to", "local:b.db", "--dry-run").out.startswith("no changes\n")
    assert org("import", "before", "--to", "local:b.db", "--dry-run", "--json").json["changes"] == []


HOSTILE = "<script>alert(1)</script>|`x`\n# t [a](http://b) \u202e@me **b** </details>"


def test_data_never_steers_the_terminal(org, tmp_path):
    package(tmp_path / "after", {row_id(4): {"name": HOSTILE, "description": "\u009b2J\u2066"}})
    out = org("import", "after", "--to", "local:b.db", "--dry-run").out
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out)
    assert "\n# t" not in out


def test_the_summary_for_a_reviewer(org, tmp_path):
    package(tmp_path / "after", {**AFTER, row_id(5): {"name": HOSTILE, "description": "d"}})
    org("import", "after", "--to", "local:b.db", "--dry-run", "--summary", "s.md")
    text = (tmp_path / "s.md").read_text()
    with sqlite3.connect(tmp_path / "b.db") as db:
        organization = db.execute("select organizationid from organization").fetchone()[0]
    assert "**Plan: 2 to create, 2 to update, 1 to adopt, 0 to delete, 0 to link, 0 to unlink.**" in text
    assert organization in text
    # nothing but our own tags, and all of them closed
    tags = re.findall(r"</?([a-z]+)[^>]*>", text)
    assert set(tags) == {"details", "summary", "code"}
    for tag in set(tags):
        assert text.count(f"<{tag}>") == text.count(f"</{tag}>")
    for part in ("`", "http:", "@me", "](", "\u202e", "**b**"):
        assert part not in text
    assert not any(line.startswith("# t") for line in text.splitlines())
    shown = html.unescape(text)
    assert "<script>alert(1)</script>|`x` \u21b5 # t [a](http://b)" in shown
    assert "<code>old</code> \u2192 <code>new</code>" in text
    for line in text.splitlines():
        if line.startswith("| <code>characteristic"):
            assert line.count("|") == 11


def test_a_summary_that_is_there_is_replaced_only_when_asked(org, tmp_path):
    package(tmp_path / "after", AFTER)
    args = ("import", "after", "--to", "local:b.db", "--dry-run", "--summary", "s.md")
    (tmp_path / "s.md").write_text("")
    org(*args)
    first = (tmp_path / "s.md").read_text()
    assert first.startswith("## ferry import\n")
    (tmp_path / "s.md").write_text("mine")
    assert "--overwrite" in org(*args, status=2).err
    assert (tmp_path / "s.md").read_text() == "mine"
    org(*args, "--overwrite")
    assert (tmp_path / "s.md").read_text().startswith("## ferry import\n")


def test_a_secret_is_not_shown(sample, ferry, tmp_path):
    shutil.copy(sample / "b.db", tmp_path / "b.db")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "data_schema.xml").write_text(
        '<entities><entity name="msdyn_liveworkstream" displayname="W" primaryidfield="msdyn_liveworkstreamid" '
        'primarynamefield="msdyn_name"><fields>'
        '<field displayname="id" name="msdyn_liveworkstreamid" type="guid" primaryKey="true"/>'
        '<field displayname="n" name="msdyn_name" type="string"/>'
        '<field displayname="s" name="msdyn_streamsource" type="optionsetvalue"/>'
        '<field displayname="k" name="msdyn_apikey" type="string"/></fields></entity></entities>')
    (tmp_path / "w" / "data.xml").write_text(
        f'<entities><entity name="msdyn_liveworkstream" displayname="W"><records><record id="{row_id(7)}">'
        '<field name="msdyn_name" value="Mine"/><field name="msdyn_streamsource" value="192360000"/>'
        '<field name="msdyn_apikey" value="hush-hush"/></record></records></entity></entities>')
    args = ("import", "w", "--to", "local:b.db", "--dry-run", "--include-secrets")
    text = ferry(*args, "--summary", "s.md")
    assert "msdyn_apikey: (secret)" in text.out
    document = ferry(*args, "--json")
    assert {"name": "msdyn_apikey", "secret": True} in document.json["changes"][0]["columns"]
    for shown in (text.out, text.err, document.out, (tmp_path / "s.md").read_text()):
        assert "hush-hush" not in shown


# ---- the main job: what is shown is what happens ----

def as_stored(value):
    """A value of the document as an organization's file has it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, dict):
        return value["id"]
    return value


def same(told, stored):
    told = as_stored(told)
    if told in (None, "") or stored in (None, ""):
        return told in (None, "") and stored in (None, "")
    if isinstance(told, (int, float)) or isinstance(stored, (int, float)):
        return float(told) == float(stored)
    return str(told).replace("\r\n", "\n").replace("\r", "\n") == str(stored).replace("\r\n", "\n").replace("\r", "\n")


def check_row(change, before, after):
    """One told row against the two states of the target's file."""
    was = before.rows(change["table"]).get(change["id"])
    is_now = after.rows(change["table"]).get(change["id"])
    assert is_now is not None, change
    assert (was is None) == (change["kind"] == "create"), change
    assert ("origin" in change) == (change.get("origin", change["id"]) != change["id"])
    for column in change["columns"]:
        name = column["name"]
        assert column["after"] is not None, (change["id"], name)
        assert same(column["after"], is_now[name]), (change["table"], name, column["after"], is_now[name])
        if change["kind"] == "update":
            assert same(column["before"], was[name]), (change["table"], name, column["before"], was[name])
            assert not same(column["before"], column["after"]), (change["table"], name)
        else:
            assert "before" not in column


def test_the_preview_of_the_main_job_comes_true(sample, ferry, tmp_path):
    for name in ("a.db", "b.db"):
        shutil.copy(sample / name, tmp_path / name)
    kinds = set()
    for step in STEPS:
        ferry("export", "--from", "local:a.db", "--schema", support.PLANS / f"{step}.xml", "--out", f"{step}.zip")
        shutil.copy(tmp_path / "b.db", tmp_path / "was.db")
        plan = ferry("import", f"{step}.zip", "--to", "local:b.db", "--dry-run", "--json").json
        ferry("import", f"{step}.zip", "--to", "local:b.db")
        before, after = Org(tmp_path / "was.db"), Org(tmp_path / "b.db")
        order = [c["table"] for c in plan["changes"]]
        tables = [t["name"] for t in plan["tables"]]
        assert order == sorted(order, key=tables.index)
        for kind, (where, bucket) in COUNTS.items():
            for row in plan[where]:
                member = "relationship" if where == "relationships" else "table"
                told = sum(c["kind"] == kind and c.get(member) == row["name"] for c in plan["changes"])
                assert told == row[bucket], (step, row["name"], kind)
        for change in plan["changes"]:
            kinds.add(change["kind"])
            if change["kind"] in ("create", "update", "adopt"):
                check_row(change, before, after)
    assert kinds >= {"create", "adopt", "link"}
