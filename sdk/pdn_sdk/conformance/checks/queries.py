"""What else a query may hold: ids, lists, and members that filter nothing."""

from collections.abc import Mapping
from itertools import combinations

from pdn_sdk.checking import Api, NotTriedError, check, expect
from pdn_sdk.conformance.checks.demands import (
    as_json,
    counted,
    expect_refused,
    expect_totals,
    shows_data,
    statuses,
)
from pdn_sdk.conformance.checks.samples import (
    NONSENSE,
    Record,
    filters,
    first_filter,
    identity,
    is_known,
    is_whole,
    records,
    samples,
    strangers,
)
from pdn_sdk.standards.model import Dataset, FilterField, Operator
from pdn_sdk.standards.paths import values_at

SHORTEST_ID = 12
"""Letters of an id whose part, among many records, is not another's by chance."""
TAIL = "-qz"
FEW = 4
"""Letters of the shortest part that is tried."""
SAMPLE_RFC = "XAXX010101000"


@check("SEA-13")
def check_id_finds_its_record(
    api: Api, dataset: Dataset, identity_filter: FilterField
) -> None:
    """El identificador de un registro lo encuentra a él, y sólo a él."""
    for value in _ids(api, dataset):
        _expect_only(api, dataset, {identity_filter.name: value}, value)


@check("SEA-14")
def check_id_displaces_other_filters(
    api: Api, dataset: Dataset, identity_filter: FilterField
) -> None:
    """Con el identificador, los demás filtros de la consulta no cuentan."""
    value = _ids(api, dataset)[0]
    other = first_filter(dataset, Operator.CONTAINS)
    query = {identity_filter.name: value, other.name: NONSENSE}
    _expect_only(api, dataset, query, value)


@check("SEA-15")
def check_unknown_id_finds_nothing(
    api: Api, dataset: Dataset, identity_filter: FilterField
) -> None:
    """Un identificador que no existe, o sólo parte de uno, no da resultados."""
    is_exact = identity_filter.operator is Operator.IDENTITY
    unknown = (
        *("no-existe-0", "ffffffffffffffffffffffff", "999999999999"),
        # Where it may also be looked for by a part, a part finds.
        *(_parts_of_ids(api, dataset) if is_exact else ()),
        f"{_ids(api, dataset)[0]}{TAIL}",
    )
    queries = {f"el id «{v}»": {identity_filter.name: v} for v in unknown}
    expect_totals(api, queries, 0, "Un identificador es un texto cualquiera.")


@check("SEA-16")
def check_list_filter_takes_any(api: Api, list_filter: FilterField) -> None:
    """Una lista de claves encuentra los registros que tienen alguna de ellas."""
    one, other = _two_keys(api, list_filter)
    alone = [_count(api, list_filter, [key]) for key in (one, other)]
    both = _count(api, list_filter, [one, other])
    shared = sum({one, other} <= _keys(r, list_filter) for r in records(api))
    low, high = max(alone), sum(alone)
    if is_whole(api):
        low = high = sum(alone) - shared
    expect(
        low <= both <= high,
        f"«{list_filter.name}» con dos claves no suma los registros de una y de otra, "
        "sin contar dos veces los que tienen ambas.",
        expected=f"{low:,} registros" if low == high else f"de {low:,} a {high:,}",
        received=f"{both:,} registros (por separado, {alone[0]:,} y {alone[1]:,})",
        evidence=api.search(
            page_size=1, query={list_filter.name: [one, other]}
        ).exchange,
    )


@check("SEA-17")
def check_list_filter_gives_only_what_matches(
    api: Api, list_filter: FilterField
) -> None:
    """Con una clave, todos los registros que llegan la tienen."""
    one, _ = _two_keys(api, list_filter)
    answer = api.search(page_size=60, query={list_filter.name: [one]})
    foreign = [r for r in answer.results if one not in _keys(r, list_filter)]
    expect(
        answer.results and not foreign,
        f"«{list_filter.name}» con {as_json([one])} entrega registros sin esa clave.",
        expected=f"sólo registros con la clave {as_json(one)}",
        received=f"{len(foreign):,} ajenos de {len(answer.results):,}",
        evidence=answer.exchange,
    )


@check("SEA-18")
def check_list_combines_with_text(
    api: Api, dataset: Dataset, list_filter: FilterField
) -> None:
    """Una lista y un filtro de texto se cumplen a la vez."""
    text = first_filter(dataset, Operator.CONTAINS)
    value = samples(api, text)[0]
    keys = [entry.key for entry in dataset.catalogs[list_filter.catalog]]
    query = {list_filter.name: keys, text.name: value}
    answer = api.search(page_size=30, query=query)
    foreign = strangers(answer, text, value)
    expect(
        not foreign,
        f"Al enviar «{list_filter.name}» deja de contar «{text.name}».",
        expected=f"sólo registros con «{value}»",
        received=f"{len(foreign):,} ajenos de {len(answer.results):,}",
        evidence=answer.exchange,
    )


@check("SEA-19")
def check_empty_list_is_ignored(api: Api, list_filter: FilterField) -> None:
    """Una lista vacía no filtra."""
    nobody: list[object] = []
    queries = {f"{list_filter.name} []": {list_filter.name: nobody}}
    expect_totals(api, queries, api.total(), "Nadie eligió ninguna clave.")


@check("SEA-20")
def check_list_takes_only_catalogue_keys(api: Api, list_filter: FilterField) -> None:
    """Una clave fuera del catálogo, de otro tipo o sin lista se rechaza."""
    numeric = list_filter.type == "integer"
    wrong: dict[str, object] = {
        "una clave fuera del catálogo": [987654 if numeric else NONSENSE],
        "una clave de otro tipo": ["1"] if numeric else [1],
        "una clave sin lista": 1 if numeric else NONSENSE,
    }
    expect_refused(
        api,
        {label: {"query": {list_filter.name: v}} for label, v in wrong.items()},
        f"«{list_filter.name}» es una lista de claves del catálogo.",
    )


@check("SEA-21")
def check_null_in_a_list_is_tolerated(api: Api, list_filter: FilterField) -> None:
    """Tolera la lista con un nulo que envía el buscador de la PDN."""
    body = {"page": 1, "pageSize": 1, "query": {list_filter.name: [None]}}
    answer = api.call(body)
    expect(
        answer.status == 200,
        "Rechaza la lista [null], que el buscador de la PDN envía cuando alguien elige "
        "«Todas».",
        expected="estado 200",
        received=f"estado {answer.status}",
        evidence=answer,
    )


@check("SEA-26")
def check_closed_filter_parts_the_records(
    api: Api, dataset: Dataset, closed_filter: FilterField
) -> None:
    """Un filtro de valores cerrados reparte los registros sin perder ninguno."""
    keys = _keys_of(dataset, closed_filter)
    every = {k: api.search(page_size=20, query={closed_filter.name: k}) for k in keys}
    parts = {key: answer.total for key, answer in every.items()}
    everyone = api.total()
    foreign = [k for k, a in every.items() if strangers(a, closed_filter, k)]
    expect(
        sum(parts.values()) == everyone and not foreign,
        f"Los valores de «{closed_filter.name}» no suman el total de registros, o "
        "alguno entrega los de otro.",
        expected=f"{' + '.join(keys)} = {everyone:,} registros",
        received=" + ".join(f"{key} {n:,}" for key, n in parts.items()),
        evidence=[a.exchange for a in every.values()],
    )


@check("SEA-27")
def check_closed_filter_takes_only_its_values(
    api: Api, closed_filter: FilterField
) -> None:
    """Un valor que no existe en un filtro cerrado no entrega registros."""
    sent = {
        text: api.call({"page": 1, "pageSize": 1, "query": {closed_filter.name: text}})
        for text in (".", "[A-Z]", "%", "_", NONSENSE)
    }
    served = [t for t, e in sent.items() if e.status >= 500 or shows_data(e)]
    expect(
        not served,
        f"«{closed_filter.name}» entrega registros, o falla, con {' '.join(served)}.",
        expected="estado 400, o 0 registros",
        received=statuses(sent),
        evidence=[sent[text] for text in served],
    )


@check("SEA-10")
def check_blank_filters_are_ignored(api: Api, dataset: Dataset) -> None:
    """Un filtro de texto en blanco no filtra."""
    texts = filters(dataset, Operator.IDENTITY, Operator.CONTAINS, Operator.EQUALS)
    everyone = api.total()
    why = "Un formulario envía en blanco lo que nadie llenó."
    for blank in ("", "   "):
        together = {f.name: blank for f in texts}
        if api.search(page_size=1, query=together).total != everyone:
            each = {f"{f.name} {as_json(blank)}": {f.name: blank} for f in texts}
            every = {f"todos los filtros {as_json(blank)}": together}
            expect_totals(api, {**each, **every}, everyone, why)


@check("SEA-22")
def check_requester_does_not_filter(api: Api, ignored_filter: FilterField) -> None:
    """Quién consulta, dicho dentro de «query», no cambia los resultados."""
    queries = {ignored_filter.name: {ignored_filter.name: SAMPLE_RFC}}
    expect_totals(api, queries, api.total(), "Sirve para la bitácora, no para filtrar.")


@check("SEA-23")
def check_requester_at_the_root_does_not_filter(
    api: Api, ignored_filter: FilterField
) -> None:
    """Quién consulta, dicho fuera de «query», no cambia los resultados."""
    wanted = api.total()
    _expect_unmoved(api, {ignored_filter.name: SAMPLE_RFC}, wanted)


@check("SEA-28")
def check_requester_changes_nothing(
    api: Api, dataset: Dataset, ignored_filter: FilterField
) -> None:
    """Decir quién consulta no cambia lo que se entrega de cada registro."""
    known = {str(identity(dataset, r)): r for r in records(api)}
    answer = api.search(page_size=20, query={ignored_filter.name: SAMPLE_RFC})
    ids = [str(identity(dataset, r)) for r in answer.results]
    unlike = [
        i for i, r in zip(ids, answer.results, strict=True) if r != known.get(i, r)
    ]
    expect(
        not unlike,
        f"Con «{ignored_filter.name}» los registros llegan con otros datos: nadie "
        "comprueba de quién es.",
        expected="los mismos datos que sin decirlo",
        received=f"distintos: {', '.join(unlike[:3])}",
        evidence=answer.exchange,
    )


@check("SEA-24")
def check_unknown_filters_are_ignored(api: Api) -> None:
    """Un dato desconocido en «query» se ignora."""
    queries = {"un filtro desconocido": {f"{NONSENSE}Campo": "x"}}
    expect_totals(api, queries, api.total(), "Ignore lo que no conoce.")


@check("SEA-25")
def check_unknown_members_are_ignored(api: Api) -> None:
    """Un dato desconocido en «sort» o en el cuerpo se ignora."""
    wanted = api.total()
    _expect_unmoved(api, {"sort": {f"{NONSENSE}Campo": "asc"}}, wanted)
    _expect_unmoved(api, {f"{NONSENSE}Campo": 1}, wanted)


def _keys_of(dataset: Dataset, declared: FilterField) -> list[str]:
    return [str(entry.key) for entry in dataset.catalogs[declared.catalog]]


def _ids(api: Api, dataset: Dataset) -> list[str]:
    found = [identity(dataset, record) for record in records(api)]
    ids = [v for v in found if isinstance(v, str) and v.strip()]
    if not ids:
        raise NotTriedError("Los registros no traen identificador.")
    return [ids[0], ids[len(ids) // 2], ids[-1]]


def _parts_of_ids(api: Api, dataset: Dataset) -> list[str]:
    """Give the start and the end of an id, where they are surely nobody's id."""
    known = {str(identity(dataset, r)) for r in records(api)}
    longest = max(known, key=lambda v: (len(v), v))
    if len(longest) < SHORTEST_ID and not is_known(api):
        return []
    parts = (longest[:-1], longest[1:], longest[: max(FEW, len(longest) // 2)])
    # Where ids are numbers, or capitals do not count, 005 and 5 are the same.
    same = {_bare(v) for v in known}
    fit = [part for part in parts if part.strip() and _bare(part) not in same]
    return list(dict.fromkeys(part for part in fit if part != longest))


def _bare(value: str) -> str:
    return value.strip().casefold().lstrip("0")


def _expect_only(api: Api, dataset: Dataset, query: Record, value: str) -> None:
    answer = api.search(page_size=5, query=query)
    found = [identity(dataset, record) for record in answer.results]
    expect(
        found == [value] and answer.total == 1,
        f"Con el identificador «{value}» no llega su registro y ningún otro.",
        expected=f"1 registro, «{value}», y totalRows 1",
        received=counted(len(found), "registro", "registros")
        + f" y totalRows {answer.total:,}",
        evidence=answer.exchange,
    )


def _expect_unmoved(api: Api, extra: Mapping[str, object], wanted: int) -> None:
    answer = api.call({"page": 1, "pageSize": 1, **extra})
    body = answer.json()
    pagination = body.get("pagination") if isinstance(body, dict) else None
    found = pagination.get("totalRows") if isinstance(pagination, dict) else None
    expect(
        answer.status == 200 and str(found) == str(wanted),
        f"Enviar {', '.join(extra)} cambia la respuesta; debe ignorarse.",
        expected=f"estado 200, totalRows {wanted:,}",
        received=f"estado {answer.status}, totalRows {as_json(found)}",
        evidence=answer,
    )


def _keys(record: Record, declared: FilterField) -> set[object]:
    return {v for v in values_at(record, declared.path) if isinstance(v, str | int)}


def _two_keys(api: Api, declared: FilterField) -> tuple[object, object]:
    seen = [_keys(record, declared) for record in records(api)]
    every = sorted(set().union(*seen), key=str)
    pairs = list(combinations(every, 2))
    if not pairs:
        raise NotTriedError(
            f"Los registros muestran una sola clave de «{declared.name}»."
        )
    # Where some record has both keys and others only one, a mistake shows.
    return max(pairs, key=lambda pair: sum(set(pair) <= keys for keys in seen))


def _count(api: Api, declared: FilterField, keys: list[object]) -> int:
    return api.total({declared.name: keys})
