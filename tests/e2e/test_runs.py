# SPDX-License-Identifier: MIT
"""A run from its plan to its undo: what is shown is what is written, what is written can be proven, continued and taken back."""
import shutil
import sqlite3

import pytest

import support
from made import Ref, package, row_id, skills
from serving import Served

SKILL_COLUMNS = ["name", "description", "characteristictype", "statecode", "statuscode"]


def rows(path, table="characteristic", columns=None):
    key = support.metadata(table)["primaryId"]
    columns = columns or SKILL_COLUMNS
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        return {r[0]: dict(zip(columns, r[1:])) for r in db.execute(f'select {key},{",".join(columns)} from "{table}"')}


@pytest.fixture
def org(sample, ferry):
    shutil.copy(sample / "b.db", ferry.folder / "b.db")
    return ferry.folder / "b.db"


def change(org, target, body):
    """What somebody else does meanwhile."""
    with Served(org) as served:
        served.client()("PATCH", target, body, status=204)


# ---- plan and apply ----

def test_a_plan_writes_nothing_and_its_apply_writes_what_it_showed(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds", 2: "Travel"})
    before = support.dump(org)
    plan = ferry("plan", "p.zip", "--to", "local:b.db", "--out", "p.run")
    assert support.dump(org) == before
    assert "Refunds" in plan.out and "Travel" in plan.out and "+" in plan.out
    assert row_id(1) not in rows(org)
    done = ferry("apply", "p.run", "--json").json
    assert (done["totals"]["created"], done["verified"]) == (2, True)
    assert rows(org)[row_id(1)]["name"] == "Refunds"


def test_a_plan_can_be_applied_once(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    ferry("plan", "p.zip", "--to", "local:b.db", "--out", "p.run")
    ferry("apply", "p.run")
    assert "done" in ferry("apply", "p.run", status=2).err


def test_a_row_that_changed_since_makes_the_plan_stale(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds", 2: "Travel"})
    ferry("import", "p.zip", "--to", "local:b.db")
    skills(ferry.folder / "q.zip", {1: {"name": "Refunds", "description": "money back"}, 2: "Travel"})
    ferry("plan", "q.zip", "--to", "local:b.db", "--out", "q.run")
    change(org, f"characteristics({row_id(1)})", {"description": "something else"})
    before = support.dump(org)
    done = ferry("apply", "q.run", status=7)
    assert row_id(1) in done.err and "description" in done.err and "something else" in done.err
    assert support.dump(org) == before


def test_a_plan_that_is_resumed_may_be_stale_as_well(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    ferry("plan", "p.zip", "--to", "local:b.db", "--out", "p.run")
    ferry("import", "p.zip", "--to", "local:b.db")
    ferry("resume", "p.run", status=7)


def test_a_change_in_a_column_that_is_not_planned_does_not_make_a_plan_stale(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    ferry("import", "p.zip", "--to", "local:b.db")
    skills(ferry.folder / "q.zip", {1: {"name": "Refunds", "characteristictype": 2}})
    ferry("plan", "q.zip", "--to", "local:b.db", "--out", "q.run")
    change(org, f"characteristics({row_id(1)})", {"description": "something else"})
    ferry("apply", "q.run")
    assert rows(org)[row_id(1)]["characteristictype"] == 2
    assert rows(org)[row_id(1)]["description"] == "something else"


def test_a_row_that_is_there_now_makes_its_creation_stale(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    ferry("plan", "p.zip", "--to", "local:b.db", "--out", "p.run")
    with Served(org) as served:
        served.client()("POST", "characteristics", {"characteristicid": row_id(1), "name": "Other", "characteristictype": 1}, status=204)
    assert row_id(1) in ferry("apply", "p.run", status=7).err


def test_a_row_with_the_same_key_makes_a_creation_stale(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    ferry("plan", "p.zip", "--to", "local:b.db", "--out", "p.run")
    with Served(org) as served:
        served.client()("POST", "characteristics", {"name": "Refunds", "characteristictype": 1}, status=204)
    assert "Refunds" in ferry("apply", "p.run", status=7).err


def test_a_plan_is_bound_to_its_organization(ferry, org, sample):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    shutil.copy(sample / "a.db", ferry.folder / "other.db")
    ferry("plan", "p.zip", "--to", "local:b.db", "--out", "p.run")
    assert "organization" in ferry("apply", "p.run", "--to", "local:other.db", status=2).err


def test_a_plan_moves_to_another_machine(ferry, org, tmp_path):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    ferry("plan", "p.zip", "--to", "local:b.db", "--out", "p.run")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(ferry.folder / "p.run", elsewhere / "moved.run")
    (ferry.folder / "p.zip").unlink()
    with Served(org) as served:
        support.Ferry(elsewhere)("apply", "moved.run", "--to", served.url)
    assert rows(org)[row_id(1)]["name"] == "Refunds"


@pytest.mark.parametrize("statement", [
    "update change set columns = x'0101010101' where number = 1",
    "update row set cells = (select cells from row as other where other.side = 2 and other.id <> row.id limit 1) where side = 2",
    "delete from change where number = 1",
    "update header set value = 'f0000000-0000-4000-8000-000000000001' where name = 'target organization'",
])
def test_a_plan_that_was_changed_is_refused(ferry, org, statement):
    skills(ferry.folder / "p.zip", {1: "Refunds", 2: "Travel"})
    ferry("plan", "p.zip", "--to", "local:b.db", "--out", "p.run")
    with sqlite3.connect(ferry.folder / "p.run") as db:
        db.execute(statement)
    db.close()
    before = support.dump(org)
    assert ferry("apply", "p.run", status=None).status in (2, 5)
    assert support.dump(org) == before


def test_drift_tells_whether_anything_would_change(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    assert "Refunds" in ferry("drift", "p.zip", "--to", "local:b.db", status=10).out
    ferry("import", "p.zip", "--to", "local:b.db")
    ferry("drift", "p.zip", "--to", "local:b.db")


def test_a_plan_from_environment_to_environment(ferry, org, sample):
    shutil.copy(sample / "a.db", ferry.folder / "a.db")
    schema = support.PLANS / "1-skills.xml"
    ferry("plan", schema, "--from", "local:a.db", "--to", "local:b.db", "--out", "s.run")
    done = ferry("apply", "s.run", "--json").json
    assert done["totals"]["created"] > 0 and done["verified"]
    ferry("drift", schema, "--from", "local:a.db", "--to", "local:b.db")


# ---- undo ----

def test_an_undo_takes_back_what_was_created_and_updated(ferry, org):
    skills(ferry.folder / "p.zip", {1: {"name": "Refunds", "description": "old"}})
    ferry("import", "p.zip", "--to", "local:b.db")
    before = rows(org)
    skills(ferry.folder / "q.zip", {1: {"name": "Refunds", "description": "new"}, 2: "Travel", 3: "Cars"})
    ferry("import", "q.zip", "--to", "local:b.db", "--out", "q.run")
    assert len(rows(org)) == len(before) + 2
    shown = ferry("undo", "q.run", "--dry-run")
    assert "Travel" in shown.out and "old" in shown.out
    assert len(rows(org)) == len(before) + 2
    ferry("undo", "q.run", "--yes")
    assert rows(org) == before


def test_a_column_that_was_empty_is_empty_again(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    ferry("import", "p.zip", "--to", "local:b.db")
    skills(ferry.folder / "q.zip", {1: {"name": "Refunds", "description": "new"}})
    ferry("import", "q.zip", "--to", "local:b.db", "--out", "q.run")
    ferry("undo", "q.run", "--yes")
    assert rows(org)[row_id(1)]["description"] is None


def test_an_undo_is_taken_back_itself(ferry, org):
    skills(ferry.folder / "p.zip", {1: {"name": "Refunds", "description": "old"}})
    ferry("import", "p.zip", "--to", "local:b.db")
    skills(ferry.folder / "q.zip", {1: {"name": "Refunds", "description": "new"}, 2: "Travel"})
    ferry("import", "q.zip", "--to", "local:b.db", "--out", "q.run")
    after = rows(org)
    ferry("undo", "q.run", "--yes", "--out", "u.run")
    ferry("undo", "u.run", "--yes")
    assert rows(org) == after


def test_an_undo_asks_and_without_a_terminal_wants_to_be_told(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    ferry("import", "p.zip", "--to", "local:b.db", "--out", "p.run")
    before = support.dump(org)
    assert "--yes" in ferry("undo", "p.run", status=2).err
    assert support.dump(org) == before


def test_an_undo_that_nobody_agreed_to_leaves_no_run(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    ferry("import", "p.zip", "--to", "local:b.db")
    ferry("undo", "last", status=2)
    ferry("undo", "last", "--yes")
    assert row_id(1) not in rows(org)


def test_what_somebody_changed_since_is_left(ferry, org):
    skills(ferry.folder / "p.zip", {1: {"name": "Refunds", "description": "old"}, 2: {"name": "Travel", "description": "old"}})
    ferry("import", "p.zip", "--to", "local:b.db")
    skills(ferry.folder / "q.zip", {1: {"name": "Refunds", "description": "new"}, 2: {"name": "Travel", "description": "new"}, 3: "Cars"})
    ferry("import", "q.zip", "--to", "local:b.db", "--out", "q.run")
    change(org, f"characteristics({row_id(1)})", {"description": "theirs"})
    change(org, f"characteristics({row_id(3)})", {"description": "theirs"})
    done = ferry("undo", "q.run", "--yes", status=1)
    assert row_id(1) in done.err and row_id(3) in done.err and "theirs" in done.err
    now = rows(org)
    assert now[row_id(1)]["description"] == "theirs"
    assert now[row_id(2)]["description"] == "old"
    assert now[row_id(3)]["description"] == "theirs"
    ferry("undo", "q.run", "--yes", "--force")
    assert rows(org)[row_id(1)]["description"] == "old"
    assert row_id(3) not in rows(org)


def rating_model(path):
    model = row_id(1, 1)
    return package(path, {"table": "ratingmodel", "columns": ["name", "minratingvalue", "maxratingvalue"],
                          "rows": {model: {"name": "Stars", "minratingvalue": 1, "maxratingvalue": 5}}},
                   {"table": "ratingvalue", "columns": ["name", "value", "ratingmodel"],
                    "rows": {row_id(n, 2): {"name": f"{n} stars", "value": n, "ratingmodel": Ref("ratingmodel", model)}
                             for n in (1, 2)}})


def test_a_row_to_which_somebody_attached_something_is_not_deleted(ferry, org):
    rating_model(ferry.folder / "p.zip")
    ferry("import", "p.zip", "--to", "local:b.db", "--out", "p.run")
    with Served(org) as served:
        served.client()("POST", "ratingvalues", {"name": "theirs", "value": 3,
                                                 "RatingModel@odata.bind": f"/ratingmodels({row_id(1, 1)})"}, status=204)
    done = ferry("undo", "p.run", "--yes", status=1)
    assert "ratingvalue" in done.err and row_id(1, 1) in done.err
    assert row_id(1, 1) in rows(org, "ratingmodel", ["name"])
    left = rows(org, "ratingvalue", ["name"])
    assert row_id(1, 2) not in left and row_id(2, 2) not in left


def test_rows_that_point_to_each_other_are_taken_back(ferry, org):
    before = rows(org, "ratingmodel", ["name"]), rows(org, "ratingvalue", ["name"])
    rating_model(ferry.folder / "p.zip")
    ferry("import", "p.zip", "--to", "local:b.db", "--out", "p.run")
    ferry("undo", "p.run", "--yes")
    assert (rows(org, "ratingmodel", ["name"]), rows(org, "ratingvalue", ["name"])) == before


# ---- verify, runs ----

def test_verify_tells_what_somebody_changed_since(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds", 2: "Travel"})
    ferry("import", "p.zip", "--to", "local:b.db", "--out", "p.run")
    before = (ferry.folder / "p.run").read_bytes()
    ferry("verify", "p.run")
    ferry("verify", "p.zip", "--to", "local:b.db")
    change(org, f"characteristics({row_id(1)})", {"name": "Returns"})
    done = ferry("verify", "p.run", "--json", status=1).json
    assert [(p["id"], p["column"]) for p in done["problems"]] == [(row_id(1), "name")]
    assert (ferry.folder / "p.run").read_bytes() == before
    ferry("verify", "p.zip", "--to", "local:b.db", status=1)


def test_runs_are_listed_shown_and_removed(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    ferry("import", "p.zip", "--to", "local:b.db")
    listed = ferry("runs", "list", "--json").json["runs"]
    assert [(r["kind"], r["state"], r["changes"]) for r in listed] == [("import", "done", 1)]
    assert "Refunds" in ferry("runs", "show", "last").out
    ferry("runs", "remove", "last")
    assert ferry("runs", "list", "--json").json["runs"] == []


def test_a_run_that_is_done_is_not_resumed(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    ferry("import", "p.zip", "--to", "local:b.db")
    assert "done" in ferry("resume", "last", status=2).err


def test_a_plan_that_was_stale_is_applied_when_its_rows_are_again_as_it_takes_them_to_be(ferry, org):
    skills(ferry.folder / "p.zip", {1: {"name": "Refunds", "description": "old"}})
    ferry("import", "p.zip", "--to", "local:b.db")
    skills(ferry.folder / "q.zip", {1: {"name": "Refunds", "description": "new"}})
    ferry("plan", "q.zip", "--to", "local:b.db", "--out", "q.run")
    change(org, f"characteristics({row_id(1)})", {"description": "theirs"})
    for _ in range(2):
        assert ferry("apply", "q.run", status=7).err.count("theirs") == 1
    change(org, f"characteristics({row_id(1)})", {"description": "old"})
    assert ferry("apply", "q.run", "--json").json["problems"] == []
    assert rows(org)[row_id(1)]["description"] == "new"
