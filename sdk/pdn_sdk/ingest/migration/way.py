"""Records of a standard → records of a later one, with what cannot be known.

What goes where is data: `migration.toml` in the folder of the older standard.
A record whose class or person is in doubt is never guessed: it goes to a tray
with the reason. What has no place in the later standard is told, too.
"""

import tomllib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pdn_sdk.errors import ConfigurationError
from pdn_sdk.ingest.migration.conversion import Doubt, Writer, concerns, says_something
from pdn_sdk.standards import loader
from pdn_sdk.standards.load_rules import load_check
from pdn_sdk.standards.model import Case, Dataset, LoadRule, Standard
from pdn_sdk.standards.paths import first_at, values_at
from pdn_sdk.standards.validation import violations

FILE = "migration.toml"
NAMESPACE = uuid.UUID("6f1f6c2e-5f0e-5b6b-9d53-0c1f3d1f2a10")
"""Ids are made from those of the older records: the same ones every time."""

LOOKED_AT = 20
"""How many records tell which standard a file follows."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """What became of one record.

    `dataset` is where it goes and `because` says why; `record` is None where
    there are doubts. `notes` say what is lost or is still to be filled.
    """

    number: int
    identity: str
    dataset: str
    because: str
    record: dict[str, object] | None = None
    notes: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


class Migration:
    """The way from a standard to a later one."""

    def __init__(self, source: Standard, options: Mapping[str, str]) -> None:
        """Read the way. `options` says what no record says, such as the state.

        Raises: ConfigurationError where the standard has no later one, or an
        option is not one of the keys that there are.
        """
        path = source.folder / FILE
        if not path.exists():
            raise ConfigurationError(
                f"«{source.key}» no tiene una versión posterior a la cual pasar."
            )
        self._plan: Mapping[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        self._options = options
        self.source = source.datasets[0]
        self.target = loader.get(self._plan["to"])
        self._hold_options()

    def converted(self, number: int, record: object) -> Migrated:
        """Convert one record, or say why somebody must decide."""
        identity = str(first_at(record, self.source.identity) or "")
        broken = _unsound(self.source, record)
        if broken:
            return Migrated(number, identity, "", "", doubts=tuple(broken))
        into, because = self._class(record)
        doubts = list(self._doubts(record, into))
        if not into:
            return Migrated(number, identity, into, because, doubts=tuple(doubts))
        writer = Writer(self._plan, record, into, self._options)
        made = writer.made(str(uuid.uuid5(NAMESPACE, f"{self.source.key}/{identity}")))
        doubts += [*writer.doubts, *_unsound(self.target.dataset(into), made)]
        return Migrated(
            number=number,
            identity=identity,
            dataset=into,
            because=because,
            record=None if doubts else made,
            notes=tuple(dict.fromkeys([*self._left(record, into), *writer.notes])),
            doubts=tuple(doubts),
        )

    def _hold_options(self) -> None:
        for name, catalog in self._plan.get("options", {}).items():
            value = self._options.get(name)
            known = [str(e.key) for e in self.target.datasets[0].catalogs[catalog]]
            if value and value not in known:
                raise ConfigurationError(
                    f"«{value}» no es una clave de {catalog}. Use una de "
                    f"{', '.join(known)}."
                )

    def _class(self, record: object) -> tuple[str, str]:
        for row in self._plan["class"]:
            if set(row["values"]) & set(values_at(record, row["when"])):
                return row["into"], row["because"]
        return "", ""

    def _doubts(self, record: object, into: str) -> Iterator[Doubt]:
        if not into:
            yield Doubt(**self._plan["unclassified"])
        for row in self._plan.get("doubt", ()):
            said = {name: row[name] for name in row if name != "values"}
            case = Case(some={row["when"]: tuple(row["values"])})
            rule = LoadRule(**said | {"paths": tuple(row["paths"]), "when": (case,)})
            for violation in load_check(rule, self.source.catalogs)(record):
                yield Doubt(violation.message, violation.fix)

    def _left(self, record: object, into: str) -> Iterator[str]:
        for row in self._plan.get("left", ()):
            found = values_at(record, row["path"])
            if concerns(row, into) and any(map(says_something, found)):
                yield row["note"]


def migrations(target: str = "") -> list[str]:
    """Give the keys of the standards that have a way to a later one."""
    found = (s for s in loader.all_standards() if (s.folder / FILE).exists())
    return [standard.key for standard in found if target in {"", standard.system}]


def recognised(records: Sequence[object], keys: Sequence[str]) -> str:
    """Give the standard, among some, that records follow best.

    Raises: ConfigurationError where there is nothing to recognise it by.
    """
    if not records or not keys:
        raise ConfigurationError(
            "No hay registros que convertir. Escriba en el archivo una lista de "
            "registros de la versión anterior."
        )

    def wrong(key: str) -> int:
        dataset = loader.get(key).datasets[0]
        return sum(len(violations(dataset, r)) for r in records[:LOOKED_AT])

    return min(keys, key=wrong)


def _unsound(dataset: Dataset, record: object) -> list[Doubt]:
    return [Doubt(v.message, v.fix) for v in violations(dataset, record)]
