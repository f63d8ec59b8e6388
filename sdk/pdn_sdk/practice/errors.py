"""Faults of what is answered to a wrong request."""

from dataclasses import replace

from pdn_sdk.practice.planting import (
    Fault,
    asking,
    is_search,
    no_token,
    on,
    silence,
)
from pdn_sdk.practice.wire import refusal

ONE = {"page": 1, "pageSize": 1}

FAULTS = (
    Fault(
        "ERR-01",
        "codigo_numerico",
        "El error de JSON trae el código como número y sin mensaje.",
        on(
            lambda a: is_search(a) and a.json is None and not no_token(a),
            lambda *_: replace(refusal(), body=b'{"code": 400}'),
        ),
    ),
    Fault(
        "ERR-02",
        "traza_en_el_error",
        "El error muestra la traza del programa.",
        on(
            lambda a: is_search(a) and a.page == "uno",
            lambda *_: refusal(
                400, 'Traceback (most recent call last): File "/srv/app.py", line 3'
            ),
        ),
    ),
    Fault(
        "ERR-03",
        "json_roto_aceptado",
        "Un JSON incompleto se toma por una búsqueda vacía.",
        asking(
            lambda a: (
                is_search(a) and a.body.startswith(b'{"page":') and a.json is None
            ),
            lambda a: a.sending({}),
        ),
    ),
    Fault(
        "ERR-04",
        "lista_por_cuerpo",
        "Una lista por cuerpo se toma por una búsqueda vacía.",
        asking(lambda a: is_search(a) and a.json == [], lambda a: a.sending({})),
    ),
    Fault(
        "ERR-05",
        "query_null_cuelga",
        "Nunca contesta cuando «query» es null.",
        on(
            lambda a: (
                is_search(a) and "query" in a.members and a.members["query"] is None
            ),
            silence,
        ),
        also=frozenset({"ERR-01"}),
    ),
    Fault(
        "ERR-06",
        "sort_de_texto",
        "Ignora un «sort» que no es un objeto.",
        asking(
            lambda a: is_search(a) and isinstance(a.members.get("sort"), str),
            lambda a: a.forgetting("sort"),
        ),
    ),
    Fault(
        "ERR-07",
        "cualquier_tipo",
        "Un cuerpo de otro tipo recibe el listado completo.",
        asking(
            lambda a: is_search(a) and "json" not in a.headers.get("content-type", ""),
            lambda a: a.sending({}) if a.body else a,
        ),
    ),
    Fault(
        "ERR-08",
        "sin_cuerpo",
        "Una búsqueda sin cuerpo recibe el listado completo.",
        asking(lambda a: is_search(a) and not a.body, lambda a: a.sending({})),
    ),
    Fault(
        "ERR-09",
        "get_en_la_busqueda",
        "La búsqueda también atiende GET.",
        asking(
            lambda a: a.is_for_records and a.method == "GET",
            lambda a: replace(a, method="POST").sending(ONE),
        ),
    ),
)
