"""What strangers send to break a server: it is text, or it is refused."""

from collections.abc import Mapping

from pdn_sdk.checking import Api, Exchange, NotTriedError, advise, check, expect
from pdn_sdk.conformance.checks.demands import (
    ANSWER_S,
    is_refusal,
    listed,
    members,
    statuses,
)
from pdn_sdk.conformance.checks.items.asking import (
    at,
    has_data,
    nested,
    places,
    telling,
)
from pdn_sdk.conformance.checks.samples import records
from pdn_sdk.standards.items.shape import Kind
from pdn_sdk.standards.model import Dataset

REDOS_S = 5
WILDCARDS = ("%", "_")
SQL = ("' OR 1=1--", "'; SELECT 1;--", '") OR ("1"="1')
DEPTH = 50
LEVELS = 20
MANY = 10_000


@check("ROB-71")
def check_wildcards_are_text(api: Api, dataset: Dataset) -> None:
    """Los comodines de las bases de datos se buscan como texto."""
    path, _ = telling(api, places(dataset, Kind.TEXT, nested=False))
    walk = api.walk()
    if not walk.complete:
        raise NotTriedError("No se recorrieron todos los registros para comparar.")
    texts = [at(r, path) for r in records(api)]
    due = {w: sum(isinstance(t, str) and w in t for t in texts) for w in WILDCARDS}
    sent = {
        w: api.call({"limit": 1, "meta": "*", "filter": nested(path, {"_contains": w})})
        for w in WILDCARDS
    }
    wrong = [w for w, e in sent.items() if e.status == 200 and _count(e) != due[w]]
    advise(
        not wrong,
        f"Trata {' '.join(wrong)} como comodín: quien busca eso recibe otra cosa.",
        expected="; ".join(f"{w} → filter_count {due[w]:,}" for w in wrong),
        received="; ".join(f"{w} → filter_count {_count(sent[w])}" for w in wrong),
        evidence=[sent[w] for w in wrong],
    )


@check("ROB-72")
def check_expressions_are_not_run(api: Api, dataset: Dataset) -> None:
    """Las expresiones regulares no se ejecutan y se contestan pronto."""
    records(api)
    path = places(dataset, Kind.TEXT)[0]
    asked = {
        "_regex": {"filter": nested(path, {"_regex": "^(a+)+$"})},
        "_contains (a+)+$": {"filter": nested(path, {"_contains": "(a+)+$"})},
        "search (a+)+$": {"search": "(a|a)*!" + "a" * 500},
    }
    sent = {
        label: api.call({"limit": 1, "meta": "*", **more}, within_s=REDOS_S)
        for label, more in asked.items()
    }
    _expect_no_breakage(sent, "No use lo que escribe la gente como expresión.")
    expect(
        is_refusal(sent["_regex"]),
        "Atiende _regex: con una expresión cualquiera pueden detener el servidor.",
        expected="estado 400",
        received=f"estado {sent['_regex'].status}",
        evidence=sent["_regex"],
    )


@check("ROB-73")
def check_sql_is_text(api: Api, dataset: Dataset) -> None:
    """Los fragmentos de SQL son texto o se rechazan."""
    path = places(dataset, Kind.TEXT)[0]
    filters = {
        f"filter {text}": api.call(
            {"limit": 1, "meta": "*", "filter": nested(path, {"_eq": text})}
        )
        for text in SQL
    }
    others = {
        f"{name} {text}": api.call({"limit": 1, name: text}, within_s=ANSWER_S)
        for name in ("sort", "fields", "offset")
        for text in SQL[:1]
    }
    _expect_no_breakage({**filters, **others}, "Use parámetros en sus consultas.")
    found = [label for label, e in filters.items() if _count(e) not in (0, None)]
    expect(
        not found,
        f"Encuentra registros con {listed(found)}: lo que escribe la gente llega a la "
        "base de datos como una orden.",
        expected="filter_count 0",
        received="; ".join(f"{k}: filter_count {_count(filters[k])}" for k in found),
        evidence=[filters[label] for label in found],
    )


@check("ROB-74")
def check_enormous_queries_are_survived(api: Api, dataset: Dataset) -> None:
    """Una consulta muy profunda o enorme se rechaza o se contesta pronto."""
    path = places(dataset, Kind.TEXT)[0]
    deep = '{"_and":[' * DEPTH + "{}" + "]}" * DEPTH
    asked = {
        f"{DEPTH} niveles de _and": {"filter": deep},
        f"{MANY:,} valores en _in": {
            "filter": nested(path, {"_in": ["x"] * MANY}),
        },
        f"{LEVELS} niveles en fields": {"fields": ".".join(["*"] * LEVELS)},
    }
    sent = {
        label: api.call({"limit": 1, **more}, within_s=ANSWER_S)
        for label, more in asked.items()
    }
    _expect_no_breakage(sent, "Ponga un límite y conteste 400 o 414.")


@check("ROB-75")
def check_dynamic_values_are_survived(api: Api, dataset: Dataset) -> None:
    """Los valores dinámicos de un filtro no rompen el servidor."""
    text, date = places(dataset, Kind.TEXT)[0], places(dataset, Kind.DATE)[0]
    nodes = {
        "$NOW": nested(date, {"_lte": "$NOW"}),
        "$CURRENT_USER": nested(text, {"_eq": "$CURRENT_USER"}),
        "$CURRENT_ROLE": nested(text, {"_eq": "$CURRENT_ROLE"}),
    }
    sent = {k: api.call({"limit": 1, "filter": node}) for k, node in nodes.items()}
    _expect_no_breakage(sent, "Trátelos como texto o rechácelos.")


@check("ROB-76")
def check_other_parameters_open_nothing(api: Api) -> None:
    """Los parámetros export y version no abren otra puerta."""
    sent = {
        name: api.call({"limit": 1, name: value}, token=None)
        for name, value in (("export", "csv"), ("version", "main"))
    }
    opened = [name for name, e in sent.items() if not is_refusal(e) or has_data(e)]
    expect(
        not opened,
        f"Con {listed(opened)} atiende a quien no trae token.",
        expected="estado 401 (o 403)",
        received=statuses(sent),
        evidence=[sent[name] for name in opened],
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


def _count(exchange: Exchange) -> object:
    meta = members(exchange).get("meta")
    return meta.get("filter_count") if isinstance(meta, dict) else None
