"""What a load did, row by row accounted for. Imports the contract only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pdn_sdk.errors import StorageError
from pdn_sdk.ingest.contract import SkippedRow
from pdn_sdk.standards.validation import Violation

MAX_CAUSES = 1_000
MAX_KINDS = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """A violation, with the columns (from 0) where it is repaired."""

    columns: tuple[int, ...]
    violation: Violation


@dataclass(frozen=True, slots=True)
class Cause:
    """Why rows were rejected: one rule on one column, and how many rows.

    `message` is of the first row; `kinds` counts the different ones, up to
    MAX_KINDS.
    """

    column: str
    rule: str
    message: str
    fix: str
    rows: int
    first_row: int
    kinds: int = 1

    @property
    def told(self) -> str:
        """Say the message of the first row, and how many other values there are."""
        if self.kinds == 1:
            return self.message
        others = "otro valor" if self.kinds == 2 else f"{self.kinds - 1} valores más"
        if self.kinds == MAX_KINDS:
            others = "muchos valores más"
        return f"{self.message.removesuffix('.')} (y {others})."


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a load is; `fraction` of the source, from 0 to 1."""

    read: int
    rejected: int
    fraction: float


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The result of a load: every row that was read is in exactly one count.

    `skipped` are rows that hold no record (totals, notes); `deleted` are records
    of the previous load that the source no longer has; `withheld` are those that
    the committee keeps from the public. `warnings` ask for a decision, `notices`
    only tell. `is_correction` says that
    a repair tray was loaded, which only adds.
    """

    source: str
    sheet: str
    read: int
    inserted: int
    updated: int
    unchanged: int
    rejected: int
    deleted: int
    withheld: int = 0
    skipped: tuple[SkippedRow, ...] = ()
    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    tray: Path | None = None
    is_dry_run: bool = False
    is_correction: bool = False

    def __post_init__(self) -> None:
        """Refuse to exist with a row unaccounted for."""
        counted = self.loaded + self.unchanged + self.rejected + self.withheld
        if self.read != counted:
            raise StorageError(
                f"La carga no cuadra: se leyeron {self.read} filas y se cuentan "
                f"{counted}. No confíe en ella; "
                "avise a quienes mantienen pdn-sdk."
            )

    @property
    def loaded(self) -> int:
        """Records that are new or have changed."""
        return self.inserted + self.updated

    def to_dict(self) -> dict[str, object]:
        """Give the report as plain data, for JSON."""
        return {
            "source": self.source,
            "sheet": self.sheet,
            "read": self.read,
            "loaded": self.loaded,
            "inserted": self.inserted,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "withheld": self.withheld,
            "deleted": self.deleted,
            "skipped": [
                {"row": s.number, "reason": s.reason, "text": s.text}
                for s in self.skipped
            ],
            "notices": list(self.notices),
            "warnings": list(self.warnings),
            "causes": [
                {
                    "column": c.column,
                    "rule": c.rule,
                    "message": c.message,
                    "fix": c.fix,
                    "rows": c.rows,
                    "first_row": c.first_row,
                }
                for c in self.causes
            ],
            "tray": None if self.tray is None else str(self.tray),
            "dry_run": self.is_dry_run,
            "correction": self.is_correction,
        }


class Causes:
    """Counts the rows of each cause while they are rejected."""

    def __init__(self, headers: Sequence[str]) -> None:
        """Name the columns by the headers."""
        self._headers = headers
        self._counted: dict[tuple[str, str], Cause] = {}
        self._messages: dict[tuple[str, str], set[str]] = {}

    def add(self, row: int, faults: Iterable[Fault]) -> None:
        """Count a rejected row once under each of its causes."""
        for key, fault in {self._key(f): f for f in faults}.items():
            known = self._counted.get(key)
            if known is None and len(self._counted) >= MAX_CAUSES:
                continue
            violation = fault.violation
            messages = self._messages.setdefault(key, set())
            if len(messages) < MAX_KINDS:
                messages.add(violation.message)
            self._counted[key] = Cause(
                column=key[0],
                rule=violation.rule,
                message=known.message if known else violation.message,
                fix=known.fix if known else violation.fix,
                rows=known.rows + 1 if known else 1,
                first_row=known.first_row if known else row,
                kinds=len(messages),
            )

    def _key(self, fault: Fault) -> tuple[str, str]:
        return named(fault.columns, self._headers) or fault.violation.path, (
            fault.violation.rule
        )

    def ranked(self) -> tuple[Cause, ...]:
        """Give the causes, the most frequent first."""
        return tuple(
            sorted(self._counted.values(), key=lambda c: (-c.rows, c.first_row))
        )


def named(columns: Sequence[int], headers: Sequence[str]) -> str:
    """Name columns by their headers; a column without one by its letter."""
    return ", ".join(
        (headers[i] if i < len(headers) else "") or f"columna {letter(i)}"
        for i in columns
    )


def letter(column: int) -> str:
    """Give the letter of a column as a spreadsheet shows it: 0 is A, 26 is AA."""
    text = ""
    while column >= 0:
        text = chr(ord("A") + column % 26) + text
        column = column // 26 - 1
    return text
