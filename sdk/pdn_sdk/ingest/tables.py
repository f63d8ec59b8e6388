"""Raw rows of a spreadsheet → a table: where it begins, its headers, its end.

People keep a title above their table, headings in two merged rows, blank rows
and a total below. Owns the judgement of which is which; imports only the
contract and how texts are folded.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

from pdn_sdk.collation import fold
from pdn_sdk.errors import SourceUnavailableError
from pdn_sdk.ingest.contract import Cell, SkippedRow, SourceRow, Table

MAX_ROWS_ABOVE = 60
MAX_HEADER_CHARACTERS = 200
LEVELS = " / "
"""Joins the two levels of a heading: `Superior inmediato / Nombre(s)`."""

_TOTAL = re.compile(r"(gran )?(sub)?total(es)?\b.*")
_NOTE = re.compile(r"(notas?|fuentes?|elabor[oa]|observacion general|\*).*")


def is_blank(cell: Cell) -> bool:
    """Tell whether a cell holds nothing but blanks."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def tabulate(
    rows: Iterable[Sequence[Cell]],
    *,
    name: str,
    expected: frozenset[str] = frozenset(),
    header_row: int | None = None,
    notices: Sequence[str] = (),
    fraction_read: Callable[[], float] = lambda: 0.0,
) -> Table:
    """Find the table among raw rows, numbered from 1 as a spreadsheet does.

    `header_row` is the number of the (last) row of headers; None looks for it,
    with the help of the headers `expected`.
    Raises: SourceUnavailableError where no row can be the header.
    """
    numbered = (SourceRow(n, row) for n, row in enumerate(rows, start=1))
    window = max(MAX_ROWS_ABOVE, header_row or 0)
    above = list(islice(numbered, window))
    top, bottom = _levels(above, _header_at(above, expected, header_row, name))
    headers = _headers(above[top].cells, above[bottom].cells, merged=top < bottom)
    skipped: list[SkippedRow] = []
    headers, repeated = _told_apart(headers)
    return Table(
        headers,
        _records(chain(above[bottom + 1 :], numbered), headers, skipped),
        name=name,
        heading=above[: bottom + 1],
        skipped=skipped,
        notices=[*notices, *repeated],
        fraction_read=fraction_read,
    )


def _header_at(
    rows: Sequence[SourceRow],
    expected: frozenset[str],
    declared: int | None,
    name: str,
) -> int:
    if declared is not None and 0 < declared <= len(rows):
        return declared - 1
    candidates = [i for i, row in enumerate(rows) if _texts(row.cells)]
    if not candidates or declared is not None:
        raise SourceUnavailableError(
            f"«{name}» no tiene una fila de encabezados: está vacío o sus primeras "
            f"{MAX_ROWS_ABOVE} filas no tienen texto. Revise que sea el archivo "
            "correcto; si el encabezado está más abajo, diga en qué fila con "
            "«header_row»."
        )
    wanted = {part for text in expected for part in _parts(text)}
    widest = max(len(_texts(rows[i].cells)) for i in candidates)

    def merit(index: int) -> tuple[int, bool, int]:
        texts = _texts(rows[index].cells)
        known = sum(fold(t) in wanted for t in texts)
        return known, len(texts) * 5 >= widest * 3, -index

    return max(candidates, key=merit)


def _parts(text: str) -> Iterator[str]:
    yield fold(text)
    yield from (fold(part) for part in text.split(LEVELS))


def _texts(cells: Sequence[Cell]) -> list[str]:
    """Give the texts of a row that could be headers; none where it has data."""
    kept = [c for c in cells if not is_blank(c)]
    texts = [c for c in kept if isinstance(c, str) and not _is_number(c)]
    return texts if len(texts) * 10 >= len(kept) * 8 else []


def _is_number(text: str) -> bool:
    return text.strip().replace(".", "").replace(",", "").isdigit()


def _levels(rows: Sequence[SourceRow], found: int) -> tuple[int, int]:
    """Give the rows of the heading's upper and lower level; twice the same if one.

    The header that was found may be either of the two.
    """
    if found + 1 < len(rows) and _is_lower_level(rows[found], rows[found + 1]):
        return found, found + 1
    if found > 0 and _is_upper_level(rows[found - 1], rows[found]):
        return found - 1, found
    return found, found


def _is_lower_level(upper: SourceRow, lower: SourceRow) -> bool:
    """Tell whether the row below splits the headers that span columns.

    It fills the gaps that merged cells leave; a record fills everything.
    """
    if len(_texts(lower.cells)) < sum(not is_blank(c) for c in lower.cells):
        return False
    columns = range(max(len(upper.cells), len(lower.cells)))
    below = [i for i in columns if not is_blank(_at(lower.cells, i))]
    gaps = sum(is_blank(_at(upper.cells, i)) for i in below)
    return gaps > 0 and len(below) - gaps <= gaps


def _is_upper_level(upper: SourceRow, lower: SourceRow) -> bool:
    """Tell whether the row above is needed to tell the headers apart.

    A title is one cell; a level has several, and stands where the row below is
    blank or repeats itself.
    """
    labels = _texts(upper.cells)
    below = [fold(_label(c)) for c in lower.cells if not is_blank(c)]
    if len(labels) < 2 or any(c.isdigit() for c in "".join(labels)):
        return False
    hanging = any(
        not is_blank(c) and is_blank(_at(lower.cells, i))
        for i, c in enumerate(upper.cells)
    )
    return hanging or len(set(below)) < len(below)


def _at(cells: Sequence[Cell], index: int) -> Cell:
    return cells[index] if index < len(cells) else None


def _headers(
    upper: Sequence[Cell], lower: Sequence[Cell], *, merged: bool
) -> list[str]:
    width = max(len(upper), len(lower)) if merged else len(lower)
    headers = []
    group = ""
    for index in range(width):
        below = _label(_at(lower, index))
        above = _label(_at(upper, index)) if merged else ""
        if above:
            # A heading that spans both rows groups nothing to its right.
            group = above if below else ""
            headers.append(f"{above}{LEVELS}{below}" if below else above)
        else:
            headers.append(f"{group}{LEVELS}{below}" if group and below else below)
    while headers and not headers[-1]:
        headers.pop()
    return headers


def _label(cell: Cell) -> str:
    if is_blank(cell):
        return ""
    is_whole = isinstance(cell, float) and cell.is_integer()
    text = f"{cell:.0f}" if is_whole else str(cell)
    return " ".join(text.split())[:MAX_HEADER_CHARACTERS]


def _told_apart(headers: Sequence[str]) -> tuple[list[str], list[str]]:
    """Number the headers that repeat, and say so."""
    seen: Counter[str] = Counter()
    named = []
    for header in headers:
        key = fold(header)
        seen[key] += 1
        named.append(f"{header} ({seen[key]})" if key and seen[key] > 1 else header)
    notices = [
        f"El encabezado «{header}» aparece {seen[fold(header)]} veces: los "
        f"siguientes se leen como «{header} (2)»…"
        for header in dict.fromkeys(headers)
        if header and seen[fold(header)] > 1
    ]
    return named, notices


def _records(
    rows: Iterable[SourceRow], headers: Sequence[str], skipped: list[SkippedRow]
) -> Iterator[SourceRow]:
    few = max(1, len(headers) // 3)
    labels = [fold(h) for h in headers if h]
    for row in rows:
        filled: Sequence[Cell] = [c for c in row.cells if c is not None and c != ""]
        if len(filled) <= few or is_blank(filled[0]):
            # Only here is it worth the time to look for cells of mere blanks.
            filled = [c for c in filled if not is_blank(c)]
        if not filled:
            continue
        reason = _no_record(filled, few, labels)
        if reason:
            text = " · ".join(map(_label, filled))[:MAX_HEADER_CHARACTERS]
            skipped.append(SkippedRow(row.number, reason, text))
        else:
            yield row


def _no_record(filled: Sequence[Cell], few: int, labels: Sequence[str]) -> str:
    """Say why a row is no record; empty for a record.

    Only a row almost empty can be a total or a note: whoever is called
    «Total» in a full row is still a person.
    """
    first = filled[0]
    if not isinstance(first, str):
        return ""
    if len(filled) > few:
        repeats = fold(first) == labels[0] and fold(str(filled[-1])) == labels[-1]
        return "Encabezado repetido" if repeats else ""
    text = fold(first)
    if _TOTAL.fullmatch(text):
        return "Fila de totales"
    if len(filled) == 1 and len(labels) > 1 and _NOTE.fullmatch(text):
        return "Nota al pie"
    return ""
