# SPDX-License-Identifier: MIT
"""ferry diff: what it tells must follow from the two packages, as Python reads and compares them."""
import json
import os
import pty
import random
import re
import subprocess
import sys
import zipfile
from xml.sax.saxutils import quoteattr

import pytest

import support

TYPES = {"tid": "guid", "name": "string", "body": "string", "n": "number", "price": "decimal",
         "due": "datetime", "on": "bool", "kinds": "optionsetvaluecollection", "owner": "owner",
         "who": "entityreference", "people": "partylist"}


def row_id(n):
    return f"{n:08x}-0000-4000-8000-{n:012x}"


def field(name, value):
    """A value: text, or (id, table, name) of a lookup, or a list of parties (mask, table, id)."""
    if isinstance(value, list):
        inside = "".join(
            f'<activitypointerrecords id="{row_id(random.randrange(2**31))}">'
            f'<field name="partyid" value="{i}" lookupentity="{table}" lookupentityname="x" />'
            f'<field name="participationtypemask" value="{mask}" /></activitypointerrecords>'
            for mask, table, i in value)
        return f'<field name="{name}" value="" lookupentity="" lookupentityname="">{inside}</field>'
    if isinstance(value, tuple):
        return (f'<field name="{name}" value="{value[0]}" lookupentity="{value[1]}" '
                f'lookupentityname={quoteattr(value[2])} />')
    text = quoteattr(value, {"\n": "&#xA;", "\r": "&#xD;"})
    return f'<field name="{name}" value={text} />'


def package(path, rows, types=None, links=(), table="t"):
    """A folder, or a zip if the name says so. rows: {id: {column: value}}; links: (source, target)."""
    types = TYPES if types is None else types
    schema = (f'<entities><entity name="{table}" displayname="T" primaryidfield="tid" primarynamefield="name">'
              "<fields>" + "".join(f'<field displayname="{c}" name="{c}" type="{t}" />' for c, t in types.items())
              + f'</fields><relationships><relationship name="t_x" manyToMany="true" isreflexive="false" '
              f'relatedEntityName="t_x" m2mTargetEntity="x" m2mTargetEntityPrimaryKey="xid" /></relationships>'
              "</entity></entities>")
    records = "".join(f'<record id="{i}">' + "".join(field(c, v) for c, v in columns.items()) + "</record>"
                      for i, columns in rows.items())
    pairs = "".join(f'<m2mrelationship sourceid="{s}" targetentityname="x" targetentitynameidfield="xid" '
                    f'm2mrelationshipname="t_x"><targetids><targetid>{t}</targetid></targetids></m2mrelationship>'
                    for s, t in links)
    data = (f'<entities><entity name="{table}" displayname="T"><records>{records}</records>'
            f"<m2mrelationships>{pairs}</m2mrelationships></entity></entities>")
    if str(path).endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr("data_schema.xml", schema)
            z.writestr("data.xml", data)
    else:
        path.mkdir()
        (path / "data_schema.xml").write_text(schema)
        (path / "data.xml").write_text(data)
    return path


def compare(ferry, tmp_path, old, new, *options, status=0, **others):
    for side in ("a", "b"):
        subprocess.run(["rm", "-rf", tmp_path / side], check=True)
    package(tmp_path / "a", old, **others)
    package(tmp_path / "b", new, **others)
    return ferry("diff", "a", "b", *options, status=status)


def only_table(result):
    assert result.json["schemaVersion"] == 1 and result.json["command"] == "diff"
    return result.json["tables"][0]


def test_rows_columns_and_links_in_one_document(ferry, tmp_path):
    old = {row_id(1): {"name": "one", "n": "1"}, row_id(2): {"name": "two"}, row_id(3): {"name": "three"}}
    new = {row_id(4): {"name": "four"}, row_id(3): {"name": "three"},
           row_id(1): {"n": "2", "name": "One", "on": "True"}}
    package(tmp_path / "a", old, links=[(row_id(1), row_id(10)), (row_id(1), row_id(11))])
    package(tmp_path / "b.zip", new, links=[(row_id(1), row_id(11)), (row_id(3), row_id(12))])
    done = ferry("diff", "a", "b.zip", "--json")
    assert only_table(done) == {
        "name": "t", "declared": ["old", "new"],
        "counts": {"added": 1, "removed": 1, "changed": 1, "unchanged": 1},
        "added": [{"id": row_id(4), "name": "four"}],
        "removed": [{"id": row_id(2), "name": "two"}],
        "changed": [{"id": row_id(1), "name": "One", "columns": [
            {"name": "name", "old": "one", "new": "One"},
            {"name": "n", "old": 1, "new": 2},
            {"name": "on", "old": None, "new": True}]}]}
    assert done.json["relationships"] == [{
        "name": "t_x", "table": "t", "declared": ["old", "new"],
        "counts": {"added": 1, "removed": 1, "unchanged": 1},
        "added": [{"source": row_id(3), "target": row_id(12)}],
        "removed": [{"source": row_id(1), "target": row_id(10)}]}]
    assert done.json["totals"] == {"added": 1, "removed": 1, "changed": 1, "unchanged": 1,
                                   "linksAdded": 1, "linksRemoved": 1, "linksUnchanged": 1}
    assert done.json["problems"] == []
    stat = ferry("diff", "a", "b.zip", "--json", "--stat").json
    assert stat["totals"] == done.json["totals"] and "added" not in stat["tables"][0]


def test_the_text_for_people(ferry, tmp_path):
    old = {row_id(1): {"name": "one", "n": "1", "body": "a\nb\nc\nd\ne\nf\ng\n"}, row_id(2): {"name": "two"}}
    new = {row_id(1): {"name": "one", "body": "a\nb\nc\nD\ne\nf\ng\n"}, row_id(3): {"name": "three"}}
    done = compare(ferry, tmp_path, old, new)
    assert done.out.splitlines() == [
        "t: 1 added, 1 removed, 1 changed, 0 unchanged",
        f"  + {row_id(3)} three",
        f"  - {row_id(2)} two",
        f"  ~ {row_id(1)} one",
        "      body:",
        "        @@ -1,7 +1,7 @@",
        "         a", "         b", "         c", "        -d", "        +D", "         e", "         f", "         g",
        "      n: 1 -> (none)",
        "1 added, 1 removed, 1 changed, 0 unchanged; links: 0 added, 0 removed"]
    assert done.err == ""
    stat = compare(ferry, tmp_path, old, new, "--stat")
    assert stat.out.splitlines() == [done.out.splitlines()[0], done.out.splitlines()[-1]]
    assert compare(ferry, tmp_path, old, old).out == "no differences: 2 rows, 0 links\n"


def test_how_things_are_written_is_no_difference(ferry, tmp_path):
    old = {row_id(1): {"name": "a &amp; &#233;", "body": "x\r\ny", "price": "1.50", "due": "4/4/2019 7:22:50 PM",
                       "kinds": "[-1,1,2,-1]", "on": "True", "owner": (row_id(9), "team", "Old name")},
           row_id(2): {"body": '{"a": [1, 2], "b": "x"}'},
           row_id(3): {"body": '<?xml version="1.0"?>\n<r>\n  <c x="1" y="2"/>\n</r>', "tid": row_id(3)}}
    new = {row_id(3): {"body": '<r><c y="2" x="1"></c></r>'},
           row_id(2): {"body": '{"b":"x","a":[1,2]}'},
           row_id(1): {"owner": (row_id(9), "team", "New name"), "on": "true", "kinds": "2,1",
                       "due": "2019-04-04T19:22:50.0000000Z", "price": "1.5000000000", "body": "x\ny",
                       "name": "a & é"}}
    done = compare(ferry, tmp_path, old, new, "--json", "--detailed-exitcode")
    assert only_table(done)["counts"] == {"added": 0, "removed": 0, "changed": 0, "unchanged": 3}


def test_a_lookup_that_points_elsewhere_is_one(ferry, tmp_path):
    old = {row_id(1): {"who": (row_id(5), "account", "Same")}}
    new = {row_id(1): {"who": (row_id(5), "contact", "Same")}}
    changed = only_table(compare(ferry, tmp_path, old, new, "--json"))["changed"]
    assert changed[0]["columns"] == [{"name": "who", "old": {"id": row_id(5), "table": "account", "name": "Same"},
                                      "new": {"id": row_id(5), "table": "contact", "name": "Same"}}]


def test_party_lists_are_sets(ferry, tmp_path):
    parties = [("5", "contact", row_id(20)), ("5", "systemuser", row_id(21))]
    same = compare(ferry, tmp_path, {row_id(1): {"people": parties}},
                   {row_id(1): {"people": [parties[1], parties[0], parties[1]]}}, "--json")
    assert only_table(same)["counts"]["changed"] == 0
    other = compare(ferry, tmp_path, {row_id(1): {"people": parties}},
                    {row_id(1): {"people": [("6", *parties[0][1:]), parties[1]]}}, "--json")
    column = only_table(other)["changed"][0]["columns"][0]
    assert column["old"] == [{"mask": m, "table": t, "id": i} for m, t, i in parties]
    assert {p["mask"] for p in column["new"]} == {"5", "6"}


def test_xml_and_json_are_laid_out_before_lines_are_compared(ferry, tmp_path):
    words = [f'"key{i}":"value{i}"' for i in range(30)]
    old = {row_id(1): {"body": "{" + ",".join(words) + "}"}}
    words[7] = '"key7":"other"'
    out = compare(ferry, tmp_path, old, {row_id(1): {"body": "{" + ", ".join(words) + "}"}}).out
    lines = [line.strip() for line in out.splitlines() if re.match(r" {8}[-+] ", line)]
    assert lines == ['-  "key7": "value7",', '+  "key7": "other",']
    xml = "<r>" + "".join(f'<c n="{i}">text</c>' for i in range(30)) + "</r>"
    out = compare(ferry, tmp_path, {row_id(1): {"body": xml}}, {row_id(1): {"body": xml.replace('"7"', '"8x"')}}).out
    assert [x.strip() for x in out.splitlines() if re.match(r" {8}[-+] ", x)] == ['-  <c n="7">text</c>',
                                                                                  '+  <c n="8x">text</c>']


def test_the_lines_shown_lead_from_one_text_to_the_other(ferry, tmp_path):
    chance = random.Random(3)
    for _ in range(20):
        old = [chance.choice("abcde") * 3 for _ in range(60)]
        new = [line for line in old if chance.random() > .2]
        for _ in range(5):
            new.insert(chance.randrange(len(new)), chance.choice("vwxyz"))
        out = compare(ferry, tmp_path, {row_id(1): {"body": "\n".join(old) + "\n"}},
                      {row_id(1): {"body": "\n".join(new) + "\n"}}).out
        got, at = [], 0
        for line in out.splitlines():
            if line.startswith("        @@"):
                start = int(re.match(r" +@@ -(\d+)", line).group(1)) - 1
                got += old[at:start]
                at = start
            elif line.startswith("        "):
                mark, text = line[8], line[9:]
                if mark in " -":
                    assert old[at] == text
                    at += 1
                if mark in " +":
                    got.append(text)
        assert got + old[at:] == new


def test_exit_status(ferry, tmp_path):
    one, two = {row_id(1): {"n": "1"}}, {row_id(1): {"n": "2"}}
    compare(ferry, tmp_path, one, one, "--detailed-exitcode", status=0)
    compare(ferry, tmp_path, one, two, status=0)
    compare(ferry, tmp_path, one, two, "--detailed-exitcode", status=10)
    ferry("diff", "a", status=2)
    missing = ferry("diff", "a", "nowhere.zip", "--json", status=5)
    assert missing.json["tables"] == [] and "nowhere.zip" in missing.json["problems"][0]["message"]
    (tmp_path / "b" / "data.xml").write_text("<entities><entity name='t'><records>")
    broken = ferry("diff", "a", "b", status=5)
    assert broken.out == "" and "data.xml" in broken.err


def test_a_value_that_does_not_fit_is_told_and_compared_as_text(ferry, tmp_path):
    done = compare(ferry, tmp_path, {row_id(1): {"n": "many"}, row_id(2): {"n": "few"}},
                   {row_id(1): {"n": "many"}, row_id(2): {"n": "3"}}, "--json", "--detailed-exitcode", status=1)
    assert only_table(done)["changed"] == [
        {"id": row_id(2), "name": "", "columns": [{"name": "n", "old": "few", "new": 3}]}]
    assert [(p["table"], p["id"], p["column"]) for p in done.json["problems"]] == [
        ("t", row_id(1), "n"), ("t", row_id(2), "n"), ("t", row_id(1), "n")]


def test_what_only_one_side_has(ferry, tmp_path):
    package(tmp_path / "a", {row_id(1): {"name": "x", "n": "1"}}, {"name": "string", "n": "number"})
    package(tmp_path / "b", {row_id(1): {"name": "x"}}, {"name": "string"})
    out = ferry("diff", "a", "b").out
    assert "column n; only in a\n" in out and "n: 1 -> (none)" in out
    package(tmp_path / "c", {row_id(7): {"name": "z"}}, {"name": "string"}, table="u")
    out = ferry("diff", "b", "c").out
    assert "t: 0 added, 1 removed, 0 changed, 0 unchanged; only in b\n" in out
    assert "u: 1 added, 0 removed, 0 changed, 0 unchanged; only in c\n" in out


def test_nothing_in_a_package_reaches_the_terminal_as_a_command(ferry, tmp_path):
    evil = "&#27;]0;x&#7;&#x9b;31m&#x202e;"
    out = compare(ferry, tmp_path, {row_id(1): {"name": evil, "body": evil}},
                  {row_id(1): {"name": evil + "y", "body": evil + "\nz"}}).out
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", out)
    assert "\\x1b]0;x" in out


def test_colour_only_on_a_terminal(ferry, tmp_path):
    compare(ferry, tmp_path, {row_id(1): {"n": "1"}}, {row_id(1): {"n": "2"}})
    assert "\033" not in ferry("diff", "a", "b").out

    def on_terminal(*options, **variables):
        main, other = pty.openpty()
        env = {k: v for k, v in os.environ.items() if k not in ("CI", "NO_COLOR")}
        subprocess.run([*support.FERRY, "diff", "a", "b", *options], stdout=other, cwd=tmp_path, check=True,
                       env={**env, "TERM": "xterm", **variables})
        os.close(other)
        out = os.read(main, 65536)
        os.close(main)
        return out
    assert b"\033[31m" in on_terminal()
    assert b"\033" not in on_terminal("--no-color")
    assert b"\033" not in on_terminal(NO_COLOR="1")


def test_random_packages_differ_as_their_rows_do(ferry, tmp_path):
    chance = random.Random(11)

    def some_rows():
        return {row_id(n): {"name": f"row {n}", "n": str(chance.randrange(3))}
                for n in chance.sample(range(200), 150)}
    old, new = some_rows(), some_rows()
    table = only_table(compare(ferry, tmp_path, old, new, "--json"))
    assert {r["id"] for r in table["added"]} == new.keys() - old.keys()
    assert {r["id"] for r in table["removed"]} == old.keys() - new.keys()
    changed = {i for i in old.keys() & new.keys() if old[i] != new[i]}
    assert {r["id"] for r in table["changed"]} == changed
    for row in table["changed"]:
        assert row["columns"] == [{"name": "n", "old": int(old[row["id"]]["n"]), "new": int(new[row["id"]]["n"])}]


def test_memory_does_not_grow_with_the_rows(ferry, tmp_path):
    def peak(rows):
        for side in ("a", "b"):
            subprocess.run(["rm", "-f", tmp_path / f"{side}.zip"], check=True)
            package(tmp_path / f"{side}.zip",
                    {row_id(n): {"name": f"{side} {n}", "body": "text " * 20} for n in range(rows)})
        # From a small process: a child's peak begins with what its parent weighs.
        small = ("import os, sys; p = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, "
                 "file_actions=[(os.POSIX_SPAWN_OPEN, 1, 'out', os.O_WRONLY | os.O_CREAT, 0o600)]); "
                 "_, status, usage = os.wait4(p, 0); assert status == 0; print(usage.ru_maxrss)")
        done = subprocess.run([sys.executable, "-S", "-E", "-c", small, *support.FERRY, "diff", "a.zip", "b.zip",
                               "--json"], cwd=tmp_path, stdout=subprocess.PIPE, check=True)
        with open(tmp_path / "out", encoding="utf-8") as out:
            assert len(json.load(out)["tables"][0]["changed"]) == rows
        return int(done.stdout)
    assert peak(20000) < 64 * 1024


@pytest.mark.skipif(not (support.SHARED / "data" / "packages").is_dir(), reason="needs the corpus")
def test_every_real_package_equals_itself(ferry):
    found = sorted((support.SHARED / "data" / "packages").glob("*/*.zip"))
    assert found
    for path in found:
        assert ferry("diff", path, path, "--detailed-exitcode").out.startswith("no differences: ")
