"""Filters by date: a window of instants, whatever the zones they are written in."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from pdn_sdk.checking import Api, NotTriedError, check, expect
from pdn_sdk.conformance.checks.demands import counted, expect_refused
from pdn_sdk.conformance.checks.samples import (
    Record,
    filters,
    is_known,
    records,
    texts_at,
)
from pdn_sdk.standards.model import Dataset, FilterField, Operator
from pdn_sdk.standards.moments import instant

ELSEWHERE = timezone(timedelta(hours=9))
WRONG = ("ayer", "2025-13-45T00:00:00Z", "01/02/2025")


@check("SEA-40")
def check_date_gives_only_its_side(
    api: Api, dataset: Dataset, moment_filter: FilterField
) -> None:
    """Un filtro de fecha entrega sólo lo que está de su lado, ella incluida."""
    text = _middle(api, moment_filter)
    answer = api.search(
        page_size=dataset.max_page_size, query={moment_filter.name: text}
    )
    foreign = [r for r in answer.results if not _is_inside(r, moment_filter, text)]
    least = sum(_is_inside(r, moment_filter, text) for r in records(api))
    is_right = answer.total == least or (answer.total > least and not is_known(api))
    expect(
        not foreign and is_right,
        f"«{moment_filter.name}» con {text} entrega "
        f"{counted(len(foreign), 'registro', 'registros')} del otro lado de la fecha, "
        f"y encuentra {answer.total:,} de {least:,}.",
        expected=f"{least:,} registros, todos de su lado",
        received=f"{answer.total:,} registros, {len(foreign):,} ajenos de los vistos",
        evidence=answer.exchange,
    )


@check("SEA-41")
def check_dates_are_compared_as_instants(api: Api, moment_filter: FilterField) -> None:
    """La misma fecha escrita en otra zona horaria da el mismo resultado."""
    text = _middle(api, moment_filter)
    moment = datetime.fromisoformat(text.upper())
    other = moment.astimezone(ELSEWHERE).isoformat()
    here, there = (
        api.search(page_size=1, query={moment_filter.name: t}) for t in (text, other)
    )
    expect(
        here.total == there.total,
        f"«{moment_filter.name}» compara las fechas como texto: {text} y {other} son "
        "el mismo instante y no dan lo mismo.",
        expected=counted(here.total, "registro", "registros"),
        received=counted(there.total, "registro", "registros"),
        evidence=[here.exchange, there.exchange],
    )


@check("SEA-42")
def check_two_dates_make_a_window(api: Api, dataset: Dataset) -> None:
    """Las dos fechas juntas son una ventana: se cumplen a la vez."""
    since, until = (_first(dataset, o) for o in (Operator.SINCE, Operator.UNTIL))
    record = next(
        (r for r in records(api) if _texts(r, since) and _texts(r, until)), None
    )
    if record is None:
        raise NotTriedError("Ningún registro tiene las dos fechas.")
    query = {since.name: _texts(record, since)[0], until.name: _texts(record, until)[0]}
    answer = api.search(page_size=60, query=query)
    foreign = [
        r
        for r in answer.results
        if not all(_is_inside(r, f, query[f.name]) for f in (since, until))
    ]
    expect(
        answer.results and not foreign,
        f"«{since.name}» y «{until.name}» juntos no acotan: una de las dos fechas no "
        "cuenta.",
        expected="sólo registros entre las dos fechas",
        received=f"{len(foreign):,} fuera de {len(answer.results):,}",
        evidence=answer.exchange,
    )


@check("SEA-43")
def check_impossible_date_is_refused(api: Api, moment_filter: FilterField) -> None:
    """Una fecha mal escrita se rechaza."""
    expect_refused(
        api,
        {f"la fecha «{t}»": {"query": {moment_filter.name: t}} for t in WRONG},
        f"«{moment_filter.name}» es una fecha con hora y zona (RFC 3339).",
    )


def _first(dataset: Dataset, operator: Operator) -> FilterField:
    found = filters(dataset, operator)
    if not found:
        raise NotTriedError("Este conjunto de datos no tiene filtros de ese tipo.")
    return found[0]


def _texts(record: Record, declared: FilterField) -> list[str]:
    return [t for t in texts_at(record, declared.path) if instant(t) is not None]


def _middle(api: Api, declared: FilterField) -> str:
    """Give a date that leaves records on both sides, where there is one."""
    texts = [t for r in records(api) for t in _texts(r, declared)]
    if not texts:
        raise NotTriedError(f"Ningún registro muestra un valor para «{declared.name}».")
    ordered = sorted(texts, key=lambda t: instant(t) or 0)
    return ordered[len(ordered) // 2]


def _is_inside(record: Record, declared: FilterField, text: str) -> bool:
    wanted = instant(text) or 0
    return any(
        moment >= wanted if declared.operator is Operator.SINCE else moment <= wanted
        for moment in _moments(record, declared)
    )


def _moments(record: Record, declared: FilterField) -> Iterator[int]:
    found = (instant(t) for t in texts_at(record, declared.path))
    return (moment for moment in found if moment is not None)
