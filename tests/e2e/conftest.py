# SPDX-License-Identifier: MIT
import pytest

import support


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
