"""A folder of data → a frozen Standard; and where the folders are found.

Each folder holds standard.toml, requirements.toml, schemas/, catalogs/ and
examples/. Folders elsewhere join through `register`, or through the
entry-point group `pdn_sdk.standards` (a function that gives the folder).
"""

import json
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pdn_sdk.errors import InvalidStandardError, UnknownStandardError
from pdn_sdk.standards.declared.certificates import Certificates
from pdn_sdk.standards.declared.schemas import joined, whole_schema
from pdn_sdk.standards.model import (
    Allowance,
    Case,
    CatalogEntry,
    Category,
    CodedText,
    Dataset,
    Endpoint,
    Exemption,
    FilterField,
    InstitutionFields,
    Level,
    LoadRule,
    Operator,
    PrivacyRule,
    Projection,
    Requirement,
    Security,
    SortField,
    Standard,
    Stay,
    Variants,
)

_Word = TypeVar("_Word", bound=StrEnum)

_added: dict[str, Standard] = {}


def register(folder: Path) -> Standard:
    """Add a standard that lives outside the package, and give it back.

    Raises: InvalidStandardError where the folder does not hold together, or its
    key is that of a standard that is already there.
    """
    standard = load(folder)
    if standard.key in _found():
        raise InvalidStandardError(
            f"«{folder}» usa la clave «{standard.key}», que ya es de otro estándar. "
            "Elija otra."
        )
    _added[standard.key] = standard
    return standard


def get(key: str) -> Standard:
    """Give the standard with that key (`s2`, …).

    Raises: UnknownStandardError naming the keys that exist.
    """
    known = _registry()
    if key not in known:
        raise UnknownStandardError(
            f"No existe el estándar «{key}». Los disponibles son: "
            f"{', '.join(sorted(known))}."
        )
    return known[key]


def all_standards() -> tuple[Standard, ...]:
    """Give every standard, ordered by key."""
    known = _registry()
    return tuple(known[key] for key in sorted(known))


def _registry() -> Mapping[str, Standard]:
    return {**_found(), **_added}


@lru_cache(maxsize=1)
def _found() -> Mapping[str, Standard]:
    here = Path(str(files("pdn_sdk.standards")))
    folders = [path.parent for path in here.glob("*/standard.toml")]
    folders += [Path(e.load()()) for e in entry_points(group="pdn_sdk.standards")]
    return {standard.key: standard for standard in map(load, folders)}


def load(folder: Path) -> Standard:
    """Read a folder into a Standard.

    Raises: InvalidStandardError naming the file and what is wrong in it.
    """
    with _reading(folder / "standard.toml"):
        return _read(folder)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Name the file in whatever goes wrong while it is read."""
    try:
        yield
    except OSError as error:
        raise InvalidStandardError(
            f"No se puede leer «{path}»: revise que esté ahí y que tenga permiso."
        ) from error
    except KeyError as error:
        raise InvalidStandardError(
            f"«{path}» está incompleto: falta «{error.args[0]}»."
        ) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise InvalidStandardError(f"«{path}» está mal escrito: {error}.") from error


def _read(folder: Path) -> Standard:
    data = _toml(folder / "standard.toml")
    catalogs = {
        path.stem: _catalog(path) for path in sorted(folder.glob("catalogs/*.json"))
    }
    security = {**data["security"]}
    token_paths = tuple(security.pop("token_paths", ()))
    return Standard(
        key=data["key"],
        system=data["system"],
        version=data["version"],
        title=data["title"],
        description=data["description"],
        dialect=data["dialect"],
        source=data["source"],
        security=Security(token_paths=token_paths, **security),
        datasets=tuple(_dataset(folder, row, catalogs) for row in data["dataset"]),
        requirements=_requirements(folder / "requirements.toml"),
        folder=folder,
        connector=data.get("connector", ""),
        certificates=Certificates(**data["certificates"])
        if "certificates" in data
        else None,
    )


def _dataset(
    folder: Path,
    row: dict[str, Any],
    catalogs: Mapping[str, tuple[CatalogEntry, ...]],
) -> Dataset:
    institution = {**row["institution"]}
    name = institution.pop("name_member")
    variants = _variants(folder, row["variants"]) if "variants" in row else None
    dataset = Dataset(
        key=row["key"],
        title=row["title"],
        description=row["description"],
        schema=joined(list(variants.schemas.values()))
        if variants
        else whole_schema(folder / row["schema"], _json),
        identity=row["identity"],
        captured_at=row["captured_at"],
        endpoints=tuple(map(_endpoint, row["endpoint"])),
        filters=tuple(_filter(f) for f in row["filter"]),
        sort_fields=tuple(SortField(**s) for s in row.get("sort", ())),
        reserved=tuple(row.get("reserved", ())),
        institution=InstitutionFields(institution, name),
        coded_texts=tuple(
            _coded_text(one)
            for said in row.get("coded_text", ())
            for one in _each(said, "paths", "path")
        ),
        load_rules=tuple(
            _load_rule(one, catalogs)
            for said in row.get("load_rule", ())
            for one in _each(said, "scopes", "scope")
        ),
        defaults=row.get("defaults", {}),
        catalogs=catalogs,
        default_page_size=row["default_page_size"],
        max_page_size=row["max_page_size"],
        flat_pagination=row.get("flat_pagination", False),
        internal=frozenset(row.get("internal", ())),
        version=row.get("version", ""),
        clamps_page_size=row.get("clamps_page_size", False),
        variants=variants,
        projection=_projection(folder / "projection.toml", row["key"]),
        unpublished=tuple(row.get("unpublished", ())),
        samples=row.get("samples", {}),
        quality=_table(folder / "quality.toml", row["key"]),
        synthetic=_table(folder / "synthetic.toml", row["key"]),
        reserved_unless=tuple(map(_exemption, row.get("reserved_unless", ()))),
        leniently_reserved=tuple(map(_exemption, row.get("leniently_reserved", ()))),
        notice=row.get("notice", ""),
    )
    _hold_together(dataset)
    return dataset


def _endpoint(row: dict[str, Any]) -> Endpoint:
    return Endpoint(
        kind=row["kind"],
        method=row["method"],
        path=row["path"],
        denied=tuple(row.get("denied", (401,))),
        tolerated=tuple(row.get("tolerated", ())),
    )


def _exemption(row: dict[str, Any]) -> Exemption:
    return Exemption(row["path"], _cases(row))


def _filter(row: dict[str, Any]) -> FilterField:
    return FilterField(**{**row, "operator": _one_of(Operator, row["operator"])})


def _each(row: dict[str, Any], many: str, one: str) -> Iterator[dict[str, Any]]:
    """Yield a row as it is or, where it lists several places, once for each."""
    rest = {name: value for name, value in row.items() if name != many}
    yield from [{**rest, one: place} for place in row[many]] if many in row else [row]


def _coded_text(row: dict[str, Any]) -> CodedText:
    return CodedText(**{**row, "free": tuple(row.get("free", ()))})


def _load_rule(
    row: dict[str, Any], catalogs: Mapping[str, tuple[CatalogEntry, ...]]
) -> LoadRule:
    pairs = {name: tuple(values) for name, values in row.get("pairs", {}).items()}
    read = {
        "paths": tuple(row["paths"]),
        "when": _cases(row),
        "pairs": pairs,
        "allowed": tuple(str(e.key) for e in catalogs[row["catalog"]])
        if "catalog" in row
        else (),
    }
    return LoadRule(**{**row, **read})


def _cases(row: dict[str, Any]) -> tuple[Case, ...]:
    return tuple(
        Case(
            only={path: tuple(v) for path, v in case.get("only", {}).items()},
            some={path: tuple(v) for path, v in case.get("some", {}).items()},
            absent=tuple(case.get("absent", ())),
        )
        for case in row.get("when", ())
    )


def _variants(folder: Path, row: dict[str, Any]) -> Variants:
    schemas = {
        value: whole_schema(folder / name, _json)
        for value, name in row["schemas"].items()
    }
    return Variants(row["path"], schemas)


def _projection(path: Path, key: str) -> Projection | None:
    """Read what is public of a dataset; None where its standard does not say."""
    said = _toml(path).get(key) if path.exists() else None
    if said is None:
        return None
    with _reading(path):
        return Projection(
            rules=tuple(_privacy_rule(row) for row in said.get("rule", ())),
            allowed=tuple(_allowance(row) for row in said["allow"]),
            staying=tuple(map(_stay, said.get("stay", ()))),
        )


def _stay(row: dict[str, Any]) -> Stay:
    return Stay(row["at"], _cases(row))


def _allowance(row: dict[str, Any]) -> Allowance:
    members = tuple(row["members"])
    return Allowance(row["at"], members, _cases(row), row.get("matches", ""))


def _privacy_rule(row: dict[str, Any]) -> PrivacyRule:
    lists = {name: tuple(row.get(name, ())) for name in ("hides", "names")}
    return PrivacyRule(**{**row, **lists, "level": _one_of(Level, row["level"])})


def _hold_together(dataset: Dataset) -> None:
    named = [c.catalog for c in dataset.coded_texts]
    named += [f.catalog for f in dataset.filters if f.catalog]
    named += [r.catalog for r in dataset.load_rules if r.catalog]
    missing = sorted(set(named) - set(dataset.catalogs))
    if missing:
        raise ValueError(f"falta el catálogo {', '.join(missing)} en catalogs/")


def _table(path: Path, key: str) -> dict[str, Any]:
    """Read the table of one dataset in a file that a folder may lack."""
    table: dict[str, Any] = _toml(path).get(key, {}) if path.exists() else {}
    return table


def _requirements(path: Path) -> tuple[Requirement, ...]:
    rows = _toml(path).get("requirement", [])
    with _reading(path):
        found = tuple(_requirement(row) for row in rows)
        repeated = [id_ for id_, n in Counter(r.id for r in found).items() if n > 1]
        if repeated:
            raise ValueError(f"se repite {', '.join(repeated)}")
    return found


def _requirement(row: dict[str, Any]) -> Requirement:
    return Requirement(
        id=row["id"],
        level=_one_of(Level, row["level"]),
        category=_one_of(Category, row["category"]),
        sentence=row["sentence"],
        source=row["source"],
        fix=row["fix"],
        checks=tuple(row.get("checks", ())),
        about=tuple(row.get("about", ())),
        why_not_tested=row.get("why_not_tested", ""),
        profiles={k: _one_of(Level, v) for k, v in row.get("profiles", {}).items()},
    )


def _one_of(words: type[_Word], value: str) -> _Word:
    if value not in list(words):
        raise ValueError(f"«{value}» no es uno de {', '.join(words)}")
    return words(value)


def _catalog(path: Path) -> tuple[CatalogEntry, ...]:
    rows = _json(path)
    with _reading(path):
        return tuple(
            CatalogEntry(row["clave"], row["valor"], tuple(row.get("tambien", ())))
            for row in rows
        )


def _toml(path: Path) -> dict[str, Any]:
    with _reading(path):
        return tomllib.loads(path.read_text(encoding="utf-8"))


def _json(path: Path) -> Any:  # noqa: ANN401 - the shape is the file's own
    with _reading(path):
        return json.loads(path.read_text(encoding="utf-8"))
