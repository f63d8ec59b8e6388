"""Faults of privacy, of hostile requests and of many callers at once."""

import threading
import time
from typing import Any

from .planting import (
    Fault,
    Good,
    answering,
    asking,
    is_search,
    is_token,
    late,
    on,
    refusing,
)
from .wire import Answered, Asked, SilenceError, refusal

TOGETHER_S = 0.05
"""Long enough for calls made at once to meet inside the provider."""


def _text(asked: Asked) -> str:
    return str(asked.query.get("nombres", ""))


def _finding_all(*texts: str) -> Any:
    return asking(
        lambda a: is_search(a) and _text(a) in texts, lambda a: a.filtering({})
    )


def _superior(answered: Answered, asked: Asked) -> Answered:
    boss = {"nombres": "Luz", "primerApellido": "Paz", "rfc": "PALX800101AB1"}
    return answered.listing(
        [{**r, "superiorInmediato": boss} for r in answered.results]
    )


def _silence(asked: Asked, good: Good) -> Answered:
    raise SilenceError


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


def _crossed(asked: Asked, good: Good) -> Answered:
    good.memory["last"] = asked
    time.sleep(TOGETHER_S)
    return good.serve(good.memory["last"])


PRIVACY = (
    Fault(
        "PRI-01",
        "rfc_del_superior",
        "Los registros muestran el RFC del superior.",
        answering(is_search, _superior),
    ),
    Fault(
        "PRI-02",
        "solicitante_autoriza",
        "Con un RFC cualquiera muestra datos reservados.",
        answering(lambda a: is_search(a) and "rfcSolicitante" in a.query, _superior),
    ),
    Fault(
        "PRI-03",
        "rfc_por_partes",
        "El filtro por RFC encuentra con una letra.",
        asking(
            lambda a: is_search(a) and len(str(a.query.get("rfc", ""))) == 1,
            lambda a: (
                a.filtering({"nombres": a.query["rfc"]})
                if a.query["rfc"].strip()
                else a
            ),
        ),
    ),
)

HOSTILE = (
    Fault(
        "ROB-01[nombres]",
        "operadores_aceptados",
        "Acepta un operador en lugar de un texto.",
        asking(
            lambda a: is_search(a) and isinstance(a.query.get("nombres"), dict),
            lambda a: a.filtering({}),
        ),
    ),
    Fault(
        "ROB-02",
        "or_a_la_base",
        "Una clave «$or» llega a la base de datos.",
        asking(
            lambda a: is_search(a) and "$or" in a.query,
            lambda a: a.filtering({"nombres": "qzx-nada"}),
        ),
    ),
    Fault(
        "ROB-03",
        "texto_como_expresion",
        "Trata lo que se busca como expresión regular.",
        _finding_all(".*", "^"),
    ),
    Fault(
        "ROB-04",
        "comodines",
        "Trata % como comodín.",
        _finding_all("%"),
    ),
    Fault(
        "ROB-05",
        "inyeccion_sql",
        "Une lo que se busca a la instrucción SQL.",
        _finding_all("' OR 1=1--"),
    ),
    Fault(
        "ROB-06",
        "caracter_nulo",
        "Un carácter nulo rompe el servidor.",
        refusing(lambda a: is_search(a) and "\x00" in _text(a)),
    ),
    Fault(
        "ROB-07",
        "expresion_costosa",
        "Una expresión costosa lo deja sin contestar.",
        on(lambda a: is_search(a) and _text(a) == "(a+)+$", _silence),
    ),
    Fault(
        "ROB-08",
        "texto_enorme",
        "Un texto de 10,000 letras rompe el servidor.",
        refusing(lambda a: is_search(a) and len(_text(a)) > 9_000),
    ),
    Fault(
        "ROB-09",
        "cuerpo_enorme",
        "Un cuerpo de 1 MB rompe el servidor.",
        on(lambda a: is_search(a) and len(a.body) > 900_000, lambda *_: refusal(500)),
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
    ),
    Fault(
        "STR-03[id]",
        "respuestas_cruzadas",
        "Quien consulta a la vez recibe la respuesta de otro.",
        on(
            lambda a: is_search(a) and list(a.query) == ["id"] and a.size == 3, _crossed
        ),
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

FAULTS = (*PRIVACY, *HOSTILE, *STRESS)
