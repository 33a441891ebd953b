# SPDX-License-Identifier: MIT
"""The main job with every behaviour of the platform and each of its variants: what was meant arrives, a second import writes nothing, and an
undo leaves the target as it was before, with all that the platform made by itself. Checked with sqlite3, which knows nothing of ferry."""
import shutil
import sqlite3

import pytest

import support
from serving import Served
from support import Org, Package, STEPS
from test_main_job import broken_lookups, differences

# A row's place in time, and the platform's own list of what it did.
PASSING = {"versionnumber", "modifiedon", "modifiedby"}
LISTS = {"asyncoperation"}

# Which steps write what a behaviour looks at, by the beginning of its name. The rest of them is about requests: all steps.
AFFECTED = {
    "queue-": ["3-queues"], "default-": ["3-queues", "4-workstreams"], "in-queue-overflow": ["3-queues"],
    "workstream-": ["4-workstreams"], "asynchronous-": ["4-workstreams"], "ruleset-": ["3-queues", "4-workstreams"],
    "hours-": STEPS[2:], "widget-": ["5-widgets"], "question-": ["5-widgets"], "full-name": ["3-queues"],
    "companions": ["3-queues"], "recycle-bin": STEPS[3:],
}

VARIANTS = [
    "queue-contract=orphan", "queue-contract=keep", "queue-contract=off", "queue-type=if-different", "queue-type=off", "default-queue=off",
    "default-mark=refuse", "default-mark=off", "queue-overflow=off", "queue-members=off", "in-queue-overflow=off",
    "workstream-contract=overwrite", "workstream-contract=fill", "workstream-contract=off", "workstream-templates=overwrite",
    "workstream-templates=fill", "workstream-templates=off", "workstream-identification=overwrite", "workstream-identification=fill",
    "workstream-identification=off", "workstream-capacity=voice", "workstream-capacity=off", "workstream-routing=configuration",
    "workstream-mode=ignore", "workstream-mode=off", "ruleset-validation=well-formed", "ruleset-validation=off", "ruleset-dependencies=off",
    "hours-calendar=keep", "hours-calendar=off", "widget-app=keep", "widget-app=off", "widget-messages=off", "question-variable=off",
    "full-name=off", "companions=off", "recycle-bin=off",
]
# Variants with which the platform refuses what is to be written, and what it says.
REFUSED = {"asynchronous-processing=disabled": ("4-workstreams", "msdyn_liveworkstream", "asynchronous processing"),
           "question-variable=fail": ("5-widgets", "msdyn_surveyquestion", "context variable")}
# What requests mean is looked at by every one of them: all second variants at once, then all third ones.
PROTOCOL = [
    ["new-state=refuse", "lookup-value=ignore", "principal-key=any", "key-characters=take", "other-target=clear", "negations=drop-null",
     "empty-text=no-text", "first-day=monday", "window=exact", "bare-time=local", "secured-columns=masked", "row-denied=0x80040220",
     "new-owner=take", "fiscal-year=end", "rule-reads=take", "nested-rules=take", "save-operating-hours=take", "one-day=beside",
     "varied-delete=all"],
    ["new-state=take"],
]
HARDEST = ["queue-contract=orphan", "default-mark=refuse", "workstream-routing=configuration", "new-state=refuse", "negations=drop-null",
           "empty-text=no-text", "window=exact", "secured-columns=masked", "row-denied=0x80040220"]


def affected(change):
    return next(steps for name, steps in AFFECTED.items() if change.startswith(name))


def contents(path):
    """Every row of every table, but for what passes."""
    out = {}
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        for (table,) in db.execute("select name from sqlite_master where type = 'table'").fetchall():
            if table in LISTS or table.startswith(("ferry_", "sqlite_")):
                continue
            columns = [c for c in (r[1] for r in db.execute(f'pragma table_info("{table}")')) if c not in PASSING]
            rows = db.execute("select {} from \"{}\"".format(",".join(f'"{c}"' for c in columns), table))
            out[table] = sorted((tuple(zip(columns, r)) for r in rows), key=str)
    db.close()
    return out


def changed(before, after):
    return {t: ([r for r in before[t] if r not in after[t]], [r for r in after[t] if r not in before[t]])
            for t in after if after[t] != before[t]}


@pytest.fixture(scope="module")
def stages(sample, tmp_path_factory):
    """A folder with the packages, and the target as it is before each step."""
    folder = tmp_path_factory.mktemp("stages")
    for name in ("a.db", "b.db"):
        shutil.copy(sample / name, folder / name)
    run = support.Ferry(folder)
    for step in STEPS:
        shutil.copy(folder / "b.db", folder / f"before-{step}.db")
        run("export", "--from", "local:a.db", "--schema", support.PLANS / f"{step}.xml", "--out", f"{step}.zip")
        run("import", f"{step}.zip", "--to", "local:b.db", "-q")
    return folder


class Target:
    """The target as it is before the first of some steps, with what is chosen for it."""

    def __init__(self, ferry, stages, steps, changes, options=()):
        self.ferry, self.steps, self.options, self.stages = ferry, steps, options, stages
        self.path = ferry.folder / "b.db"
        shutil.copy(stages / f"before-{steps[0]}.db", self.path)
        if changes:
            ferry("org", "behaviours", "b.db", "-q", *[x for c in changes for x in ("--set", c)])
        self.before = contents(self.path)

    def import_all(self, to, status=0):
        reports = {}
        for step in self.steps:
            reports[step] = self.ferry("import", self.stages / f"{step}.zip", "--to", to, "--json", "--out", f"{step}.run", *self.options,
                                       status=status).json
            support.check_report(reports[step], "import")
        return reports

    def has_arrived(self):
        a, b = Org(self.stages / "a.db"), Org(self.path)
        for step in self.steps:
            assert list(differences(Package(self.stages / f"{step}.zip"), a, b)) == [], step
        assert list(broken_lookups(b)) == []

    def nothing_is_left_to_write(self, to):
        there = contents(self.path)
        for step in self.steps:
            again = self.ferry("import", self.stages / f"{step}.zip", "--to", to, "--json", *self.options).json
            assert again["requests"]["write"] == 0, (step, again["totals"])
            assert self.ferry("verify", f"{step}.run", "--json").json["verified"], step
        assert changed(there, contents(self.path)) == {}

    def undo_all(self, status=0):
        for step in reversed(self.steps):
            done = self.ferry("undo", f"{step}.run", "--yes", "--json", *self.options, status=status)
            if done.out:
                support.check_report(done.json, "undo")
        assert changed(self.before, contents(self.path)) == {}

    def all(self, to):
        for step, report in self.import_all(to).items():
            assert report["verified"] and report["totals"]["failed"] == report["totals"]["skipped"] == 0, step
        self.has_arrived()
        self.nothing_is_left_to_write(to)
        self.undo_all()


def test_no_behaviour_is_left_out(sample, ferry):
    shutil.copy(sample / "b.db", ferry.folder / "b.db")
    listed = ferry("org", "behaviours", "b.db", "--json").json["behaviours"]
    tried = {*VARIANTS, *REFUSED, *sum(PROTOCOL, [])}
    assert tried == {f"{b['name']}={v}" for b in listed for v in b["variants"][1:]}


def test_the_platform_as_it_comes(ferry, stages):
    Target(ferry, stages, STEPS, []).all("local:b.db")


@pytest.mark.parametrize("change", VARIANTS)
def test_with_every_variant_what_was_meant_arrives_and_goes(ferry, stages, change):
    Target(ferry, stages, affected(change), [change]).all("local:b.db")


@pytest.mark.parametrize("changes", PROTOCOL, ids=lambda c: c[0])
def test_whatever_requests_mean(ferry, stages, changes):
    Target(ferry, stages, STEPS, changes).all("local:b.db")


def test_all_at_once_in_their_hardest_variant(ferry, stages):
    Target(ferry, stages, STEPS, HARDEST).all("local:b.db")


def test_without_any_behaviour(ferry, stages):
    target = Target(ferry, stages, STEPS, [])
    ferry("org", "behaviours", "b.db", "--all", "off", "-q")
    target.all("local:b.db")


@pytest.mark.parametrize("change", REFUSED)
def test_what_the_platform_refuses_is_told_and_never_called_done(ferry, stages, change):
    step, table, why = REFUSED[change]
    target = Target(ferry, stages, [step], [change])
    report = target.import_all("local:b.db", status=1)[step]
    assert report["verified"] is False and report["totals"]["failed"] > 0
    assert any(p["table"] == table and why in p["message"] for p in report["problems"] if p["severity"] == "error")
    lost = {r.get("id") for r in Package(stages / f"{step}.zip").records(table)} - set(Org(target.path).rows(table))
    assert lost == {p["id"] for p in report["problems"] if p["table"] == table and p["severity"] == "error"}
    ferry("verify", f"{step}.run", status=1)
    target.undo_all(status=None)


@pytest.mark.parametrize("settle", [0, 20])
def test_jobs_that_run_a_moment_later_are_waited_for_or_repaired(ferry, stages, settle):
    target = Target(ferry, stages, ["4-workstreams"], HARDEST, ["--settle", settle])
    assert target.import_all("local:b.db")["4-workstreams"]["verified"]
    with sqlite3.connect(target.path) as db:
        states = {r[0] for r in db.execute("select statuscode from asyncoperation")}
    db.close()
    assert states == {30}
    target.has_arrived()
    target.nothing_is_left_to_write("local:b.db")
    target.undo_all()


@pytest.mark.parametrize("options", [[], ["--settle", 1, "--batch-size", 3]], ids=["as-it-is", "batches"])
def test_over_http_in_the_hardest_variant(ferry, stages, options):
    target = Target(ferry, stages, STEPS, HARDEST, options)
    with Served(target.path) as served:
        target.all(served.url)
