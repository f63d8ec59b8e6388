"""Faults of pages, of records and of the list of institutions."""

from dataclasses import replace

from pdn_sdk.practice.planting import (
    Bend,
    Fault,
    Good,
    answering,
    asking,
    is_list,
    is_search,
    late,
    on,
    overlapping,
    refusing,
    spoiling,
)
from pdn_sdk.practice.terms import Terms
from pdn_sdk.practice.wire import Answered, Asked


def _html(answered: Answered, _: Asked) -> Answered:
    return replace(answered, headers={**answered.headers, "content-type": "text/html"})


def _one_more(asked: Asked, good: Good) -> Answered:
    more = good.serve(asked.saying(pageSize=asked.size + 1))
    return more.paginated(pageSize=asked.size) if more.status == 200 else more


def _blank_next(answered: Answered, _: Asked) -> Answered:
    pagination = dict(answered.json["pagination"])
    del pagination["hasNextPage"]
    return answered.member("pagination", pagination)


def _next_too_long(answered: Answered, _: Asked) -> Answered:
    page = answered.json["pagination"]
    more = page["page"] * page["pageSize"] <= page["totalRows"]
    return answered.paginated(hasNextPage=more)


def _last_again(asked: Asked, good: Good) -> Answered:
    answered = good.serve(asked)
    if answered.status != 200 or answered.results or asked.query or asked.page > 10**6:
        return answered
    return answered.listing(good.serve(asked.saying(page=1)).results)


def _appending(entry: dict[str, object]) -> Bend:
    return answering(is_list, lambda r, _: r.saying([*r.json, entry]))


PAGES = (
    Fault(
        "PAG-01",
        "otro_tamano_predeterminado",
        "El tamaño predeterminado es 20.",
        asking(
            lambda a: is_search(a) and a.json == {},
            lambda a: a.sending({"pageSize": 20}),
        ),
    ),
    Fault(
        "PAG-02",
        "consulta_vacia_falla",
        "Falla con una consulta vacía, como la del resumen.",
        refusing(lambda a: is_search(a) and a.members.get("query") == {}),
    ),
    Fault(
        "PAG-03",
        "sin_consulta_falla",
        "Falla cuando la descarga masiva no envía «query».",
        refusing(lambda a: is_search(a) and a.json == {"page": 1, "pageSize": 1}),
        also=frozenset({"STR-01"}),
    ),
    Fault(
        "PAG-04",
        "vacio_incompleto",
        "Cuando no hay resultados falta «hasNextPage».",
        answering(is_search, lambda r, a: r if r.results else _blank_next(r, a)),
    ),
    Fault(
        "PAG-05",
        "total_de_texto",
        "«totalRows» llega como texto.",
        answering(
            is_search,
            lambda r, _: r.paginated(totalRows=str(r.json["pagination"]["totalRows"])),
        ),
    ),
    Fault(
        "PAG-06",
        "pagina_sin_repetir",
        "La respuesta dice siempre que es la página 1.",
        answering(is_search, lambda r, _: r.paginated(page=1)),
    ),
    Fault(
        "PAG-07",
        "uno_de_mas",
        "Las páginas cortas traen un registro de más.",
        on(
            lambda a: is_search(a) and a.size in (2, 3, 4) and not a.query,
            _one_more,
        ),
    ),
    Fault(
        "PAG-08",
        "siguiente_de_mas",
        "Anuncia otra página cuando la última está llena.",
        answering(is_search, _next_too_long),
    ),
    Fault(
        "PAG-09",
        "tamano_25_falla",
        "Falla con páginas de 25 registros.",
        refusing(lambda a: is_search(a) and a.size == 25),
    ),
    Fault(
        "PAG-09",
        "tamano_20_corto",
        "Las páginas de 20 registros traen 19.",
        answering(
            lambda a: is_search(a) and a.size == 20 and not a.query and not a.sort,
            lambda r, _: r.listing(r.results[:19]),
        ),
    ),
    Fault(
        "PAG-09",
        "tamano_200_recortado",
        "Con 200 registros por página dice que son 150.",
        answering(
            lambda a: is_search(a) and a.size == 200 and not a.query and not a.sort,
            lambda r, _: r.paginated(pageSize=150),
        ),
    ),
    Fault(
        "PAG-10",
        "ultima_otra_vez",
        "Pasada la última página repite registros.",
        on(lambda a: is_search(a) and type(a.page) is int and a.page > 1, _last_again),
    ),
    Fault(
        "PAG-11",
        "pagina_enorme_falla",
        "Un número de página enorme rompe el servidor.",
        refusing(lambda a: is_search(a) and type(a.page) is int and a.page > 10**9),
    ),
    Fault(
        "PAG-12",
        "registro_perdido",
        "La última página de la descarga pierde un registro.",
        answering(
            lambda a: is_search(a) and a.size == 200 and a.page == 2 and not a.sort,
            lambda r, _: r.listing(r.results[:-1]),
        ),
    ),
    Fault(
        "PAG-13",
        "paginas_traslapadas",
        "Cada página corta empieza con el último registro de la anterior.",
        on(
            lambda a: is_search(a) and a.size == 10 and (a.page or 1) > 1,
            overlapping,
        ),
    ),
    Fault(
        "PAG-13",
        "pagina_corta_en_medio",
        "Una página de diez, de en medio, trae nueve registros.",
        answering(
            lambda a: (
                is_search(a)
                and (a.page, a.size) == (17, 10)
                and a.sort == a.query == {}
            ),
            lambda r, _: r.listing(r.results[:-1]),
        ),
    ),
    Fault(
        "ERR-10",
        "pagina_recortada",
        "Recorta sin avisar las páginas demasiado grandes.",
        asking(
            lambda a: is_search(a) and type(a.size) is int and a.size > 200,
            lambda a: a.saying(pageSize=200),
        ),
    ),
    Fault(
        "ERR-11",
        "tamano_cero",
        "Un tamaño 0 se toma por el predeterminado.",
        asking(
            lambda a: is_search(a) and type(a.size) is int and a.size == 0,
            lambda a: a.saying(pageSize=10),
        ),
    ),
    Fault(
        "ERR-12",
        "pagina_cero",
        "Cuenta las páginas desde 0.",
        asking(
            lambda a: is_search(a) and type(a.page) is int and a.page == 0,
            lambda a: a.saying(page=1),
        ),
    ),
    Fault(
        "ERR-13",
        "numeros_de_texto",
        "Acepta el número de página entre comillas.",
        asking(
            lambda a: is_search(a) and a.page == "10",
            lambda a: a.saying(page=10),
        ),
    ),
)

INTERNAL = Fault(
    "REC-10",
    "dato_interno",
    "Los registros muestran «__v».",
    answering(is_search, lambda r, _: r.listing([{**x, "__v": 0} for x in r.results])),
)
HTML = Fault(
    "REC-01",
    "resultados_en_html",
    "Los resultados se declaran como HTML.",
    answering(is_search, _html),
)


def _records(terms: Terms) -> tuple[Fault, ...]:
    spoiled = (
        Fault(row["check"], row["name"], row["breaks"], records=spoiling(row))
        for row in terms.spoiled
    )
    return (HTML, INTERNAL, *spoiled)


EMPTY_OR_LATE = (
    Fault(
        "INS-05",
        "lista_vacia",
        "La lista de instituciones está vacía.",
        answering(is_list, lambda r, _: r.saying([])),
    ),
    Fault(
        "STR-04",
        "lista_lenta",
        "La lista de instituciones tarda cinco segundos.",
        answering(is_list, late(5)),
    ),
)


def _institutions(institution: str) -> tuple[Fault, ...]:
    return (
        Fault(
            "INS-01",
            "institucion_sin_nombre",
            "Una institución de la lista no trae nombre.",
            _appending({"siglas": "SN"}),
        ),
        Fault(
            "INS-02",
            "siglas_nulas",
            "Las siglas de una institución llegan nulas.",
            answering(
                is_list, lambda r, _: r.saying([{**x, "siglas": None} for x in r.json])
            ),
        ),
        Fault(
            "INS-03",
            "institucion_repetida",
            "Una institución aparece dos veces.",
            answering(is_list, lambda r, _: r.saying([*r.json, r.json[0]])),
        ),
        Fault(
            "INS-04",
            "dos_escrituras",
            "Una institución aparece con dos escrituras.",
            answering(
                is_list,
                lambda r, _: r.saying(
                    [*r.json, {**r.json[0], "nombre": r.json[0]["nombre"].swapcase()}]
                ),
            ),
        ),
        Fault(
            "INS-05",
            "institucion_ausente",
            "Falta una institución que tiene registros.",
            answering(is_list, lambda r, _: r.saying(r.json[1:])),
        ),
        Fault(
            "INS-06",
            "institucion_sin_registros",
            "La lista publica un nombre que el filtro no encuentra.",
            _appending({"nombre": "Instituto Extinto (en liquidación)"}),
        ),
        Fault(
            "INS-07",
            "institucion_ajena",
            "Al filtrar por una institución llegan registros de otra.",
            on(
                lambda a: (
                    is_search(a) and list(a.query) == [institution] and a.size == 100
                ),
                lambda a, good: good.serve(a.filtering({})),
            ),
        ),
    )


def faults(terms: Terms) -> tuple[Fault, ...]:
    """Give the faults that can be planted in a provider of a standard."""
    institution = terms.institution
    return (
        *PAGES,
        *_records(terms),
        *(_institutions(institution.name) if institution else ()),
        *(EMPTY_OR_LATE if terms.dataset.endpoint("institutions") else ()),
    )
