# SPDX-License-Identifier: MIT
"""What keeps a run from doing harm: rails before it, and whatever fails while it writes: a full disk, a damaged run file, two at once,
an impatient person, too few privileges."""
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

import support
from made import package, row_id, skills
from serving import Served
from test_runs import rows

FUZZ = int(os.environ.get("FERRY_FUZZ", "60"))
SEED = int(os.environ.get("FERRY_SEED", "1"))


@pytest.fixture
def org(sample, ferry):
    shutil.copy(sample / "b.db", ferry.folder / "b.db")
    return ferry.folder / "b.db"


def start(ferry, *args):
    env = {**{k: v for k, v in os.environ.items() if not k.startswith("FERRY_")}, "XDG_STATE_HOME": str(ferry.folder / "state"),
           "XDG_CONFIG_HOME": str(ferry.folder / "config"), "XDG_CACHE_HOME": str(ferry.folder / "cache"), "TERM": "dumb"}
    return subprocess.Popen([*support.FERRY, *map(str, args)], cwd=ferry.folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def until(what, seconds=30):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def descriptions(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    out = dict(db.execute("select characteristicid, description from characteristic where characteristicid like 'a0000000-%'"))
    db.close()
    return out


# ---- before anything is written ----

@pytest.mark.parametrize("command", [["import"], ["plan", "--out", "p.run"], ["drift"]], ids=lambda c: c[0])
def test_source_and_target_are_two_organizations(ferry, org, command):
    ferry("export", "--from", "local:b.db", "--schema", support.PLANS / "3-queues.xml", "--out", "p.zip")
    before = support.dump(org)
    done = ferry(command[0], "p.zip", "--to", "local:b.db", *command[1:], status=2)
    assert "--same-environment" in done.err and support.dump(org) == before
    ferry(command[0], "p.zip", "--to", "local:b.db", *command[1:], "--same-environment", "--overwrite")
    assert support.dump(org) == before


def test_source_and_target_are_two_organizations_by_whatever_name(ferry, org):
    with Served(org) as served:
        done = ferry("plan", support.PLANS / "1-skills.xml", "--from", served.url, "--to", served.url.replace("127.0.0.1", "localhost"),
                     "--out", "p.run", status=None)
    assert done.status == 2 and "--same-environment" in done.err, done.err


def test_a_protected_environment_wants_its_name_for_everything_that_writes(ferry, org):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    with Served(org) as served:
        ferry("env", "add", "prod", "--url", served.url, "--auth", "none", "--protected")
        before = descriptions(org)

        def refused(*args):
            for wrong in ([], ["--yes"], ["--yes=dev"]):
                assert "prod" in ferry(*args, *wrong, status=2).err
        refused("import", "p.zip", "--to", "prod")
        ferry("plan", "p.zip", "--to", "prod", "--out", "p.run")
        refused("apply", "p.run")
        refused("resume", "p.run")
        assert descriptions(org) == before
        ferry("apply", "p.run", "--yes=prod")
        written = descriptions(org)
        assert set(written) - set(before) == {row_id(1)}
        refused("undo", "p.run")
        ferry("undo", "p.run", "--dry-run")
        assert descriptions(org) == written
        ferry("undo", "p.run", "--yes=prod")
        assert descriptions(org) == before


# ---- failures, conflicts, signals ----

def test_a_run_stops_after_as_many_failures_as_it_may_have(ferry, sample):
    for name in ("a.db", "b.db"):
        shutil.copy(sample / name, ferry.folder / name)
    for step in support.STEPS[:4]:
        ferry("export", "--from", "local:a.db", "--schema", support.PLANS / f"{step}.xml", "--out", f"{step}.zip")
        if step != support.STEPS[3]:
            ferry("import", f"{step}.zip", "--to", "local:b.db")
    shutil.copy(ferry.folder / "b.db", ferry.folder / "c.db")
    ferry("org", "behaviours", "b.db", "--set", "asynchronous-processing=disabled")
    done = ferry("import", "4-workstreams.zip", "--to", "local:b.db", "--max-failures", 2, "--batch-size", 1, "--out", "r.run", "--json",
                 status=1).json
    support.check_report(done, "import")
    workstreams = next(t for t in done["tables"] if t["name"] == "msdyn_liveworkstream")
    assert (workstreams["read"], workstreams["failed"], workstreams["skipped"]) == (3, 2, 1)
    assert done["verified"] is False and any("2" in p["message"] and "fail" in p["message"] for p in done["problems"])
    ferry("org", "behaviours", "b.db", "--set", "asynchronous-processing=enabled")
    done = ferry("resume", "r.run", "--json").json
    support.check_numbers(done)
    assert done["verified"] and done["totals"]["failed"] == done["totals"]["skipped"] == 0
    ferry("import", "4-workstreams.zip", "--to", "local:c.db")
    assert len(rows(ferry.folder / "b.db", "msdyn_liveworkstream", ["msdyn_name"])) == len(
        rows(ferry.folder / "c.db", "msdyn_liveworkstream", ["msdyn_name"]))


ROWS = 60


def test_of_two_runs_on_one_target_the_second_stops_at_the_first_conflict(ferry, org):
    skills(ferry.folder / "base.zip", {n: {"name": f"S{n}", "description": "base"} for n in range(ROWS)})
    ferry("import", "base.zip", "--to", "local:b.db")
    for who in ("one", "two"):
        skills(ferry.folder / f"{who}.zip", {n: {"name": f"S{n}", "description": who} for n in range(ROWS)})
    with Served(org, "--latency", "rtt=20ms") as served:
        runs = {who: start(ferry, "import", f"{who}.zip", "--to", served.url, "--json", "--batch-size", 3, "--concurrency", 1,
                           "--out", f"{who}.run") for who in ("one", "two")}
        told = {who: (p.communicate(timeout=60), p.returncode) for who, p in runs.items()}
        statuses = {who: status for who, (_, status) in told.items()}
        assert 6 in statuses.values() and set(statuses.values()) <= {0, 6}, told
        there = descriptions(org)
        for who, ((out, err), status) in told.items():
            report = json.loads(out)
            support.check_report(report, "import")
            totals = report["totals"]
            assert totals["read"] == ROWS and totals["updated"] + totals["skipped"] + totals["failed"] + totals["unchanged"] == ROWS
            mine = sum(v == who for v in there.values())
            assert mine <= totals["updated"] or status == 0, (who, mine, totals)
            if status == 6:
                assert report["verified"] is False and any("somebody else" in p["message"] for p in report["problems"]), report["problems"]
            else:
                assert mine == ROWS
        # what one of them has written stands; whoever comes again sees it, and ends it
        again = ferry("import", "two.zip", "--to", served.url, "--json").json
        assert again["verified"] and set(descriptions(org).values()) == {"two"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_twice_ends_at_once_and_what_was_sent_is_looked_up(ferry, org, number):
    skills(ferry.folder / "p.zip", {n: f"S{n}" for n in range(ROWS)})
    before = len(descriptions(org))
    with Served(org, "--latency", "rtt=400ms") as served:
        run = start(ferry, "import", "p.zip", "--to", served.url, "--batch-size", 2, "--concurrency", 1, "--out", "p.run")
        until(lambda: len(descriptions(org)) > before)
        run.send_signal(number)
        time.sleep(0.05)
        run.send_signal(number)
        began = time.monotonic()
        run.communicate(timeout=20)
        assert run.returncode == -number and time.monotonic() - began < 0.35
    with Served(org) as served:
        assert ferry("resume", "p.run", "--to", served.url, "--json").json["verified"]
    assert len(descriptions(org)) == before + ROWS


def test_who_lacks_a_privilege_is_told_which(ferry, sample):
    shutil.copy(sample / "a.db", ferry.folder / "b.db")
    org = ferry.folder / "b.db"
    with sqlite3.connect(org) as db:
        (mia,) = db.execute("select systemuserid from systemuser where domainname like 'mia%'").fetchone()
    db.close()
    skills(ferry.folder / "p.zip", {1: "Refunds of a kind", 2: "Travels of a kind"})
    with Served(org) as served:
        ferry("plan", "p.zip", "--to", served.url, "--out", "p.run")
        before = support.dump(org)
        done = ferry("apply", "p.run", "--impersonate", f"user:{mia}", status=3)
        assert "prv" in done.err and "characteristic" in done.err.lower(), done.err
        assert support.dump(org) == before
        done = ferry("import", "p.zip", "--to", served.url, "--impersonate", f"user:{mia}", "--json", status=3)
        support.check_report(done.json, "import")
        assert support.dump(org) == before
        if ferry("apply", "p.run", status=None).status != 0:
            ferry("resume", "p.run")
    assert {row_id(1), row_id(2)} <= set(descriptions(org))


# ---- the run file ----

@pytest.fixture
def small(tmp_path):
    """A disk of two megabytes."""
    path = tmp_path / "small"
    path.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", path], check=False,
                                           capture_output=True).returncode != 0:
        pytest.skip("a file system cannot be mounted")
    yield path
    subprocess.run(["umount", path], check=True)


def fill(folder, left):
    """All but so many bytes."""
    stat = os.statvfs(folder)
    (folder / "ballast").write_bytes(b"x" * max(0, stat.f_bavail * stat.f_frsize - left))


@pytest.mark.parametrize("way", ["resume", "again"])
def test_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room(ferry, sample, small, way):
    org = ferry.folder / "b.db"
    skills(ferry.folder / "p.zip", {n: {"name": f"S{n}", "description": "d" * 100} for n in range(400)})
    command = ["import", "p.zip", "--to", "local:b.db", "--out", small / "p.run", "--overwrite", "--batch-size", 50]
    full = 0
    for left in [0, 8, 40, *range(120, 2000, 60)]:
        shutil.copy(sample / "b.db", org)
        for path in small.iterdir():
            path.unlink()
        fill(small, left * 1024)
        done = ferry(*command, "--json", status=None)
        if done.status == 0:
            break
        full += 1
        assert done.status == 9 and "p.run" in done.err and ("full" in done.err or "space" in done.err), (left, done.err)
        (small / "ballast").unlink()
        if way == "resume" and (small / "p.run").exists():
            report = ferry("resume", small / "p.run", "--json").json
        else:
            report = ferry(*command, "--json").json
        support.check_numbers(report)
        assert report["verified"] and len(descriptions(org)) == 400, left
    assert done.status == 0 and full > 5


def test_a_folder_that_cannot_be_written_is_told_before_anything_happens(ferry, org, small):
    skills(ferry.folder / "p.zip", {1: "Refunds"})
    ferry("plan", "p.zip", "--to", "local:b.db", "--out", small / "p.run")
    before = support.dump(org)
    subprocess.run(["mount", "-o", "remount,ro", small], check=True)
    assert "q.run" in ferry("import", "p.zip", "--to", "local:b.db", "--out", small / "q.run", status=None).err
    done = ferry("apply", small / "p.run", status=None)
    assert done.status in (2, 5, 9) and "p.run" in done.err and "written" in done.err, (done.status, done.err)
    assert support.dump(org) == before
    subprocess.run(["mount", "-o", "remount,rw", small], check=True)
    assert "Refunds" in ferry("runs", "show", small / "p.run").out


def test_two_processes_do_not_work_on_one_run(ferry, org):
    skills(ferry.folder / "p.zip", {n: f"S{n}" for n in range(4 * ROWS)})
    with Served(org, "--latency", "rtt=150ms") as served:
        first = start(ferry, "import", "p.zip", "--to", served.url, "--batch-size", 1, "--concurrency", 1, "--out", "p.run", "--json")
        until(lambda: len(descriptions(org)) > 0)
        others = [start(ferry, *command) for command in (["resume", "p.run"], ["runs", "show", "p.run"], ["undo", "p.run", "--yes"], ["runs", "remove", "p.run"],
                                                         ["import", "p.zip", "--to", served.url, "--out", "p.run", "--overwrite"])]
        for other in others:
            out, err = other.communicate(timeout=30)
            assert other.returncode == 2 and "p.run" in err and "another program" in err, (other.args, out, err)
        assert first.poll() is None
        first.send_signal(signal.SIGINT)
        out, err = first.communicate(timeout=30)
        assert first.returncode == 8, err
        created = json.loads(out)["totals"]["created"]
        assert created == len(descriptions(org)) > 0
    with Served(org) as served:
        assert ferry("resume", "p.run", "--to", served.url, "--json").json["verified"]
    assert len(descriptions(org)) == 4 * ROWS


def test_what_a_killed_process_left_beside_a_run_file_does_not_damage_the_next(ferry, org):
    skills(ferry.folder / "p.zip", {n: {"name": f"S{n}", "description": "d" * 90} for n in range(400)})
    ferry("plan", "p.zip", "--to", "local:b.db", "--out", "old.run")
    db = sqlite3.connect(ferry.folder / "old.run")
    db.execute("pragma cache_size = 2")
    db.execute("update row set version = 'something else'")  # too much for memory: a journal is needed to take it back
    for end in ("", "-journal"):
        shutil.copy(ferry.folder / f"old.run{end}", ferry.folder / f"p.run{end}")
    db.rollback()
    db.close()
    assert (ferry.folder / "p.run-journal").stat().st_size > 4096
    ferry("import", "p.zip", "--to", "local:b.db", "--out", "p.run", "--overwrite")
    ferry("verify", "p.run")


def test_a_stopped_run_that_was_changed_is_neither_resumed_nor_taken_back(ferry, org):
    skills(ferry.folder / "p.zip", {n: f"S{n}" for n in range(ROWS)})
    with Served(org, "--latency", "rtt=100ms") as served:
        run = start(ferry, "import", "p.zip", "--to", served.url, "--batch-size", 2, "--concurrency", 1, "--out", "p.run")
        until(lambda: len(descriptions(org)) > 0)
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=30)
        assert run.returncode == 8
    db = sqlite3.connect(ferry.folder / "p.run")
    db.execute("update row set cells = (select cells from row as o where o.side = 2 and o.id <> row.id limit 1) where side = 2")
    db.commit()
    db.close()
    before = support.dump(org)
    for command in (["resume", "p.run", "--to", "local:b.db"], ["undo", "p.run", "--yes", "--to", "local:b.db"]):
        assert "seal" in ferry(*command, status=5).err
    assert support.dump(org) == before


def damaged(rng, good):
    data = bytearray(good)
    way = rng.randrange(4)
    if way == 0:
        return bytes(data[:rng.randrange(len(data))])
    if way == 1:
        for _ in range(rng.randrange(1, 20)):
            data[rng.randrange(len(data))] = rng.randrange(256)
    elif way == 2:
        at, n = rng.randrange(len(data)), rng.randrange(1, 4000)
        data[at:at + n] = bytes(rng.randrange(256) for _ in data[at:at + n])
    else:
        to, of = (rng.randrange(len(data) // 4096) * 4096 for _ in range(2))
        data[to:to + 4096] = data[of:of + 4096]
    return bytes(data)


def test_a_damaged_run_file_never_writes_what_was_not_decided(ferry, org):
    """FERRY_FUZZ says how often."""
    skills(ferry.folder / "old.zip", {n: {"name": f"S{n}", "description": "old"} for n in range(20)})
    ferry("import", "old.zip", "--to", "local:b.db")
    old, before = org.read_bytes(), rows(org)
    skills(ferry.folder / "p.zip", {n: {"name": f"S{n}", "description": "new"} for n in range(40)})
    ferry("plan", "p.zip", "--to", "local:b.db", "--out", "plan.run")
    ferry("import", "p.zip", "--to", "local:b.db", "--out", "done.run")
    new, after = org.read_bytes(), rows(org)
    rng, statuses = random.Random(SEED), set()
    for turn in range(FUZZ):
        kind, *command = rng.choice([["plan", "apply"], ["plan", "resume"], ["done", "undo", "--yes"], ["done", "verify"], ["plan", "runs show"]])
        (ferry.folder / "x.run").write_bytes(damaged(rng, (ferry.folder / f"{kind}.run").read_bytes()))
        org.write_bytes(old if kind == "plan" else new)
        done = ferry(*command[0].split(), "x.run", *command[1:], status=None)
        there = rows(org)
        statuses.add(done.status)
        assert done.status in (0, 1, 2, 5, 9), (turn, command, done.status, done.err)
        assert "assert" not in done.err.lower(), (turn, done.err)
        if done.status == 0 and command[0] in ("apply", "resume", "undo"):
            assert there == (after if kind == "plan" else before), (turn, command)
        else:
            assert there == (before if kind == "plan" else after), (turn, command, done.err)
    assert {0, 5} <= statuses
