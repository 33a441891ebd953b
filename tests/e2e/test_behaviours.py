# SPDX-License-Identifier: MIT
"""What a local organization does by itself: the command that lists and chooses, and imports that meet it."""
import shutil

import pytest

import support
from support import Org, STEPS


@pytest.fixture
def orgs(sample, ferry):
    for name in ("a.db", "b.db"):
        shutil.copy(sample / name, ferry.folder / name)
    return ferry


def choose(ferry, *changes):
    return ferry("org", "behaviours", "b.db", "--json", *[x for c in changes for x in ("--set", c)]).json


def move(ferry, steps=STEPS):
    reports = {}
    for step in steps:
        if not (ferry.folder / f"{step}.zip").exists():
            ferry("export", "--from", "local:a.db", "--schema", support.PLANS / f"{step}.xml", "--out", f"{step}.zip")
        reports[step] = ferry("import", f"{step}.zip", "--to", "local:b.db", "--json").json
    return reports


# ---- the command ----

def test_every_behaviour_is_listed_with_its_variants(orgs):
    listed = orgs("org", "behaviours", "b.db", "--json").json
    assert listed["schemaVersion"] == 1 and listed["command"] == "org behaviours"
    names = [b["name"] for b in listed["behaviours"]]
    assert len(set(names)) == len(names) >= 30
    for b in listed["behaviours"]:
        assert b["variant"] == b["variants"][0] and b["default"] is True
        assert len(b["variants"]) >= 2 and b["text"] and b["source"]
    text = orgs("org", "behaviours", "b.db").out
    assert all(name in text for name in names)


def test_a_choice_stays_in_the_file(orgs):
    choose(orgs, "queue-contract=orphan", "negations=drop-null", "recycle-bin=off")
    listed = {b["name"]: b["variant"] for b in choose(orgs)["behaviours"]}
    assert (listed["queue-contract"], listed["negations"], listed["recycle-bin"]) == ("orphan", "drop-null", "off")
    b = Org(orgs.folder / "b.db")
    assert {r[0] for r in b.db.execute("select name from ferry_behaviour")} >= {"queue-contract", "negations"}
    all_default = orgs("org", "behaviours", "b.db", "--all", "default", "--json").json
    assert all(b["default"] for b in all_default["behaviours"])


@pytest.mark.parametrize("change", ["queue-contrakt=off", "queue-contract=maybe", "queue-contract", "=off", "queue-type="])
def test_what_there_is_not_is_refused(orgs, change):
    before = support.dump(orgs.folder / "b.db")
    orgs("org", "behaviours", "b.db", "--set", "queue-type=off", "--set", change, status=2)
    assert support.dump(orgs.folder / "b.db") == before


def test_listing_writes_nothing(orgs):
    before = (orgs.folder / "b.db").read_bytes()
    orgs("org", "behaviours", "b.db")
    assert (orgs.folder / "b.db").read_bytes() == before


# ---- imports ----

def test_an_import_repairs_what_is_overwritten_a_moment_later(orgs):
    move(orgs)
    a, b = Org(orgs.folder / "a.db"), Org(orgs.folder / "b.db")
    moved = 0
    for row_id, row in a.rows("msdyn_liveworkstream").items():
        there = b.rows("msdyn_liveworkstream").get(row_id)
        if there is None:
            continue
        for column in ("msdyn_routingcontractid", "msdyn_recordidentificationrule", "msdyn_sessiontemplate_default"):
            assert row[column] is None or there[column] == row[column], column
        moved += 1
    assert moved > 0
    jobs = list(b.rows("asyncoperation").values())
    assert len(jobs) >= moved
    assert {j["statuscode"] for j in jobs} == {30}


def test_every_rule_set_notes_all_that_it_refers_to(orgs):
    move(orgs)
    b = Org(orgs.folder / "b.db")
    noted = {}
    for row in b.rows("msdyn_rulesetdependencymapping").values():
        noted.setdefault(row["msdyn_referencingrulesetid"], set()).add(row["msdyn_referencedpolymorphicentityid"])
    targets = [i for t in ("queue", "msdyn_overflowactionconfig", "msdyn_decisionruleset", "msdyn_capacityprofile")
               for i in b.rows(t)]
    wanted = 0
    for row_id, row in b.rows("msdyn_decisionruleset").items():
        # a rule may have the id of a queue as its own: only what a value tells is a reference
        text = (row["msdyn_rulesetdefinition"] or "").lower()
        for target in targets:
            if f">{target}<" in text or f"{{{target}}}" in text:
                assert target in noted.get(row_id, set()), (row_id, target)
                wanted += 1
    assert wanted > 5


VARIANTS = [
    ["queue-contract=orphan", "workstream-contract=overwrite", "workstream-templates=fill"],
    ["queue-contract=keep", "workstream-templates=overwrite", "workstream-routing=configuration"],
    ["widget-app=keep", "hours-calendar=keep", "queue-overflow=off"],
    ["question-variable=off", "widget-messages=off", "ruleset-validation=well-formed", "default-mark=refuse"],
]


@pytest.mark.parametrize("changes", VARIANTS, ids=lambda c: c[0])
def test_the_main_job_survives_every_variant_and_ends_after_one_run(orgs, changes):
    choose(orgs, *changes)
    for report in move(orgs).values():
        assert report["verified"] is True
        assert report["totals"]["failed"] == report["totals"]["skipped"] == 0
    before = support.dump(orgs.folder / "b.db")
    for step, report in move(orgs).items():
        assert report["requests"]["write"] == 0, step
    assert support.dump(orgs.folder / "b.db") == before


def test_an_organization_without_behaviours_takes_rows_as_they_are(orgs):
    orgs("org", "behaviours", "b.db", "--all", "off")
    move(orgs)
    b = Org(orgs.folder / "b.db")
    assert not b.rows("asyncoperation") and not b.rows("msdyn_rulesetdependencymapping")


def test_variables_that_questions_made_are_adopted(orgs):
    """Widgets first, then the variables of their workstreams again: no variable comes twice."""
    move(orgs)
    a, b = Org(orgs.folder / "a.db"), Org(orgs.folder / "b.db")
    names = [(r["msdyn_liveworkstreamid"], r["msdyn_name"])
             for r in b.rows("msdyn_ocliveworkstreamcontextvariable").values()]
    assert len(set(names)) == len(names)
    made = set(b.rows("msdyn_ocliveworkstreamcontextvariable")) - set(a.rows("msdyn_ocliveworkstreamcontextvariable"))
    assert made, "questions of the sample have no variable of their name in it"
