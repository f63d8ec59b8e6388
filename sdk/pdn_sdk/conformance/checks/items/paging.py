"""Pages of items and their totals: limit, offset, page, meta."""

from pdn_sdk.checking import Api, Exchange, NotTriedError, advise, check, expect
from pdn_sdk.conformance.checks.demands import (
    ANSWER_S,
    as_json,
    is_refusal,
    listed,
    statuses,
)
from pdn_sdk.conformance.checks.items.asking import (
    PDN,
    as_listing,
    listing,
    nested,
    places,
    telling,
)
from pdn_sdk.conformance.checks.samples import Record, identity
from pdn_sdk.standards.items.shape import Kind
from pdn_sdk.standards.model import Dataset

TOTALS = ("total_count", "filter_count")
USUAL_LIMITS = (1, 10, 50, 100)
MOST_ITEMS = 1000
HUGE = 1_000_000
PAGE = 100
MOST_PAGES = 5
"""Read of what a filter finds, to count it."""


@check("PAG-71")
def check_call_of_the_pdn_works(api: Api, dataset: Dataset) -> None:
    """Atiende la llamada exacta de la PDN."""
    del dataset
    listing(api, "Así pide la PDN cada página.", **PDN)


@check("PAG-72")
def check_totals_are_integers(api: Api, dataset: Dataset) -> None:
    """Con meta=* llegan los dos totales como enteros."""
    del dataset
    found = listing(api, "La PDN pide meta=*.", limit=2, meta="*")
    totals = {name: found.meta.get(name) for name in TOTALS}
    wrong = [f"{name}: {as_json(v)}" for name, v in totals.items() if not _is_count(v)]
    expect(
        not wrong,
        f"meta trae {listed(wrong)}. Sin filter_count la PDN muestra 0 registros.",
        expected="total_count y filter_count, enteros sin comillas",
        received=as_json(found.meta),
        evidence=found.exchange,
    )


@check("PAG-73")
def check_totals_agree(api: Api, dataset: Dataset) -> None:
    """Los totales dicen cuántos registros hay y cuántos cumplen el filtro."""
    plain = listing(api, "", limit=3, meta="*")
    expect(
        plain.meta.get("filter_count") == plain.meta.get("total_count"),
        "Sin filtro, los dos totales son distintos.",
        expected="filter_count igual a total_count",
        received=as_json(plain.meta),
        evidence=plain.exchange,
    )
    path, values = telling(api, places(dataset, Kind.DATE, Kind.TEXT))
    node = nested(path, {"_eq": values[0]})
    some = listing(api, "", limit=3, meta="*", filter=node)
    expect(
        some.meta.get("total_count") == plain.meta.get("total_count"),
        "Con un filtro, total_count cambia: debe decir cuántos registros hay en todo "
        "el conjunto.",
        expected=f"total_count {as_json(plain.meta.get('total_count'))}",
        received=as_json(some.meta),
        evidence=[some.exchange, plain.exchange],
    )
    _expect_counted(api, node)


def _expect_counted(api: Api, node: Record) -> None:
    """Demand that a filter gives the records that it counts, as far as pages go."""
    seen = 0
    for number in range(1, MOST_PAGES + 1):
        page = api.search(page=number, page_size=PAGE, query=node)
        seen += len(page.results)
        if not page.results or number * PAGE >= page.total:
            break
    expect(
        min(page.total, MOST_PAGES * PAGE) == seen,
        "filter_count no es el número de registros que se obtienen con el filtro.",
        expected=f"filter_count {seen:,}",
        received=f"filter_count {page.total:,}",
        evidence=page.exchange,
    )


@check("PAG-74")
def check_totals_come_when_asked(api: Api) -> None:
    """El parámetro meta entrega los totales que se piden, y ninguno si no se piden."""
    asked = {
        "total_count": {"total_count"},
        "filter_count": {"filter_count"},
        "total_count,filter_count": set(TOTALS),
    }
    found = {text: listing(api, "", limit=4, meta=text) for text in asked}
    found["(nada)"] = listing(api, "", limit=4)
    wrong = [t for t, each in found.items() if set(each.meta) != asked.get(t, set())]
    expect(
        not wrong,
        f"Con meta={listed(wrong)} llegan otros totales.",
        expected="sólo los totales pedidos",
        received="; ".join(f"{t}: {sorted(found[t].meta)}" for t in wrong),
        evidence=[found[t].exchange for t in wrong],
    )


@check("PAG-75")
def check_limits_are_obeyed(api: Api, dataset: Dataset) -> None:
    """Llegan tantos registros como pide limit."""
    del dataset
    found = {n: listing(api, "", limit=n, meta="*", fields="id") for n in USUAL_LIMITS}
    due = {n: min(n, _total(f.meta, n)) for n, f in found.items()}
    wrong = [n for n, each in found.items() if len(each.items) != due[n]]
    expect(
        not wrong,
        f"No obedece limit={listed(list(map(str, wrong)))}.",
        expected="; ".join(f"limit={n}: {due[n]} registros" for n in wrong),
        received="; ".join(f"limit={n}: {len(found[n].items)}" for n in wrong),
        evidence=[found[n].exchange for n in wrong],
    )


@check("PAG-76")
def check_default_page_is_bounded(api: Api, dataset: Dataset) -> None:
    """Sin limit no se entrega la colección completa."""
    found = listing(api, "", meta="*", fields="id")
    if _total(found.meta, 0) <= dataset.default_page_size:
        raise NotTriedError("Hay muy pocos registros para ver si la página se acota.")
    advise(
        len(found.items) <= dataset.default_page_size,
        f"Sin limit entregó {len(found.items):,} registros de una vez.",
        expected=f"a lo sumo {dataset.default_page_size} registros",
        received=f"{len(found.items):,} registros",
        evidence=found.exchange,
    )


@check("PAG-77")
def check_offset_beyond_the_end_is_empty(api: Api, dataset: Dataset) -> None:
    """Después del último registro la lista llega vacía, con los mismos totales."""
    del dataset
    first = listing(api, "", limit=1, meta="*")
    beyond = _total(first.meta, 0) + 5
    found = listing(api, "", limit=5, offset=beyond, meta="*")
    expect(
        not found.items and found.meta == first.meta,
        "Pasado el último registro entregó otros, o cambió los totales.",
        expected=f"0 registros, {as_json(first.meta)}",
        received=f"{len(found.items)} registros, {as_json(found.meta)}",
        evidence=found.exchange,
    )


@check("PAG-78")
def check_huge_pages_are_bounded(api: Api) -> None:
    """Una página sin límite, o enorme, se acota o se rechaza."""
    sent = {n: api.call({"limit": n, "fields": "id"}) for n in (-1, HUGE)}
    served = {n: as_listing(e, "").items for n, e in sent.items() if e.status == 200}
    wide = [n for n, items in served.items() if len(items) > MOST_ITEMS]
    broken = [n for n, e in sent.items() if e.status >= 500]
    expect(
        not wide and not broken,
        "Entrega páginas sin límite: una sola consulta puede agotar al servidor.",
        expected=f"un error 4xx, o a lo sumo {MOST_ITEMS:,} registros",
        received=_told(sent),
        evidence=[sent[n] for n in [*wide, *broken]],
    )


@check("PAG-79")
def check_wrong_numbers_are_survived(api: Api) -> None:
    """Un limit o un offset mal escrito no rompe el servidor."""
    asked = {
        "limit=abc": {"limit": "abc"},
        "limit=1.5": {"limit": "1.5"},
        "offset=-5": {"limit": 1, "offset": -5},
        "offset=abc": {"limit": 1, "offset": "abc"},
    }
    sent = {k: api.call(v, within_s=ANSWER_S) for k, v in asked.items()}
    broken = [label for label, e in sent.items() if e.status >= 500]
    expect(
        not broken,
        f"Error del servidor con {listed(broken)}.",
        expected="estado 400",
        received=statuses(sent),
        evidence=[sent[label] for label in broken],
    )
    served = [label for label, e in sent.items() if not is_refusal(e)]
    advise(
        not served,
        f"Atendió {listed(served)} en lugar de rechazarlo.",
        expected="estado 400",
        received=statuses(sent),
        evidence=[sent[label] for label in served],
    )


@check("PAG-80")
def check_page_works_as_offset(api: Api, dataset: Dataset) -> None:
    """page=2 entrega los registros que siguen a los de la primera página."""
    by_page = listing(api, "", limit=3, page=2, fields=dataset.identity)
    by_offset = listing(api, "", limit=3, offset=3, fields=dataset.identity)
    ids = [[identity(dataset, r) for r in each.items] for each in (by_page, by_offset)]
    expect(
        ids[0] == ids[1],
        "page=2 no entrega lo mismo que el offset de esa página.",
        expected=as_json(ids[1]),
        received=as_json(ids[0]),
        evidence=[by_page.exchange, by_offset.exchange],
    )


def _total(meta: object, otherwise: int) -> int:
    found = meta.get("total_count") if isinstance(meta, dict) else None
    return found if isinstance(found, int) else otherwise


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _told(sent: dict[int, Exchange]) -> str:
    return "; ".join(f"limit={n}: estado {e.status}" for n, e in sent.items())
