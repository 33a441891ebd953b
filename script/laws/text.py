# SPDX-License-Identifier: MIT
"""The laws that reading the sources decides. Each yields (file, line, message)."""
import re

import tree

SYSTEM = set("""
assert.h complex.h ctype.h dirent.h endian.h errno.h fcntl.h float.h fnmatch.h ftw.h getopt.h glob.h inttypes.h
iso646.h langinfo.h limits.h locale.h malloc.h math.h netdb.h poll.h pthread.h pwd.h regex.h search.h setjmp.h signal.h
spawn.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h
strings.h termios.h time.h unistd.h utime.h wchar.h wctype.h
""".split())
SYSTEM_FOLDERS = ("sys/", "linux/", "arpa/", "net/", "netinet/", "bits/", "asm/", "sanitizer/")
FORBIDDEN_NAMES = {"util", "utils", "common", "helper", "helpers", "types", "misc"}

PRINTING = """printf vprintf fprintf vfprintf dprintf vdprintf puts fputs putchar putc fputc putw perror psignal
stdout stderr""".split()
EXITING = "exit _exit _Exit quick_exit atexit err errx verr verrx error kill raise".split()


def is_system(header):
    return header in SYSTEM or header.startswith(SYSTEM_FOLDERS)


# ---- layers ----

def same_module(a, b, stems):
    """store, store_file and store_value are parts of one module, which is named by a file of its own: store."""
    shared = [s for s in stems if all(x == s or x.startswith(s + "_") for x in (a, b))]
    return bool(shared)


class Positions:
    """Where a file stands in its room: its place in meson.build; a header without a .c stands behind
    everything that it includes."""

    def __init__(self, sources):
        self.files = {s.name: s for s in sources}
        self.lists = {room: tree.room_list(room) for room in tree.ROOMS}
        self.open = []

    def of(self, name):
        source = self.files[name]
        order = self.lists[source.room]
        if source.stem in order:
            return order.index(source.stem)
        if name in self.open:
            return -1  # a circle, which is told elsewhere
        self.open.append(name)
        inside = ["src/" + header[1:-1] for header, _ in source.includes
                  if header.startswith(f'"{source.room}/')]
        places = [self.of(i) for i in inside if i in self.files]
        self.open.pop()
        return int(max(places)) + 0.5 if places else -1


def circles(headers):
    """Headers that include each other, each circle once."""
    done, path = set(), []

    def visit(name):
        if name in path:
            yield path[path.index(name):] + [name]
        if name in path or name in done:
            return
        path.append(name)
        for header, _ in headers[name].includes:
            if header[0] == '"' and "src/" + header[1:-1] in headers:
                yield from visit("src/" + header[1:-1])
        path.pop()
        done.add(name)

    for name in headers:
        yield from visit(name)


def layers(sources):
    positions = Positions(sources)
    for circle in circles({s.name: s for s in sources if s.is_header}):
        yield circle[0], 1, "headers in a circle: " + " -> ".join(circle)
    for s in sources:
        if s.room not in tree.KNOWS:
            yield s.name, 1, f'there is no room "{s.room}"'
            continue
        if not s.is_header and s.stem not in positions.lists[s.room]:
            yield s.name, 1, f"is not in src/{s.room}/meson.build"
            continue
        for header, line in s.includes:
            if header[0] == '"':
                yield from _one_include(s, header[1:-1], line, positions)


def _one_include(s, header, line, positions):
    room, _, rest = header.partition("/")
    if not rest:
        yield s.name, line, f'"{header}": write it from src/ ("room/file.h")'
        return
    if room not in tree.KNOWS:
        yield s.name, line, f'"{header}": there is no room "{room}"'
        return
    if room not in tree.KNOWS[s.room]:
        yield s.name, line, f'{s.room} must not know {room} ("{header}")'
        return
    name = "src/" + header
    if name not in positions.files or room != s.room or s.name == name:
        return
    own, other = positions.of(s.name), positions.of(name)
    if other > own and not same_module(positions.files[name].stem, s.stem, positions.lists[room]):
        yield s.name, line, (f'"{header}" comes later than {s.path.name} in src/{room}/meson.build')


# ---- the order of includes in a file ----

def includes(sources):
    for s in sources:
        if s.room not in tree.KNOWS:
            continue
        if not s.is_header and (not s.includes or s.includes[-1][0] != '"base/banned.h"'):
            line = s.includes[-1][1] if s.includes else 1
            yield s.name, line, '"base/banned.h" is not the last include'
        rank = 0
        for i, (header, line) in enumerate(s.includes):
            if i == 0 and not s.is_header and header.startswith(f'"{s.room}/'):
                continue  # the own header
            if header == '"base/banned.h"' and not s.is_header:
                continue
            room = header[1:-1].partition("/")[0]
            new = 0 if header[0] == "<" else 1 + tree.ROOMS.index(room) if room in tree.ROOMS else 0
            if new < rank:
                yield s.name, line, f"{header} stands too late: own header, system, then rooms in order"
            rank = max(rank, new)
        own = f'"{s.room}/{s.stem}.h"'
        if not s.is_header and own in [h for h, _ in s.includes[1:]]:
            yield s.name, 1, f"the own header {own} is not the first include"


# ---- third-party headers ----

def third_party(sources):
    users = {}
    for s in sources:
        for header, line in s.includes:
            if header[0] != "<" or is_system(header[1:-1]):
                continue
            if s.is_header:
                yield s.name, line, f"{header} in a header: no third-party type is shown outside its file"
            elif s.room != "io":
                yield s.name, line, f"{header} outside src/io"
            else:
                library = header[1:-1].split("/")[0].removesuffix(".h")
                if library == "unicode":  # ICU is many libraries in one folder: texts, calendars, ...
                    library = header
                users.setdefault(library, {}).setdefault(s.name, (line, header))
    for files in users.values():
        first, *others = sorted(files)
        for name in others:
            line, header = files[name]
            yield name, line, f"{header}: {first} is the one file that includes this library"


# ---- banned functions and constructions ----

def banned_names():
    text = (tree.SRC / "base" / "banned.h").read_text()
    return [name for line in re.findall(r"#pragma GCC poison (.*)", text) for name in line.split()]


def banned(sources):
    names = "|".join(map(re.escape, sorted(set(banned_names()))))
    word = re.compile(rf"(?<![\w.>])({names})\b(?=\s*\()|(?<![\w.>])({names})\b(?=\s*[;,)])")
    for s in sources:
        if s.name == "src/base/banned.h":
            continue
        for m in word.finditer(s.code):
            yield s.name, tree.line_of(s.code, m.start()), f"{m.group(1) or m.group(2)} is banned"


_DEFINE = re.compile(r"^[ \t]*#[ \t]*define\b(?:\\\n|[^\n])*", re.MULTILINE)
_CONTROL = re.compile(r"\b(return|goto|break|continue)\b")
_TYPEDEF = re.compile(r"\btypedef\s+(struct|union|enum)\b")
_CONDITION = re.compile(r"\b(if|while|for)\s*\(")
_ASSIGN = re.compile(r"(?<![=!<>])=(?!=)")


def _parenthesized(code, start):
    """The text inside the parenthesis that opens at code[start]."""
    depth = 0
    for i in range(start, len(code)):
        depth += (code[i] == "(") - (code[i] == ")")
        if depth == 0:
            return code[start + 1:i]
    return code[start + 1:]


def constructions(sources):
    for s in sources:
        for m in _DEFINE.finditer(s.code):
            control = _CONTROL.search(m.group(0))
            if control:
                yield s.name, tree.line_of(s.code, m.start()), f"macro with {control.group(1)}"
        for m in _TYPEDEF.finditer(s.code):
            yield s.name, tree.line_of(s.code, m.start()), f"typedef of a {m.group(1)}"
        for m in _CONDITION.finditer(s.code):
            inside = _parenthesized(s.code, m.end() - 1)
            if m.group(1) == "for":
                inside = inside.split(";")[1] if inside.count(";") == 2 else ""
            if _ASSIGN.search(inside):
                yield s.name, tree.line_of(s.code, m.start()), "assignment in a condition"


# ---- threads ----

def threads(sources):
    for s in sources:
        for header, line in s.includes:
            if header in ("<pthread.h>", "<threads.h>") and s.room != "server":
                yield s.name, line, f"{header}: only server has threads"


# ---- who talks and who ends the program ----

def silence(sources):
    words = re.compile(r"(?<![\w.>])(?<!format\()(" + "|".join(PRINTING) + r")\b")
    calls = re.compile(r"(?<![\w.>])(" + "|".join(EXITING) + r")\s*\(")
    aborts = re.compile(r"(?<![\w.>])abort\s*\(")
    for s in sources:
        if s.room == "cli":
            continue
        for m in words.finditer(s.code):
            yield s.name, tree.line_of(s.code, m.start()), f"{m.group(1)}: only cli talks"
        for m in calls.finditer(s.code):
            # what it ends is the program that it started
            if s.name.endswith("src/io/process.c") and m.group(1) in ("_exit", "kill"):
                continue
            yield s.name, tree.line_of(s.code, m.start()), f"{m.group(1)}: only cli ends the program"
        for m in aborts.finditer(s.code) if s.room != "base" else ():
            yield s.name, tree.line_of(s.code, m.start()), "abort: only base, when memory is exhausted"


# ---- names, heads, words ----

def names(sources):
    for s in sources:
        parts = set(s.stem.lower().split("_"))
        for word in sorted(parts & FORBIDDEN_NAMES):
            yield s.name, 1, f'a file is not called "{word}": the name says nothing'


def heads(sources):
    for s in sources:
        if not s.text.startswith("/* SPDX-License-Identifier: MIT */\n/*\n"):
            yield s.name, 1, "does not begin with the SPDX line and a paragraph that says what it is"


TEXT_FILES = ["*.c", "*.h", "*.py", "*.md", "*.xml", "*.json", "meson.build", "meson_options.txt"]
WORKPLACE = re.compile(r"(?<![\w.])/(?:" + "|".join(["work", "home", "root", "Users"]) + r")/[\w.]")


def workplace(_sources):
    files = {p for pattern in TEXT_FILES for p in tree.ROOT.rglob(pattern)}
    files |= {p for folder in ("script", ".ci") for p in (tree.ROOT / folder).rglob("*")}
    for path in sorted(files):
        relative = path.relative_to(tree.ROOT)
        if not path.is_file() or relative.parts[0] in ("build", ".git") or "__pycache__" in relative.parts:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            m = WORKPLACE.search(line)
            if m:
                yield relative.as_posix(), number, f"{m.group(0)}...: a path of somebody's machine"
