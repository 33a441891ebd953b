# SPDX-License-Identifier: MIT
"""Killed at any moment: the run goes on, and ends where it would have ended. FERRY_KILLS says how often (a thousand take half an hour)."""
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
from made import Ref, package, row_id
from serving import Served

KILLS = int(os.environ.get("FERRY_KILLS", "12"))
SEED = int(os.environ.get("FERRY_SEED", "1"))
POSITIONS, SKILLS, MODELS = 120, 200, 20
TABLES = {"position": ["name", "description", "parentpositionid"], "characteristic": ["name", "description", "characteristictype", "statecode"],
          "ratingmodel": ["name", "minratingvalue", "maxratingvalue"], "ratingvalue": ["name", "value", "ratingmodel"],
          "queue": ["name", "description"]}


def contents(path):
    out = {}
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        for table, columns in TABLES.items():
            key = support.metadata(table)["primaryId"]
            out[table] = sorted(db.execute(f'select {key},{",".join(columns)} from "{table}"').fetchall(), key=str)
        out["links"] = sorted(db.execute("select queueid, systemuserid from queuemembership").fetchall())
    db.close()
    return out


def make(path, users, text):
    """Hierarchies, self references, N:N pairs, states, a thousand changes in all."""
    positions = {row_id(n, 1): {"name": f"P{n}", "description": text,
                                **({"parentpositionid": Ref("position", row_id(n // 2, 1))} if n > 1 else {})}
                 for n in range(1, POSITIONS + 1)}
    skills = {row_id(n, 2): {"name": f"S{n}", "description": text, "characteristictype": 1 + n % 2, "statecode": n % 5 == 0 and 1 or 0,
                             "statuscode": n % 5 == 0 and 2 or 1} for n in range(1, SKILLS + 1)}
    models = {row_id(n, 3): {"name": f"M{n}", "minratingvalue": 1, "maxratingvalue": 9} for n in range(1, MODELS + 1)}
    values = {row_id(10 * n + v, 4): {"name": f"{n}.{v}", "value": v, "ratingmodel": Ref("ratingmodel", row_id(n, 3))}
              for n in range(1, MODELS + 1) for v in range(1, 5)}
    queues = {row_id(n, 5): {"name": f"Q{n}", "description": text} for n in range(1, 11)}
    pairs = [("queuemembership_association", q, "systemuser", "systemuserid", users) for q in queues]
    return package(
        path, {"table": "position", "columns": ["name", "description", "parentpositionid"], "rows": positions},
        {"table": "characteristic", "columns": ["name", "description", "characteristictype", "statecode", "statuscode"], "rows": skills},
        {"table": "ratingmodel", "columns": ["name", "minratingvalue", "maxratingvalue"], "rows": models},
        {"table": "ratingvalue", "columns": ["name", "value", "ratingmodel"], "rows": values},
        {"table": "queue", "columns": ["name", "description"], "rows": queues,
         "links": [("queuemembership_association", "systemuser", "systemuserid")], "pairs": pairs})


class World:
    """An organization that an earlier import has half filled, the package, and what comes of it undisturbed."""

    def __init__(self, folder, sample):
        self.folder, self.ferry = folder, support.Ferry(folder)
        shutil.copy(sample / "a.db", folder / "base.db")
        with sqlite3.connect(folder / "base.db") as db:
            users = [r[0] for r in db.execute("select systemuserid from systemuser where isdisabled = 0 and applicationid is null"
                                               " and domainname not like '%#EXT#%' order by 1 limit 2")]
        db.close()
        make(folder / "old.zip", users[:1], "old")
        make(folder / "p.zip", users, "new")
        self.ferry("import", "old.zip", "--to", "local:base.db")
        with sqlite3.connect(folder / "base.db") as db:  # a part of it is new again
            for table, kind in (("position", 1), ("characteristic", 2), ("ratingvalue", 4)):
                key = support.metadata(table)["primaryId"]
                db.execute(f"delete from {table} where {key} like '{row_id(0, kind)[:24]}%' and substr({key}, -1) in ('1', '5', '7', 'a', 'd')"
                           + (" and parentpositionid is not null" if table == "position" else ""))
            db.execute("update position set parentpositionid = null where parentpositionid not in (select positionid from position)")
        db.close()
        self.before = contents(folder / "base.db")
        shutil.copy(folder / "base.db", folder / "want.db")
        began = time.monotonic()
        self.ferry("import", "p.zip", "--to", "local:want.db")
        self.seconds = time.monotonic() - began
        self.want = contents(folder / "want.db")

    def fresh(self):
        for path in self.folder.glob("b.db*"):
            path.unlink()
        for path in self.folder.glob("*k.run*"):
            path.unlink()
        shutil.copy(self.folder / "base.db", self.folder / "b.db")

    def killed(self, to, seconds, *command):
        """Whether there is a run file now."""
        env = {**{k: v for k, v in os.environ.items() if not k.startswith("FERRY_")}, "XDG_STATE_HOME": str(self.folder / "state"),
               "XDG_CONFIG_HOME": str(self.folder / "config"), "XDG_CACHE_HOME": str(self.folder / "cache")}
        process = subprocess.Popen([*support.FERRY, *command, "--to", to], cwd=self.folder, env=env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return (self.folder / "k.run").exists()


@pytest.fixture(scope="module")
def world(sample, tmp_path_factory):
    return World(tmp_path_factory.mktemp("killed"), sample)


IMPORT = ["import", "p.zip", "--out", "k.run"]


def finish(world, to, rng):
    """By resume, by the same command again, or killed once more on the way."""
    while True:
        way = rng.randrange(4)
        if not (world.folder / "k.run").exists():
            return world.ferry(*IMPORT, "--to", to, "--json").json
        if way == 0:
            world.killed(to, rng.random() * world.seconds, "resume", "k.run")
            continue
        if way == 1:
            return world.ferry(*IMPORT, "--overwrite", "--to", to, "--json").json
        done = world.ferry("resume", "k.run", "--to", to, "--json", status=None)
        assert done.status == 0 or (done.status == 2 and "is done" in done.err), done.err
        return done.json if done.status == 0 else None


@pytest.mark.parametrize("served", [False, True], ids=["local", "served"])
def test_a_killed_import_ends_where_it_would_have_ended(world, served):
    rng = random.Random(f"{SEED} {served}")
    for turn in range(KILLS):
        world.fresh()
        if served:
            with Served(world.folder / "b.db") as server:
                world.killed(server.url, rng.random() * world.seconds * 1.3, *IMPORT)
                report = finish(world, server.url, rng)
        else:
            world.killed("local:b.db", rng.random() * world.seconds * 1.1, *IMPORT)
            report = finish(world, "local:b.db", rng)
        assert contents(world.folder / "b.db") == world.want, turn
        if report:
            support.check_numbers(report)
            assert report["verified"], turn


def test_a_killed_run_is_taken_back_to_where_it_began(world):
    rng = random.Random(SEED + 1)
    for turn in range(max(KILLS // 2, 1)):
        world.fresh()
        if not world.killed("local:b.db", rng.random() * world.seconds * 1.1, *IMPORT):
            continue
        done = world.ferry("undo", "k.run", "--yes", status=None)
        assert done.status == 0 or (done.status == 2 and "nothing" in done.err), (turn, done.err)
        assert contents(world.folder / "b.db") == world.before, turn


def test_a_killed_undo_goes_on(world):
    rng = random.Random(SEED + 2)
    for turn in range(max(KILLS // 2, 1)):
        world.fresh()
        world.ferry(*IMPORT, "--to", "local:b.db")
        world.killed("local:b.db", rng.random() * world.seconds, "undo", "k.run", "--yes", "--out", "uk.run")
        if (world.folder / "uk.run").exists():
            done = world.ferry("resume", "uk.run", status=None)
            assert done.status == 0 or "is done" in done.err, (turn, done.err)
        else:
            world.ferry("undo", "k.run", "--yes", "--out", "uk.run")
        assert contents(world.folder / "b.db") == world.before, turn


def test_ctrl_c_once_ends_cleanly_and_can_be_taken_up_again(world):
    world.fresh()
    env = {**os.environ, "XDG_STATE_HOME": str(world.folder / "state")}
    with Served(world.folder / "b.db", "--latency", "rtt=20ms,row=1ms") as server:
        process = subprocess.Popen([*support.FERRY, *IMPORT, "--to", server.url, "--json", "--batch-size", "10"], cwd=world.folder, env=env,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while process.poll() is None and contents(world.folder / "b.db") == world.before:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 8, err
        report = json.loads(out)
        support.check_numbers(report)
        assert report["totals"]["skipped"] > 0
        world.ferry("resume", "k.run", "--to", server.url)
    assert contents(world.folder / "b.db") == world.want
