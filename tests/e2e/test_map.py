# SPDX-License-Identifier: MIT
"""ferry map init and ferry map check: who is who in another environment."""
import shutil
import sqlite3
import xml.etree.ElementTree as ElementTree
import zipfile

import pytest

SCHEMA = """<entities>
<entity name="account" displayname="Account" primaryidfield="accountid" primarynamefield="name"><fields>
<field name="accountid" type="guid" primaryKey="true"/><field name="name" type="string"/>
<field name="ownerid" type="owner"/></fields></entity>
</entities>"""
ADMIN = "admin@contoso.onmicrosoft.com"


def sql(path, *statements):
    with sqlite3.connect(path) as db:
        rows = [db.execute(*s if isinstance(s, tuple) else (s,)).fetchall() for s in statements]
        db.commit()
    return rows[-1]


def user(path, number, name, mail, **more):
    """One more user of an organization."""
    unit = sql(path, "SELECT businessunitid FROM businessunit WHERE parentbusinessunitid IS NULL")[0][0]
    row = {"systemuserid": f"a0000000-0000-4000-8000-0000000000{number}", "domainname": mail, "fullname": name,
           "firstname": name, "internalemailaddress": mail, "businessunitid": unit, "isdisabled": 0, "accessmode": 0,
           "versionnumber": 1, **more}
    sql(path, (f"INSERT INTO systemuser({', '.join(row)}) VALUES({', '.join('?' * len(row))})", list(row.values())))
    return row["systemuserid"]


@pytest.fixture
def orgs(sample, ferry):
    for name in ("a.db", "b.db"):
        shutil.copy(sample / name, ferry.folder / name)
    (ferry.folder / "s.xml").write_text(SCHEMA)
    ferry("export", "--schema", "s.xml", "--from", "local:a.db", "--out", "p.zip")
    return ferry


def rows(path):
    return {r.get("name"): r for r in ElementTree.parse(path).getroot().iter("row")}


def test_a_draft_lists_what_was_found_and_what_is_open(orgs):
    db = orgs.folder / "b.db"
    alike = user(db, 71, "Emre E.", "emre.emea@fabrikam.com")
    named = user(db, 72, "Berta Berlin", "bb@fabrikam.com")
    result = orgs("map", "init", "p.zip", "--to", "local:b.db", "--out", "m.xml")
    found = rows(orgs.folder / "m.xml")
    assert "m.xml is written: 3 rows, 2 of them open" in result.err
    admin = sql(db, ("SELECT systemuserid FROM systemuser WHERE domainname = ?", (ADMIN,)))[0][0]
    assert found["Alex Admin"].get("target") == admin
    assert found["Emre Emea"].get("target") == found["Berta Berlin"].get("target") == ""
    text = (orgs.folder / "m.xml").read_text()
    assert f"alike is {alike}" in text
    assert f"of that name is {named}" in text


def test_a_draft_is_not_written_over(orgs):
    orgs("map", "init", "p.zip", "--to", "local:b.db", "--out", "m.xml")
    (orgs.folder / "m.xml").write_text("mine")
    assert "--overwrite" in orgs("map", "init", "p.zip", "--to", "local:b.db", "--out", "m.xml", status=2).err
    assert (orgs.folder / "m.xml").read_text() == "mine"
    orgs("map", "init", "p.zip", "--to", "local:b.db", "--out", "m.xml", "--overwrite")
    assert "<map" in (orgs.folder / "m.xml").read_text()


def test_neither_writes_anything_into_the_environment(orgs):
    before = (orgs.folder / "b.db").read_bytes()
    orgs("map", "init", "p.zip", "--to", "local:b.db", "--out", "m.xml")
    orgs("map", "check", "m.xml", "p.zip", "--to", "local:b.db", status=6)
    assert (orgs.folder / "b.db").read_bytes() == before


def fill(orgs, **targets):
    tree = ElementTree.parse(orgs.folder / "m.xml")
    for row in tree.getroot().iter("row"):
        row.set("target", targets.get(row.get("name").split()[0].lower(), row.get("target")))
    tree.write(orgs.folder / "m.xml")


def test_a_filled_map_fits(orgs):
    user(orgs.folder / "b.db", 71, "Emre New", "emre@new.com")
    orgs("map", "init", "p.zip", "--to", "local:b.db", "--out", "m.xml")
    result = orgs("map", "check", "m.xml", "p.zip", "--to", "local:b.db", status=6)
    assert "Emre Emea" in result.err and "Berta Berlin" in result.err
    fill(orgs, emre="emre@new.com", berta="Emre New")
    assert "fits; entries 3" in orgs("map", "check", "m.xml", "p.zip", "--to", "local:b.db").out
    report = orgs("map", "check", "m.xml", "p.zip", "--to", "local:b.db", "--json").json
    assert report["fits"] and report["entries"] == 3 and report["open"] == report["unused"] == 0
    assert report["problems"] == []


def test_everything_that_is_wrong_with_a_map_is_listed(orgs):
    db = orgs.folder / "b.db"
    user(db, 71, "Emre New", "emre@new.com", isdisabled=1)
    (orgs.folder / "m.xml").write_text(
        '<map version="1"><table name="systemuser">\n'
        '<row source="Emre Emea" target="emre@new.com"/>\n'
        '<row source="Berta Berlin" target="nobody@new.com"/>\n'
        f'<row source="Somebody Else" target="{ADMIN}"/></table></map>')
    report = orgs("map", "check", "m.xml", "p.zip", "--to", "local:b.db", "--json", status=6).json
    assert not report["fits"] and report["unused"] == 1
    told = {p["id"]: p["message"] for p in report["problems"] if p["table"] == "systemuser"}
    assert "m.xml:2:" in told["Emre Emea"] and "disabled" in told["Emre Emea"]
    assert "m.xml:3:" in told["Berta Berlin"] and "no row" in told["Berta Berlin"]
    assert "m.xml:4:" in told["Somebody Else"]
    # the two accounts stay open
    assert sum(p["table"] == "account" for p in report["problems"]) == 2


def test_a_user_map_of_cmt_is_checked_as_well(orgs):
    (orgs.folder / "m.xml").write_text(
        f'<MappingConfiguration DefaultUserToMapTo="{ADMIN}">'
        f'<UserMapping UserFullname="Emre Emea" Old="" New="{ADMIN}"/></MappingConfiguration>')
    assert "fits; entries 2" in orgs("map", "check", "m.xml", "p.zip", "--to", "local:b.db").out


def test_what_is_no_map_is_refused(orgs):
    (orgs.folder / "m.xml").write_text("<map version='1'><table/></map>")
    assert "m.xml:1: <table> without name" in orgs("map", "check", "m.xml", "p.zip", "--to", "local:b.db", status=5).err
    orgs("map", "check", "no.xml", "p.zip", "--to", "local:b.db", status=5)


def test_the_source_tells_of_whom_a_package_of_cmt_tells_only_ids(orgs):
    orgs("export", "--schema", "s.xml", "--from", "local:a.db", "--plain", "--out", "q.zip")
    with zipfile.ZipFile(orgs.folder / "q.zip") as z:
        assert "ferry/references.xml" not in z.namelist()
    sql(orgs.folder / "b.db", "UPDATE systemuser SET fullname = 'Chief' WHERE fullname = 'Alex Admin'")
    orgs("map", "init", "q.zip", "--to", "local:b.db", "--out", "m.xml")
    assert rows(orgs.folder / "m.xml")["Alex Admin"].get("target") == ""
    orgs("map", "init", "q.zip", "--to", "local:b.db", "--from", "local:a.db", "--out", "n.xml")
    assert rows(orgs.folder / "n.xml")["Alex Admin"].get("target") != ""
    assert "emre.emea@contoso.onmicrosoft.com" in (orgs.folder / "n.xml").read_text()


def test_a_package_tells_all_by_which_users_are_known(orgs):
    with zipfile.ZipFile(orgs.folder / "p.zip") as z:
        root = ElementTree.fromstring(z.read("ferry/references.xml"))
    keys = {r.get("name"): {k.get("column"): k.get("value") for k in r} for r in root.iter("row")}
    assert keys["Emre Emea"] == {"azureactivedirectoryobjectid": "5a7d3a36-9f0c-4c14-8d1f-6f2b1f0d3c12",
                                 "domainname": "emre.emea@contoso.onmicrosoft.com",
                                 "internalemailaddress": "emre.emea@contoso.onmicrosoft.com"}
