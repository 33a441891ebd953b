# SPDX-License-Identifier: MIT
"""Checks the laws of docs/architecture.md and docs/style.md, the cheap ones first.

Prints every violation as "file:line: law: message" and exits with 1 when there is one.
"""
import argparse
import sys
import time

import text
import tools
import tree

# name: (function, what it says)
LAWS = {
    "layers": (text.layers, "a room knows only the rooms before it, a file only the files before it"),
    "includes": (text.includes, "own header, system, rooms in order, banned.h last"),
    "third-party": (text.third_party, "a library is included by one .c file, in src/io"),
    "banned": (text.banned, "functions of base/banned.h are not used"),
    "constructions": (text.constructions, "no typedef struct, no assignment in conditions, no control in macros"),
    "threads": (text.threads, "only server has threads"),
    "silence": (text.silence, "only cli prints and ends the program"),
    "names": (text.names, "no util, common, helper, types, misc"),
    "heads": (text.heads, "every file says what it is"),
    "workplace": (text.workplace, "no path of somebody's machine"),
    "budgets": (tools.budgets, "function 60 lines and complexity 15, file 600 lines, header 120"),
    "format": (tools.style, "clang-format-19 changes nothing"),
    "gcc": (tools.gcc, "no warning of gcc"),
    "clang": (tools.clang, "no warning of clang-19"),
    "tidy": (tools.tidy, "no finding of clang-tidy-19"),
}


def main():
    parser = argparse.ArgumentParser(prog="script/check", description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="list the laws")
    parser.add_argument("--only", metavar="LAW[,LAW...]", help="check only these")
    parser.add_argument("--deep", action="store_true", help="let clang-tidy's analyzer look as far as it can, in the rooms through which bytes of others come in")
    options = parser.parse_args()
    LAWS["tidy"] = (lambda files: tools.tidy(files, options.deep), LAWS["tidy"][1])
    if options.list:
        for name, (_, meaning) in LAWS.items():
            print(f"{name:14} {meaning}")
        return 0
    chosen = options.only.split(",") if options.only else list(LAWS)
    for name in chosen:
        if name not in LAWS:
            parser.error(f'no law "{name}"; --list shows them')
    sources = tree.sources()
    broken = 0
    for name in chosen:
        start = time.monotonic()
        found = sorted(set(LAWS[name][0](sources)))
        for file, line, message in found:
            print(f"{file}:{line}: {name}: {message}")
        broken += len(found)
        state = f"{len(found)} violations" if found else "kept"
        print(f"check: {name}: {state} ({time.monotonic() - start:.1f} s)", file=sys.stderr)
        sys.stdout.flush()
    print(f"check: {broken} violations" if broken else f"check: {len(chosen)} laws kept")
    return 1 if broken else 0


sys.exit(main())
