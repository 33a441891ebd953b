# SPDX-License-Identifier: MIT
"""import --prune: what the target has and the source lacks goes, in a file and over HTTP alike; what is needed stays."""
import contextlib
import shutil
import sqlite3

import pytest

import support
from serving import Served

PAIRS = "msdyn_msdyn_cannedmessage_msdyn_octag"
SCHEMA = f"""<entities>
  <entity name="position" primaryidfield="positionid" primarynamefield="name"><fields>
    <field name="positionid" type="guid" primaryKey="true"/><field name="name" type="string"/>
    <field name="parentpositionid" type="entityreference" lookupType="position"/>
  </fields></entity>
  <entity name="characteristic" primaryidfield="characteristicid" primarynamefield="name"><fields>
    <field name="characteristicid" type="guid" primaryKey="true"/><field name="name" type="string"/>
  </fields><filter>&lt;fetch&gt;&lt;entity name="characteristic"&gt;&lt;filter&gt;&lt;condition attribute="name"
    operator="like" value="in%" /&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;</filter></entity>
  <entity name="msdyn_octag" primaryidfield="msdyn_octagid" primarynamefield="msdyn_name"><fields>
    <field name="msdyn_octagid" type="guid" primaryKey="true"/><field name="msdyn_name" type="string"/>
  </fields></entity>
  <entity name="msdyn_cannedmessage" primaryidfield="msdyn_cannedmessageid" primarynamefield="msdyn_title"><fields>
    <field name="msdyn_cannedmessageid" type="guid" primaryKey="true"/><field name="msdyn_title" type="string"/>
  </fields><relationships><relationship name="{PAIRS}" manyToMany="true" isreflexive="false"
    relatedEntityName="msdyn_cannedmessage" m2mTargetEntity="msdyn_octag" m2mTargetEntityPrimaryKey="msdyn_octagid"/>
  </relationships></entity>
</entities>"""


def guid(kind, n):
    return f"a0000000-0000-4000-{0x8000 + kind:04x}-{n:012x}"


def fill(client, positions, skills, tags, pairs):
    for n in range(positions):
        row = {"positionid": guid(1, n), "name": f"p{n}"}
        if n > 0:
            row["parentpositionid@odata.bind"] = f"/positions({guid(1, (n - 1) // 2)})"
        client("POST", "positions", row, status=204)
    for n, name in enumerate(skills):
        client("POST", "characteristics", {"characteristicid": guid(2, n), "name": name}, status=204)
    for n in range(tags):
        client("POST", "msdyn_octags", {"msdyn_octagid": guid(3, n), "msdyn_name": f"t{n}"}, status=204)
    client("POST", "msdyn_cannedmessages", {"msdyn_cannedmessageid": guid(4, 0), "msdyn_title": "hello"}, status=204)
    for n in pairs:
        client("POST", f"msdyn_cannedmessages({guid(4, 0)})/{PAIRS}/$ref",
               {"@odata.id": f"/msdyn_octags({guid(3, n)})"}, status=204)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """p.zip of a source with 3 of everything; b.db, a target with more. Nobody changes them: copy."""
    folder = tmp_path_factory.mktemp("prune")
    ferry = support.Ferry(folder)
    for name in ("a.db", "b.db"):
        ferry("org", "create", name)
    (folder / "s.xml").write_text(SCHEMA)
    with Served(folder / "a.db") as served:
        fill(served.client(), 3, ["in 0", "in 1"], 3, [0, 1])
    with Served(folder / "b.db") as served:
        client = served.client()
        fill(client, 120, ["in 0", "in 1", "in 2", "out"], 5, [0, 1, 2, 3])
        client("PATCH", f"systemusers({client('GET', 'WhoAmI').json['UserId']})",
               {"positionid@odata.bind": f"/positions({guid(1, 10)})"}, status=204)
    ferry("export", "--from", "local:a.db", "--schema", "s.xml", "--out", "p.zip")
    ferry("export", "--from", "local:a.db", "--schema", "s.xml", "--out", "plain.zip", "--plain")
    return folder


@pytest.fixture
def target(made, ferry):
    for name in ("p.zip", "plain.zip", "b.db"):
        shutil.copy(made / name, ferry.folder / name)
    return ferry.folder / "b.db"


def sql(path, text):
    with contextlib.closing(sqlite3.connect(path)) as db:
        return [row[0] if len(row) == 1 else row for row in db.execute(text)]


def state(path):
    return {
        "positions": sorted(sql(path, "select name from position"), key=lambda name: int(name[1:])),
        "skills": sorted(sql(path, "select name from characteristic")),
        "tags": sorted(sql(path, "select msdyn_name from msdyn_octag")),
        "pairs": sorted(sql(path, f"select msdyn_octagid from {PAIRS}")),
    }


# p10 is a user's; p4 and p1 are above it, and p1 is the source's.
PRUNED = {"positions": ["p0", "p1", "p2", "p4", "p10"], "skills": ["in 0", "in 1", "out"], "tags": ["t0", "t1", "t2"],
          "pairs": [guid(3, 0), guid(3, 1)]}


@contextlib.contextmanager
def reached(target, way):
    if way == "file":
        yield f"local:{target}"
        return
    with Served(target) as served:
        yield served.url


@pytest.mark.parametrize("way", ["file", "served"])
def test_what_the_source_lacks_goes(ferry, target, way):
    before = state(target)
    with reached(target, way) as to:
        dry = ferry("import", "p.zip", "--to", to, "--prune", "--dry-run", "--json").json
    support.check_report(dry, "import")
    assert dry["totals"]["deleted"] == 115 + 1 + 2 and dry["totals"]["unlinked"] == 1
    assert state(target) == before
    with reached(target, way) as to:
        done = ferry("import", "p.zip", "--to", to, "--prune", "--json").json
    support.check_report(done, "import")
    assert done["totals"]["deleted"] == 115 + 1 + 2 and done["totals"]["unlinked"] == 1
    assert done["verified"]
    told = {p["id"] for p in done["problems"] if p["severity"] == "warning" and p["table"] == "position"}
    assert told == {guid(1, 4), guid(1, 10)}
    assert state(target) == PRUNED
    with reached(target, way) as to:
        again = ferry("import", "p.zip", "--to", to, "--prune", "--json").json
    assert again["totals"]["deleted"] == again["totals"]["unlinked"] == again["requests"]["write"] == 0


def test_deactivated_rows_are_still_there(ferry, target):
    before = state(target)
    done = ferry("import", "p.zip", "--to", f"local:{target}", "--prune=deactivate", "--json").json
    assert done["totals"]["deactivated"] == 115 + 1 + 2 and done["totals"]["deleted"] == 0
    after = state(target)
    assert after["positions"] == before["positions"] and after["skills"] == before["skills"]
    assert sorted(sql(target, "select name from position where statecode = 0"),
                  key=lambda name: int(name[1:])) == PRUNED["positions"]
    assert sql(target, "select distinct statuscode from position where statecode = 1") == [2]


def test_no_more_than_allowed_goes(ferry, target):
    before = state(target)
    refused = ferry("import", "p.zip", "--to", f"local:{target}", "--prune", "--max-delete", "10", status=6)
    assert "119 rows and pairs would be removed" in refused.err
    assert state(target) == before


def test_a_package_that_does_not_tell_what_its_reader_saw_prunes_nothing(ferry, target):
    before = state(target)
    refused = ferry("import", "plain.zip", "--to", f"local:{target}", "--prune", status=6)
    assert "export it with ferry" in refused.err
    assert state(target) == before
