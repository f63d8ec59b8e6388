"""A proposed mapping, written as the `mapping.toml` that a person will edit."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pdn_sdk.errors import MappingError
from pdn_sdk.ingest.mapping.fields import Field, fields
from pdn_sdk.ingest.mapping.proposal import SURE, Match, Proposal
from pdn_sdk.standards.model import Dataset

_SIGNATURE = "# Sin cambios desde «pdn map»: "


def canonical_toml(dataset: Dataset) -> str:
    """Write the mapping in which every column has the name of its field."""
    lines = [
        "# Qué columna de su hoja llena cada campo del estándar.",
        "# A la izquierda, el campo; a la derecha, el encabezado de su columna.",
        "# Para proponerlo a partir de su propio archivo: pdn map SU_ARCHIVO --write",
        "",
        "[fields]",
    ]
    for path, found in fields(dataset).items():
        lines += [f"# {_described(found)}", f"{_text(path)} = {_text(path)}"]
    return "\n".join(lines) + "\n"


def record_toml(column: str) -> str:
    """Write the mapping of a source that gives whole records as JSON."""
    return "\n".join(
        [
            "# Cada elemento de la fuente ya es un registro completo del estándar.",
            "",
            "[options]",
            f"record = {_text(column)}",
            "",
            "# Lo que se escriba aquí se pone en todos los registros, por ejemplo:",
            "# [fields]",
            '# language = { value = "es" }',
            '# id = "_id"   # el identificador de MongoDB, si de ahí se exportaron',
            "",
        ]
    )


def proposed_toml(proposal: Proposal, *, source: str) -> str:
    """Write a proposal with a word on each field, and what is left out."""
    known = fields(proposal.dataset)
    lines = [
        f"# Correspondencia propuesta a partir de «{source}». Revísela: lo dudoso "
        "está marcado.",
        "# A la izquierda, el campo del estándar; a la derecha, su columna.",
        "",
        "[fields]",
    ]
    by_path = {m.path: m for m in proposal.matches if m.path}
    for path, found in known.items():
        if path in proposal.filled:
            lines += ["", f"# {_described(found)}"]
            filled = proposal.filled[path]
            if isinstance(filled, Mapping) and "prefix" in filled:
                lines.append(f"# Cambie «{filled['prefix']}» por el que le dieron.")
            lines.append(f"{_text(path)} = {_inline(filled)}")
        elif path in by_path:
            lines += ["", f"# {_described(found)}", *_column(by_path[path])]
    lines += ["", *_lacking(proposal, known)]
    for match in proposal.matches:
        if match.split:
            lines += ["", *_split(match)]
    return "\n".join(lines).rstrip() + "\n"


def save(path: Path, text: str, dataset: Dataset, *, is_forced: bool) -> None:
    """Write a mapping file; one that a person edited is left alone.

    A file is nobody's work while it says what a new project's says, or while it
    ends with the digest that this function leaves in it.
    Raises: MappingError where it is edited and not `is_forced`.
    """
    signed = f"{text}\n{_SIGNATURE}{_digest(text)}\n"
    try:
        if path.exists() and not is_forced and _is_edited(path, dataset):
            raise MappingError(
                f"«{path}» tiene cambios hechos a mano y no se tocó. Cópiela con otro "
                "nombre si la quiere conservar, y repita con --force."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(signed, encoding="utf-8")
    except OSError as error:
        raise MappingError(f"No se pudo escribir «{path}»: {error}.") from error


def _is_edited(path: Path, dataset: Dataset) -> bool:
    found = path.read_text(encoding="utf-8")
    if found.strip() in ("", canonical_toml(dataset).strip()):
        return False
    text, _, digest = found.rpartition(f"\n{_SIGNATURE}")
    return digest.strip() != _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _described(found: Field) -> str:
    needed = " Obligatorio." if found.required else ""
    return f"{found.description}{needed}"


def _column(match: Match) -> Iterator[str]:
    if match.doubt:
        yield f"# DUDOSO: {match.doubt}. Dígalo en values."
    elif match.confidence < SURE:
        yield f"# DUDOSO ({match.confidence:.0%}); la columna dice «{match.sample}»."
    for text, rows in list(match.untranslated.items())[:20]:
        yield f"# Sin traducir: «{text}» ({rows:,} filas). Agréguelo a values."
    if not match.values and not match.untranslated:
        yield f"{_text(match.path)} = {_text(match.header)}"
        return
    column: dict[str, object] = {"column": match.header}
    if match.values:
        column["values"] = match.values
    yield f"{_text(match.path)} = {_inline(column)}"


def _lacking(proposal: Proposal, known: Mapping[str, Field]) -> Iterator[str]:
    for path in proposal.missing:
        yield f"# FALTA {known[path].description} Es obligatorio."
        yield f'# {_text(path)} = "nombre de su columna"'
    unused = [m.header for m in proposal.matches if not m.path and not m.split]
    if unused:
        yield f"# Columnas que no se usan: {', '.join(unused)}"
    free = [p for p in known if p not in proposal.paths | set(proposal.filled)]
    optional = [p for p in free if p not in proposal.missing]
    if optional:
        yield f"# Campos opcionales sin columna: {', '.join(optional)}"


def _split(match: Match) -> Iterator[str]:
    split = match.split or {}
    yield "# Nombre completo en una celda. El que puede separarse de varias maneras se"
    yield '# rechaza; para tomarlo con la regla de dos apellidos: ambiguous = "accept".'
    yield "[[split]]"
    yield f"column = {_text(match.header)}"
    yield f"order = {_text(split['order'])}"
    yield f"into = {_inline(split['into'])}"
    yield 'ambiguous = "reject"'


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(k)} = {_inline(v)}" for k, v in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(_inline(v) for v in value)}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _key(key: str) -> str:
    return key if key.isascii() and key.isidentifier() else _text(key)
