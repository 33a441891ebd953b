# SPDX-License-Identifier: MIT
"""The laws that other programs decide: pmccabe, clang-format, the compilers, clang-tidy."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import tempfile

import tree

WORK = tree.ROOT / "build" / "check"
FUNCTION_LINES, COMPLEXITY, FILE_LINES, HEADER_LINES = 60, 15, 600, 120


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, cwd=tree.ROOT, **options)


# ---- budgets ----

def budgets(sources):
    for s in sources:
        lines = s.text.count("\n")
        most = HEADER_LINES if s.is_header else FILE_LINES
        if lines > most:
            yield s.name, lines, f"{lines} lines; the budget is {most}"
    yield from _functions(sources)


def _functions(sources):
    # pmccabe does not expand macros and loses its way in these two.
    confusing = re.compile(r"\bVEC\([^()]*\)|\bDEFER\([^()]*\)")
    with tempfile.TemporaryDirectory() as folder:
        copies = {}
        for i, s in enumerate(sources):
            copy = pathlib.Path(folder) / f"{i}{s.path.suffix}"
            copy.write_text(confusing.sub(lambda m: "int" if m.group(0)[0] == "V" else "", s.text))
            copies[str(copy)] = s
        if not copies:
            return
        done = subprocess.run(["pmccabe", *copies], capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        fields = line.split("\t")
        complexity, length = int(fields[0]), int(fields[4])
        path, number, function = re.match(r"(.*)\((\d+)\): (.*)", fields[5]).groups()
        name = copies[path].name
        if complexity > COMPLEXITY:
            yield name, int(number), f"{function}: complexity {complexity}; the budget is {COMPLEXITY}"
        if length > FUNCTION_LINES:
            yield name, int(number), f"{function}: {length} lines; the budget is {FUNCTION_LINES}"
    for path, number, message in re.findall(r'"([^"]+)", line (\d+): (.*)', done.stderr):
        yield copies[path].name, int(number), f"pmccabe cannot read this file: {message}"


# ---- format ----

_DIAGNOSIS = re.compile(r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):(?:\d+:)? (?:fatal )?"
                        r"(?:error|warning): (?P<message>.*)$", re.MULTILINE)


def _diagnoses(output, folder=tree.ROOT):
    seen = set()
    for m in _DIAGNOSIS.finditer(output):
        path = pathlib.Path(folder, m.group("file")).resolve()
        name = path.relative_to(tree.ROOT).as_posix() if path.is_relative_to(tree.ROOT) else str(path)
        found = name, int(m.group("line")), m.group("message")
        if found not in seen:
            seen.add(found)
            yield found


def style(sources):
    files = [s.name for s in sources] + [s.name for s in tree.sources("tests/unit")]
    done = run(["clang-format-19", "--dry-run", "-Werror", "--ferror-limit=1", *files])
    yield from _diagnoses(done.stdout)


# ---- compilers ----

def _build(compiler, *options, folder=None):
    folder = folder or WORK / compiler
    if not (folder / "build.ninja").exists():
        done = run(["meson", "setup", "--werror", "-Dtests=enabled", "-Dman=disabled", *options, str(folder)],
                   env={**os.environ, "CC": compiler})
        if done.returncode:
            yield "meson.build", 1, f"meson setup with {compiler} fails:\n{done.stdout[-3000:]}"
            return
    done = run(["ninja", "-k", "0", "-C", str(folder)])
    if done.returncode == 0:
        return
    found = list(_diagnoses(done.stdout, folder))
    yield from found
    if not found:
        yield "meson.build", 1, f"the build with {compiler} fails:\n{done.stdout[-3000:]}"


def _warnings_are_errors(folder):
    """A folder that somebody has set up for gcc, with --werror and the tests, need not be built twice."""
    try:
        options = json.loads((folder / "meson-info" / "intro-buildoptions.json").read_text())
        targets = json.loads((folder / "meson-info" / "intro-targets.json").read_text())
    except (OSError, ValueError):
        return False
    values = {option["name"]: option["value"] for option in options}
    compilers = {word for target in targets for source in target["target_sources"]
                 for word in source.get("compiler", [])}
    return values.get("werror") is True and values.get("tests") == "enabled" and "gcc" in compilers


def gcc(_sources):
    own = tree.ROOT / "build"
    yield from _build("gcc", folder=own if _warnings_are_errors(own) else None)


def clang(_sources):
    # Without optimization: clang finds its warnings before, and the other compiler optimizes.
    yield from _build("clang-19", "-Doptimization=0", "-Ddebug=false")


# ---- clang-tidy ----

def _closure(source, files, seen):
    for header, _ in source.includes:
        name = "src/" + header[1:-1]
        if header[0] == '"' and name in files and name not in seen:
            seen.add(name)
            _closure(files[name], files, seen)
    return seen


def _key(source, files, rules):
    digest = hashlib.sha256(rules)
    for name in [source.name, *sorted(_closure(source, files, set()))]:
        digest.update(name.encode() + b"\0" + files[name].text.encode() + b"\0")
    return digest.hexdigest()


# How many states of a function the analyzer looks at. Its own default is 225000, which takes four times as
# long; the gate uses that for the rooms through which bytes of others come in.
SHALLOW = ["-Xclang", "-analyzer-config", "-Xclang", "max-nodes=40000"]
DEEP_ROOMS = {"base", "io", "dv", "remote", "server"}


def _arguments(source, deep):
    return [] if deep and source.name.split("/")[1] in DEEP_ROOMS else SHALLOW


def _tidy(source, arguments):
    extra = [f"--extra-arg={argument}" for argument in arguments]
    done = run(["clang-tidy-19", "-p", str(WORK / "clang-19"), "--quiet", *extra, source.name])
    found = list(_diagnoses(done.stdout, WORK / "clang-19"))
    if done.returncode and not found:
        found = [(source.name, 1, f"clang-tidy fails:\n{done.stdout[-2000:]}")]
    return found


def tidy(sources, deep=False):
    if not (WORK / "clang-19" / "compile_commands.json").exists():
        yield from clang(sources)
    cache = WORK / "tidy.json"
    known = json.loads(cache.read_text()) if cache.exists() else []
    rules = (tree.ROOT / ".clang-tidy").read_bytes() + run(["clang-tidy-19", "--version"]).stdout.encode()
    files = {s.name: s for s in sources}
    keys = {s.name: _key(s, files, rules + " ".join(_arguments(s, deep)).encode())
            for s in sources if not s.is_header}
    clean = set(known)
    todo = [files[name] for name, key in keys.items() if key not in clean]
    # The largest first, so that the last one to end is a small one.
    todo.sort(key=lambda s: -len(s.text))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, found in zip(todo, pool.map(lambda source: _tidy(source, _arguments(source, deep)), todo)):
            if not found:
                clean.add(keys[source.name])
            yield from found
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps(sorted(clean)))  # of other branches and depths, too
