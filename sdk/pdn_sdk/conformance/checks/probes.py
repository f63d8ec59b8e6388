"""What several topics of checks share: probes, samples of data, comparisons.

May import the vocabulary of checks, the model of a standard and the folding of
text. A probe never judges more than it names.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from pdn_sdk.checking import Answer, Api, Exchange, NotTriedError, advise, expect
from pdn_sdk.collation import fold
from pdn_sdk.standards.model import Dataset, FilterField, Operator
from pdn_sdk.standards.paths import values_at

Record = Mapping[str, object]

NONSENSE = "qzxwkvj"
"""A text that no record of a real institution holds."""

SHOWN = 3

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


def listed(labels: Sequence[str]) -> str:
    """Write labels as a Spanish list."""
    *others, last = labels or [""]
    return f"{', '.join(others)} y {last}" if others else last


def total(api: Api) -> int:
    """Ask how many records there are without any filter."""
    return api.search(page_size=1).total


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


def records(api: Api) -> Sequence[Record]:
    """Give the records at hand.

    Raises: NotTriedError where the provider holds none.
    """
    found = api.walk().records
    if not found:
        raise NotTriedError("No hay registros con los que probar.")
    return found


def is_whole(api: Api) -> bool:
    """Tell whether the records at hand are all there are, so that counts compare."""
    walk = api.walk()
    known = walk.complete and len(walk.records) == walk.total
    # Asked again: a living provider may have loaded records since the walk.
    return known and total(api) == walk.total


def identity(dataset: Dataset, record: Record) -> object:
    """Give the id of a record, or None."""
    return next(values_at(record, dataset.identity), None)


def texts_at(record: Record, path: str) -> Iterator[str]:
    """Yield the texts that are not blank at a path."""
    for value in values_at(record, path):
        if isinstance(value, str) and value.strip():
            yield value


def samples(api: Api, declared: FilterField) -> list[str]:
    """Give the distinct values of a text filter, in the order they appear.

    Raises: NotTriedError where no record shows one.
    """
    found = (v for r in records(api) for v in texts_at(r, declared.path))
    values = list(dict.fromkeys(found))
    if not values:
        raise NotTriedError(f"Ningún registro muestra un valor para «{declared.name}».")
    return values


def sample(
    api: Api, declared: FilterField, suits: Callable[[str], object], what: str
) -> str:
    """Give the first value of a filter that suits.

    Raises: NotTriedError where there is none; `what` says what was looked for.
    """
    for value in samples(api, declared):
        if suits(value):
            return value
    raise NotTriedError(f"Ningún valor de «{declared.name}» {what}.")


def filters(dataset: Dataset, *operators: Operator) -> list[FilterField]:
    """Give the filters with those operators."""
    return [f for f in dataset.filters if f.operator in operators]


def first_filter(dataset: Dataset, operator: Operator) -> FilterField:
    """Give the first filter with that operator.

    Raises: NotTriedError where the dataset has none.
    """
    for declared in filters(dataset, operator):
        return declared
    raise NotTriedError("Este conjunto de datos no tiene filtros de ese tipo.")


def loosely(text: str) -> str:
    """Fold further: ñ as n, so that either reading of ñ is accepted."""
    return fold(text).replace("ñ", "n")


def holds(record: Record, declared: FilterField, value: str) -> bool:
    """Tell whether a record answers to a text filter, read loosely."""
    wanted = loosely(value)
    return any(wanted in loosely(t) for t in texts_at(record, declared.path))


def strangers(answer: Answer, declared: FilterField, value: str) -> list[str]:
    """Give what the records that do not answer to a filter hold there."""
    return [
        ", ".join(texts_at(r, declared.path)) or "(vacío)"
        for r in answer.results
        if not holds(r, declared, value)
    ]


def expect_found(
    api: Api, declared: FilterField, value: str, least: int, why: str
) -> None:
    """Demand that a text finds at least so many records."""
    answer = api.search(page_size=1, query={declared.name: value})
    expect(
        answer.total >= least,
        f"«{declared.name}» con «{value}» encuentra {answer.total:,} registros y "
        f"hay al menos {least:,} que lo tienen. {why}",
        expected=f"al menos {least:,} registros",
        received=f"{answer.total:,} registros",
        evidence=answer.exchange,
    )


def holders(api: Api, declared: FilterField, value: str) -> int:
    """Count the records seen whose text is exactly the value."""
    return sum(value in texts_at(r, declared.path) for r in records(api))


def members(exchange: Exchange) -> Record:
    """Give the body as an object; an empty one where it is anything else."""
    body = exchange.json()
    return cast(Record, body) if isinstance(body, dict) else {}


def shows_data(exchange: Exchange) -> bool:
    """Tell whether an answer carries records or a list, whatever its status."""
    body = exchange.json()
    return bool(members(exchange).get("results")) or bool(
        isinstance(body, list) and body
    )


def expect_clean(
    api: Api,
    dataset: Dataset,
    flaws: Callable[[dict[str, object]], list[str]],
    why: str,
    expected: str,
) -> None:
    """Demand that no record has a flaw; `flaws` lists those of one record."""
    found = {
        str(identity(dataset, r)): each
        for r in records(api)
        if (each := flaws(cast(dict[str, object], r)))
    }
    some = list(found.items())[:SHOWN]
    expect(
        not found,
        f"{len(found):,} registros de {len(api.walk().records):,} tienen esta falla, "
        f"por ejemplo {listed([f'«{i}»' for i, _ in some])}. {why}",
        expected=expected,
        received="; ".join(f"«{i}»: {', '.join(each[:SHOWN])}" for i, each in some),
        evidence=_evidence(api, some[0][0]) if some else (),
    )


def _evidence(api: Api, wanted: str) -> list[Exchange]:
    pages = api.walk().exchanges
    return [e for e in pages if wanted.encode() in e.response.body][:1]
