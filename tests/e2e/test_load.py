# SPDX-License-Identifier: MIT
"""Many clients at once on a served organization, to the end and to a kill. FERRY_SOAK=60: 64 of them, for so many
seconds."""
import contextlib
import os
import shutil
import sqlite3
import subprocess

import pytest

import load
import serving

SECONDS = int(os.environ.get("FERRY_SOAK", "0"))
CLIENTS = 64 if SECONDS else 24


@pytest.fixture
def org(sample, tmp_path):
    path = tmp_path / "org.db"
    shutil.copy(sample / "b.db", path)
    return path


def check_integrity(path):
    """By SQLite's own shell."""
    shell = shutil.which("sqlite3")
    if shell:
        done = subprocess.run([shell, str(path), "pragma integrity_check; pragma foreign_key_check"],
                              capture_output=True, text=True, check=True)
        assert done.stdout == "ok\n"
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]


def check_after(clients, served, org, killed):
    with contextlib.closing(sqlite3.connect(f"file:{org}?mode=ro", uri=True)) as db:
        clients.check(served.client(), db, killed)
    print(dict(clients.done), f"slowest {clients.slowest:.2f} s")


def test_what_many_clients_do_at_once_is_all_there(org):
    with serving.Served(org) as served:
        clients = load.Load(served, CLIENTS)
        clients.prepare()
        clients.run(SECONDS or 4)
        check_after(clients, served, org, killed=False)
        assert set(clients.done) == {"count_up", "create", "read", "batch", "many", "upload", "change", "define"}
        assert served.stop() < 5
    check_integrity(org)


def test_a_kill_in_the_middle_of_it_loses_nothing_that_was_answered(org):
    clients = None
    for seed in range(3 if SECONDS else 1):
        with serving.Served(org) as served:
            clients = load.Load(served, CLIENTS, seed)
            if seed == 0:
                clients.prepare()
            else:
                before = clients_counts(org)
                clients.added.update(before)
                clients.tried.update(before)
            clients.run(SECONDS / 3 or 2, killed=served.kill)
        check_integrity(org)
        with serving.Served(org) as served:
            check_after(clients, served, org, killed=True)
            assert served.stop() < 5
        check_integrity(org)


def clients_counts(org):
    with contextlib.closing(sqlite3.connect(org)) as db:
        return dict(db.execute("select new_loadid, new_count from new_load where new_name = 'counter'"))
