# SPDX-License-Identifier: MIT
"""ferry org: tables, definitions, copies, the way back; looked at with sqlite3 and json."""
import json
import sqlite3
import subprocess

import pytest

import support

TABLES = sorted((support.ROOT / "tests" / "tables").glob("*.json"))


@pytest.fixture
def org(ferry):
    ferry("org", "create", "a.db", "--sample", "contoso", "--seed", "3")
    return ferry


def rows(ferry, file, sql, *values):
    with sqlite3.connect(ferry.folder / file) as db:
        return db.execute(sql, values).fetchall()


def names(ferry, file):
    return [t["name"] for t in ferry("org", "list-tables", file, "--json").json["tables"]]


def test_every_table_is_listed_with_its_rows(org):
    document = org("org", "list-tables", "a.db", "--json").json
    assert document["schemaVersion"] == 1 and document["command"] == "org list-tables"
    listed = {t["name"]: t for t in document["tables"]}
    with sqlite3.connect(org.folder / "a.db") as db:
        for (name,) in db.execute("select name from sqlite_schema where type = 'table' and name not like 'ferry%' "
                                  "and name not like 'sqlite%'"):
            assert listed[name]["rows"] == db.execute(f'select count(*) from "{name}"').fetchone()[0], name
    metadata = support.metadata("queue")
    assert listed["queue"]["entitySet"] == metadata["entitySetName"]
    assert listed["queue"]["columns"] >= len(metadata["attributes"])
    assert listed["queuemembership"]["intersect"] and not listed["queue"]["custom"]
    text = org("org", "list-tables", "a.db").out.splitlines()
    assert len(text) == 1 + len(listed)
    assert any(line.split()[:2] == ["queue", "queues"] for line in text)


def test_tables_are_added_with_columns_indexes_and_links(org):
    org("org", "add-table", "a.db", *TABLES)
    for path in TABLES:
        facts = json.loads(path.read_text())
        name = facts["logicalName"]
        columns = {c[1] for c in rows(org, "a.db", f'pragma table_info("{name}")')}
        stored = {a["logicalName"] for a in facts["attributes"]
                  if a["type"] not in ("VirtualType", "PartyListType")}
        assert stored <= columns, name
        polymorphic = {a["logicalName"] + "type" for a in facts["attributes"]
                       if a["type"] in ("LookupType", "CustomerType") and len(a["targets"]) > 1}
        assert polymorphic <= columns, name
    assert {"opportunityid", "competitorid"} <= {
        c[1] for c in rows(org, "a.db", 'pragma table_info("opportunitycompetitors")')}
    assert rows(org, "a.db", "pragma integrity_check") == [("ok",)]
    # tables that rows can have notes on
    (definition,) = rows(org, "a.db", "select definition from ferry_table where name = 'annotation'")[0]
    targets = next(a["targets"] for a in json.loads(definition)["attributes"] if a["logicalName"] == "objectid")
    assert {"incident", "opportunity", "task"} <= set(targets)


def test_a_table_is_added_once_or_replaced_while_empty(org):
    task = support.ROOT / "tests" / "tables" / "task.json"
    document = org("org", "add-table", "a.db", task, "--json").json
    assert document["tables"] == ["task"]
    assert "task exists already" in org("org", "add-table", "a.db", task, status=5).err
    org("org", "add-table", "a.db", task, "--replace")
    assert "rows" in org("org", "add-table", "a.db", support.ROOT / "metadata" / "queue.json", "--replace", status=5).err
    assert names(org, "a.db").count("task") == 1


@pytest.mark.parametrize("text, message", [
    ("{", "bad.json:1"),
    ("{}", "bad.json: logicalName is missing"),
    ('{"logicalName": "new_x", "entitySetName": "new_xs", "primaryId": "new_xid", "attributes": []}', "attributes"),
    ('{"logicalName": "new_x", "entitySetName": "queues", "primaryId": "new_xid", "attributes": [{"logicalName":'
     ' "new_xid", "type": "UniqueidentifierType"}]}', "entity set"),
    ('{"logicalName": "new_x", "entitySetName": "new_xs", "primaryId": "new_xid", "attributes": [{"logicalName":'
     ' "new_xid", "type": "NoType"}]}', "type names"),
])
def test_a_bad_definition_changes_nothing(org, text, message):
    (org.folder / "bad.json").write_text(text)
    before = names(org, "a.db")
    assert message in org("org", "add-table", "a.db", "bad.json", status=5).err
    assert names(org, "a.db") == before


@pytest.mark.parametrize("args,empty", [
    (["list-tables", "nothing.db"], "tables"), (["add-table", "nothing.db", *TABLES], "tables"),
    (["behaviours", "nothing.db"], "behaviours"), (["behaviours", "nothing.db", "--all", "off"], "behaviours"),
    (["snapshot", "nothing.db", "b.db"], None), (["reset", "nothing.db"], None)])
def test_there_is_one_document_also_when_it_failed(org, args, empty):
    document = org("org", *args, "--json", status=5).json
    assert document["schemaVersion"] == 1 and document["command"] == f"org {args[0]}"
    assert document["organization"] == "nothing.db" and empty is None or document[empty] == []
    assert ["nothing.db" in p["message"] for p in document["problems"]] == [True]


def test_wrong_use_is_told(org):
    assert "DEFINITION is missing" in org("org", "add-table", "a.db", status=2).err
    assert "without local:" in org("org", "list-tables", "local:a.db", status=2).err
    org("org", "list-tables", "nothing.db", status=5)
    org("org", "snapshot", "nothing.db", "b.db", status=5)
    assert not (org.folder / "b.db").exists()
    org("org", "reset", "nothing.db", status=5)


def test_a_snapshot_is_a_private_copy_of_one_moment(org):
    org("org", "snapshot", "a.db", "b.db")
    assert (org.folder / "b.db").stat().st_mode & 0o777 == 0o600
    for table in names(org, "a.db"):
        assert (rows(org, "a.db", f'select * from "{table}" order by 1')
                == rows(org, "b.db", f'select * from "{table}" order by 1')), table
    assert "--overwrite" in org("org", "snapshot", "a.db", "b.db", status=2).err
    org("org", "snapshot", "a.db", "b.db", "--overwrite", "--json")
    assert not list(org.folder.glob(".*part"))


def test_a_reset_forgets_what_was_written(org):
    queues = rows(org, "a.db", "select queueid, name from queue order by 1")
    org("org", "add-table", "a.db", support.ROOT / "tests" / "tables" / "example_record.json")
    with sqlite3.connect(org.folder / "a.db") as db:
        db.execute("update queue set name = 'changed'")
        db.execute("insert into example_record(example_recordid, versionnumber) values('x', 1)")
    org("org", "reset", "a.db", "--keep-tables")
    assert rows(org, "a.db", "select queueid, name from queue order by 1") == queues
    assert rows(org, "a.db", "select count(*) from example_record") == [(0,)]
    org("org", "reset", "a.db")
    assert "example_record" not in names(org, "a.db")
    assert rows(org, "a.db", "select queueid, name from queue order by 1") == queues


def test_the_stock_shell_reads_what_metadata_changes_made(org):
    org("org", "add-table", "a.db", *TABLES)
    done = subprocess.run(["sqlite3", str(org.folder / "a.db"), ".schema task"], capture_output=True, text=True,
                          check=True)
    assert '"regardingobjectidtype" TEXT' in done.stdout
