# SPDX-License-Identifier: MIT
"""One recorded or documented exchange with a Dataverse Web API, read from its text file."""

import json
import re
from dataclasses import dataclass, field

HEADER = re.compile(r"^[ \t]*([A-Za-z][A-Za-z0-9.-]*)[ \t]*:[ \t]*(.*)$")
ROOT = re.compile(r"^(?:https?:/{2,3}[^/]*|\[organization ur[il]\]|\[Organization URI\])?/?(api/data/v[0-9.]+)(/.*)?$", re.I)
PLACEHOLDER = re.compile(r"<[a-z]+id>|%3C[a-z]+id%3E", re.I)
STAND_IN = "5f2d0b61-0c2e-4a7f-9a11-0000000000aa"


@dataclass
class Message:
    start: str
    headers: list = field(default_factory=list)
    body: str = ""

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def read_message(text):
    """Start line, headers, body; the documentation often leaves out the empty line before the body."""
    lines = text.strip("\n").split("\n")
    if lines[0].startswith("{"):
        return Message("", [], "\n".join(lines))
    start, i = lines[0].strip(), 1
    while i < len(lines) and lines[i].lstrip().startswith(("&", "$")) and " HTTP/" not in start:
        start += lines[i].strip()  # a URL that the documentation broke into lines
        i += 1
    headers = []
    while i < len(lines):
        m = HEADER.match(lines[i])
        if not m or lines[i].lstrip().startswith(("{", "[", '"')):
            break
        headers.append((m.group(1), m.group(2).strip()))
        i += 1
    return Message(start, headers, "\n".join(lines[i:]).strip("\n"))


@dataclass
class Exchange:
    name: str
    caveat: str
    method: str
    version: str
    target: str  # below the service root, not yet encoded
    request: Message
    status: int  # 0: the source does not tell
    response: Message


def split_target(url):
    url = url.replace("#$select", "?$select")
    m = ROOT.match(url)
    if not m:
        raise ValueError(f"no service root in {url[:80]!r}")
    return m.group(1), (m.group(2) or "/")[1:]


def read_exchange(path):
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    text = PLACEHOLDER.sub(STAND_IN, text)
    caveat = "".join(re.findall(r"^# kind: (.*)$", text, re.M))
    _, rest = text.split("=== REQUEST ===\n", 1)
    asked, told = rest.split("=== RESPONSE ===\n", 1)
    request, response = read_message(asked), read_message(told)
    method, url = request.start.split(" ", 1)
    url = re.sub(r"\s+HTTP/1\.1\s*$", "", url).strip()
    version, target = split_target(url)
    m = re.match(r"(?:HTTP(?:/1\.1)? )?(\d{3})\b", response.start)
    return Exchange(path.stem, caveat, method, version, target, request, int(m.group(1)) if m else 0, response)
