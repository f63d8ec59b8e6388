"""Faults of what declarations ask, each with the check that must catch it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pdn_sdk.practice.hostile import Counter
from pdn_sdk.practice.wire import Answered, Asked, Serve, refusal

from .provider import SEARCH, STANDARD, TOKEN, Record, examples

ASKED = {check for r in STANDARD.requirements for check in r.checks}
"""The rest of the rules only advise whoever loads."""

Bend = Callable[[Asked, Serve], Answered]
INCOME = "totalIngresosNetos"
PARENT = "declaracion"
ASSETS = "situacionPatrimonial"


@dataclass(frozen=True)
class Fault:
    """One fault: the check that catches it, and what bends the answers."""

    check: str
    name: str
    bend: Bend


def _ends(change: Callable[[dict[str, Any]], Any]) -> Bend:
    """Answer as if each range that was asked had been another."""

    def changed(query: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: change(value)
            if isinstance(value, dict) and {"min", "max"} & set(value)
            else changed(value)
            if isinstance(value, dict) and name != INCOME
            else value
            for name, value in query.items()
        }

    return lambda asked, serve: serve(
        asked.filtering(changed(asked.query)) if asked.query else asked
    )


def _never_both(ends: dict[str, Any]) -> dict[str, Any]:
    is_wide = len(ends) == 2 and isinstance(ends["max"], int) and ends["max"] > 0
    return {"min": ends["min"]} if is_wide and ends["max"] > ends["min"] else ends


def _unmatched(ends: dict[str, Any]) -> dict[str, Any]:
    return {} if len(ends) == 2 and ends["min"] == ends["max"] else ends


def _one_end_ignored(ends: dict[str, Any]) -> dict[str, Any]:
    return ends if len(ends) == 2 else {}


def _zero_closes(ends: dict[str, Any]) -> dict[str, Any]:
    return {"min": 10**15} if ends.get("max") == 0 else ends


def _empty_is_nothing(asked: Asked, serve: Serve) -> Answered:
    if asked.path == SEARCH and asked.query.get(INCOME) == {}:
        return serve(asked.filtering({INCOME: {"min": 10**15}}))
    return serve(asked)


def _tolerant(asked: Asked, serve: Serve) -> Answered:
    answered = serve(asked)
    is_refused = asked.path == SEARCH and asked.query and answered.status == 400
    return serve(asked.filtering({})) if is_refused else answered


def _first(change: Callable[[Record], Record]) -> Bend:
    """Change the first record of each answer."""

    def bend(asked: Asked, serve: Serve) -> Answered:
        answered = serve(asked)
        if asked.path != SEARCH or not answered.results:
            return answered
        first, *rest = answered.results
        return answered.listing([change(first), *rest])

    return bend


def _instead(record: Record) -> Bend:
    """Serve a record in the place of the first, under its identifier."""
    return _first(lambda first: {**record, "id": first["id"]})


def _kind_without_accents(record: Record) -> Record:
    return {**record, "metadata": {**record["metadata"], "tipo": "MODIFICACION"}}


def _of_another_kind(record: Record) -> Record:
    declared = record[PARENT]
    assets = {**declared[ASSETS], "ingresos": dict(declared[ASSETS]["ingresos"])}
    names = ("remuneracionMensualCargoPublico", "remuneracionAnualCargoPublico")
    for name in names:
        assets["ingresos"].setdefault(name, {"valor": 1, "moneda": "MXN"})
    return {**record, PARENT: {**declared, ASSETS: assets}}


def _with_a_curp(record: Record) -> Record:
    declared = record[PARENT]
    post = declared[ASSETS]["datosEmpleoCargoComision"]
    post = {**post, "funcionPrincipal": "Atiende a PELJ800101HASRPN09"}
    assets = {**declared[ASSETS], "datosEmpleoCargoComision": post}
    return {**record, PARENT: {**declared, ASSETS: assets}}


def _failing_on(sizes: Callable[[int], bool]) -> Bend:
    return lambda asked, serve: (
        refusal(500)
        if isinstance(asked.size, int) and sizes(asked.size)
        else serve(asked)
    )


def _mixed_when_busy() -> Bend:
    counter = Counter()

    def bend(asked: Asked, serve: Serve) -> Answered:
        answered = serve(asked)
        if asked.path != SEARCH or counter.most() == 1:
            return answered
        return answered.listing(reversed(answered.results))

    return bend


def _lying_total(asked: Asked, serve: Serve) -> Answered:
    answered = serve(asked)
    if asked.path != SEARCH or not asked.query or answered.status != 200:
        return answered
    total = answered.json["pagination"]["totalRows"]
    return answered.paginated(totalRows=total + 1)


def _with_code(asked: Asked, serve: Serve) -> Answered:
    answered = serve(asked)
    return answered.member("code", "200") if answered.results else answered


def _token(change: Callable[[Asked, Answered], Answered]) -> Bend:
    def bend(asked: Asked, serve: Serve) -> Answered:
        answered = serve(asked)
        return change(asked, answered) if asked.path == TOKEN else answered

    return bend


def _no_json(asked: Asked, answered: Answered) -> Answered:
    is_json = "json" in asked.headers.get("content-type", "")
    return refusal(400) if is_json else answered


def _only_in_the_body(asked: Asked, answered: Answered) -> Answered:
    is_json = "json" in asked.headers.get("content-type", "")
    return answered if is_json or "client_id" in asked.form else refusal(401)


def _scope_demanded(asked: Asked, answered: Answered) -> Answered:
    is_read = asked.form.get("scope") == "read"
    return refusal(400) if is_read else answered


def _storable(_: Asked, answered: Answered) -> Answered:
    kept = {k: v for k, v in answered.headers.items() if k != "cache-control"}
    return replace(answered, headers=kept)


def _telling_who(asked: Asked, answered: Answered) -> Answered:
    is_unknown = asked.form.get("username") == "no-es-la-buena-7a1f"
    return refusal(401, "No existe ese usuario.") if is_unknown else answered


def _tiring() -> Bend:
    asked_times = 0

    def bend(asked: Asked, serve: Serve) -> Answered:
        nonlocal asked_times
        asked_times += asked.path == TOKEN
        is_tired = asked.path == TOKEN and asked_times > 12
        return refusal(429) if is_tired else serve(asked)

    return bend


def _open_to_anyone(asked: Asked, serve: Serve) -> Answered:
    answered = serve(asked)
    allowed = {
        "access-control-allow-origin": "*",
        "access-control-allow-credentials": "true",
    }
    return replace(answered, headers={**answered.headers, **allowed})


def _unsorted(asked: Asked, serve: Serve) -> Answered:
    answered = serve(asked)
    if INCOME not in asked.sort:
        return answered
    return answered.listing(reversed(answered.results))


def _without_nested_sort(asked: Asked, serve: Serve) -> Answered:
    is_nested = any(isinstance(way, dict) for way in asked.sort.values())
    return refusal(400) if is_nested else serve(asked)


FAULTS = (
    Fault("RNG-01", "the range is not a condition", _ends(_unmatched)),
    Fault("RNG-02", "one end alone is not a condition", _ends(_one_end_ignored)),
    Fault("RNG-03", "two items may meet the two ends", _ends(_never_both)),
    Fault("RNG-04", "a maximum of zero closes the range", _ends(_zero_closes)),
    Fault("RNG-05", "an empty range gives nothing", _empty_is_nothing),
    Fault("RNG-06", "what is no range is left aside", _tolerant),
    Fault("VAR-01", "a kind without its accent", _first(_kind_without_accents)),
    Fault("VAR-02", "a member misspelt", _first(lambda r: {**r, "metadatos": {}})),
    Fault("VAR-03", "an income of another kind", _first(_of_another_kind)),
    Fault("PRI-06", "a CURP inside a text", _first(_with_a_curp)),
    Fault("PAG-14", "a large page breaks the server", _failing_on(lambda n: n > 200)),
    Fault("PAG-15", "a page of nothing breaks it", _failing_on(lambda n: n < 1)),
    Fault("PAG-16", "pages at once are others", _mixed_when_busy()),
    Fault("PAG-17", "the total counts one more", _lying_total),
    Fault("PAG-18", "success carries a code", _with_code),
    Fault("ACC-22", "JSON is not read", _token(_no_json)),
    Fault("ACC-23", "Basic alone is not enough", _token(_only_in_the_body)),
    Fault("ACC-24", "the short scope is unknown", _token(_scope_demanded)),
    Fault("ACC-25", "the token may be stored", _token(_storable)),
    Fault("ACC-26", "the error tells who exists", _token(_telling_who)),
    Fault("ACC-28", "many tokens tire the server", _tiring()),
    Fault("ERR-14", "any origin with credentials", _open_to_anyone),
    Fault("SOR-07", "incomes the other way round", _unsorted),
    Fault("SOR-08", "a sort inside an object is refused", _without_nested_sort),
    *(
        Fault(f"PRI-05[{x['rule']}]", "what the rule hides", _instead(x["in"]))
        for x in examples("projection")
    ),
    *(
        Fault(
            f"REC-30[{x['breaks']}]", "what is advised against", _instead(x["record"])
        )
        for x in examples("advised")
        if f"REC-30[{x['breaks']}]" in ASKED
    ),
    *(
        Fault(f"REC-33[{x['breaks']}]", "what is demanded", _instead(x["record"]))
        for x in examples("invalid")
        if f"REC-33[{x['breaks']}]" in ASKED
    ),
)
