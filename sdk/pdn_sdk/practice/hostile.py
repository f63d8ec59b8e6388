"""Faults of privacy, of hostile requests and of many callers at once."""

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from pdn_sdk.practice.planting import (
    Bend,
    Fault,
    Good,
    When,
    answering,
    asking,
    is_search,
    is_token,
    late,
    on,
    refusing,
    showing,
    silence,
)
from pdn_sdk.practice.terms import Terms
from pdn_sdk.practice.wire import Answered, Asked, refusal
from pdn_sdk.standards.model import Operator

TOGETHER_S = 0.05
"""Long enough for calls made at once to meet inside the provider."""


def _holding(name: str, *texts: str) -> When:
    return lambda a: is_search(a) and a.query.get(name) in texts


def _finding_all(name: str, *texts: str) -> Bend:
    return asking(_holding(name, *texts), lambda a: a.filtering({}))


class Counter:
    """Counts the calls that are inside at the same time."""

    def __init__(self) -> None:
        self.inside = 0
        self.lock = threading.Lock()

    def most(self) -> int:
        """Enter, wait for the others, leave; give how many were inside."""
        with self.lock:
            self.inside += 1
        time.sleep(TOGETHER_S)
        with self.lock:
            seen = self.inside
        time.sleep(TOGETHER_S)
        with self.lock:
            self.inside -= 1
        return seen


def _one_at_a_time(asked: Asked, good: Good) -> Answered:
    counter = good.memory.setdefault("counter", Counter())
    return refusal(503) if counter.most() > 1 else good.serve(asked)


def crossed(asked: Asked, good: Good) -> Answered:
    """Answer what was asked last, by whoever."""
    good.memory["last"] = asked
    time.sleep(TOGETHER_S)
    return good.serve(good.memory["last"])


def _leaks(terms: Terms, leak: Mapping[str, Any]) -> Iterator[Fault]:
    leaks = showing(leak["at"], leak["value"])
    # What is shown can be searched by, and then is not found.
    searched = [f"SEA-03[{f.name}]" for f in terms.withheld if f.path == leak["at"]]
    yield Fault(
        "PRI-01",
        "dato_reservado",
        "Los registros muestran un dato reservado.",
        answering(is_search, leaks),
        also=frozenset(searched),
    )
    requester = terms.requester
    if requester is not None:
        yield Fault(
            "PRI-02",
            "solicitante_autoriza",
            "Con un RFC cualquiera muestra datos reservados.",
            answering(lambda a: is_search(a) and requester.name in a.query, leaks),
        )


def _inferences(terms: Terms) -> Iterator[Fault]:
    if terms.guessed is not None:
        guessed = terms.guessed.name
        yield Fault(
            "PRI-03",
            "rfc_por_partes",
            "El filtro por RFC encuentra con una letra.",
            asking(
                lambda a: is_search(a) and len(str(a.query.get(guessed, ""))) == 1,
                lambda a: (
                    a.filtering({terms.name: a.query[guessed]})
                    if a.query[guessed].strip()
                    else a
                ),
            ),
        )
    if terms.withheld_order is not None:
        telling = {terms.withheld_order.name: "desc"}
        yield Fault(
            "PRI-04",
            "orden_por_lo_oculto",
            "Ordena por un dato que no muestra.",
            asking(
                lambda a: is_search(a) and a.sort == telling and a.size == 20,
                lambda a: a.saying(sort={terms.order.name: "desc"}),
            ),
        )


def _has_backslash(asked: Asked, *, but: str) -> bool:
    others = {name: value for name, value in asked.query.items() if name != but}
    return is_search(asked) and _says(others, "\\")


def _says(node: object, text: str) -> bool:
    if isinstance(node, dict):
        return any(_says(value, text) for value in node.values())
    return isinstance(node, str) and text in node


def _hostile(terms: Terms) -> tuple[Fault, ...]:
    name = terms.name
    texts = [f.name for f in terms.filters(Operator.CONTAINS) if "." not in f.name]
    last = texts[-1]
    return (
        Fault(
            f"ROB-01[{name}]",
            "operadores_aceptados",
            "Acepta un operador en lugar de un texto.",
            asking(
                lambda a: is_search(a) and isinstance(a.query.get(name), dict),
                lambda a: a.filtering({}),
            ),
        ),
        Fault(
            "ROB-02",
            "or_a_la_base",
            "Una clave «$or» llega a la base de datos.",
            asking(
                lambda a: is_search(a) and "$or" in a.query,
                lambda a: a.filtering({name: "qzx-nada"}),
            ),
        ),
        Fault(
            "ROB-03",
            "texto_como_expresion",
            "Trata lo que se busca como expresión regular.",
            _finding_all(name, ".*", "^"),
        ),
        Fault(
            "ROB-04",
            "comodines",
            "Trata % como comodín.",
            _finding_all(name, "%"),
        ),
        Fault(
            "ROB-04",
            "comodin_en_otro_filtro",
            "En el último filtro de texto, % es un comodín.",
            _finding_all(last, "%"),
        ),
        Fault(
            "ROB-05",
            "inyeccion_sql",
            "Une lo que se busca a la instrucción SQL.",
            _finding_all(name, "' OR 1=1--"),
        ),
        Fault(
            "ROB-06",
            "caracter_nulo",
            "Un carácter nulo rompe el servidor.",
            refusing(lambda a: is_search(a) and "\x00" in str(a.query.get(name))),
        ),
        Fault(
            "ROB-06",
            "diagonal_en_otro_filtro",
            "Una diagonal invertida en otro filtro que el nombre rompe el servidor.",
            refusing(lambda a: _has_backslash(a, but=name)),
        ),
    )


def _untyped(terms: Terms) -> Fault:
    name = terms.name
    return Fault(
        "ROB-11",
        "numero_por_texto",
        "Un número en lugar de un texto lo toma por un texto.",
        asking(
            lambda a: is_search(a) and a.query.get(name) == 5,
            lambda a: a.filtering({name: "5"}),
        ),
    )


def _costly(terms: Terms) -> tuple[Fault, ...]:
    name = terms.name
    return (
        Fault(
            "ROB-07",
            "expresion_costosa",
            "Una expresión costosa lo deja sin contestar.",
            on(_holding(name, "(a+)+$"), silence),
        ),
        Fault(
            "ROB-08",
            "texto_enorme",
            "Un texto de 10,000 letras rompe el servidor.",
            refusing(lambda a: is_search(a) and len(str(a.query.get(name))) > 9_000),
        ),
        Fault(
            "ROB-09",
            "cuerpo_enorme",
            "Un cuerpo de 1 MB rompe el servidor.",
            on(
                lambda a: is_search(a) and len(a.body) > 900_000,
                lambda *_: refusal(500),
            ),
        ),
        Fault(
            "ROB-10",
            "cuerpo_profundo",
            "Un cuerpo con miles de niveles rompe el servidor.",
            on(lambda a: is_search(a) and b"[[[[" in a.body, lambda *_: refusal(500)),
        ),
    )


STRESS = (
    Fault(
        "STR-01",
        "un_token_a_la_vez",
        "Sólo entrega un token a la vez.",
        on(is_token, _one_at_a_time),
    ),
    Fault(
        "STR-02",
        "una_pagina_a_la_vez",
        "Sólo atiende una página grande a la vez.",
        on(lambda a: is_search(a) and a.size == 200 and not a.sort, _one_at_a_time),
        also=frozenset({"STR-52"}),
    ),
    Fault(
        "STR-04",
        "orden_lento",
        "Ordenar tarda cinco segundos.",
        answering(lambda a: is_search(a) and a.sort, late(5)),
    ),
    Fault(
        "STR-05",
        "paginas_finales_lentas",
        "Las últimas páginas tardan cinco segundos.",
        answering(
            lambda a: is_search(a) and type(a.page) is int and a.page > 20, late(5)
        ),
    ),
)


def _crossed(terms: Terms) -> Fault:
    identity = terms.identity.name
    return Fault(
        f"STR-03[{identity}]",
        "respuestas_cruzadas",
        "Quien consulta a la vez recibe la respuesta de otro.",
        on(
            lambda a: is_search(a) and a.asks_only(identity) and a.size == 3,
            crossed,
        ),
    )


def faults(terms: Terms) -> tuple[Fault, ...]:
    """Give the faults that can be planted in a provider of a standard."""
    return (
        *(_leaks(terms, terms.leak) if terms.leak else ()),
        *_inferences(terms),
        *_hostile(terms),
        _untyped(terms),
        *_costly(terms),
        *STRESS,
        _crossed(terms),
    )
