"""Hostile and clumsy requests: taken as text or refused, answered in time."""

from collections.abc import Mapping

from pdn_sdk.checking import Api, Exchange, NotTriedError, advise, check, expect
from pdn_sdk.collation import fold
from pdn_sdk.conformance.checks.demands import (
    ANSWER_S,
    as_json,
    expect_refused,
    is_refusal,
    listed,
    members,
    statuses,
)
from pdn_sdk.conformance.checks.samples import (
    NONSENSE,
    Record,
    filters,
    first_filter,
    is_whole,
    records,
    texts_at,
)
from pdn_sdk.standards.model import Dataset, FilterField, Operator
from pdn_sdk.wire.post_query import write_search

TEXTS = (Operator.CONTAINS, Operator.EQUALS)
SIGNS = "\\ ' \" ( [ * ? + { % ; `"
"""What breaks whoever puts a text inside an expression or an instruction."""
REDOS_S = 5
FAST_S = 4.0
LONG_TEXT = 10_000
BIG_BODY_BYTES = 1_000_000
DEPTH = 5_000


@check("ROB-01")
def check_operators_are_refused(api: Api, text_filter: FilterField) -> None:
    """Un objeto con operadores en lugar de un texto se rechaza."""
    values = ({"$ne": ""}, {"$regex": ".*"})
    bodies = {
        f"{text_filter.name} {as_json(v)}": {
            "pageSize": 1,
            "query": {text_filter.name: v},
        }
        for v in values
    }
    expect_refused(api, bodies, "Los filtros de texto sólo admiten texto.")


@check("ROB-11")
def check_other_types_are_refused(api: Api, dataset: Dataset) -> None:
    """Un número o una lista en lugar de un texto se rechaza."""
    name = first_filter(dataset, Operator.CONTAINS).name
    values: tuple[object, ...] = (5, ["a"])
    expect_refused(
        api,
        {f"{name} {as_json(v)}": write_search(query={name: v}) for v in values},
        "El estándar publica ese filtro como texto.",
    )


@check("ROB-02")
def check_operator_keys_do_nothing(api: Api) -> None:
    """Las claves de operadores de bases de datos no alteran los resultados."""
    everyone = api.total()
    keys: dict[str, object] = {
        "$where": "sleep(3000) || false",
        "$or": [{NONSENSE: 1}],
        "$expr": {"$eq": [1, 2]},
        "$nor": [{}],
        "a.b": "x",
        "__proto__": {"x": 1},
        "constructor": {"prototype": {"x": 1}},
    }
    sent = {
        key: api.call({"page": 1, "pageSize": 1, "query": {key: v}}, within_s=ANSWER_S)
        for key, v in keys.items()
    }
    _expect_inert(sent, everyone)


@check("ROB-03")
def check_expressions_are_text(api: Api, dataset: Dataset) -> None:
    """Los signos de las expresiones regulares se buscan como texto."""
    signs = (".", ".*", "^", "[", "(", "\\", "#", "$", "a|e")
    _expect_literal(api, dataset, signs, elsewhere=(".",))


@check("ROB-04")
def check_wildcards_are_text(api: Api, dataset: Dataset) -> None:
    """Los comodines de las bases de datos se buscan como texto."""
    signs = ("%", "_", "*", "?", "%a%")
    _expect_literal(api, dataset, signs, refusable=True, elsewhere=("%",))


@check("ROB-05")
def check_sql_is_text(api: Api, dataset: Dataset) -> None:
    """Los fragmentos de SQL se buscan como texto."""
    texts = ("' OR 1=1--", '" OR ""="', "'; SELECT 1;--", "') OR ('1'='1")
    _expect_literal(api, dataset, texts, refusable=True, elsewhere=texts[:1])


@check("ROB-06")
def check_control_characters_are_survived(api: Api, dataset: Dataset) -> None:
    """Los caracteres de control no provocan errores del servidor."""
    declared = first_filter(dataset, Operator.CONTAINS)
    texts = {"nulo": "\x00", "campana": "a\x07b", "dirección": "\u202e", "🙂": "🙂"}
    sent = {
        f"el carácter {label}": api.call(_body(declared, text), within_s=ANSWER_S)
        for label, text in texts.items()
    }
    every = {f.name: SIGNS for f in filters(dataset, *TEXTS) if not f.is_number}
    sent["todos los signos en todos los filtros"] = api.call(
        write_search(page_size=1, query=every), within_s=ANSWER_S
    )
    _expect_no_breakage(sent, "Trátelos como texto o rechácelos.")


@check("ROB-07")
def check_costly_expression_is_answered(api: Api, dataset: Dataset) -> None:
    """Una expresión hecha para agotar al servidor se contesta en 5 segundos."""
    declared = first_filter(dataset, Operator.CONTAINS)
    texts = {"(a+)+$": "(a+)+$", "^(a|a)*!": "^(a|a)*!", "aaaa…!": "a" * 4000 + "!"}
    sent = {
        label: api.call(_body(declared, text), within_s=REDOS_S)
        for label, text in texts.items()
    }
    _expect_no_breakage(sent, "No use lo que escribe la gente como expresión.")


@check("ROB-08")
def check_long_text_is_survived(api: Api, dataset: Dataset) -> None:
    """Un filtro de 10,000 letras se rechaza o da pronto cero resultados."""
    declared = first_filter(dataset, Operator.CONTAINS)
    answer = api.call(_body(declared, "x" * LONG_TEXT), within_s=ANSWER_S)
    _expect_refused_or_quick("un filtro enorme", answer)


@check("ROB-09")
def check_big_body_is_survived(api: Api) -> None:
    """Un cuerpo de 1 MB se rechaza o se atiende sin demora."""
    padding = "x" * BIG_BODY_BYTES
    body = {"page": 1, "pageSize": 1, f"{NONSENSE}Relleno": padding}
    _expect_refused_or_quick("un cuerpo de 1 MB", api.call(body, within_s=ANSWER_S))


@check("ROB-10")
def check_deep_body_is_survived(api: Api) -> None:
    """Un cuerpo con miles de niveles no rompe el servidor."""
    deep = b'{"page": 1, "pageSize": 1, "x": ' + b"[" * DEPTH + b"]" * DEPTH + b"}"
    sent = {"un cuerpo muy profundo": api.call(raw=deep, within_s=ANSWER_S)}
    _expect_no_breakage(sent, "Limite la profundidad de lo que lee.")


def _body(declared: FilterField, text: str) -> Record:
    return {"page": 1, "pageSize": 1, "query": {declared.name: text}}


def _expect_literal(
    api: Api,
    dataset: Dataset,
    texts: tuple[str, ...],
    *,
    elsewhere: tuple[str, ...],
    refusable: bool = False,
) -> None:
    """Demand that signs are text: all of them in a filter, some in the others."""
    records(api)
    if not is_whole(api):
        raise NotTriedError("No se recorrieron todos los registros para comparar.")
    first, *others = filters(dataset, Operator.CONTAINS)
    _expect_text(api, first, texts, refusable=refusable)
    for declared in others:
        _expect_text(api, declared, elsewhere, refusable=refusable)


def _expect_text(
    api: Api, declared: FilterField, texts: tuple[str, ...], *, refusable: bool
) -> None:
    sent = {t: api.call(_body(declared, t), within_s=ANSWER_S) for t in texts}
    due = {t: _holding(api, declared, t) for t in texts}
    # A search by the whole value is sound as well: it finds fewer, never more.
    least = {t: _being(api, declared, t) for t in texts}
    refused = [t for t in texts if refusable and is_refusal(sent[t])]
    wrong = [
        t
        for t in texts
        if t not in refused
        and (sent[t].status != 200 or _rows(sent[t]) not in (due[t], least[t]))
    ]
    expect(
        not wrong,
        f"«{declared.name}» no busca como texto: {' '.join(wrong)}. Escape lo que "
        "escribe la gente antes de buscarlo.",
        expected="; ".join(f"{t} → totalRows {due[t]:,}" for t in wrong),
        received="; ".join(
            f"{t} → estado {sent[t].status}, totalRows {_rows(sent[t])}" for t in wrong
        ),
        evidence=[sent[t] for t in wrong][:3],
    )
    # A firewall in front may do this; a name like D'Acosta is then lost.
    advise(
        not refused,
        f"Rechaza {' '.join(refused)} en lugar de buscarlo como texto.",
        expected="estado 200",
        received=statuses({t: sent[t] for t in refused}),
        evidence=[sent[t] for t in refused][:3],
    )


def _holding(api: Api, declared: FilterField, text: str) -> int:
    wanted = fold(text)
    return sum(
        any(wanted in fold(t) for t in texts_at(r, declared.path)) for r in records(api)
    )


def _being(api: Api, declared: FilterField, text: str) -> int:
    wanted = fold(text)
    return sum(
        any(wanted == fold(t) for t in texts_at(r, declared.path)) for r in records(api)
    )


def _rows(exchange: Exchange) -> object:
    pagination = members(exchange).get("pagination")
    found = pagination.get("totalRows") if isinstance(pagination, dict) else None
    return int(found) if isinstance(found, str) and found.isdigit() else found


def _expect_inert(sent: Mapping[str, Exchange], everyone: int) -> None:
    moved = [
        key
        for key, e in sent.items()
        if e.status >= 500 or (e.status == 200 and _rows(e) != everyone)
    ]
    expect(
        not moved,
        f"La consulta cambia con {listed(moved)}: lo que envía la gente llega sin "
        "revisar a la base de datos.",
        expected=f"totalRows {everyone:,}, como sin esa clave",
        received="; ".join(f"{k}: {sent[k].status}, {_rows(sent[k])}" for k in moved),
        evidence=[sent[key] for key in moved],
    )


def _expect_no_breakage(sent: Mapping[str, Exchange], why: str) -> None:
    broken = [label for label, e in sent.items() if e.status >= 500]
    expect(
        not broken,
        f"Error del servidor con {listed(broken)}. {why}",
        expected="estado 200 o 4xx",
        received=statuses(sent),
        evidence=[sent[label] for label in broken],
    )


def _expect_refused_or_quick(what: str, answer: Exchange) -> None:
    _expect_no_breakage({what: answer}, "Ponga un límite y conteste 413 o 400.")
    took = answer.response.elapsed_s
    advise(
        took <= FAST_S,
        f"Tardó {took:.1f} segundos en contestar a {what}.",
        expected="un error 4xx, o una respuesta en 4 segundos",
        received=f"estado {answer.status} en {took:.1f} segundos",
        evidence=answer,
    )
