"""Reserved data: not shown, not given by name, not found out by asking."""

import csv
from collections.abc import Sequence
from io import StringIO
from urllib.parse import quote

from pdn_sdk.checking import Api, Exchange, NotTriedError, advise, check, expect
from pdn_sdk.conformance.checks.demands import is_refusal, listed, members
from pdn_sdk.conformance.checks.items.asking import at, handy_text, nested, places
from pdn_sdk.conformance.checks.samples import NONSENSE, Record, identity, records
from pdn_sdk.standards.items.quality import personal
from pdn_sdk.standards.items.shape import Kind, Member, whole
from pdn_sdk.standards.model import Dataset
from pdn_sdk.standards.paths import values_at

PREFIXES = ("G", NONSENSE)
"""The last begins nothing: where all the records begin alike, only it differs."""
MOST_TEXTS = 2
INTERNAL = ("user_", "fk_", "_")


@check("PRI-71")
def check_personal_data_are_withheld(api: Api, dataset: Dataset) -> None:
    """Los datos personales no se entregan con un token ordinario."""
    found = records(api)
    shown = _shown(found, personal(dataset))
    expect(
        not shown,
        f"Los registros muestran {listed(list(shown))}: todo lo que recibe la PDN se "
        "hace público.",
        expected="registros sin datos personales",
        received="; ".join(f"{path} en {n:,} registros" for path, n in shown.items()),
        evidence=api.walk().exchanges[:1],
    )
    others = _shown(found, [p for p in dataset.reserved if p not in personal(dataset)])
    advise(
        not others,
        f"Los registros muestran {listed(list(others))}, que la herramienta oficial "
        "reserva.",
        expected="registros sin esos datos",
        received="; ".join(f"{path} en {n:,} registros" for path, n in others.items()),
        evidence=api.walk().exchanges[:1],
    )


@check("PRI-72")
def check_withheld_data_are_not_given_by_name(api: Api, dataset: Dataset) -> None:
    """Pedir un dato reservado por su nombre no lo entrega."""
    hidden = _hidden(api, dataset)
    sent = {path: api.call({"limit": 5, "fields": path}) for path in hidden}
    given = [path for path, e in sent.items() if _shown(_items(e), [path])]
    expect(
        not given,
        f"fields={listed(given)} entrega lo que el registro oculta.",
        expected="estado 403, o el registro sin ese dato",
        received=", ".join(f"{p}: estado {e.status}" for p, e in sent.items()),
        evidence=[sent[path] for path in given],
    )


@check("PRI-73")
def check_withheld_data_cannot_be_guessed(api: Api, dataset: Dataset) -> None:
    """Un dato reservado no se adivina letra por letra con un filtro."""
    texts = [p for p in _hidden(api, dataset) if _is_text(dataset, p)][:MOST_TEXTS]
    if not texts:
        raise NotTriedError("Ningún dato reservado es un texto que se pueda adivinar.")
    told = {}
    for path in texts:
        sent = {}
        for prefix in PREFIXES:
            node = nested(tuple(path.split(".")), {"_starts_with": prefix})
            sent[f"{path} «{prefix}»"] = api.call(
                {"limit": 1, "meta": "*", "filter": node}
            )
        if len({_found(e) for e in sent.values()} - {None}) > 1:
            told.update(sent)
    expect(
        not told,
        "El filtro dice cuántos registros tienen un dato reservado que empieza así: "
        "probando letras se descubre completo.",
        expected="estado 403",
        received=", ".join(f"{k}: estado {e.status}" for k, e in told.items()),
        evidence=list(told.values()),
    )


@check("PRI-75")
def check_no_way_of_asking_shows_personal_data(api: Api, dataset: Dataset) -> None:
    """Lo que el listado oculta no sale al pedir los registros de otro modo."""
    hidden = _hidden(api, dataset)
    first = records(api)[0]
    text = handy_text(at(first, places(dataset, Kind.TEXT, nested=False)[0]))
    blocks = sorted({p.rpartition(".")[0] for p in hidden if "." in p})
    wide = ",".join(["*", *(f"{block}.*" for block in blocks)])
    sent = {
        # Two in one, which saves a request: neither says which fields.
        "una búsqueda con search": api.call({"limit": 5, "search": text or NONSENSE}),
        f"fields={wide}": api.call({"limit": 5, "fields": wide}),
        "un registro por su id": api.call(
            path_suffix=f"/{quote(str(identity(dataset, first)))}"
        ),
        # Where there is nothing to export, this is a list with one more level.
        "export=csv y fields=*.*.*.*": api.call(
            {"limit": 5, "export": "csv", "fields": "*.*.*.*"}
        ),
    }
    shown = {
        label: [*_shown(_items(e), hidden), *_exported(e, hidden)]
        for label, e in sent.items()
    }
    leaks = [label for label, paths in shown.items() if paths]
    expect(
        not leaks,
        f"Con {listed(leaks)} entrega datos personales que el listado oculta.",
        expected="los mismos permisos se pida como se pida",
        received="; ".join(f"{label}: {', '.join(shown[label])}" for label in leaks),
        evidence=[sent[label] for label in leaks],
    )


@check("PRI-74")
def check_internal_data_are_not_given(api: Api, dataset: Dataset) -> None:
    """Los registros no traen datos internos de la herramienta."""
    found = records(api)
    internal = {
        name for record in found for name in _names(record) if name.startswith(INTERNAL)
    }
    internal |= set(_shown(found, dataset.unpublished))
    advise(
        not internal,
        f"Los registros traen {listed(sorted(internal))}.",
        expected="sólo los datos del estándar",
        received=", ".join(sorted(internal)),
        evidence=api.walk().exchanges[:1],
    )


def _hidden(api: Api, dataset: Dataset) -> list[str]:
    """Give the personal paths that the records do not show.

    Raises: NotTriedError where they show them all.
    """
    shown = _shown(records(api), personal(dataset))
    hidden = [path for path in personal(dataset) if path not in shown]
    if not hidden:
        raise NotTriedError("Los registros ya muestran todos los datos reservados.")
    return hidden


def _shown(found: Sequence[Record], paths: Sequence[str]) -> dict[str, int]:
    counted = {
        p: sum(any(_says(v) for v in values_at(r, p)) for r in found) for p in paths
    }
    return {path: n for path, n in counted.items() if n}


def _says(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_says, value.values()))
    return value not in (None, "", [], {})


def _items(exchange: Exchange) -> list[Record]:
    data = members(exchange).get("data")
    rows = data if isinstance(data, list) else [data]
    return [row for row in rows if isinstance(row, dict)]


def _exported(exchange: Exchange, paths: Sequence[str]) -> list[str]:
    """Give those of some paths that the columns of a CSV say something of."""
    if exchange.status != 200 or exchange.json() is not None:
        return []
    text = exchange.response.body.decode("utf-8-sig", errors="replace")
    filled = {
        str(column)
        for row in csv.DictReader(StringIO(text))
        for column, value in row.items()
        if value
    }
    return [p for p in paths if {p, p.rpartition(".")[2]} & filled]


def _found(exchange: Exchange) -> int | None:
    """Give how many records a guess found; None where it was refused."""
    meta = members(exchange).get("meta")
    count = meta.get("filter_count") if isinstance(meta, dict) else None
    return count if isinstance(count, int) and not is_refusal(exchange) else None


def _is_text(dataset: Dataset, path: str) -> bool:
    member: Member | None = whole(dataset)
    for name in path.split("."):
        member = member.members.get(name) if member else None
    return member is not None and member.kind is Kind.TEXT


def _names(node: object) -> set[str]:
    if isinstance(node, list):
        return {name for item in node for name in _names(item)}
    if isinstance(node, dict):
        return {*node, *(name for value in node.values() for name in _names(value))}
    return set()
