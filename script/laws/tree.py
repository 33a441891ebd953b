# SPDX-License-Identifier: MIT
"""The sources as the laws see them: rooms, files, includes, code without comments and strings."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SRC = ROOT / "src"

# What each room may know. move and routing never include org: they meet in dv/service.h.
KNOWS = {
    "base": ["base"],
    "io": ["base", "io"],
    "dv": ["base", "io", "dv"],
    "org": ["base", "io", "dv", "org"],
    "move": ["base", "io", "dv", "move"],
    "routing": ["base", "io", "dv", "move", "routing"],
    "remote": ["base", "io", "dv", "remote"],
    "server": ["base", "io", "dv", "org", "server"],
    "cli": ["base", "io", "dv", "org", "move", "routing", "remote", "server", "cli"],
}
ROOMS = list(KNOWS)

_NOISE = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(<[^>\n]+>|"[^"\n]+")', re.MULTILINE)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


class Source:
    """One .c or .h file."""

    def __init__(self, path):
        self.path = path
        self.name = path.relative_to(ROOT).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.is_header = path.suffix == ".h"
        parts = path.relative_to(ROOT).parts
        self.room = parts[1] if parts[0] == "src" else None
        # Comments are blanked, strings kept empty; every line and column stays where it was.
        self.code = _NOISE.sub(self._without_noise, self.text)
        uncommented = _NOISE.sub(self._without_comments, self.text)
        self.includes = [(m.group(1), line_of(uncommented, m.start(1)))
                         for m in _INCLUDE.finditer(uncommented)]

    @staticmethod
    def _without_noise(match):
        text = match.group(0)
        if text[0] in "\"'":
            return text[0] + _blank(text[1:-1]) + text[-1]
        return _blank(text)

    @staticmethod
    def _without_comments(match):
        text = match.group(0)
        return text if text[0] in "\"'" else _blank(text)

    @property
    def stem(self):
        return self.path.stem


def sources(folder="src"):
    paths = sorted(p for p in (ROOT / folder).rglob("*.[ch]"))
    return [Source(p) for p in paths]


def room_list(room):
    """The stems of a room's .c files in the order of its meson.build."""
    build = SRC / room / "meson.build"
    if not build.exists():
        return []
    lines = [line.split("#")[0] for line in build.read_text().splitlines()]
    return [name[:-2] for name in re.findall(r"'([^']+\.c)'", "\n".join(lines))
            if "/" not in name]
