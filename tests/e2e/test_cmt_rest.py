# SPDX-License-Identifier: MIT
"""The rest of what the Configuration Migration Tool does: party lists, relative dates, the order of tables, steps that are off."""
import datetime
import shutil
import sqlite3
import xml.etree.ElementTree as ElementTree

import pytest

import serving
import support

TABLES = support.ROOT / "tests" / "tables"
CONTACTS = {n: f"c0000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3)}
MAIL = "a0000000-0000-4000-8000-000000000001"
CALL = "a0000000-0000-4000-8000-000000000002"
SCHEMA = """<entities{root}>{order}
<entity name="email" primaryidfield="activityid" disableplugins="{plugins}"><fields>
 <field name="activityid" type="guid" primaryKey="true"/><field name="subject" type="string"/>
 <field name="to" type="partylist"/><field name="from" type="partylist"/><field name="cc" type="partylist"/></fields></entity>
<entity name="phonecall" primaryidfield="activityid"><fields>
 <field name="activityid" type="guid" primaryKey="true"/><field name="subject" type="string"/>
 <field name="to" type="partylist"/></fields></entity>
<entity name="contact" primaryidfield="contactid"><fields>
 <field name="contactid" type="guid" primaryKey="true"/><field name="fullname" type="string"/><field name="lastname" type="string"/>
 <field name="anniversary" type="datetime"/><field name="birthdate" type="datetime" dateMode="absolute"/></fields></entity>
</entities>"""


def schema(root="", order="", plugins="false"):
    return SCHEMA.format(root=root, order=order, plugins=plugins)


def sql(path, statement, *values):
    with sqlite3.connect(path) as db:
        return db.execute(statement, values).fetchall()


def parties(path):
    return sql(path, "select substr(activityid, 36), participationtypemask, partyidtype, substr(partyid, 36)"
                     " from activityparty order by 1, 2, 4")


@pytest.fixture
def orgs(ferry, sample):
    """a.db with two activities and their parties, b.db without."""
    shutil.copy(sample / "b.db", ferry.folder / "a.db")
    ferry("org", "create", "b.db")
    for name in ("a.db", "b.db"):
        ferry("org", "add-table", name, *(TABLES / f"{t}.json" for t in ("activityparty", "email", "phonecall")))
    with serving.Served(ferry.folder / "a.db") as served:
        client = serving.Client(served.port)
        for n, key in CONTACTS.items():
            client("POST", "contacts", {"contactid": key, "lastname": f"Person {n}"}, status=204)

        def party(n, mask):
            return {"partyid_contact@odata.bind": f"/contacts({CONTACTS[n]})", "participationtypemask": mask}
        client("POST", "emails", {"activityid": MAIL, "subject": "Hello", "email_activity_parties": [
            party(1, 1), party(2, 2), party(3, 2)]}, status=204)
        client("POST", "phonecalls", {"activityid": CALL, "subject": "Hm", "phonecall_activity_parties": [party(2, 2)]},
               status=204)
    (ferry.folder / "s.xml").write_text(schema())
    return ferry.folder


WANT = [("1", 1, "contact", "1"), ("1", 2, "contact", "2"), ("1", 2, "contact", "3"), ("2", 2, "contact", "2")]


def test_an_export_has_parties_as_the_tool_writes_them(ferry, orgs):
    ferry("export", "--from", "local:a.db", "--schema", "s.xml", "--out", "p")
    root = ElementTree.parse(orgs / "p" / "data.xml").getroot()
    mail = root.find("entity[@name='email']/records/record")
    assert mail.get("id") == MAIL
    assert [f.get("name") for f in mail] == ["activityid", "subject", "to", "from"]
    to = mail.find("field[@name='to']")
    assert to.attrib == {"name": "to", "value": "", "lookupentity": "", "lookupentityname": ""}
    assert {p.tag for p in to} == {"activitypointerrecords"}
    keys = {row[0]: row[1] for row in sql(orgs / "a.db", "select activitypartyid, partyid from activityparty")}
    for element in to:
        fields = {f.get("name"): f for f in element}
        assert list(fields)[:3] == ["partyid", "activityid", "participationtypemask"]
        assert list(fields)[-1] == "activitypartyid"
        assert fields["partyid"].get("lookupentity") == "contact"
        assert fields["partyid"].get("lookupentityname", "").startswith("Person")
        assert (fields["activityid"].get("value"), fields["activityid"].get("lookupentity")) == (MAIL, "activitypointer")
        assert fields["participationtypemask"].get("value") == "2"
        assert element.get("id") == fields["activitypartyid"].get("value")
        assert keys[element.get("id")] == fields["partyid"].get("value")
    assert {p.find("field[@name='partyid']").get("value") for p in to} == {CONTACTS[2], CONTACTS[3]}


def test_parties_go_from_one_organization_to_another(ferry, orgs):
    ferry("export", "--from", "local:a.db", "--schema", "s.xml", "--out", "p.zip")
    done = ferry("import", "p.zip", "--to", "local:b.db", "--json")
    support.check_report(done.json, "import")
    assert done.json["verified"] and not done.json["problems"]
    assert parties(orgs / "b.db") == parties(orgs / "a.db") == WANT
    again = ferry("import", "p.zip", "--to", "local:b.db", "--json").json
    assert again["totals"]["unchanged"] == again["totals"]["read"] == 5
    assert again["requests"]["write"] == 0
    ferry("export", "--from", "local:b.db", "--schema", "s.xml", "--out", "q.zip")
    ferry("diff", "p.zip", "q.zip")


def test_parties_go_over_http_and_change_there(ferry, orgs):
    ferry("export", "--from", "local:a.db", "--schema", "s.xml", "--out", "p.zip")
    with serving.Served(orgs / "b.db") as served:
        ferry("import", "p.zip", "--to", served.url)
        serving.Client(served.port)("PUT", f"emails({MAIL})/email_activity_parties", {"value": [
            {"partyid_contact@odata.bind": f"/contacts({CONTACTS[1]})", "participationtypemask": 3}]}, status=204)
        done = ferry("import", "p.zip", "--to", served.url, "--json").json
    assert done["totals"]["updated"] == 1
    # a list that the package does not tell stays as it is
    assert parties(orgs / "b.db") == sorted([*WANT, ("1", 3, "contact", "1")])


def test_a_package_of_the_tool_keeps_its_dates_relative(ferry, orgs):
    began = datetime.datetime.now(datetime.timezone.utc)
    stamp = began - datetime.timedelta(days=17)
    folder = orgs / "p"
    folder.mkdir()
    (folder / "data_schema.xml").write_text(schema(root=' dateMode="relative"'))
    (folder / "data.xml").write_text(
        f'<entities timestamp="{stamp:%Y-%m-%dT%H:%M:%S}.0000000Z"><entity name="contact"><records>'
        f'<record id="{CONTACTS[1]}"><field name="lastname" value="x"/>'
        '<field name="anniversary" value="2020-02-20T00:00:00.0000000"/>'
        '<field name="birthdate" value="2020-02-20T00:00:00.0000000"/></record></records></entity></entities>')
    ferry("import", "p", "--to", "local:b.db")
    assert sql(orgs / "b.db", "select anniversary, birthdate from contact") == [("2020-03-05", "2020-02-20")]
    assert ferry("import", "p", "--to", "local:b.db", "--json").json["totals"]["unchanged"] == 1


STEP = "50000000-0000-4000-8000-00000000000"


def make_steps(path):
    """On e-mail: one that is somebody's own, one of Microsoft's, one that was off before."""
    with sqlite3.connect(path) as db:
        message = db.execute("select sdkmessageid from sdkmessage limit 1").fetchone()[0]
        db.execute("insert into sdkmessagefilter(sdkmessagefilterid, sdkmessageid, primaryobjecttypecode, versionnumber)"
                   f" values('{STEP}9', ?, 'email', 1)", (message,))
        for n, (name, state) in enumerate([("Contoso.Mail: Create", 0), ("Microsoft.Mail: Create", 0), ("Contoso.Old", 1)]):
            db.execute("insert into sdkmessageprocessingstep(sdkmessageprocessingstepid, name, sdkmessagefilterid, ismanaged,"
                       f" statecode, statuscode, versionnumber) values('{STEP}{n}', ?, '{STEP}9', 0, ?, ?, 1)",
                       (name, state, state + 1))


def steps(path):
    return [row[0] for row in sql(path, "select statecode from sdkmessageprocessingstep order by 1, sdkmessageprocessingstepid")]


def test_custom_steps_are_off_while_a_run_writes(ferry, orgs):
    ferry("export", "--from", "local:a.db", "--schema", "s.xml", "--out", "p")
    (orgs / "p" / "data_schema.xml").write_text(schema(plugins="true"))
    make_steps(orgs / "b.db")
    with serving.Served(orgs / "b.db") as served:
        ferry("import", "p", "--to", served.url, "--disable-steps")
    assert steps(orgs / "b.db") == [0, 0, 1]
    assert sql(orgs / "b.db", "select substr(sdkmessageprocessingstepid, 36), versionnumber > 1 from sdkmessageprocessingstep"
                              " order by 1") == [("0", 1), ("1", 0), ("2", 0)]
    assert parties(orgs / "b.db") == WANT


def test_the_order_of_the_schema_does_not_hold_what_is_needed(ferry, orgs):
    ferry("export", "--from", "local:a.db", "--schema", "s.xml", "--out", "p")
    names = "".join(f"<entityName>{n}</entityName>" for n in ("email", "nobody", "phonecall", "contact"))
    (orgs / "p" / "data_schema.xml").write_text(schema(order=f"<entityImportOrder>{names}</entityImportOrder>"))
    done = ferry("import", "p", "--to", "local:b.db", "--json").json
    assert done["verified"] and done["totals"]["created"] == 5
    assert parties(orgs / "b.db") == WANT


def test_forced_rows_are_created_once_however_often_they_come(ferry, orgs):
    """Their ids are the package's: a second time the service has them."""
    folder = orgs / "p"
    folder.mkdir()
    forced = schema().replace('primaryidfield="contactid"', 'primaryidfield="contactid" forcecreate="true"')
    (folder / "data_schema.xml").write_text(forced.replace('name="lastname"', 'updateCompare="true" name="lastname"'))
    (folder / "data.xml").write_text(
        f'<entities><entity name="contact"><records><record id="{CONTACTS[2]}"><field name="lastname" value="Person 1"/>'
        "</record></records></entity></entities>")
    for _ in range(2):
        ferry("import", "p", "--to", "local:b.db")
    assert sql(orgs / "b.db", "select contactid, lastname from contact") == [(CONTACTS[2], "Person 1")]
    # another row has that id, and another one that name: neither is touched
    ferry("import", "p", "--to", "local:a.db", status=1)
    assert sql(orgs / "a.db", "select lastname from contact order by 1") == [("Person 1",), ("Person 2",), ("Person 3",)]
