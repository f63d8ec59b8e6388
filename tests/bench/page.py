"""What a measurement says, and how it is written for people to read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a section: a title for each column, and its rows."""

    titles: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Section:
    """One measurement: what was compared, its tables and whether a bar is met.

    `bars` pairs what is promised with whether it was kept in this run.
    """

    title: str
    text: str
    tables: Sequence[Table]
    bars: Sequence[tuple[str, bool]] = ()


@dataclass(frozen=True, slots=True)
class Bench:
    """What every measurement is given: room to work, and how much to measure.

    Units: `seconds` is the time that each repeated measurement lasts; of `tries` the
    best counts, because other work of the machine only ever adds to a time.
    """

    folder: Path
    records: int
    seconds: float
    tries: int = 3
    tell: Callable[[str], None] = field(default=lambda _: None)


Measure = Callable[[Bench], Section]


def written(
    sections: Sequence[Section],
    machine: Sequence[str],
    *,
    title: str = "Mediciones",
    order: str = "make bench",
) -> str:
    """Write the page of the measurements that `order` makes."""
    lines = [
        f"# {title}",
        "",
        f"<!-- Esta página se escribe con «{order}»; no la edite a mano. -->",
        "",
        "Cada número se compara con un límite medido en la misma corrida y en el mismo",
        "equipo: lo que importa es la razón entre los dos.",
        "",
        *(f"- {fact}" for fact in machine),
        "",
    ]
    for section in sections:
        lines += _section(section)
    return "\n".join(lines).rstrip() + "\n"


def _section(section: Section) -> Iterator[str]:
    yield from (f"## {section.title}", "", section.text, "")
    for table in section.tables:
        yield f"| {' | '.join(table.titles)} |"
        yield f"|---|{'---:|' * (len(table.titles) - 1)}"
        yield from (f"| {' | '.join(row)} |" for row in table.rows)
        yield ""
    for promise, is_kept in section.bars:
        yield f"- {'✓' if is_kept else '✗'} {promise}"
    if section.bars:
        yield ""
