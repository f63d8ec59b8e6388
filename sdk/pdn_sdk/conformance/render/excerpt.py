"""The few lines of an answer that show a finding, with the place marked. Pure.

An answer is kept as indented JSON, perhaps cut short, so that it is read line by
line: a parser would give nothing of a text without its end.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pdn_sdk.conformance.mentions import Mentions, about

AROUND = 2
MOST_MARKED = 3
MOST_LINES = 14
LINE_CHARS = 160
INDENT = 2

_MEMBER = re.compile(r'"((?:[^"\\]|\\.)*)": ?(.*)')
_LEFT_OUT = re.compile(r'"… ([\d,]+) más"')


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an answer; `is_marked` where it shows what is told."""

    text: str
    path: str
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Blocks of lines that follow one another; between blocks, lines are missing."""

    blocks: tuple[tuple[Line, ...], ...]
    paths: tuple[str, ...]
    is_whole: bool


def excerpt(body: str, told: str) -> Excerpt:
    """Give the lines of a body that the text of a finding speaks of.

    Where it names nothing that is there, the first lines are given.
    """
    lines = list(_located(body.splitlines()))
    mentions = Mentions.of(about(told, map(_value, lines)))
    marked = _marked(lines, mentions)
    chosen = _around(marked, len(lines)) if marked else range(min(8, len(lines)))
    kept = sorted(chosen)[:MOST_LINES]
    blocks: list[list[Line]] = []
    for position, number in enumerate(kept):
        if not position or number != kept[position - 1] + 1:
            blocks.append([])
        line = lines[number]
        text = line.text[:LINE_CHARS] + ("…" if len(line.text) > LINE_CHARS else "")
        blocks[-1].append(Line(text, line.path, number in marked))
    paths = dict.fromkeys(lines[n].path for n in marked if lines[n].path)
    return Excerpt(
        tuple(map(tuple, blocks)), tuple(paths), is_whole=len(kept) == len(lines)
    )


def _marked(lines: Sequence[Line], mentions: Mentions) -> list[int]:
    """Choose the lines that are named best: by path, key, then value.

    Of a path that is not there, the nearest place above it is marked.
    """
    paths, words = list(mentions.paths), frozenset(mentions.words)
    while paths:
        found = [n for n, line in enumerate(lines) if _is_at(line, paths)]
        if found:
            return found[:MOST_MARKED]
        paths = [p.rpartition(".")[0] for p in paths if "." in p]
    for named in (_key, _value):
        found = [n for n, line in enumerate(lines) if named(line) in words]
        if found:
            return found[:MOST_MARKED]
    return []


def _is_at(line: Line, paths: Sequence[str]) -> bool:
    bare = re.sub(r"\[\d+\]", "", line.path)
    return bool(line.path) and any(
        f".{here}".endswith(f".{path}") for path in paths for here in (line.path, bare)
    )


def _key(line: Line) -> str:
    is_member = _MEMBER.match(line.text.strip())
    return line.path.rpartition(".")[2] if is_member else ""


def _value(line: Line) -> str:
    member = _MEMBER.match(line.text.strip())
    return (member[2] if member else line.text.strip()).rstrip(",").strip('"')


def _around(marked: Sequence[int], count: int) -> set[int]:
    return {
        near
        for number in marked
        for near in range(number - AROUND, number + AROUND + 1)
        if 0 <= near < count
    }


def _located(lines: Sequence[str]) -> Iterator[Line]:
    """Give each line with the JSON path of what it holds."""
    parts: list[str] = []
    indexes: dict[int, int] = {}
    for text in lines:
        bare = text.lstrip(" ")
        depth = (len(text) - len(bare)) // INDENT
        del parts[max(depth - 1, 0) :]
        if depth and bare[:1] not in ("}", "]"):
            member = _MEMBER.match(bare)
            left_out = _LEFT_OUT.match(bare)
            passed = int(left_out[1].replace(",", "")) if left_out else 1
            indexes[depth] = indexes.get(depth, -1) + passed
            parts.append(f".{member[1]}" if member else f"[{indexes[depth]}]")
        if bare.endswith("["):
            indexes[depth + 1] = -1
        yield Line(text, "".join(parts).removeprefix("."))
