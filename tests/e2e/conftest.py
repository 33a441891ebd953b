# SPDX-License-Identifier: MIT
import shutil

import pytest

import support


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "call":
        item.passed = report.passed


@pytest.fixture(autouse=True)
def swept(request, tmp_path):
    """What a test that passed leaves behind is gone: all together it would be gigabytes."""
    yield
    if getattr(request.node, "passed", False):
        shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def ferry(tmp_path):
    return support.Ferry(tmp_path)


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """A folder with a.db (the sample) and b.db (without), which nobody changes: copy them."""
    folder = tmp_path_factory.mktemp("sample")
    run = support.Ferry(folder)
    run("org", "create", "a.db", "--sample", "contoso")
    run("org", "create", "b.db")
    return folder
