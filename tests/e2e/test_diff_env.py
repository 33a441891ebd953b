# SPDX-License-Identifier: MIT
"""ferry diff with environments: an organization and its own export are the same; what is changed in the file behind ferry's
back, with Python's sqlite3, is what is told."""
import hashlib
import json
import random
import re
import shutil
import sqlite3
import xml.etree.ElementTree as ElementTree
import zipfile

import pytest

import generated_world
import serving
import support

TYPES = {"text": "string", "plain": "string", "whole": "number", "big": "bigint", "decimal": "decimal",
         "double": "float", "yes": "bool", "choice": "optionsetvalue", "choices": "optionsetvaluecollection",
         "local": "datetime", "date": "datetime", "free": "datetime", "id": "guid"}
# A value of each kind that no generated row has, as the organization's file holds it.
OTHER = {"text": "other", "plain": "other", "whole": 77, "decimal": "7.5", "double": 7.25, "choice": 5, "choices": "1,2,3,5",
         "local": "2031-01-02T03:04:05Z", "date": "2031-01-02", "free": "2031-01-02T03:04:05"}


def field(column):
    if column.target:
        return f'<field name="{column.name}" type="entityreference" lookupType="{column.target}"/>'
    return f'<field name="{column.name}" type="{TYPES[column.kind]}"/>'


def entity(table, filtered="", links=True, without=()):
    columns = "".join(field(c) for c in table.columns.values() if c.name not in without)
    pairs = (f'<relationship name="{generated_world.INTERSECT}" manyToMany="true" isreflexive="false" '
             f'relatedEntityName="{generated_world.INTERSECT}" m2mTargetEntity="gen_part" '
             'm2mTargetEntityPrimaryKey="gen_partid"/>') if links and table.name == "gen_thing" else ""
    return (f'<entity name="{table.name}" displayname="x" primaryidfield="{table.key}" primarynamefield="gen_plain">'
            f"<fields>{columns}</fields><relationships>{pairs}</relationships>"
            + (f"<filter>{filtered}</filter>" if filtered else "") + "</entity>")


def write_schema(path, *entities):
    path.write_text(f"<entities>{''.join(entities)}</entities>")
    return path


SCHEMA = [entity(generated_world.THING), entity(generated_world.PART)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with gen.db, all types and pairs, all.xml and its export all.zip; nobody changes them."""
    folder = tmp_path_factory.mktemp("made")
    run = support.Ferry(folder)
    run("org", "create", "gen.db", "--seed", "3")
    run("org", "add-table", "gen.db", generated_world.write_definitions(folder))
    with serving.Served(folder / "gen.db") as served:
        generated_world.write_rows(served.client(), generated_world.make_rows(random.Random(5), 40))
    write_schema(folder / "all.xml", *SCHEMA)
    run("export", "--from", "local:gen.db", "--schema", "all.xml", "--out", "all.zip")
    return folder


@pytest.fixture
def gen(made, ferry):
    for name in ("gen.db", "all.xml", "all.zip"):
        shutil.copy(made / name, ferry.folder / name)
    return ferry


def change(path, *statements):
    with sqlite3.connect(path) as db:
        for text, *values in statements:
            assert db.execute(text, values).rowcount > 0, text
    db.close()


def totals(document):
    return [document["totals"][k] for k in ("added", "removed", "changed", "linksAdded", "linksRemoved")]


def table(document, name):
    return next(t for t in document["tables"] if t["name"] == name)


def some_id(path, name, n=0, where="1"):
    with sqlite3.connect(path) as db:
        return db.execute(f"select {name}id from {name} where {where} order by {name}id limit 1 offset {n}").fetchone()[0]


def test_an_organization_is_what_was_exported_from_it(gen):
    before = support.dump(gen.folder / "gen.db")
    done = gen("diff", "all.zip", "local:gen.db", "--detailed-exitcode", "--json")
    assert totals(done.json) == [0] * 5
    rows = {t["name"]: t["counts"]["unchanged"] for t in done.json["tables"]}
    assert rows == {"gen_thing": 40, "gen_part": 40}
    assert done.json["totals"]["linksUnchanged"] == len(support.Org(gen.folder / "gen.db").links(generated_world.INTERSECT))
    assert [(p["severity"], p["column"]) for p in done.json["problems"]] == [("note", "gen_big")]
    assert gen("diff", "local:gen.db", "all.zip", "--detailed-exitcode").out.startswith("no differences: 80 rows")
    assert support.dump(gen.folder / "gen.db") == before


@pytest.mark.parametrize("schema", support.STEPS)
def test_the_demo_is_what_was_exported_from_it(sample, ferry, schema):
    ferry("export", "--from", f"local:{sample / 'a.db'}", "--schema", support.PLANS / f"{schema}.xml", "--out", "x")
    assert ferry("diff", f"local:{sample / 'a.db'}", "x", "--detailed-exitcode").out.startswith("no differences: ")


@pytest.mark.skipif(not (support.SHARED / "data" / "schemas").is_dir(), reason="needs the schemas")
def test_every_real_schema(sample, ferry):
    found = sorted((support.SHARED / "data" / "schemas").glob("*.xml"))
    assert found
    for schema in found:
        ferry("export", "--from", f"local:{sample / 'a.db'}", "--schema", schema, "--skip-missing-columns",
              "--out", "x", "--overwrite")
        done = ferry("diff", "x", f"local:{sample / 'a.db'}", "--json")
        told = {p["column"] for p in done.json["problems"] if "lacks the column" in p["message"]}
        changed = {c["name"] for t in done.json["tables"] for r in t["changed"] for c in r["columns"]}
        assert changed <= told, schema
        assert totals(done.json)[:2] + totals(done.json)[3:] == [0] * 4, schema


@pytest.mark.parametrize("column", [c for c in generated_world.THING.columns.values() if c.kind in OTHER],
                         ids=lambda c: c.name)
def test_each_type_of_column_that_changed_is_told_alone(gen, column):
    there = some_id(gen.folder / "gen.db", "gen_thing", where=f"{column.name} is not null")
    empty = some_id(gen.folder / "gen.db", "gen_thing", where=f"{column.name} is null") if column.name != "gen_plain" else None
    change(gen.folder / "gen.db", (f"update gen_thing set {column.name} = ? where gen_thingid = ?", OTHER[column.kind], there),
           *([(f"update gen_thing set {column.name} = ? where gen_thingid = ?", OTHER[column.kind], empty)] if empty else []))
    done = gen("diff", "all.zip", "local:gen.db", "--json", "--detailed-exitcode", status=10)
    rows = {r["id"]: r["columns"] for r in table(done.json, "gen_thing")["changed"]}
    assert rows.keys() == {there, empty} - {None}
    for row, columns in rows.items():
        assert [c["name"] for c in columns] == [column.name]
        assert (columns[0]["old"] is None) == (row == empty)
    # the other way round a value is gone
    back = gen("diff", "local:gen.db", "all.zip", "--json").json
    other = {r["id"]: r["columns"] for r in table(back, "gen_thing")["changed"]}
    assert {i: [(c["old"], c["new"]) for c in columns] for i, columns in other.items()} == {
        i: [(c["new"], c["old"]) for c in columns] for i, columns in rows.items()}


def test_booleans_and_lookups(gen):
    path = gen.folder / "gen.db"
    yes = some_id(path, "gen_thing", where="gen_yes = 1")
    pointing = some_id(path, "gen_thing", 1, where="gen_partid is not null and gen_yes = 0")
    with sqlite3.connect(path) as db:
        old = db.execute("select gen_partid from gen_thing where gen_thingid = ?", (pointing,)).fetchone()[0]
    db.close()
    to = some_id(path, "gen_part", where=f"gen_partid <> '{old}'")
    change(path, ("update gen_thing set gen_yes = 0 where gen_thingid = ?", yes),
           ("update gen_thing set gen_partid = ? where gen_thingid = ?", to, pointing))
    rows = {r["id"]: r["columns"] for r in table(gen("diff", "all.zip", "local:gen.db", "--json").json, "gen_thing")["changed"]}
    assert rows[yes] == [{"name": "gen_yes", "old": True, "new": False}]
    assert [(c["name"], c["old"]["id"], c["new"]["id"], c["new"]["table"]) for c in rows[pointing]] == [
        ("gen_partid", old, to, "gen_part")]


def test_rows_and_pairs_that_came_and_went(gen):
    path = gen.folder / "gen.db"
    gone = some_id(path, "gen_part", where="gen_partid not in (select gen_partid from gen_thing_gen_part) and gen_partid "
                   "not in (select gen_partid from gen_thing where gen_partid is not null)")
    pair = next(iter(sorted(support.Org(path).links(generated_world.INTERSECT))))
    with sqlite3.connect(path) as db:
        columns = [c[1] for c in db.execute(f"pragma table_info({generated_world.INTERSECT})")]
        thing, part = (dict(zip(columns, pair))[c] for c in ("gen_thingid", "gen_partid"))
    db.close()
    with serving.Served(path) as served:
        client = served.client()
        new = client("POST", "gen_parts", {"gen_plain": "brand new"}, status=204).id
        client("DELETE", f"gen_parts({gone})", status=204)
        client("DELETE", f"gen_things({thing})/gen_tags({part})/$ref", status=204)
        client("POST", f"gen_things({thing})/gen_tags/$ref", {"@odata.id": f"gen_parts({new})"}, status=204)
    done = gen("diff", "all.zip", "local:gen.db", "--json")
    assert totals(done.json) == [1, 1, 0, 1, 1]
    assert table(done.json, "gen_part")["added"] == [{"id": new, "name": "brand new"}]
    assert [r["id"] for r in table(done.json, "gen_part")["removed"]] == [gone]
    (rel,) = done.json["relationships"]
    assert (rel["added"], rel["removed"]) == ([{"source": thing, "target": new}], [{"source": thing, "target": part}])


def test_two_environments_one_of_them_served(gen):
    path = gen.folder / "gen.db"
    shutil.copy(path, gen.folder / "other.db")
    row = some_id(path, "gen_thing", 3)
    change(gen.folder / "other.db", ("update gen_thing set gen_plain = 'served' where gen_thingid = ?", row))
    usage = gen("diff", "local:gen.db", "local:other.db", status=2)
    assert "--schema" in usage.err and usage.out == ""
    with serving.Served(gen.folder / "other.db") as served:
        done = gen("diff", "local:gen.db", served.url, "--schema", "all.xml", "--json", "--concurrency", "8")
        package = gen("diff", "all.zip", served.url, "--json", "--record", "said.jsonl")
        again = gen("diff", served.url, served.url, "--schema", "all.xml", "--detailed-exitcode")
        refused = gen("diff", served.url, served.url, "--schema", "all.xml", "--record", "two.jsonl", status=2)
        gen("env", "add", "test", "--url", served.url, "--auth", "token", "--token-from", "env:MINE")
        named = gen("diff", "all.zip", "test", "--json", env={"MINE": "x"})
    assert [(r["id"], [(c["name"], c["new"]) for c in r["columns"]]) for r in table(done.json, "gen_thing")["changed"]] == [
        (row, [("gen_plain", "served")])]
    assert done.json["old"] == "local:gen.db" and done.json["new"] == served.url
    assert totals(done.json) == totals(package.json) == totals(named.json) == [0, 0, 1, 0, 0]
    assert again.out.startswith("no differences: 80 rows")
    assert "both environments" in refused.err and not (gen.folder / "two.jsonl").exists()
    assert (gen.folder / "said.jsonl").stat().st_size > 1000


def test_a_path_comes_before_a_profile(gen):
    gen("env", "add", "all", "--url", "http://127.0.0.1:9", "--auth", "token", "--token-from", "env:MINE")
    gen("unpack", "all.zip", "all")
    assert gen("diff", "all", "local:gen.db").out.startswith("no differences")
    missing = gen("diff", "nothing", "local:gen.db", status=5).err
    assert "nothing: there is no such file or folder, and no profile of that name" in missing
    assert "missing.db" in gen("diff", "local:missing.db", "all.zip", status=5).err


def test_options_about_servers_are_refused_without_one(gen):
    for words in (["--record", "x"], ["--impersonate", "user:00000000-0000-4000-8000-000000000001"]):
        assert words[0] in gen("diff", "all.zip", "local:gen.db", *words, status=2).err


def test_the_filter_of_the_schema_decides_which_rows_are_read(gen):
    fetch = ('&lt;fetch&gt;&lt;entity name="gen_part"&gt;&lt;filter&gt;&lt;condition attribute="gen_whole" operator="gt" '
             'value="0"/&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;')
    write_schema(gen.folder / "some.xml", entity(generated_world.PART, fetch.replace('"', "&quot;")))
    gen("export", "--from", "local:gen.db", "--schema", "some.xml", "--out", "some")
    there = gen("diff", "some", "local:gen.db", "--json").json
    with sqlite3.connect(gen.folder / "gen.db") as db:
        assert there["totals"]["unchanged"] == db.execute("select count(*) from gen_part where gen_whole > 0").fetchone()[0] > 0
    db.close()
    assert totals(there) == [0] * 5
    write_schema(gen.folder / "bad.xml", entity(generated_world.PART, fetch.replace('"', "&quot;").replace("gen_whole", "nope")))
    assert "filter" in gen("diff", "local:gen.db", "local:gen.db", "--schema", "bad.xml", status=5).err


def test_a_schema_limits_what_of_a_package_counts(gen):
    others = [c for c in generated_world.THING.columns if c not in ("gen_thingid", "gen_text")]
    write_schema(gen.folder / "few.xml", entity(generated_world.THING, links=False, without=others))
    row = some_id(gen.folder / "gen.db", "gen_thing")
    change(gen.folder / "gen.db", ("update gen_thing set gen_whole = 4711 where gen_thingid = ?", row),
           ("delete from gen_thing_gen_part where 1",))
    done = gen("diff", "all.zip", "local:gen.db", "--schema", "few.xml", "--json")
    assert totals(done.json) == [0] * 5 and [t["name"] for t in done.json["tables"]] == ["gen_thing"]
    assert done.json["relationships"] == [] and done.json["problems"] == []
    assert gen("diff", "all.zip", "all.zip", "--schema", "few.xml").out == "no differences: 40 rows, 0 links\n"


def test_what_the_environment_lacks_is_told_and_only_in_the_package(gen):
    new = generated_world.Column("gen_new", "text")
    thing = generated_world.Table("gen_thing", [*generated_world.THING.columns.values(), new],
                                  generated_world.THING.collections)
    text = (gen.folder / "all.xml").read_text()
    lone = ('<entity name="gen_lone" displayname="x" primaryidfield="gen_loneid" primarynamefield="gen_plain"><fields>'
            '<field name="gen_plain" type="string"/></fields></entity>')
    lacking = ('<relationship name="gen_thing_gen_lone" manyToMany="true" isreflexive="false" '
               'relatedEntityName="gen_thing_gen_lone" m2mTargetEntity="gen_lone" m2mTargetEntityPrimaryKey="gen_loneid"/>')
    text = text.replace(entity(generated_world.THING), entity(thing)).replace("</relationships>", lacking + "</relationships>", 1)
    (gen.folder / "wide").mkdir()
    with zipfile.ZipFile(gen.folder / "all.zip") as z:
        data = z.read("data.xml").decode()
    row = some_id(gen.folder / "gen.db", "gen_thing")
    data = re.sub(f'(<record id="{row}">)', r'\1<field name="gen_new" value="only here" />', data)
    data = data.replace("</entities>", '<entity name="gen_lone" displayname="x"><records><record '
                        'id="00000000-0000-4000-8000-0000000000aa"><field name="gen_plain" value="alone" /></record></records>'
                        "<m2mrelationships /></entity></entities>")
    (gen.folder / "wide" / "data.xml").write_text(data)
    (gen.folder / "wide" / "data_schema.xml").write_text(text.replace("</entities>", lone + "</entities>"))
    done = gen("diff", "wide", "local:gen.db", "--json").json
    assert totals(done) == [0, 1, 1, 0, 0]
    assert table(done, "gen_lone")["declared"] == ["old"] and table(done, "gen_lone")["removed"][0]["name"] == "alone"
    assert table(done, "gen_thing")["changed"] == [
        {"id": row, "name": table(done, "gen_thing")["changed"][0]["name"],
         "columns": [{"name": "gen_new", "old": "only here", "new": None}]}]
    told = [(p["severity"], p["table"], p["column"]) for p in done["problems"] if "lacks" in p["message"]]
    assert sorted(told) == [("warning", "gen_lone", ""), ("warning", "gen_thing", ""), ("warning", "gen_thing", "gen_new")]


def test_what_a_package_has_beyond_its_schema_is_not_compared_with_an_environment(gen):
    (gen.folder / "more").mkdir()
    with zipfile.ZipFile(gen.folder / "all.zip") as z:
        data, schema = z.read("data.xml").decode(), z.read("data_schema.xml").decode()
    (gen.folder / "more" / "data.xml").write_text(data)
    (gen.folder / "more" / "data_schema.xml").write_text(re.sub(
        '<field name="gen_memo"[^>]*>|<relationship [^>]*>', "", schema))
    done = gen("diff", "local:gen.db", "more", "--json").json
    assert totals(done) == [0] * 5
    told = [(p["table"], p["column"], p["message"].rsplit(": ", 2)[1]) for p in done["problems"] if "not compared" in p["message"]
            and p["severity"] == "warning"]
    assert [t[:2] for t in told] == [("gen_thing", "gen_memo"), ("gen_thing", "")] and told[1][2] == generated_world.INTERSECT


def test_how_a_value_is_written_is_no_difference(gen):
    """Written by hand in forms that the environment itself does not use."""
    path = gen.folder / "gen.db"
    row = some_id(path, "gen_thing")
    change(path, ("update gen_thing set gen_text = ?, gen_decimal = '1.5000', gen_double = 2.5, gen_yes = 1, gen_choice = 2, "
                  "gen_choices = '1,2', gen_local = '2024-05-15T10:00:00Z', gen_date = '2024-05-15', gen_plain = 'p', "
                  "gen_free = '2024-05-15T10:00:00', gen_partid = null, gen_parentid = null, gen_memo = null, gen_same = null, "
                  "gen_other = null, gen_local2 = null, gen_choice2 = null, gen_money = null, gen_whole = 7 "
                  "where gen_thingid = ?", '{"a": 1,\r\n "b": 2}', row))
    values = {"gen_thingid": "{" + row.upper() + "}", "gen_text": '{&quot;b&quot;:2,&quot;a&quot;:1}', "gen_decimal": "1.50000001",
              "gen_double": "2.50", "gen_yes": "true", "gen_choice": " 2 ", "gen_choices": "[-1,2,1,-1]", "gen_plain": "p",
              "gen_local": "5/15/2024 10:00:00 AM", "gen_date": "2024-05-15T00:00:00.0000000", "gen_memo": "",
              "gen_free": "2024-05-15T10:00:00.0000000", "gen_whole": "07"}
    (gen.folder / "hand").mkdir()
    fields = "".join(f'<field name="{k}" value="{v}" />' for k, v in values.items())
    (gen.folder / "hand" / "data.xml").write_text(
        f'<entities><entity name="gen_thing" displayname="x"><records><record id="{row}">{fields}</record></records>'
        "<m2mrelationships /></entity></entities>")
    fetch = ('<fetch><entity name="gen_thing"><filter><condition attribute="gen_thingid" operator="eq" '
             f'value="{row}"/></filter></entity></fetch>').replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    write_schema(gen.folder / "hand" / "data_schema.xml", entity(generated_world.THING, fetch, links=False))
    done = gen("diff", "hand", "local:gen.db", "--json").json
    assert table(done, "gen_thing")["changed"] == []
    assert totals(done) == [0] * 5 and done["totals"]["unchanged"] == 1


def test_secrets_are_not_read_and_not_shown(sample, ferry):
    shutil.copy(sample / "a.db", ferry.folder / "a.db")
    name, secret = "msdyn_oc_geolocationprovider", "msdyn_providerapikey"
    if support.column_rule(name, secret) != "secret":
        name = next(t.get("name") for t in support.knowledge().findall("table") for c in t.findall("column")
                    if c.get("is") == "secret" and c.get("name") == secret)
    key = support.metadata(name)
    row = "00000000-0000-4000-8000-0000000000c1"
    schema = (f'<entities><entity name="{name}" displayname="x" primaryidfield="{key["primaryId"]}" '
              f'primarynamefield="{key["primaryName"]}"><fields><field name="{key["primaryName"]}" type="string"/>'
              f'<field name="{secret}" type="string"/></fields></entity></entities>')
    for side, value in (("one", "hush-1"), ("two", "hush-2")):
        (ferry.folder / side).mkdir()
        (ferry.folder / side / "data_schema.xml").write_text(schema)
        (ferry.folder / side / "data.xml").write_text(
            f'<entities><entity name="{name}" displayname="x"><records><record id="{row}"><field '
            f'name="{key["primaryName"]}" value="n" /><field name="{secret}" value="{value}" /></record></records>'
            "<m2mrelationships /></entity></entities>")
    for options in ([], ["--json"]):
        done = ferry("diff", "one", "two", *options)
        assert "(secret)" in done.out and "hush" not in done.out + done.err
    assert "hush-1" in ferry("diff", "one", "two", "--include-secrets").out
    ferry("import", "one", "--to", "local:a.db", "--include-secrets")
    done = ferry("diff", "two", "local:a.db", "--json").json
    mine = [r for r in table(done, name)["changed"] if r["id"] == row]
    assert mine == [] and "hush" not in json.dumps(done)
    assert [(p["severity"], p["column"], "--include-secrets" in p["remedy"]) for p in done["problems"]] == [
        ("note", secret, True)]
    done = ferry("diff", "two", "local:a.db", "--include-secrets", "--json").json
    assert [r["columns"] for r in table(done, name)["changed"] if r["id"] == row] == [
        [{"name": secret, "old": "hush-2", "new": "hush-1"}]]


def test_files_are_compared_by_content(ferry):
    ferry("org", "create", "f.db")
    key = {"logicalName": "gen_docid", "schemaName": "gen_DocId", "type": "UniqueidentifierType",
           "requiredLevel": "SystemRequired", "validForCreate": True, "validForUpdate": False, "validForRead": True}
    columns = [key] + [{"logicalName": n, "schemaName": n, "type": t, "requiredLevel": "None", "validForCreate": True,
                        "validForUpdate": True, "validForRead": True, **more} for n, t, more in (
                            ("gen_name", "StringType", {"maxLength": 100}),
                            ("gen_file", "FileType", {"maxSizeInKB": 1024}),
                            ("gen_image", "ImageType", {"maxSizeInKB": 1024, "isPrimaryImage": False}))]
    (ferry.folder / "doc.json").write_text(json.dumps({
        "logicalName": "gen_doc", "schemaName": "gen_Doc", "entitySetName": "gen_docs", "collectionSchemaName": "gen_Docs",
        "displayName": "Doc", "displayCollectionName": "Docs", "primaryId": "gen_docid", "primaryName": "gen_name",
        "objectTypeCode": 10901, "ownership": "OrganizationOwned", "attributes": columns, "manyToOne": [], "manyToMany": []}))
    ferry("org", "add-table", "f.db", "doc.json")
    with serving.Served(ferry.folder / "f.db") as served:
        client = served.client()
        row = client("POST", "gen_docs", {"gen_name": "with"}, status=204).id
        client("PATCH", f"gen_docs({row})/gen_file", b"content", {"Content-Type": "application/octet-stream",
                                                                  "x-ms-file-name": "a.txt"}, status=204)
        client("POST", "gen_docs", {"gen_name": "without"}, status=204)
    (ferry.folder / "doc.xml").write_text(
        '<entities><entity name="gen_doc" displayname="x" primaryidfield="gen_docid" primarynamefield="gen_name"><fields>'
        '<field name="gen_docid" type="guid"/><field name="gen_name" type="string"/><field name="gen_file" type="filedata"/>'
        '<field name="gen_image" type="imagedata"/></fields></entity></entities>')
    shutil.copy(ferry.folder / "f.db", ferry.folder / "g.db")
    assert ferry("diff", "local:f.db", "local:g.db", "--schema", "doc.xml").out.startswith("no differences: 2 rows")
    ferry("export", "--from", "local:f.db", "--schema", "doc.xml", "--out", "doc.zip")
    assert ferry("diff", "doc.zip", "local:g.db", "--detailed-exitcode").out.startswith("no differences: 2 rows")
    with serving.Served(ferry.folder / "g.db") as served:
        served.client()("PATCH", f"gen_docs({row})/gen_file", b"changed", {"Content-Type": "application/octet-stream",
                                                                           "x-ms-file-name": "a.txt"}, status=204)
    want = [[{"name": "gen_file", "old": {"sha256": hashlib.sha256(b"content").hexdigest(), "name": "a.txt"},
              "new": {"sha256": hashlib.sha256(b"changed").hexdigest(), "name": "a.txt"}}]]
    for old in ("local:f.db", "doc.zip"):
        done = ferry("diff", old, "local:g.db", "--schema", "doc.xml", "--json").json
        assert [r["columns"] for r in table(done, "gen_doc")["changed"]] == want, done
    assert "a.txt" in ferry("diff", "doc.zip", "local:g.db").out
    # without its bytes a package's file is only known to be there
    ferry("unpack", "doc.zip", "tree")
    (ferry.folder / "bare").mkdir()
    with zipfile.ZipFile(ferry.folder / "doc.zip") as z:
        for name in ("data.xml", "data_schema.xml"):
            (ferry.folder / "bare" / name).write_bytes(z.read(name))
    assert ferry("diff", "bare", "local:g.db").out.startswith("no differences: 2 rows")


def test_party_lists(sample, ferry):
    shutil.copy(sample / "a.db", ferry.folder / "a.db")
    ferry("org", "add-table", "a.db", *(support.ROOT / "tests" / "tables" / f"{n}.json" for n in ("activityparty", "email")))
    people = sorted(support.Org(ferry.folder / "a.db").rows("systemuser"))[:2]
    mail = "00000000-0000-4000-8000-00000000ee01"
    with serving.Served(ferry.folder / "a.db") as served:
        served.client()("POST", "emails", {"activityid": mail, "subject": "hello", "email_activity_parties": [
            {"partyid_systemuser@odata.bind": f"/systemusers({i})", "participationtypemask": m} for i, m in zip(people, (1, 2))]},
            status=204)
    (ferry.folder / "mail.xml").write_text(
        '<entities><entity name="email" displayname="x" primaryidfield="activityid" primarynamefield="subject"><fields>'
        '<field name="activityid" type="guid"/><field name="subject" type="string"/><field name="from" type="partylist"/>'
        '<field name="to" type="partylist"/></fields></entity></entities>')
    ferry("export", "--from", "local:a.db", "--schema", "mail.xml", "--out", "mail")
    assert people[0] in (ferry.folder / "mail" / "data.xml").read_text()
    assert ferry("diff", "mail", "local:a.db").out.startswith("no differences: 1 rows")
    data = (ferry.folder / "mail" / "data.xml").read_text()
    (ferry.folder / "mail" / "data.xml").write_text(data.replace(people[1], people[0]))
    done = ferry("diff", "mail", "local:a.db", "--json").json
    assert [r["columns"] for r in table(done, "email")["changed"]] == [
        [{"name": "to", "old": [{"mask": "2", "table": "systemuser", "id": people[0]}],
          "new": [{"mask": "2", "table": "systemuser", "id": people[1]}]}]]


def test_schemas_of_real_exports_are_read_as_they_are(sample, ferry):
    """A package's own schema is what its environment is asked for."""
    ferry("export", "--from", f"local:{sample / 'a.db'}", "--schema", support.PLANS / "1-skills.xml", "--out", "x.zip")
    names = [e.get("name") for e in ElementTree.fromstring(support.Package(ferry.folder / "x.zip").schema_bytes)]
    done = ferry("diff", f"local:{sample / 'b.db'}", "x.zip", "--json").json
    assert [t["name"] for t in done["tables"]] == [n for n in names if n]
    assert done["totals"]["added"] == sum(len(support.Package(ferry.folder / "x.zip").records(n)) for n in names)
