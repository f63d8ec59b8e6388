"""The few lines of an answer that show a finding, with the place marked. Pure.

An answer is kept as indented JSON, perhaps cut short, so that it is read line by
line: a parser would give nothing of a text without its end.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

AROUND = 2
MOST_MARKED = 3
MOST_LINES = 14
LINE_CHARS = 160
INDENT = 2

_MEMBER = re.compile(r'"((?:[^"\\]|\\.)*)": ?(.*)')
_QUOTED = re.compile(r"«([^»]{2,80})»")
_PATH = re.compile(r"[A-Za-zÁÉÍÓÚáéíóúñÑ_]+(?:\[\d+\])?(?:\.[A-Za-zñÑ_]+(?:\[\d+\])?)+")
_CAMEL = re.compile(r"\b[a-zñ_]+[A-ZÑ_][A-Za-zñÑ_]*\b|\b[a-z]+\[\d+\]")


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
    marked = _marked(lines, _hints(told))
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


def _hints(told: str) -> Sequence[str]:
    found = [*_PATH.findall(told), *_QUOTED.findall(told), *_CAMEL.findall(told)]
    return tuple(dict.fromkeys(found))


def _marked(lines: Sequence[Line], hints: Sequence[str]) -> list[int]:
    """Choose the lines that the hints name best: by path, key, then value."""
    for matches in (_by_path, _by_key, _by_value):
        found = [n for n, line in enumerate(lines) if matches(line, hints)]
        if found:
            return found[:MOST_MARKED]
    return []


def _by_path(line: Line, hints: Sequence[str]) -> bool:
    bare = re.sub(r"\[\d+\]", "", line.path)
    return any(
        "." in hint and (f".{line.path}".endswith(f".{hint}") or bare.endswith(hint))
        for hint in hints
    )


def _by_key(line: Line, hints: Sequence[str]) -> bool:
    member = _MEMBER.match(line.text.strip())
    return bool(member) and line.path.rpartition(".")[2] in hints


def _by_value(line: Line, hints: Sequence[str]) -> bool:
    member = _MEMBER.match(line.text.strip())
    value = (member[2] if member else line.text.strip()).rstrip(",").strip('"')
    return value in hints


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
            indexes[depth] = indexes.get(depth, -1) + 1
            parts.append(f".{member[1]}" if member else f"[{indexes[depth]}]")
        if bare.endswith("["):
            indexes[depth + 1] = -1
        yield Line(text, "".join(parts).removeprefix("."))
