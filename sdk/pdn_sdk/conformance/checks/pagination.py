"""Pages: their defaults, their limits, and what they say of themselves."""

from collections import Counter
from collections.abc import Mapping, Sequence

from pdn_sdk.checking import Api, Exchange, check, expect
from pdn_sdk.conformance.checks.demands import (
    ANSWER_S,
    as_json,
    counted,
    is_refusal,
    listed,
    members,
    pagination,
    statuses,
)
from pdn_sdk.conformance.checks.samples import (
    NONSENSE,
    Record,
    filters,
    first_filter,
    identity,
    records,
    texts_at,
)
from pdn_sdk.standards.model import Dataset, Operator

NUMBERS = frozenset({"page", "pageSize", "totalRows", "hasNextPage"})
"""What «pagination» says of a page."""
USUAL = (5, 20, 25, 50, 150)
"""Sizes that the PDN's search offers, and some that its users choose."""


@check("PAG-01")
def check_empty_body_gives_the_first_page(api: Api, dataset: Dataset) -> None:
    """Sin indicar nada se entrega la página 1 con el tamaño predeterminado."""
    answer = api.search()
    expect(
        (answer.page, answer.page_size) == (1, dataset.default_page_size),
        "Con un cuerpo vacío no entregó la página predeterminada del estándar.",
        expected=f"page 1, pageSize {dataset.default_page_size}",
        received=f"page {answer.page}, pageSize {answer.page_size}",
        evidence=answer.exchange,
    )


@check("PAG-02")
def check_summary_call_works(api: Api) -> None:
    """Atiende el resumen de la PDN: página 1, un registro, consulta vacía."""
    sent = {"el resumen": api.call({"page": 1, "pageSize": 1, "query": {}})}
    _expect_served(sent, "La PDN cuenta así sus registros antes de mostrarlos.")


@check("PAG-03")
def check_bulk_call_works(api: Api) -> None:
    """Atiende la descarga masiva de la PDN, que no envía «query»."""
    sent = {"la descarga masiva": api.call({"page": 1, "pageSize": 1})}
    _expect_served(sent, "La descarga masiva de datos abiertos lo pide así.")


@check("PAG-04")
def check_empty_answer_is_whole(api: Api, dataset: Dataset) -> None:
    """Cuando no hay resultados la respuesta trae igual todas sus partes."""
    declared = first_filter(dataset, Operator.CONTAINS)
    query = {declared.name: f"{NONSENSE} vacío"}
    answer = api.call({"page": 1, "pageSize": 5, "query": query})
    body = members(answer)
    missing = ({"pagination", "results"} - set(body)) | (NUMBERS - {*pagination(body)})
    expect(
        answer.status == 200 and not missing,
        "Una respuesta sin resultados llegó incompleta: el resumen de la PDN se rompe "
        "si le falta una parte.",
        expected="estado 200 con pagination (4 datos) y results: []",
        received=f"estado {answer.status}"
        + (f", sin {listed(sorted(missing))}" if missing else ""),
        evidence=answer,
    )


@check("PAG-05")
def check_pagination_has_its_types(api: Api, dataset: Dataset) -> None:
    """Los datos de la paginación son números enteros y un booleano."""
    for label, asked in _ways_to_ask(dataset).items():
        answer = api.call({"page": 1, "pageSize": 2, **asked})
        wrong = _mistyped(members(answer))
        # What a filter refuses, or a page without records lacks, has its own check.
        is_whole = set(pagination(members(answer))) >= NUMBERS
        is_due = not asked or (answer.status == 200 and is_whole)
        expect(
            not (is_due and wrong),
            f"La paginación {label} trae {listed(wrong)}. El monitor de la PDN da por "
            "no disponible a quien no envía el total como número.",
            expected="enteros sin comillas y hasNextPage true o false",
            received=", ".join(wrong),
            evidence=answer,
        )


@check("PAG-06")
def check_page_and_size_are_echoed(api: Api) -> None:
    """La respuesta repite la página y el tamaño que se pidieron."""
    page = 2 if api.total() > 3 else 1
    answer = api.search(page=page, page_size=3)
    expect(
        (answer.page, answer.page_size) == (page, 3),
        "La respuesta no repite la página o el tamaño pedidos: quien consulta no sabe "
        "qué recibió.",
        expected=f"page {page}, pageSize 3",
        received=f"page {answer.page}, pageSize {answer.page_size}",
        evidence=answer.exchange,
    )


@check("PAG-07")
def check_pages_hold_what_they_should(api: Api) -> None:
    """Cada página trae los registros que le tocan: ni más ni menos."""
    size = 4
    rows = api.total()
    asked = _some_pages(rows, size)
    pages = {n: api.search(page=n, page_size=size) for n in asked}
    due = {n: max(0, min(size, rows - (n - 1) * size)) for n in pages}
    wrong = [n for n, a in pages.items() if len(a.results) != due[n]]
    unlike = {n: a for n, a in pages.items() if a.total != rows}
    expect(
        not unlike,
        "El total de registros cambia de una página a otra.",
        expected=f"totalRows {rows:,} en todas",
        received="; ".join(f"página {n}: {a.total:,}" for n, a in unlike.items()),
        evidence=[a.exchange for a in unlike.values()],
    )
    expect(
        not wrong,
        "Faltan o sobran registros en una página.",
        expected="; ".join(f"página {n}: {due[n]} registros" for n in wrong),
        received="; ".join(f"página {n}: {len(pages[n].results)}" for n in wrong),
        evidence=[pages[n].exchange for n in wrong],
    )


@check("PAG-08")
def check_next_page_is_announced(api: Api) -> None:
    """«hasNextPage» es verdadero sólo cuando queda otra página."""
    rows = api.total()
    # Pages of one record: the last is full, which is where an off-by-one shows.
    asked = [(n, 6) for n in _some_pages(rows, 6)] + [(rows, 1)]
    pages = {(n, size): api.search(page=n, page_size=size) for n, size in asked if n}
    due = {(n, size): n * size < a.total for (n, size), a in pages.items()}
    wrong = [key for key, a in pages.items() if a.has_next is not due[key]]
    expect(
        not wrong,
        "«hasNextPage» se equivoca: quien recorre las páginas se detiene antes de "
        "tiempo o no termina nunca.",
        expected="; ".join(
            f"página {n} de {s}: {as_json(due[n, s])}" for n, s in wrong
        ),
        received="; ".join(
            f"página {n}: {as_json(pages[n, s].has_next)}" for n, s in wrong
        ),
        evidence=[pages[key].exchange for key in wrong],
    )


@check("PAG-09")
def check_usual_sizes_work(api: Api, dataset: Dataset) -> None:
    """Funcionan los tamaños de página que usa la PDN."""
    usual = {*USUAL, dataset.default_page_size, dataset.max_page_size}
    sizes = sorted(size for size in usual if size <= dataset.max_page_size)
    sent = {n: api.call({"page": 1, "pageSize": n}) for n in sizes}
    _expect_served(
        {f"pageSize {n}": e for n, e in sent.items()},
        "El buscador y la descarga masiva piden páginas de esos tamaños.",
    )
    every = api.total()
    # What is too large to be read whole cannot be counted.
    rows = {n: len(_rows(e)) for n, e in sent.items() if not e.response.truncated}
    wrong = [n for n in rows if rows[n] != min(n, every)]
    expect(
        not wrong,
        "La primera página no trae tantos registros como se le piden.",
        expected="; ".join(f"pageSize {n}: {min(n, every)} registros" for n in wrong),
        received="; ".join(f"pageSize {n}: {rows[n]}" for n in wrong),
        evidence=[sent[n] for n in wrong],
    )
    # A size that is cut in silence shows only here, where there are few records.
    told = {n: pagination(members(e)).get("pageSize") for n, e in sent.items()}
    cut = [n for n in told if told[n] != n]
    expect(
        not cut,
        "La respuesta dice otro tamaño de página que el pedido.",
        expected="; ".join(f"pageSize {n}" for n in cut),
        received="; ".join(f"pageSize {as_json(told[n])}" for n in cut),
        evidence=[sent[n] for n in cut],
    )


@check("PAG-10")
def check_page_beyond_the_last_is_empty(api: Api) -> None:
    """Después de la última página se entrega una página vacía."""
    rows = api.total()
    answer = api.search(page=rows + 2, page_size=5)
    expect(
        not answer.results and answer.total == rows and not answer.has_next,
        "Pasada la última página entregó registros, anunció otra o cambió el total.",
        expected=f"0 registros, totalRows {rows:,}, hasNextPage false",
        received=f"{len(answer.results)} registros, totalRows {answer.total:,}, "
        f"hasNextPage {as_json(answer.has_next)}",
        evidence=answer.exchange,
    )


@check("PAG-11")
def check_enormous_page_is_answered(api: Api) -> None:
    """Una página enorme recibe respuesta: vacía o un error, nunca el silencio."""
    answer = api.call({"page": 10**15, "pageSize": 5}, within_s=ANSWER_S)
    expect(
        is_refusal(answer)
        or (answer.status == 200 and not members(answer).get("results")),
        "Un número de página enorme rompe el servidor.",
        expected="estado 200 sin registros, o un estado 4xx",
        received=f"estado {answer.status}",
        evidence=answer,
    )


@check("PAG-12")
def check_walk_gives_every_record_once(api: Api, dataset: Dataset) -> None:
    """Al recorrer todas las páginas cada registro aparece una sola vez."""
    walk = api.walk()
    ids = [identity(dataset, record) for record in walk.records]
    repeated = _repeated(ids)
    expect(
        not repeated and (len(ids) >= walk.total or not walk.complete),
        "Al pasar de página se repiten o se pierden registros: la descarga masiva "
        "queda incompleta.",
        expected=f"{walk.total:,} registros distintos",
        received=f"{len(set(ids)):,} distintos en {len(ids):,} recibidos",
        evidence=walk.exchanges[:3],
    )


@check("PAG-52")
def check_every_page_agrees_with_itself(api: Api, dataset: Dataset) -> None:
    """Con filtros y con orden, cada página dice cuál es y si queda otra."""
    for label, (query, sort) in _kinds(api, dataset).items():
        page = 2 if api.total(query) > 1 else 1
        answer = api.search(page=page, page_size=1, query=query, sort=sort)
        rows_due = int(answer.total >= page)
        due = _told(page, 1, rows_due, has_next=answer.total > page)
        size, rows = answer.page_size, len(answer.results)
        found = _told(answer.page, size, rows, has_next=answer.has_next)
        expect(
            found == due,
            f"Al pedir {label}, la página no concuerda con lo que se pidió ni con su "
            f"propio total, {answer.total:,}.",
            expected=due,
            received=found,
            evidence=answer.exchange,
        )


def _kinds(
    api: Api, dataset: Dataset
) -> dict[str, tuple[Record | None, Mapping[str, str] | None]]:
    """Give a search of each kind: by a text, by a list, in order."""
    asked: dict[str, tuple[Record | None, Mapping[str, str] | None]] = {}
    for text in filters(dataset, Operator.CONTAINS)[:1]:
        shown = Counter(t for r in records(api) for t in texts_at(r, text.path))
        for value, _ in shown.most_common(1):
            asked[f"«{text.name}»"] = ({text.name: value}, None)
    for declared in filters(dataset, Operator.ANY_OF)[:1]:
        key = dataset.catalogs[declared.catalog][0].key
        asked[f"«{declared.name}»"] = ({declared.name: [key]}, None)
    for order in dataset.sort_fields[-1:]:
        asked[f"en orden de «{order.name}»"] = (None, {order.name: "asc"})
    return asked


def _told(page: int, size: int, rows: int, *, has_next: bool) -> str:
    return (
        f"page {page}, pageSize {size}, {counted(rows, 'registro', 'registros')}, "
        f"hasNextPage {as_json(has_next)}"
    )


def _expect_served(sent: dict[str, Exchange], why: str) -> None:
    wrong = [
        label
        for label, e in sent.items()
        if e.status != 200 or not isinstance(members(e).get("results"), list)
    ]
    expect(
        not wrong,
        f"No atendió {listed(wrong)}. {why}",
        expected="estado 200 con registros",
        received=statuses(sent),
        evidence=[sent[label] for label in wrong],
    )


def _rows(exchange: Exchange) -> Sequence[object]:
    found = members(exchange).get("results")
    return found if isinstance(found, list) else ()


def _ways_to_ask(dataset: Dataset) -> dict[str, Record]:
    """Give the plain search, and one with each thing that may change the answer."""
    ways: dict[str, Record] = {"de la consulta sin filtros": {}}
    for declared in filters(dataset, Operator.CONTAINS)[:1]:
        ways["con un filtro que encuentra"] = {"query": {declared.name: "a"}}
        ways["con un filtro que no encuentra"] = {"query": {declared.name: NONSENSE}}
    for lists in filters(dataset, Operator.ANY_OF)[:1]:
        keys = [entry.key for entry in dataset.catalogs[lists.catalog]]
        ways[f"con «{lists.name}»"] = {"query": {lists.name: keys}}
    for order in dataset.sort_fields[:1]:
        ways["en orden"] = {"sort": {order.name: "asc"}}
    return ways


def _mistyped(body: Record) -> list[str]:
    found = pagination(body)
    numbers = {name: found.get(name) for name in ("page", "pageSize", "totalRows")}
    wrong = [f"{k}: {as_json(v)}" for k, v in numbers.items() if not _is_whole(v)]
    if not isinstance(found.get("hasNextPage"), bool):
        wrong.append(f"hasNextPage: {as_json(found.get('hasNextPage'))}")
    return wrong


def _some_pages(rows: int, size: int) -> Sequence[int]:
    last = max(1, -(-rows // size))
    return sorted({1, min(2, last), last})


def _repeated(ids: Sequence[object]) -> list[object]:
    return [value for value, times in Counter(map(str, ids)).items() if times > 1]


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
