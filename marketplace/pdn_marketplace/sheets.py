"""Tables as CSV for spreadsheets: their accents right, and no cell a formula.

Imports nothing of ours. What strangers wrote is read by who opens the file, and a
spreadsheet runs what begins like a formula.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response, stream_with_context

# A mark at the start, or spreadsheets read the accents wrong.
MARK = "\ufeff"
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
ROWS_AT_ONCE = 500


def answer(name: str, rows: Iterable[Sequence[object]]) -> Response:
    """Give the rows as a file, as they come."""
    made = Response(stream_with_context(_written(rows)), mimetype="text/csv")
    made.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return made


def _written(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    out = io.StringIO()
    out.write(MARK)
    writer = csv.writer(out)
    for number, row in enumerate(rows, 1):
        writer.writerow([_harmless(cell) for cell in row])
        if number % ROWS_AT_ONCE == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _harmless(cell: object) -> object:
    """Give a cell that a spreadsheet shows as text; numbers are what they are."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(BEGINS_A_FORMULA):
        return f"'{cell}"
    return cell
