# SPDX-License-Identifier: MIT
"""Where a package comes from, and what an import empties because the source has it empty."""
import shutil
import sqlite3
import zipfile
from xml.etree import ElementTree

import pytest

import support
from serving import Served

ORIGIN = "ferry/origin.xml"
ROWS = [f"a0000000-0000-4000-8000-00000000000{n}" for n in range(1, 6)]
SCHEMA = """<entities>
  <entity name="account" primaryidfield="accountid" primarynamefield="name"><fields>
    <field name="accountid" type="guid" primaryKey="true"/><field name="name" type="string"/>
    <field name="description" type="string"/><field name="numberofemployees" type="number"/>
    <field name="parentaccountid" type="entityreference" lookupType="account"/>
    <field name="createdon" type="datetime"/><field name="versionnumber" type="bigint"/>
  </fields></entity>
  <entity name="queue" primaryidfield="queueid" primarynamefield="name"><fields>
    <field name="queueid" type="guid" primaryKey="true"/><field name="name" type="string"/>
    <field name="description" type="string"/>
  </fields><filter>&lt;fetch&gt;&lt;entity name="queue"&gt;&lt;filter&gt;&lt;condition attribute="name" operator="eq"
    value="Q" /&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;</filter></entity>
</entities>"""


def sql(path, text, *values):
    with sqlite3.connect(path) as db:
        rows = db.execute(text, values).fetchall()
    db.close()
    return rows


@pytest.fixture
def two(ferry):
    """a.db with accounts of which b.db has the same, and s.xml."""
    for name in ("a.db", "b.db"):
        ferry("org", "create", name)
    (ferry.folder / "s.xml").write_text(SCHEMA)
    with Served(ferry.folder / "a.db") as served:
        client = served.client()
        for i, row in enumerate(ROWS):
            client("POST", "accounts", {"accountid": row, "name": f"A{i}", "description": f"d{i}",
                                        "numberofemployees": i + 1}, status=204)
        client("PATCH", f"accounts({ROWS[1]})",
               {"parentaccountid@odata.bind": f"/accounts({ROWS[0]})"}, status=204)
    export(ferry, "first.zip")
    ferry("import", "first.zip", "--to", "local:b.db")
    empty(ferry)
    return ferry


def empty(ferry):
    """What the source has no more."""
    with Served(ferry.folder / "a.db") as served:
        client = served.client()
        client("PATCH", f"accounts({ROWS[0]})", {"description": None}, status=204)
        client("PATCH", f"accounts({ROWS[1]})", {"parentaccountid@odata.bind": None}, status=204)
        client("PATCH", f"accounts({ROWS[2]})", {"numberofemployees": None, "description": "new"}, status=204)


def export(ferry, name, *options, source="local:a.db"):
    ferry("export", "--from", source, "--schema", "s.xml", "--out", name, *options)


def accounts(ferry, name):
    return sql(ferry.folder / name, "select accountid, name, description, numberofemployees, parentaccountid "
               "from account order by 1")


def totals(result):
    return {k: v for k, v in result.json["totals"].items() if v and k != "read"}


def origin(path):
    with zipfile.ZipFile(path) as z:
        return ElementTree.fromstring(z.read(ORIGIN))


def test_what_the_source_has_emptied_is_emptied(two):
    export(two, "p.zip")
    before = accounts(two, "b.db")
    foretold = two("import", "p.zip", "--to", "local:b.db", "--json", "--dry-run")
    assert accounts(two, "b.db") == before
    done = two("import", "p.zip", "--to", "local:b.db", "--json")
    assert totals(done) == totals(foretold) == {"updated": 3, "unchanged": 2}
    assert done.json["verified"]
    assert accounts(two, "b.db") == accounts(two, "a.db") != before
    again = two("import", "p.zip", "--to", "local:b.db", "--json")
    assert totals(again) == {"unchanged": 5} and again.json["requests"]["write"] == 0


def test_the_same_over_http(two):
    with Served(two.folder / "a.db") as served:
        export(two, "p.zip", source=served.url)
    assert origin(two.folder / "p.zip").get("environment") == served.url
    with Served(two.folder / "b.db") as served:
        done = two("import", "p.zip", "--to", served.url, "--json")
    assert totals(done) == {"updated": 3, "unchanged": 2}
    assert accounts(two, "b.db") == accounts(two, "a.db")


def test_a_plain_package_empties_nothing(two):
    export(two, "p.zip", "--plain")
    with zipfile.ZipFile(two.folder / "p.zip") as z:
        assert not [n for n in z.namelist() if "/" in n]
    before = accounts(two, "b.db")
    done = two("import", "p.zip", "--to", "local:b.db", "--json")
    assert totals(done) == {"updated": 1, "unchanged": 4}
    changed = [row for row in accounts(two, "b.db") if row not in before]
    assert changed == [(ROWS[2], "A2", "new", 3, None)]


@pytest.mark.parametrize("way", ["folder", "unpacked", "packed again"])
def test_the_origin_travels_with_the_package(two, way):
    if way == "folder":
        export(two, "p")
    else:
        export(two, "first.zip", "--overwrite")
        two("unpack", "first.zip", "p")
    if way == "packed again":
        two("pack", "p", "p.zip")
        assert origin(two.folder / "p.zip").get("organization") == origin(two.folder / "first.zip").get("organization")
        shutil.rmtree(two.folder / "p")
    two("import", "p.zip" if way == "packed again" else "p", "--to", "local:b.db")
    assert accounts(two, "b.db") == accounts(two, "a.db")


def test_it_tells_who_saw_what(two):
    export(two, "p.zip")
    root = origin(two.folder / "p.zip")
    (organization,), = sql(two.folder / "a.db", "select organizationid from organization")
    assert root.get("version") == "1" and root.get("organization") == organization
    assert root.get("environment") == "local:a.db"
    assert sql(two.folder / "a.db", "select count(*) from systemuser where systemuserid = ?", root.get("user")) == [(1,)]
    assert root.get("exported").endswith("Z")
    tables = {t.get("name"): t for t in root}
    assert list(tables) == ["account", "queue"]
    assert tables["account"].get("columns").split() == [
        "name", "description", "numberofemployees", "parentaccountid", "createdon"]
    assert {t.get("rows") for t in root} == {"complete"}


def test_a_reader_of_less_than_everything_says_so(two):
    sql(two.folder / "a.db", "update roleprivileges set privilegedepthmask = 4 where privilegeid in "
        "(select privilegeid from privilege where name = 'prvReadAccount')")
    export(two, "p.zip")
    tables = {t.get("name"): t.get("rows") for t in origin(two.folder / "p.zip")}
    assert tables == {"account": None, "queue": "complete"}


def test_two_exports_differ_in_the_moment_alone(two):
    export(two, "p")
    export(two, "q")
    texts = [(two.folder / name / ORIGIN).read_text() for name in ("p", "q")]
    moments = [ElementTree.fromstring(t).get("exported") for t in texts]
    assert texts[0].replace(moments[0], "") == texts[1].replace(moments[1], "")


def test_what_comes_from_an_environment_does_not_go_back_into_it(two):
    export(two, "p.zip")
    before = support.dump(two.folder / "a.db")
    refused = two("import", "p.zip", "--to", "local:a.db", status=2)
    assert "source and target are the same environment" in refused.err
    assert support.dump(two.folder / "a.db") == before
    done = two("import", "p.zip", "--to", "local:a.db", "--same-environment", "--json")
    assert totals(done) == {"unchanged": 5}


def test_an_origin_that_is_damaged_stops_the_import(two):
    export(two, "p")
    path = two.folder / "p" / ORIGIN
    path.write_text(path.read_text().replace('version="1"', 'version="9"'))
    stopped = two("import", "p", "--to", "local:b.db", status=5)
    assert f"{ORIGIN}:" in stopped.err and "newer" in stopped.err
