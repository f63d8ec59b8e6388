"""Faults of one value, one filter or one way of asking."""

from collections.abc import Iterator

from pdn_sdk.practice.planting import (
    NOTHING,
    Bend,
    Fault,
    Good,
    answering,
    asking,
    is_search,
    is_token,
    late,
    on,
)
from pdn_sdk.practice.terms import Terms
from pdn_sdk.practice.wire import Answered, Asked, refusal
from pdn_sdk.standards.model import Operator

PAGE = 200
MOST_PAGES = 25
MOST_USES = 30
THREE = 3


def _total_as_text(answered: Answered, _: Asked) -> Answered:
    total = answered.json["pagination"]["totalRows"]
    return answered.paginated(totalRows=str(total))


def _ids(asked: Asked, good: Good) -> list[str]:
    """Give every id; asked for once."""
    if "ids" not in good.memory:
        found: list[str] = []
        for page in range(1, MOST_PAGES + 1):
            body = {"page": page, "pageSize": PAGE}
            results = good.admit(asked.sending(body)).results
            found += [str(r["id"]) for r in results]
            if len(results) < PAGE:
                break
        good.memory["ids"] = found
    ids: list[str] = good.memory["ids"]
    return ids


def _by_its_start(asked: Asked, good: Good) -> Answered:
    answered = good.serve(asked)
    part = str(asked.query["id"]).strip()
    if answered.status != 200 or answered.results or not part:
        return answered
    found = next((i for i in _ids(asked, good) if i.startswith(part)), None)
    return good.serve(asked.filtering({"id": found})) if found else answered


def _with_a_tail(asked: Asked, good: Good) -> Answered:
    answered = good.serve(asked)
    text = str(asked.query["id"]).strip()
    if answered.status != 200 or answered.results:
        return answered
    found = next((i for i in _ids(asked, good) if text.startswith(i)), None)
    return good.serve(asked.filtering({"id": found})) if found else answered


def _losing_a_value(name: str) -> Bend:
    """Lose one value, and only where other filters come with it."""

    def bend(asked: Asked, good: Good) -> Answered:
        last = max(t for t in good.texts[name] if "ñ" not in t.lower())
        if len(asked.query) < 2 or asked.query.get(name) != last:
            return good.serve(asked)
        return good.serve(asked.filtering({**asked.query, name: NOTHING}))

    return on(is_search, bend)


def _ways(terms: Terms) -> Iterator[Fault]:
    slow = terms.filters(Operator.CONTAINS)[-1].name
    yield Fault(
        "PAG-05",
        "total_de_texto_con_filtro",
        "Con un filtro, el total llega entre comillas.",
        answering(lambda a: is_search(a) and a.query, _total_as_text),
    )
    yield Fault(
        "SOR-52",
        "segundo_orden_ignorado",
        "De dos campos de orden sólo cuenta el primero.",
        asking(
            lambda a: is_search(a) and len(a.sort) > 1,
            lambda a: a.saying(sort=dict([next(iter(a.sort.items()))])),
        ),
    )
    yield Fault(
        "STR-06",
        "un_filtro_lento",
        "El último filtro de texto tarda seis segundos; los demás no.",
        answering(lambda a: is_search(a) and list(a.query) == [slow], late(6)),
    )


def _after_a_while(asked: Asked, good: Good) -> Answered:
    """Refuse a token that has been used many times."""
    uses = 0 if is_token(asked) else good.memory.get("uses", 0) + 1
    good.memory["uses"] = uses
    return refusal(401) if uses > MOST_USES else good.serve(asked)


def _noted(answered: Answered, _: Asked) -> Answered:
    return answered.listing([{**r, "nota": "otra cosa"} for r in answered.results])


def _counted_wrong(answered: Answered, _: Asked) -> Answered:
    is_three = answered.json["pagination"]["totalRows"] == THREE
    return answered.paginated(totalRows=THREE + 1) if is_three else answered


def _recaps() -> Iterator[Fault]:
    """Give what no check looks for and some answer of the run shows."""
    yield Fault(
        "PAG-53",
        "otra_pagina_con_filtro",
        "Con un filtro, las páginas de cincuenta anuncian siempre otra.",
        answering(
            lambda a: is_search(a) and a.query and a.size == 50,
            lambda r, _: r.paginated(hasNextPage=True),
        ),
    )
    yield Fault(
        "REC-52",
        "dato_de_mas_con_filtro",
        "Con un filtro, los registros traen un dato que el listado no tiene.",
        answering(lambda a: is_search(a) and a.query and a.size == 50, _noted),
    )
    yield Fault(
        "REC-52",
        "dato_de_mas_sin_pedir_nada",
        "Con un cuerpo vacío, los registros traen un dato que el listado no tiene.",
        answering(lambda a: is_search(a) and a.json == {}, _noted),
    )
    yield Fault(
        "ACC-34",
        "token_gastado",
        "El token deja de servir después de treinta consultas.",
        _after_a_while,
    )
    yield Fault(
        "PAG-54",
        "total_de_tres",
        "Cuando son tres los registros que encuentra, dice que son cuatro.",
        answering(lambda a: is_search(a) and a.query, _counted_wrong),
    )


def _many(terms: Terms) -> Iterator[Fault]:
    order = terms.dataset.sort_fields[-1].name
    yield Fault(
        "PAG-52",
        "siguiente_olvidada",
        "Al ordenar, la segunda página dice que no hay otra.",
        answering(
            lambda a: is_search(a) and [*a.sort] == [order] and a.page == 2,
            lambda r, _: r.paginated(hasNextPage=False),
        ),
    )
    yield Fault(
        "REC-51",
        "registro_escondido",
        "Al buscar una sola letra la página trae un registro menos.",
        answering(
            lambda a: is_search(a) and a.size == PAGE and _is_a_letter(a),
            lambda r, _: r.listing(r.results[:-1]),
        ),
    )
    if terms.listed is not None:
        yield _forgotten_list(terms.listed.name)


def _forgotten_list(listed: str) -> Fault:
    return Fault(
        "SEA-53",
        "lista_olvidada",
        "Con muchos filtros a la vez, la lista de claves deja de contar.",
        asking(
            lambda a: is_search(a) and len(a.query) > 3 and listed in a.query,
            lambda a: a.filtering({k: v for k, v in a.query.items() if k != listed}),
        ),
    )


def _is_a_letter(asked: Asked) -> bool:
    """Tell whether a filter asks for a text of one letter."""
    texts = [v for v in asked.query.values() if isinstance(v, str)]
    return any(len(text) == 1 and text.isalpha() for text in texts)


def _finding(terms: Terms) -> Iterator[Fault]:
    if terms.dataset.identity == "id":
        yield Fault(
            "SEA-15[id]",
            "id_por_su_principio",
            "Con el principio de un identificador encuentra su registro.",
            on(lambda a: is_search(a) and list(a.query) == ["id"], _by_its_start),
        )
        yield Fault(
            "SEA-15[id]",
            "id_con_algo_mas",
            "Con un identificador y algo más encuentra el registro.",
            on(lambda a: is_search(a) and list(a.query) == ["id"], _with_a_tail),
        )
    yield Fault(
        "SEA-53",
        "un_valor_perdido",
        "Con varios filtros, uno de los valores no se encuentra.",
        _losing_a_value(terms.surname),
    )


def faults(terms: Terms) -> Iterator[Fault]:
    """Give the faults that can be planted in a provider of a standard."""
    yield from _ways(terms)
    yield from _finding(terms)
    yield from _many(terms)
    yield from _recaps()
