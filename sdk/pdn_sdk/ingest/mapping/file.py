"""`mapping.toml`: which column fills each field, checked against the dataset.

Owns the file's grammar and its errors. What a row becomes is in `rows.py`.
"""

import dataclasses
import tomllib
from collections import abc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pdn_sdk.collation import fold
from pdn_sdk.errors import MappingError, broken_at
from pdn_sdk.ingest.mapping.fields import Field, fields
from pdn_sdk.ingest.mapping.names import Order
from pdn_sdk.standards.model import Dataset

DEFAULT_ZONE = "America/Mexico_City"
CAPITALS = ("keep", "title")
_TOP = {"options", "fields", "split"}
_OPTIONS = {"zone", "capitals", "record"}
_RULE = {
    "column",
    "columns",
    "value",
    "when",
    "values",
    "separator",
    "prefix",
    "join",
    "marked",
    "hash",
    "from",
    "capitals",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """How one field is filled; exactly one of the four sources is set.

    `columns` with their cells; `constant`, in the rows where the column `when` says
    something, or in all; `hashed`, columns whose values make a stable identifier;
    `file_date`. `marked` gives, by column, the value that a mark in it stands for.
    `values` translates the person's words, folded; `prefix` goes before a text that
    lacks it.
    """

    field: Field
    columns: tuple[str, ...] = ()
    constant: object = None
    when: str = ""
    hashed: tuple[str, ...] = ()
    file_date: bool = False
    marked: abc.Mapping[str, object] = dataclasses.field(default_factory=dict)
    values: abc.Mapping[str, object] = dataclasses.field(default_factory=dict)
    separator: str = ""
    prefix: str = ""
    join: str = " "
    titled: bool = False

    @property
    def named(self) -> tuple[str, ...]:
        """Columns that the rule reads."""
        when = (self.when,) if self.when else ()
        return (*self.columns, *self.hashed, *self.marked, *when)


@dataclass(frozen=True, slots=True)
class Split:
    """One column with a full name, and the three fields that it fills."""

    column: str
    order: Order
    into: tuple[Field, Field, Field]
    titled: tuple[bool, bool, bool]
    accept_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A checked mapping, ready to be bound to the headers of a source.

    `record` names the column that holds a whole record as JSON; the rules then
    put what they fill in that record.
    """

    dataset: Dataset
    zone: ZoneInfo
    rules: tuple[Rule, ...]
    splits: tuple[Split, ...] = ()
    origin: str = "mapping.toml"
    record: str = ""

    @property
    def columns(self) -> frozenset[str]:
        """Headers that the mapping names."""
        named = [c for rule in self.rules for c in rule.named]
        whole = [self.record] if self.record else []
        return frozenset([*named, *(s.column for s in self.splits), *whole])

    @classmethod
    def load(cls, path: Path, dataset: Dataset) -> "Mapping":
        """Read and check a mapping file.

        Raises: MappingError naming what is wrong and the nearest right name.
        """
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError as error:
            raise MappingError(
                f"Falta «{path}», que dice qué columna llena cada campo. Créelo con "
                "«pdn map SU_ARCHIVO --write»."
            ) from error
        except tomllib.TOMLDecodeError as error:
            raise MappingError(
                f"«{path.name}» no es TOML válido: se rompe {broken_at(error)}. Revise "
                "ahí las comillas y los corchetes, y que ningún campo esté dos veces."
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise MappingError(
                f"«{path.name}» no se puede leer: {error}. Revise el permiso, y que "
                "esté guardado en UTF-8."
            ) from error
        return cls.parse(data, dataset, origin=path.name)

    @classmethod
    def parse(
        cls,
        data: abc.Mapping[str, Any],
        dataset: Dataset,
        *,
        origin: str = "mapping.toml",
    ) -> "Mapping":
        """Check a mapping given as the parsed file.

        Raises: MappingError, as `load`.
        """
        return _Parser(dataset, origin).mapping(data)


class _Parser:
    def __init__(self, dataset: Dataset, origin: str) -> None:
        self._dataset = dataset
        self._origin = origin
        self._fields = fields(dataset)
        # Names are what people search by their text.
        self._names = {f.path for f in dataset.filters if f.operator == "contains"}
        self._capitals = "keep"

    def mapping(self, data: abc.Mapping[str, Any]) -> Mapping:
        self._only(data, _TOP, "")
        options = data.get("options", {})
        self._only(options, _OPTIONS, "[options] ")
        self._capitals = self._checked_capitals(options.get("capitals", "keep"))
        rules = tuple(self._rule(p, v) for p, v in data.get("fields", {}).items())
        splits = tuple(self._split(row) for row in data.get("split", ()))
        mapping = Mapping(
            self._dataset,
            self._zone(options.get("zone", DEFAULT_ZONE)),
            rules,
            splits,
            self._origin,
            str(options.get("record", "")),
        )
        self._refuse_repeated(mapping)
        if not mapping.record:
            self._refuse_incomplete(mapping)
        self._refuse_guessable_id(mapping)
        return mapping

    def _error(self, message: str) -> MappingError:
        return MappingError(f"{self._origin}: {message}")

    def _only(self, data: abc.Mapping[str, Any], known: set[str], where: str) -> None:
        for name in data:
            if name not in known:
                raise self._error(
                    f"{where}«{name}» no se conoce. Se admiten: "
                    f"{', '.join(sorted(known))}."
                )

    def _field(self, path: str) -> Field:
        if path not in self._fields:
            near = nearest(path, self._fields)
            hint = f" ¿Quiso decir «{near[0]}»?" if near else ""
            raise self._error(
                f"el estándar no tiene el campo «{path}».{hint} Vea todos los campos "
                "con «pdn map --fields»."
            )
        return self._fields[path]

    def _zone(self, name: str) -> ZoneInfo:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise self._error(
                f"no existe la zona horaria «{name}». Escriba, por ejemplo, "
                f"«{DEFAULT_ZONE}» o «America/Tijuana»."
            ) from error

    def _checked_capitals(self, value: object) -> str:
        if value not in CAPITALS:
            raise self._error(
                f"capitals = «{value}» no se conoce; escriba «keep» (dejarlas) o "
                "«title» (Mayúscula Inicial)."
            )
        return str(value)

    def _rule(self, path: str, value: object) -> Rule:
        found = self._field(path)
        if isinstance(value, str):
            value = {"column": value}
        if not isinstance(value, dict):
            raise self._error(
                f"«{path}» debe ser el nombre de una columna entre comillas, o "
                '{ value = "…" } para un valor fijo.'
            )
        self._only(value, _RULE, f"«{path}»: ")
        sources = [
            k
            for k in ("column", "columns", "value", "marked", "hash", "from")
            if k in value
        ]
        if len(sources) != 1:
            raise self._error(
                f"«{path}» debe decir de dónde sale, y una sola vez: column, columns, "
                "value, marked, hash o from."
            )
        if value.get("from", "file_date") != "file_date":
            raise self._error(f"«{path}»: from sólo puede ser «file_date».")
        when = value.get("when", "")
        if when and "value" not in value:
            raise self._error(f"«{path}»: when acompaña a value, y no lo hay.")
        if "value" in value and "[]." in path and not when:
            raise self._error(
                f"«{path}» está en una lista: diga en when la columna que tiene sus "
                'elementos, por ejemplo { value = "MXN", when = "Monto" }.'
            )
        columns = [value["column"]] if "column" in value else value.get("columns", ())
        return Rule(
            field=found,
            columns=self._texts(path, columns),
            constant=value.get("value"),
            when=self._texts(path, [when])[0] if when else "",
            hashed=self._texts(path, value.get("hash", ())),
            file_date="from" in value,
            marked=self._table(path, value.get("marked", {})),
            values={
                fold(k): v
                for k, v in self._table(path, value.get("values", {})).items()
            },
            separator=str(value.get("separator", "")),
            prefix=str(value.get("prefix", "")),
            join=str(value.get("join", " ")),
            titled=self._titled(found, value.get("capitals")),
        )

    def _titled(self, found: Field, declared: object) -> bool:
        if declared is not None:
            return self._checked_capitals(declared) == "title"
        return self._capitals == "title" and found.path in self._names

    def _texts(self, path: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(
            isinstance(v, str) and v.strip() for v in value
        ):
            raise self._error(
                f"«{path}»: escriba los nombres de las columnas entre comillas, "
                'por ejemplo ["Nombre", "Puesto"].'
            )
        return tuple(value)

    def _table(self, path: str, value: object) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self._error(
                f'«{path}»: escriba una tabla, por ejemplo {{ "Mujer" = "F" }}.'
            )
        return value

    def _split(self, row: abc.Mapping[str, Any]) -> Split:
        self._only(
            row, {"column", "order", "into", "ambiguous", "capitals"}, "[[split]] "
        )
        into = [self._field(path) for path in row.get("into", ())]
        orders = [o.value for o in Order]
        if len(into) != 3 or row.get("order") not in orders or not row.get("column"):
            raise self._error(
                "[[split]] pide column, into (los campos de nombre, primer apellido y "
                f"segundo apellido, en ese orden) y order ({' o '.join(orders)})."
            )
        given, first, second = into
        titled = [self._titled(f, row.get("capitals")) for f in into]
        return Split(
            column=row["column"],
            order=Order(row["order"]),
            into=(given, first, second),
            titled=(titled[0], titled[1], titled[2]),
            accept_ambiguous=row.get("ambiguous", "reject") == "accept",
        )

    def _refuse_repeated(self, mapping: Mapping) -> None:
        filled = [f.path for f in filled_fields(mapping)]
        twice = next((p for p in filled if filled.count(p) > 1), None)
        if twice:
            raise self._error(f"«{twice}» se llena dos veces; deje una.")

    def _refuse_incomplete(self, mapping: Mapping) -> None:
        filled = {f.path for f in filled_fields(mapping)}
        missing = [f.path for f in self._fields.values() if f.required]
        missing = [path for path in missing if path not in filled]
        missing += [
            name
            for name in _required_objects(self._dataset)
            if not any(path.split(".")[0] == name for path in filled)
            and name not in missing
        ]
        if missing:
            names = ", ".join(f"«{m}»" for m in dict.fromkeys(missing))
            raise self._error(
                f"falta decir de dónde sale {names}: el estándar lo exige en cada "
                "registro. Escriba la columna en [fields], o un valor fijo: "
                '{ value = "…" }.'
            )

    def _refuse_guessable_id(self, mapping: Mapping) -> None:
        """Refuse an identifier made of reserved data: it is published.

        Whoever knows how it is made could try values until one gives it.
        """
        reserved = set(self._dataset.reserved)
        private = {
            column
            for rule in mapping.rules
            if rule.field.path in reserved
            for column in rule.columns
        }
        for rule in mapping.rules:
            found = private.intersection(rule.hashed)
            if found:
                raise self._error(
                    f"«{rule.field.path}» no puede salir de «{min(found)}»: es un dato "
                    "reservado, y del identificador, que sí se publica, podría "
                    "adivinarse. Use un folio o número de empleado."
                )


def _required_objects(dataset: Dataset) -> Iterator[str]:
    required: Any = dataset.schema.get("required", ())
    known = {path.split(".")[0].removesuffix("[]") for path in fields(dataset)}
    yield from (name for name in required if name in known)


def filled_fields(mapping: Mapping) -> list[Field]:
    """Give the fields that a mapping fills."""
    split = [f for s in mapping.splits for f in s.into]
    return [*(rule.field for rule in mapping.rules), *split]


def nearest(
    name: str, known: abc.Iterable[str], *, likeness: float = 0.5
) -> Sequence[str]:
    """Give up to three known names that look like a name, the nearest first."""
    by_fold = {fold(k): k for k in known}
    return [by_fold[m] for m in get_close_matches(fold(name), by_fold, 3, likeness)]
