"""What a provider must do, said once for several topics of checks.

May import the vocabulary of checks and the samples. A demand never judges more
than it names.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import orjson

from pdn_sdk.checking import Answer, Api, Exchange, advise, expect
from pdn_sdk.conformance.checks.samples import Record, holds, identity, records
from pdn_sdk.standards.model import Dataset, FilterField

SHOWN = 3
"""How many of many flaws are told."""

ANSWER_S = 10
"""Seconds in which even an awkward request must be answered."""


def statuses(exchanges: Mapping[str, Exchange]) -> str:
    """Tell each label with its status, for the member `received`."""
    return "; ".join(f"{label}: {e.status}" for label, e in exchanges.items())


def expect_refused(
    api: Api,
    bodies: Mapping[str, object],
    why: str,
    *,
    also: frozenset[int] = frozenset(),
) -> None:
    """Demand a 4xx for every body, and advise 400 (or a status of `also`)."""
    sent = {label: api.call(body, within_s=ANSWER_S) for label, body in bodies.items()}
    expect_refusals(sent, why, also=also)


def expect_refusals(
    sent: Mapping[str, Exchange],
    why: str,
    *,
    also: frozenset[int] = frozenset(),
) -> None:
    """Demand that every exchange is a refusal of the caller's request."""
    served = [label for label, e in sent.items() if not is_refusal(e)]
    expect(
        not served,
        f"No rechazó {listed(served)}. {why}",
        expected="estado 400 con {code, message}",
        received=statuses(sent),
        evidence=[sent[label] for label in served],
    )
    odd = [label for label, e in sent.items() if e.status not in {400} | also]
    advise(
        not odd,
        f"Rechazó {listed(odd)}, pero con un estado distinto del publicado.",
        expected="estado 400",
        received=statuses(sent),
        evidence=[sent[label] for label in odd],
    )


def is_refusal(exchange: Exchange) -> bool:
    """Tell whether the provider blames the request: a 4xx status."""
    return 400 <= exchange.status < 500


def counted(number: int, one: str, many: str) -> str:
    """Write a number with its noun: `1 registro`, `1,200 registros`."""
    return f"{number:,} {one if number == 1 else many}"


def as_json(value: object) -> str:
    """Write a value as it travels."""
    return orjson.dumps(value).decode()


def listed(labels: Sequence[str]) -> str:
    """Write labels as a Spanish list."""
    *others, last = labels or [""]
    return f"{', '.join(others)} y {last}" if others else last


def expect_totals(
    api: Api, queries: Mapping[str, Record], wanted: int, why: str
) -> None:
    """Demand that each query finds as many records as wanted."""
    answers = {
        label: api.search(page_size=1, query=query) for label, query in queries.items()
    }
    wrong = {label: a for label, a in answers.items() if a.total != wanted}
    expect(
        not wrong,
        f"Cambia el número de registros al enviar {listed(list(wrong))}. {why}",
        expected=f"totalRows {wanted:,}",
        received="; ".join(f"{label}: {a.total:,}" for label, a in wrong.items()),
        evidence=[a.exchange for a in wrong.values()],
    )


def expect_found(
    api: Api, declared: FilterField, value: str, least: int, why: str
) -> None:
    """Demand that a text finds at least so many records."""
    answer = api.search(page_size=1, query={declared.name: value})
    expect(
        answer.total >= least,
        f"«{declared.name}» con «{value}» encuentra "
        f"{counted(answer.total, 'registro', 'registros')} y hay al menos {least:,} "
        f"con ese valor. {why}",
        expected=f"al menos {counted(least, 'registro', 'registros')}",
        received=counted(answer.total, "registro", "registros"),
        evidence=answer.exchange,
    )


def expect_at_most(api: Api, declared: FilterField, value: str, answer: Answer) -> None:
    """Demand that a filter counts no more records than hold the text."""
    walk = api.walk()
    most = sum(holds(r, declared, value) for r in walk.records)
    if walk.complete:
        expect(
            answer.total <= most,
            f"«{declared.name}» con «{value}» dice que encuentra más registros de los "
            "que tienen ese valor.",
            expected=f"a lo sumo {counted(most, 'registro', 'registros')}",
            received=f"totalRows {answer.total:,}",
            evidence=answer.exchange,
        )


def members(exchange: Exchange) -> Record:
    """Give the body as an object; an empty one where it is anything else."""
    body = exchange.json()
    return cast(Record, body) if isinstance(body, dict) else {}


def pagination(body: Record) -> Record:
    """Give the pagination of a page; an empty one where there is none."""
    found = body.get("pagination")
    return found if isinstance(found, dict) else {}


def shows_data(exchange: Exchange) -> bool:
    """Tell whether an answer carries records or a list, whatever its status."""
    body = exchange.json()
    return bool(members(exchange).get("results")) or bool(
        isinstance(body, list) and body
    )


def expect_own_answers(
    wanted: Sequence[str],
    sent: Sequence[Exchange],
    ids: Callable[[Exchange], Sequence[object]],
) -> None:
    """Demand that each caller got the record it asked for, and no other."""
    crossed = [
        (value, e)
        for value, e in zip(wanted, sent, strict=True)
        if e.status == 200 and list(ids(e)) != [value]
    ]
    expect(
        not crossed,
        "Al consultar varios a la vez, alguien recibe la respuesta de otro.",
        expected="a cada quien el registro que pidió",
        received="; ".join(f"pidió «{v}», {ids(e)}" for v, e in crossed[:3]),
        evidence=[e for _, e in crossed],
    )


def expect_clean(
    api: Api,
    dataset: Dataset,
    flaws: Callable[[dict[str, object]], list[str]],
    why: str,
    expected: str,
    *,
    demand: Callable[..., None] = expect,
    place: Callable[[str], str] | None = None,
) -> None:
    """Demand that no record has a flaw; `flaws` lists those of one record.

    `demand` may be `advise`, where a flaw is never more than a warning. `place`
    gives the path of a flaw, where flaws begin with one.
    """
    found = {
        str(identity(dataset, r)): each
        for r in records(api)
        if (each := flaws(cast(dict[str, object], r)))
    }
    some = list(found.items())[:SHOWN]
    demand(
        not found,
        f"De {counted(len(api.walk().records), 'registro', 'registros')}, "
        f"{counted(len(found), 'tiene', 'tienen')} esta falla; por ejemplo "
        f"{listed([f'«{i}»' for i, _ in some])}. {why}",
        expected=expected,
        received="; ".join(f"«{i}»: {_told(each)}" for i, each in some),
        evidence=_evidence(api, some[0][0]) if some else (),
        places={place(flaw) for each in found.values() for flaw in each if place},
    )


def _told(flaws: Sequence[str]) -> str:
    return ", ".join(flaw.removesuffix(".") for flaw in flaws[:SHOWN])


def _evidence(api: Api, wanted: str) -> list[Exchange]:
    pages = api.walk().exchanges
    return [e for e in pages if wanted.encode() in e.response.body][:1]
