# SPDX-License-Identifier: MIT
"""Recorded exchanges with real organizations, replayed: those that docs/conformance.md lists as passing have to pass."""
import re
import sys

import pytest

import support

FOLDER = support.SHARED / "data" / "http"
ROW = re.compile(r"^\| ([A-Za-z0-9_-]+) \| (passes|fails|does not apply) \|", re.M)

sys.path.insert(0, str(support.ROOT / "tests" / "conformance"))


def listed():
    text = (support.ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    return dict(ROW.findall(text))


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the recorded exchanges are not here")
def test_what_is_listed_as_passing_passes():
    import replay
    results = replay.run(support.FERRY[0], FOLDER, set())
    told = listed()
    assert set(results) == set(told), "docs/conformance.md lists other exchanges; write it anew"
    failed = {n: why for n, (result, why) in results.items() if told[n] == "passes" and result != "passes"}
    assert not failed, failed
    assert sum(result == "passes" for result, _ in results.values()) >= 140


def test_what_does_not_apply_is_explained():
    for name, result in listed().items():
        if result == "does not apply":
            assert re.search(rf"^\| {name} \| does not apply \| \S.*\|$", (
                support.ROOT / "docs" / "conformance.md").read_text(encoding="utf-8"), re.M)
