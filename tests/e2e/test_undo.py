# SPDX-License-Identifier: MIT
"""What an undo has to bring back besides columns: pairs that went with deleted rows, status with state, columns that no create sets; and
what it has to leave alone."""
import contextlib
import json
import sqlite3

import pytest

from serving import Served

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f859ae0100040501"
                    "9923c9700000000049454e44ae426082")


def attribute(name, kind, **more):
    return {"logicalName": name, "schemaName": name, "displayName": name, "type": kind, "requiredLevel": "None",
            "validForCreate": True, "validForUpdate": True, "validForRead": True, **more}


PAIRS = {"schemaName": "und_links", "intersectEntity": "und_links", "entity1": "und_a", "entity1Attribute": "und_aid",
         "entity1Nav": "und_to", "entity2": "und_b", "entity2Attribute": "und_bid", "entity2Nav": "und_from"}


def table(name, code, *columns):
    return {"logicalName": name, "schemaName": name, "entitySetName": name + "s", "collectionSchemaName": name + "s",
            "displayName": name, "displayCollectionName": name + "s", "primaryId": name + "id", "primaryName": "und_name",
            "objectTypeCode": code, "ownership": "OrganizationOwned", "manyToOne": [], "manyToMany": [PAIRS],
            "attributes": [attribute(name + "id", "UniqueidentifierType", requiredLevel="SystemRequired", validForUpdate=False),
                           attribute("und_name", "StringType", maxLength=100), *columns]}


TABLES = [
    table("und_a", 10951, attribute("und_late", "IntegerType", min=0, max=100, validForCreate=False),
          attribute("statecode", "StateType", defaultValue=0, options=[
              {"value": 0, "label": "on", "defaultstatus": 1}, {"value": 1, "label": "off", "defaultstatus": 2}]),
          attribute("statuscode", "StatusType", defaultValue=-1, options=[
              {"value": v, "label": str(v), "state": s} for v, s in ((1, 0), (10, 0), (2, 1), (20, 1))])),
    {**table("und_b", 10952, attribute("und_picture", "ImageType", maxSizeInKB=1024, isPrimaryImage=True)),
     "primaryImage": "und_picture"}]


def field(name, kind):
    return f'<field name="{name}" displayname="{name}" type="{kind}" />'


def schema(**fields):
    """Of both tables; a field that is a type of und_a's or und_b's."""
    links = ('<relationship name="und_links" manyToMany="true" isreflexive="false" relatedEntityName="und_links" m2mTargetEntity="und_b" '
             'm2mTargetEntityPrimaryKey="und_bid" />')
    return "<entities>" + "".join(
        f'<entity name="{t}" displayname="{t}" primaryidfield="{t}id" primarynamefield="und_name"><fields>'
        f'{field(t + "id", "guid")}{field("und_name", "string")}{fields.get(t, "")}</fields>'
        f'<relationships>{links if t == "und_a" else ""}</relationships></entity>' for t in ("und_a", "und_b")) + "</entities>"


def guid(n):
    return f"a0000000-0000-4000-8000-{n:012x}"


def sql(path, text):
    with contextlib.closing(sqlite3.connect(path)) as db:
        return sorted(db.execute(text))


@pytest.fixture
def two(ferry):
    """a.db and b.db with the tables."""
    (ferry.folder / "t.json").write_text(json.dumps(TABLES))
    for seed, name in enumerate(("a.db", "b.db"), 3):
        ferry("org", "create", name, "--seed", seed)
        ferry("org", "add-table", name, "t.json")
    return ferry


@contextlib.contextmanager
def writing(ferry, name):
    with Served(ferry.folder / name) as served:
        client = served.client()
        yield lambda method, target, body: client(method, target, body, status=204)


def link(write, a, b):
    write("POST", f"und_as({a})/und_to/$ref", {"@odata.id": f"/und_bs({b})"})


def move(ferry, text, *options):
    (ferry.folder / "s.xml").write_text(text)
    ferry("export", "--from", "local:a.db", "--schema", "s.xml", "--out", "p.zip")
    return ferry("import", "p.zip", "--to", "local:b.db", "--out", "i.run", "--json", *options).json


def contents(ferry):
    path = ferry.folder / "b.db"
    return [sql(path, "select und_aid, und_name, und_late, statecode, statuscode from und_a"),
            sql(path, "select und_bid, und_name, und_picture from und_b"), sql(path, "select und_aid, und_bid from und_links")]


def back_and_forth(ferry, before):
    """The undo, and its undo."""
    after = contents(ferry)
    assert after != before
    ferry("undo", "i.run", "--yes", "--out", "u.run")
    assert contents(ferry) == before
    ferry("undo", "u.run", "--yes")
    assert contents(ferry) == after


def test_pairs_of_pruned_rows_come_back_whichever_end_was_pruned(two):
    for name, extra in (("a.db", False), ("b.db", True)):
        with writing(two, name) as write:
            for n in (1, 2, 3) if extra else (1,):
                write("POST", "und_as", {"und_aid": guid(n), "und_name": f"a{n}"})
                write("POST", "und_bs", {"und_bid": guid(16 + n), "und_name": f"b{n}"})
            link(write, guid(1), guid(17))
            if extra:
                link(write, guid(2), guid(17))  # its first row goes
                link(write, guid(1), guid(18))  # its second
                link(write, guid(3), guid(19))  # both
    before = contents(two)
    done = move(two, schema(), "--prune")
    assert done["totals"]["deleted"] == 4 and len(contents(two)[2]) == 1
    back_and_forth(two, before)


def test_pairs_of_created_rows_are_made_again_by_the_undo_of_the_undo(two):
    with writing(two, "a.db") as write:
        for n in (1, 2):
            write("POST", "und_as", {"und_aid": guid(n), "und_name": f"a{n}"})
        write("POST", "und_bs", {"und_bid": guid(17), "und_name": "b"})
        link(write, guid(1), guid(17))
        link(write, guid(2), guid(17))
    with writing(two, "b.db") as write:
        write("POST", "und_as", {"und_aid": guid(2), "und_name": "a2"})
    before = contents(two)
    assert move(two, schema())["totals"]["linked"] == 2
    back_and_forth(two, before)


def test_a_pair_alone_is_undone_and_made_again(two):
    """Of rows that were there, and in which nothing else was written."""
    for name in ("a.db", "b.db"):
        with writing(two, name) as write:
            write("POST", "und_as", {"und_aid": guid(1), "und_name": "a"})
            write("POST", "und_bs", {"und_bid": guid(17), "und_name": "b"})
            if name == "a.db":
                link(write, guid(1), guid(17))
    before = contents(two)
    assert move(two, schema())["totals"]["linked"] == 1
    back_and_forth(two, before)


@pytest.mark.parametrize("fields", ["", field("statecode", "state"), field("statuscode", "status"),
                                    field("statecode", "state") + field("statuscode", "status")])
@pytest.mark.parametrize("prune", ["--prune", "--prune=deactivate"])
def test_status_comes_back_with_state_and_columns_that_no_create_sets(two, fields, prune):
    with writing(two, "b.db") as write:
        for n, state, status in ((1, 0, 10), (2, 0, 1), (3, 1, 20)):
            write("POST", "und_as", {"und_aid": guid(n), "und_name": f"a{n}"})
            write("PATCH", f"und_as({guid(n)})", {"und_late": n, "statecode": state, "statuscode": status})
    before = contents(two)
    move(two, schema(und_a=field("und_late", "number") + fields), prune)
    back_and_forth(two, before)


def test_the_status_of_a_row_whose_state_was_changed_comes_back(two):
    for name, state, status in (("a.db", 1, 20), ("b.db", 0, 10)):
        with writing(two, name) as write:
            write("POST", "und_as", {"und_aid": guid(1), "und_name": "a"})
            write("PATCH", f"und_as({guid(1)})", {"statecode": state, "statuscode": status})
    before = contents(two)
    move(two, schema(und_a=field("statecode", "state")))
    back_and_forth(two, before)


def test_an_image_that_was_not_written_is_no_ones_change(two):
    for name, title in (("a.db", "new"), ("b.db", "old")):
        with writing(two, name) as write:
            write("POST", "und_bs", {"und_bid": guid(17), "und_name": title})
    with Served(two.folder / "b.db") as served:
        served.client()("PATCH", f"und_bs({guid(17)})/und_picture", PNG, {"Content-Type": "application/octet-stream"}, status=204)
    before = contents(two)
    assert move(two, schema(und_b=field("und_picture", "imagedata")))["totals"]["updated"] == 1
    back_and_forth(two, before)


def test_a_lookup_to_a_table_that_only_the_target_had_a_value_for_comes_back(two):
    """The package points to no currency, and the import had nothing to ask of that table."""
    currency = {**table("und_c", 10953, attribute("und_currency", "LookupType", targets=["transactioncurrency"])), "manyToMany": [],
                "manyToOne": [{"schemaName": "und_c_currency", "referencingAttribute": "und_currency",
                               "referencedEntity": "transactioncurrency", "referencedAttribute": "transactioncurrencyid",
                               "navigationProperty": "und_Currency"}]}
    (two.folder / "c.json").write_text(json.dumps(currency))
    for name in ("a.db", "b.db"):
        two("org", "add-table", name, "c.json")
        with writing(two, name) as write:
            write("POST", "und_cs", {"und_cid": guid(1), "und_name": name})
    (money,), = sql(two.folder / "b.db", "select transactioncurrencyid from transactioncurrency")
    with writing(two, "b.db") as write:
        write("PATCH", f"und_cs({guid(1)})", {"und_Currency@odata.bind": f"/transactioncurrencies({money})"})
    move(two, '<entities><entity name="und_c" displayname="und_c" primaryidfield="und_cid" primarynamefield="und_name"><fields>'
         + field("und_cid", "guid") + field("und_name", "string")
         + '<field name="und_currency" displayname="x" type="entityreference" lookupType="transactioncurrency" /></fields></entity></entities>')
    now = "select und_name, und_currency from und_c"
    assert sql(two.folder / "b.db", now) == [("a.db", None)]
    two("undo", "i.run", "--yes")
    assert sql(two.folder / "b.db", now) == [("b.db", money)]
