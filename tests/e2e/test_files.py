# SPDX-License-Identifier: MIT
"""File and image columns: from one environment into a package, into another one, and back; large ones, none, and what is wrong with them."""
import base64
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
import zipfile
import xml.etree.ElementTree as ElementTree

import pytest

import serving
import support

OCTETS = {"Content-Type": "application/octet-stream"}
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
MIB = 1 << 20

DEFINITION = {
    "logicalName": "gen_doc", "schemaName": "gen_Doc", "entitySetName": "gen_docs", "collectionSchemaName": "gen_Docs",
    "displayName": "Doc", "displayCollectionName": "Docs", "primaryId": "gen_docid", "primaryName": "gen_name",
    "objectTypeCode": 10901, "ownership": "OrganizationOwned", "manyToOne": [], "manyToMany": [],
    "attributes": [
        {"logicalName": "gen_docid", "schemaName": "gen_DocId", "type": "UniqueidentifierType", "requiredLevel": "SystemRequired",
         "validForCreate": True, "validForUpdate": False, "validForRead": True},
        *({"logicalName": name, "schemaName": name, "type": kind, "requiredLevel": "None", "validForCreate": True,
           "validForUpdate": True, "validForRead": True, **more} for name, kind, more in (
               ("gen_name", "StringType", {"maxLength": 100}),
               ("gen_file", "FileType", {"maxSizeInKB": 131072}),
               ("gen_other", "FileType", {"maxSizeInKB": 131072}),
               ("gen_photo", "ImageType", {"maxSizeInKB": 30720, "isPrimaryImage": True, "canStoreFullImage": True}),
               ("gen_icon", "ImageType", {"maxSizeInKB": 10240, "isPrimaryImage": False})))]}
FIELDS = {"gen_docid": "guid", "gen_name": "string", "gen_file": "filedata", "gen_other": "filedata",
          "gen_photo": "imagedata", "gen_icon": "imagedata"}


def content(n, seed=1):
    return random.Random(seed * 1000003 + n).randbytes(n)


def row(n):
    return f"d0c00000-0000-4000-8000-{n:012x}"


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    run = support.Ferry(folder)
    (folder / "doc.json").write_text(json.dumps(DEFINITION))
    for seed, name in enumerate(("a.db", "b.db"), 3):
        run("org", "create", name, "--seed", seed)
        run("org", "add-table", name, "doc.json")
    (folder / "doc.xml").write_text(
        '<entities><entity name="gen_doc" displayname="Doc" primaryidfield="gen_docid" primarynamefield="gen_name"><fields>'
        + "".join(f'<field name="{n}" type="{t}" displayname="{n}"/>' for n, t in FIELDS.items())
        + "</fields></entity></entities>")
    return folder


@pytest.fixture
def orgs(ferry, empty):
    """a.db and b.db, both empty but for the table."""
    for name in ("a.db", "b.db"):
        shutil.copy(empty / name, ferry.folder / name)
    shutil.copy(empty / "doc.xml", ferry.folder / "doc.xml")
    return ferry


def put(client, n, name, files=(), images=()):
    """A row with {column: (name, bytes)} and {column: bytes}."""
    client("POST", "gen_docs", {"gen_docid": row(n), "gen_name": name}, status=204)
    put_files(client, n, files, images)


def put_files(client, n, files=(), images=()):
    for column, (name, data) in dict(files).items():
        client("PATCH", f"gen_docs({row(n)})/{column}?x-ms-file-name={serving.urllib.parse.quote(name)}", data, OCTETS, status=204)
    for column, data in dict(images).items():
        client("PATCH", f"gen_docs({row(n)})/{column}", data, OCTETS, status=204)


def got(client, n, column):
    answer = client("GET", f"gen_docs({row(n)})/{column}/$value?size=full")
    return answer.body if answer.status == 200 else None


def name_of(file, n, column):
    with sqlite3.connect(file) as db:
        return db.execute(f"select {column}_name from gen_doc where gen_docid = ?", [row(n)]).fetchone()[0]


def numbers(done):
    """Of a whole import's document."""
    support.check_report(done, "import")
    return {k: v for k, v in done["totals"].items() if v}


SIZES = {1: 0, 2: 1, 3: 5 * MIB, 4: 20 * MIB, 5: 4 * MIB}


def fill(client):
    for n, size in SIZES.items():
        put(client, n, f"doc {n}", {"gen_file": (f"größe {size} 文.bin", content(size))})
    put(client, 6, "all", {"gen_file": ("a.txt", b"same"), "gen_other": ("b.txt", b"same")},
        {"gen_photo": PNG, "gen_icon": PNG + b"icon"})
    put(client, 7, "none")


def check(client, file):
    for n, size in SIZES.items():
        data = got(client, n, "gen_file")
        assert data is not None and hashlib.sha256(data).digest() == hashlib.sha256(content(size)).digest(), n
        assert name_of(file, n, "gen_file") == f"größe {size} 文.bin"
    assert [got(client, 6, c) for c in ("gen_file", "gen_other")] == [b"same", b"same"]
    assert [name_of(file, 6, c) for c in ("gen_file", "gen_other")] == ["a.txt", "b.txt"]
    assert got(client, 6, "gen_photo") == PNG
    assert client("GET", f"gen_docs({row(6)})/gen_icon/$value").body == PNG + b"icon"
    assert got(client, 7, "gen_file") is None


def fields_of(folder):
    root = ElementTree.fromstring((folder / "data.xml").read_bytes().strip())
    return {(r.get("id"), f.get("name")): f for r in root.iter("record") for f in r.iter("field")}


def test_files_and_images_go_from_one_environment_to_another(orgs):
    """In process at both ends."""
    with serving.Served(orgs.folder / "a.db") as served:
        fill(served.client())
    orgs("export", "--from", "local:a.db", "--schema", "doc.xml", "--out", "doc.zip")
    with zipfile.ZipFile(orgs.folder / "doc.zip") as z:
        entries = {n for n in z.namelist() if n.startswith("files/")}
        z.extractall(orgs.folder / "plain")
        assert b'Extension="bin"' in z.read("[Content_Types].xml")
    fields = fields_of(orgs.folder / "plain")
    named = {f'files/{f.get("value")}.bin' for (_, c), f in fields.items() if c in ("gen_file", "gen_other")}
    assert entries == named and len(entries) == len(SIZES) + 1, "the two files that are the same are one entry"
    assert fields[row(4), "gen_file"].get("filename") == "größe 20971520 文.bin"
    assert base64.b64decode(fields[row(6), "gen_photo"].get("value")) == PNG
    assert (row(7), "gen_file") not in fields
    for n, size in SIZES.items():
        entry = orgs.folder / "plain" / "files" / f'{fields[row(n), "gen_file"].get("value")}.bin'
        assert entry.read_bytes() == content(size)

    done = orgs("import", "doc.zip", "--to", "local:b.db", "--json").json
    assert numbers(done) == {"read": 7, "created": 7} and done["verified"] and done["problems"] == []
    with serving.Served(orgs.folder / "b.db") as served:
        check(served.client(), orgs.folder / "b.db")
    done = orgs("import", "doc.zip", "--to", "local:b.db", "--json").json
    assert numbers(done) == {"read": 7, "unchanged": 7} and done["requests"]["write"] == 0
    orgs("export", "--from", "local:b.db", "--schema", "doc.xml", "--out", "again")
    assert (orgs.folder / "again" / "data.xml").read_bytes().split(b">", 1)[1] == (
        orgs.folder / "plain" / "data.xml").read_bytes().split(b">", 1)[1]
    assert sorted(os.listdir(orgs.folder / "again" / "files")) == sorted(os.listdir(orgs.folder / "plain" / "files"))


def test_files_and_images_go_over_http(orgs):
    with serving.Served(orgs.folder / "a.db") as a, serving.Served(orgs.folder / "b.db") as b:
        fill(a.client())
        orgs("export", "--from", a.url, "--schema", "doc.xml", "--out", "doc")
        done = orgs("import", "doc", "--to", b.url, "--json").json
        assert numbers(done) == {"read": 7, "created": 7} and done["verified"]
        check(b.client(), orgs.folder / "b.db")
        done = orgs("import", "doc", "--to", b.url, "--json").json
        assert numbers(done) == {"read": 7, "unchanged": 7} and done["requests"]["write"] == 0


def test_only_the_file_that_differs_is_written(orgs):
    with serving.Served(orgs.folder / "a.db") as a, serving.Served(orgs.folder / "b.db") as b:
        for client in (a.client(), b.client()):
            put(client, 1, "one", {"gen_file": ("1.bin", content(100)), "gen_other": ("2.bin", content(200))},
                {"gen_photo": PNG})
            put(client, 2, "two", {"gen_file": ("3.bin", content(300))})
            put(client, 3, "three", {"gen_file": ("4.bin", content(400))})
        put_files(a.client(), 1, {"gen_other": ("2.bin", content(201))})
        put_files(a.client(), 2, {"gen_file": ("other name.bin", content(300))})
        a.client()("DELETE", f"gen_docs({row(3)})/gen_file", status=204)
        orgs("export", "--from", a.url, "--schema", "doc.xml", "--out", "doc.zip")
        done = orgs("import", "doc.zip", "--to", b.url, "--dry-run", "--json").json
        assert numbers(done) == {"read": 3, "updated": 2, "unchanged": 1} and done["requests"]["write"] == 0
        ids = {c: b.client()("GET", f"gen_docs({row(1)})?$select={c}").json[c] for c in ("gen_file", "gen_other")}
        done = orgs("import", "doc.zip", "--to", b.url, "--json").json
        assert numbers(done) == {"read": 3, "updated": 2, "unchanged": 1} and done["requests"]["write"] == 2
        after = b.client()("GET", f"gen_docs({row(1)})?$select=gen_file,gen_other").json
        assert after["gen_file"] == ids["gen_file"] and after["gen_other"] != ids["gen_other"]
        assert got(b.client(), 1, "gen_other") == content(201)
        assert name_of(orgs.folder / "b.db", 2, "gen_file") == "other name.bin"
        assert got(b.client(), 3, "gen_file") == content(400), "what the package does not have is not removed"


def test_packages_in_the_folder_form_carry_files(orgs):
    with serving.Served(orgs.folder / "a.db") as a:
        put(a.client(), 1, "one", {"gen_file": ("1.txt", b"text"), "gen_other": ("2.pdf", content(5 * MIB))}, {"gen_photo": PNG})
    orgs("export", "--from", "local:a.db", "--schema", "doc.xml", "--out", "doc.zip")
    orgs("unpack", "doc.zip", "tree")
    done = orgs("import", "tree", "--to", "local:b.db", "--json").json
    assert numbers(done) == {"read": 1, "created": 1} and done["verified"]
    orgs("pack", "tree", "again.zip")
    done = orgs("import", "again.zip", "--to", "local:b.db", "--json").json
    assert numbers(done) == {"read": 1, "unchanged": 1}
    with serving.Served(orgs.folder / "b.db") as b:
        assert got(b.client(), 1, "gen_other") == content(5 * MIB)


def write_package(folder, records, files=()):
    folder.mkdir()
    shutil.copy(folder.parent / "doc.xml", folder / "data_schema.xml")
    (folder / "data.xml").write_text(
        f'<entities timestamp="2025-01-01T00:00:00.0000000Z"><entity name="gen_doc" displayname="Doc"><records>{records}'
        "</records><m2mrelationships /></entity></entities>")
    (folder / "files").mkdir()
    for name, data in dict(files).items():
        (folder / "files" / name).write_bytes(data)


FILE = "0f11e000-0000-4000-8000-00000000000"


def record(n, *fields):
    return f'<record id="{row(n)}"><field name="gen_name" value="{n}"/>{"".join(fields)}</record>'


def test_packages_of_the_tool_itself(orgs):
    """Its own ids, in either case; an entry that no row names; a file without a name."""
    write_package(orgs.folder / "pkg", record(1, f'<field name="gen_file" value="{FILE.upper()}1" filename="x.txt"/>')
                  + record(2, f'<field name="gen_file" value="{FILE}2"/>'),
                  {f"{FILE}1.bin": b"first", f"{FILE}2.BIN": b"second", f"{FILE}3.bin": b"nobody's"})
    done = orgs("import", "pkg", "--to", "local:b.db", "--json").json
    assert numbers(done) == {"read": 2, "created": 2} and done["verified"]
    with serving.Served(orgs.folder / "b.db") as b:
        assert [got(b.client(), n, "gen_file") for n in (1, 2)] == [b"first", b"second"]
    assert name_of(orgs.folder / "b.db", 1, "gen_file") == "x.txt"


def test_a_row_whose_file_is_missing_fails_and_the_others_go_on(orgs):
    write_package(orgs.folder / "pkg", record(1, f'<field name="gen_file" value="{FILE}1" filename="x.txt"/>')
                  + record(2, f'<field name="gen_file" value="{FILE}2" filename="y.txt"/>')
                  + record(3, '<field name="gen_photo" value="no base64!"/>'), {f"{FILE}2.bin": b"second"})
    done = orgs("import", "pkg", "--to", "local:b.db", "--json", status=1).json
    assert numbers(done) == {"read": 3, "created": 1, "failed": 2}
    told = {p["id"]: (p["column"], p["message"]) for p in done["problems"]}
    assert told[row(1)][0] == "gen_file" and f"files/{FILE}1.bin" in told[row(1)][1] and "x.txt" in told[row(1)][1]
    assert told[row(3)][0] == "gen_photo"


def test_what_the_target_refuses_is_the_rows_failure(orgs):
    """No picture; more than the column takes."""
    write_package(orgs.folder / "pkg", record(1, f'<field name="gen_photo" value="{base64.b64encode(b"no picture").decode()}"/>')
                  + record(2, f'<field name="gen_photo" value="{base64.b64encode(PNG).decode()}"/>'))
    done = orgs("import", "pkg", "--to", "local:b.db", "--json", status=1).json
    assert numbers(done) == {"read": 2, "created": 1, "failed": 1}
    assert [(p["id"], p["column"]) for p in done["problems"]] == [(row(1), "gen_photo")]


def test_pictures_of_the_platforms_own_tables(orgs):
    (orgs.folder / "account.xml").write_text(
        '<entities><entity name="account" displayname="Account" primaryidfield="accountid" primarynamefield="name"><fields>'
        '<field name="accountid" type="guid"/><field name="name" type="string"/><field name="entityimage" type="imagedata"/>'
        "</fields></entity></entities>")
    with serving.Served(orgs.folder / "a.db") as a:
        a.client()("POST", "accounts", {"accountid": row(1), "name": "n", "entityimage": base64.b64encode(PNG).decode()}, status=204)
    orgs("export", "--from", "local:a.db", "--schema", "account.xml", "--out", "p.zip")
    assert numbers(orgs("import", "p.zip", "--to", "local:b.db", "--json").json) == {"read": 1, "created": 1}
    assert numbers(orgs("import", "p.zip", "--to", "local:b.db", "--json").json) == {"read": 1, "unchanged": 1}
    with serving.Served(orgs.folder / "b.db") as b:
        assert b.client()("GET", f"accounts({row(1)})/entityimage/$value").body == PNG


def test_a_file_that_went_away_is_told_and_left_out(orgs):
    with serving.Served(orgs.folder / "a.db") as a:
        put(a.client(), 1, "one", {"gen_file": ("1.txt", b"text"), "gen_other": ("2.txt", b"more")})
    with sqlite3.connect(orgs.folder / "a.db") as db:
        db.execute("delete from ferry_file where column_name = 'gen_file'")
    done = orgs("export", "--from", "local:a.db", "--schema", "doc.xml", "--out", "p", "--json", status=None).json
    assert [(p["severity"], p["id"], p["column"]) for p in done["problems"]] == [("error", row(1), "gen_file")]
    fields = fields_of(orgs.folder / "p")
    assert (row(1), "gen_file") not in fields and (row(1), "gen_other") in fields


def peak(ferry, *args):
    """KiB of memory that a run takes, at most."""
    variables = {**os.environ, "XDG_STATE_HOME": str(ferry.folder / "state"), "XDG_CACHE_HOME": str(ferry.folder / "cache")}
    done = subprocess.run(["/usr/bin/python3", "-c",
                           "import resource, subprocess, sys; r = subprocess.run(sys.argv[1:]); "
                           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(r.returncode)",
                           *support.FERRY, *args], capture_output=True, text=True, cwd=ferry.folder, env=variables, check=True)
    return int(done.stdout.splitlines()[-1])


def test_a_large_file_needs_little_memory(orgs):
    big = content(64 * MIB)
    with serving.Served(orgs.folder / "a.db") as a, serving.Served(orgs.folder / "b.db") as b:
        client = a.client(timeout=120)
        put(client, 1, "big", {"gen_file": ("big.bin", big)})
        taken = [peak(orgs, "export", "--from", a.url, "--schema", "doc.xml", "--out", "p.zip", "--quiet"),
                 peak(orgs, "import", "p.zip", "--to", b.url, "--quiet"), peak(orgs, "import", "p.zip", "--to", b.url, "--quiet")]
        answer = b.client(timeout=120)("GET", f"gen_docs({row(1)})/gen_file/$value")
        assert hashlib.sha256(answer.body).digest() == hashlib.sha256(big).digest()
    assert max(taken) < 60 * 1024, taken


@pytest.mark.parametrize("seed", range(4))
def test_killed_while_files_are_written_and_taken_up_again(orgs, seed):
    with serving.Served(orgs.folder / "a.db") as a, serving.Served(orgs.folder / "b.db") as b:
        fill(a.client())
        orgs("export", "--from", a.url, "--schema", "doc.xml", "--out", "doc.zip")
        variables = {**os.environ, "XDG_STATE_HOME": str(orgs.folder / "state")}
        process = subprocess.Popen([*support.FERRY, "import", "doc.zip", "--to", b.url, "--quiet"], cwd=orgs.folder, env=variables,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait = b.client()
        deadline = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < deadline:
            if wait("GET", "gen_docs?$filter=gen_file ne null&$select=gen_docid".replace(" ", "%20")).json["value"][seed:]:
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        orgs("import", "doc.zip", "--to", b.url)
        check(b.client(), orgs.folder / "b.db")
        done = orgs("import", "doc.zip", "--to", b.url, "--json").json
        assert numbers(done) == {"read": 7, "unchanged": 7}


def two_sides(orgs):
    """A package, and a target in which something else stands in the first row's columns."""
    with serving.Served(orgs.folder / "a.db") as a:
        put(a.client(), 1, "one", {"gen_file": ("new.bin", content(5 * MIB)), "gen_other": ("o.txt", b"other")}, {"gen_photo": PNG})
        put(a.client(), 2, "two", {"gen_file": ("2.bin", b"two")})
    with serving.Served(orgs.folder / "b.db") as b:
        put(b.client(), 1, "one", {"gen_file": ("old.bin", content(6 * MIB))})
    orgs("export", "--from", "local:a.db", "--schema", "doc.xml", "--out", "p.zip")


def state_of(orgs):
    with serving.Served(orgs.folder / "b.db") as b:
        client = b.client()
        rows = client("GET", "gen_docs?$select=gen_docid&$orderby=gen_name").json["value"]
        return {r["gen_docid"]: [got(client, int(r["gen_docid"][-12:], 16), c) for c in ("gen_file", "gen_other", "gen_photo")]
                for r in rows}


BEFORE = {row(1): [content(6 * MIB), None, None]}
AFTER = {row(1): [content(5 * MIB), b"other", PNG], row(2): [b"two", None, None]}


def test_the_preview_tells_names(orgs):
    two_sides(orgs)
    done = orgs("import", "p.zip", "--to", "local:b.db", "--dry-run")
    assert re.search(r"gen_file: .*old\.bin -> .*new\.bin", done.out), done.out
    assert state_of(orgs) == BEFORE


def test_an_undo_brings_files_back_and_can_be_undone(orgs):
    two_sides(orgs)
    orgs("import", "p.zip", "--to", "local:b.db", "--out", "r.run")
    assert state_of(orgs) == AFTER
    orgs("verify", "r.run")
    orgs("undo", "r.run", "--yes", "--out", "u.run")
    assert state_of(orgs) == BEFORE
    assert name_of(orgs.folder / "b.db", 1, "gen_file") == "old.bin"
    orgs("undo", "u.run", "--yes")
    assert state_of(orgs) == AFTER
    assert name_of(orgs.folder / "b.db", 2, "gen_file") == "2.bin"


def test_a_verification_finds_a_file_that_was_changed_since(orgs):
    two_sides(orgs)
    orgs("import", "p.zip", "--to", "local:b.db", "--out", "r.run")
    with serving.Served(orgs.folder / "b.db") as b:
        put_files(b.client(), 2, {"gen_file": ("2.bin", b"TWO")})
    done = orgs("verify", "r.run", "--json", status=1).json
    assert [(p["id"], p["column"]) for p in done["problems"]] == [(row(2), "gen_file")]


def test_a_plan_is_applied_without_its_package_and_is_stale_when_a_file_has_changed(orgs):
    two_sides(orgs)
    shutil.copy(orgs.folder / "b.db", orgs.folder / "kept.db")
    orgs("import", "p.zip", "--to", "local:b.db", "--dry-run", "--out", "r.run")
    shutil.copy(orgs.folder / "r.run", orgs.folder / "s.run")
    os.rename(orgs.folder / "p.zip", orgs.folder / "elsewhere.zip")
    with serving.Served(orgs.folder / "b.db") as b:
        put_files(b.client(), 1, {"gen_file": ("old.bin", b"changed")})
    assert "gen_file" in orgs("apply", "r.run", status=7).err
    shutil.copy(orgs.folder / "kept.db", orgs.folder / "b.db")
    orgs("apply", "s.run")
    assert state_of(orgs) == AFTER
