# SPDX-License-Identifier: MIT
"""script/check fails when a law is broken: each law is broken once in a copy of the tree."""
import re
import shutil
import subprocess

import pytest

import support

CHEAP = ["layers", "includes", "third-party", "banned", "constructions", "silence", "names", "heads", "workplace"]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    skip = shutil.ignore_patterns("build", "build-*", ".git", "__pycache__")
    shutil.copytree(support.ROOT, folder / "ferry", ignore=skip, symlinks=True)
    return folder / "ferry"


@pytest.fixture
def tree(pristine, tmp_path):
    shutil.copytree(pristine, tmp_path / "ferry", symlinks=True)
    return tmp_path / "ferry"


def check(tree, *laws):
    """Exit status, and the set of (file, line, law) that are told. Only what changes nothing on the machine."""
    done = subprocess.run(["/usr/bin/python3", "script/laws/check.py", "--only", ",".join(laws)], cwd=tree,
                          capture_output=True, text=True, timeout=300, check=False)
    found = re.findall(r"^([^\s:]+):(\d+): ([a-z-]+): ", done.stdout, re.MULTILINE)
    return done.returncode, {(file, law) for file, _, law in found}, done.stdout


def append(path, text):
    path.write_text(path.read_text() + text)


def include(path, line):
    """Puts an #include before that of banned.h."""
    text = path.read_text()
    assert '#include "base/banned.h"' in text
    path.write_text(text.replace('#include "base/banned.h"', line + '\n\n#include "base/banned.h"', 1))


def test_the_tree_keeps_the_laws(tree):
    status, found, out = check(tree, *CHEAP)
    assert (status, found) == (0, set()), out


def break_layer(tree):
    include(tree / "src/base/str.c", '#include "dv/value.h"')
    return "src/base/str.c"


def break_org_move(tree):
    include(tree / "src/move/import.c", '#include "org/app.h"')
    return "src/move/import.c"


def break_order_in_room(tree):
    include(tree / "src/base/err.c", '#include "base/file.h"')
    return "src/base/err.c"


def break_private_header(tree):
    (tree / "src/base/later.h").write_text(
        '/* SPDX-License-Identifier: MIT */\n/*\n * Later.\n */\n#include "base/file.h"\n')
    include(tree / "src/base/str.c", '#include "base/later.h"')
    return "src/base/str.c"


def break_circle(tree):
    text = (tree / "src/base/str.h").read_text()
    (tree / "src/base/str.h").write_text(text.replace('#include "base/arena.h"',
                                                      '#include "base/arena.h"\n#include "base/buf.h"', 1))
    return "src/base/str.h"


@pytest.mark.parametrize("change", [break_layer, break_org_move, break_order_in_room, break_private_header,
                                    break_circle], ids=lambda f: f.__name__)
def test_layers(tree, change):
    file = change(tree)
    status, found, out = check(tree, "layers")
    assert status == 1
    assert any(law == "layers" for _, law in found), out
    assert file in out


@pytest.mark.parametrize("file, header", [
    ("src/dv/value.c", "<libxml/parser.h>"),
    ("src/io/json.c", "<sqlite3.h>"),
    ("src/io/zip.h", "<minizip/zip.h>"),
    ("src/cli/main.c", "<curl/curl.h>"),
])
def test_third_party_headers(tree, file, header):
    path = tree / file
    if path.suffix == ".h":
        append(path, f"#include {header}\n")
    else:
        include(path, f"#include {header}")
    status, found, out = check(tree, "third-party")
    assert status == 1
    assert any(law == "third-party" for _, law in found), out
    assert header in out


@pytest.mark.parametrize("call", ["strcpy(a, b)", "sprintf(a, b)", "atoi(a)", "strtok(a, b)", "system(a)", "gmtime(a)",
                                  "rand()", "strtol(a, b, 10)", "alloca (9)"])
def test_banned_functions(tree, call):
    path = tree / "src/dv/value.c"
    append(path, f"\nvoid broken(char *a, const char *b)\n{{\n\t(void){call};\n}}\n")
    status, found, _ = check(tree, "banned")
    assert status == 1
    assert ("src/dv/value.c", "banned") in found


def test_a_banned_name_in_a_comment_or_string_is_none(tree):
    append(tree / "src/dv/value.c", '\n/* strcpy(a, b) */\nconst char *const told = "strcpy(a, b)";\n')
    assert ("src/dv/value.c", "banned") not in check(tree, "banned")[1]


def test_the_list_of_banned_functions_cannot_be_left_out(tree):
    path = tree / "src/dv/value.c"
    path.write_text(path.read_text().replace('#include "base/banned.h"\n', "", 1))
    status, found, _ = check(tree, "includes")
    assert status == 1
    assert ("src/dv/value.c", "includes") in found


@pytest.mark.parametrize("line", ['printf("x");', 'fprintf(stderr, "x");', "exit(1);", "abort();", 'puts("x");'])
def test_only_cli_talks_and_ends(tree, line):
    append(tree / "src/dv/value.c", f"\nvoid broken(void)\n{{\n\t{line}\n}}\n")
    status, found, _ = check(tree, "silence")
    assert status == 1
    assert ("src/dv/value.c", "silence") in found


@pytest.mark.parametrize("text", [
    "typedef struct broken { int a; } broken;",
    "int broken(int a)\n{\n\tif (a = 1)\n\t\treturn 2;\n\treturn 3;\n}",
    "#define BROKEN(x) \\\n\tif (x) \\\n\t\treturn 1",
])
def test_constructions(tree, text):
    append(tree / "src/dv/value.c", f"\n{text}\n")
    status, found, _ = check(tree, "constructions")
    assert status == 1
    assert ("src/dv/value.c", "constructions") in found


@pytest.mark.parametrize("name", ["util", "common", "helper", "types", "misc", "string_utils"])
def test_names_that_say_nothing(tree, name):
    (tree / f"src/dv/{name}.h").write_text("/* SPDX-License-Identifier: MIT */\n/*\n * Something.\n */\n")
    status, found, _ = check(tree, "names")
    assert status == 1
    assert (f"src/dv/{name}.h", "names") in found


def test_budgets(tree):
    if not shutil.which("pmccabe"):
        pytest.skip("pmccabe is not installed")
    before = check(tree, "budgets")[1]
    long = "".join(f"\ta += {i};\n" for i in range(60))
    branchy = "".join(f"\tif (a == {i})\n\t\ta++;\n" for i in range(15))
    append(tree / "src/base/err.c", f"\nint long_one(int a)\n{{\n{long}\treturn a;\n}}\n")
    append(tree / "src/base/rng.c", f"\nint branchy(int a)\n{{\n{branchy}\treturn a;\n}}\n")
    append(tree / "src/base/vec.c", "\n" * 600)
    append(tree / "src/base/vec.h", "\n" * 120)
    status, found, out = check(tree, "budgets")
    assert status == 1
    assert found - before == {(f"src/base/{name}", "budgets") for name in ("err.c", "rng.c", "vec.c", "vec.h")}
    assert "long_one: " in out and "branchy: complexity 16" in out


def test_format(tree):
    if not shutil.which("clang-format-19"):
        pytest.skip("clang-format-19 is not installed")
    append(tree / "src/base/err.c", "\nint   broken( void ) { return 1 ; }\n")
    status, found, _ = check(tree, "format")
    assert status == 1
    assert ("src/base/err.c", "format") in found


def test_paths_of_a_machine(tree):
    append(tree / "src/base/err.c", "\n/* see /ho" "me/somebody/notes */\n")
    status, found, _ = check(tree, "workplace")
    assert status == 1
    assert ("src/base/err.c", "workplace") in found


def test_a_law_that_is_not_there_is_wrong_use(tree):
    assert check(tree, "gravity")[0] == 2
