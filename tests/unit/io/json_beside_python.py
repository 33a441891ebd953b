# SPDX-License-Identifier: MIT
"""JSON as ferry reads it, beside Python's json: the same texts are taken, and mean the same.
json_beside_python.py PROGRAM [SEED [COUNT]]; the program is json_echo.c."""
import json
import random
import subprocess
import sys

PIECES = ["{", "}", "[", "]", ",", ":", '"a"', '"b"', '""', '"\\u00e9"', '"\\ud83d\\udc9a"', '"\\ud83d"', '"\\n"', "1", "-0",
          "1.5", "1e3", "-", "01", "true", "false", "null", "nul", " ", "\n", "\\", '"', "x", "'a'", "NaN", "\t", "é"]
SCALARS = [0, -1, 7, 2**63 - 1, -2**63, 2**63, 1.5, -2.25e10, "", "x", 'é\n"\\', "\U0001f49a", True, False, None]


def value(rng, depth=0):
    kind = rng.randrange(8 if depth < 5 else 5)
    if kind < 5:
        return rng.choice(SCALARS)
    if kind < 7:
        return {rng.choice("abc") + str(n): value(rng, depth + 1) for n in range(rng.choice([0, 1, 2, 3, 60 if depth == 0 else 1]))}
    return [value(rng, depth + 1) for _ in range(rng.randrange(4))]


def texts(rng, count):
    for n in range(count):
        whole = json.dumps(value(rng), ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 2]))
        at = rng.randrange(len(whole) + 1)
        yield ("".join(rng.choices(PIECES, k=rng.randrange(1, 12))), whole,
               whole[:at] + rng.choice(PIECES) + whole[at + rng.randrange(2):],
               whole[:at] + whole[at + 1:])[n % 4]


def strict(text):
    """Python's parser without what it takes beyond RFC 8259, and with the limits that json.h tells."""
    def members(pairs):
        found = dict(pairs)
        if len(found) != len(pairs) or any("\0" in name for name in found):
            raise ValueError("names")
        return found

    def whole(digits):
        if not -2**63 <= int(digits) < 2**63:
            raise ValueError("beyond 64 bits")
        return int(digits)

    def never(word):
        raise ValueError(word)
    return json.loads(text, object_pairs_hook=members, parse_int=whole, parse_constant=never)


def mended(v):
    """Half a surrogate pair is U+FFFD."""
    if isinstance(v, str):
        return v.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(v, dict):
        return {mended(name): mended(inner) for name, inner in v.items()}
    return [mended(inner) for inner in v] if isinstance(v, list) else v


def main():
    seed = sys.argv[2] if len(sys.argv) > 2 else "1"
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 4000
    given = list(texts(random.Random(seed), count))
    done = subprocess.run([sys.argv[1]], input=b"".join(t.encode() + b"\0" for t in given), capture_output=True, check=True)
    answers = done.stdout.split(b"\0")[:-1]
    assert len(answers) == len(given), (len(answers), len(given))
    taken = 0
    for text, answer in zip(given, map(bytes.decode, answers)):
        try:
            wanted = mended(strict(text))
        except ValueError:
            assert answer.startswith("!text:"), f"{text!r} was taken: {answer}"
            continue
        assert not answer.startswith("!"), f"{text!r} was refused: {answer}"
        assert strict(answer) == wanted, f"{text!r} became {answer!r}"
        taken += 1
    print(f"ok 1 - {count} texts, {taken} of them JSON, as Python reads them\n1..1")


main()
