"""What the provider answers when it is asked wrongly: one shape, no secrets."""

import re

from pdn_sdk.checking import Api, Exchange, advise, check, expect
from pdn_sdk.conformance.checks.demands import (
    ANSWER_S,
    as_json,
    expect_refusals,
    expect_refused,
    is_refusal,
    listed,
    members,
    shows_data,
    statuses,
)
from pdn_sdk.conformance.checks.samples import NONSENSE, filters
from pdn_sdk.standards.model import Dataset, Operator

INVENTED = "no-es-un-token"

RANGE = frozenset({422})
"""Also accepted for a page or a size out of range (the pilots answer it)."""

# Words that only the inside of a program says.
INSIDES = re.compile(
    rb"Traceback \(most recent|File \"[^\"]+\", line \d+|\bat [\w.$<>]+ ?\([^)]*:\d+"
    rb"|node_modules|site-packages|sqlalchemy|sqlite3\.|psycopg|MongoError|mongoose"
    rb"|java\.lang\.|DEBUG = True|URLconf|Illuminate[\\/]|vendor/laravel"
    rb"|ORA-\d{5}|SELECT .{1,80} FROM |werkzeug\.|PDOException"
    rb"|(?:/(?:home|usr|var|opt|srv|app|root)/|[A-Z]:\\\\)[\w.\\/-]+\.\w{2,4}\b"
    rb"|(?:PostgreSQL|MySQL|MariaDB|SQLite|MongoDB|Python|PHP|Express|Flask|Django)"
    rb"[/ ]v?\d+\.\d|relation \\?\"\w+\\?\" does not exist|SQLSTATE",
    re.IGNORECASE,
)


@check("ERR-01")
def check_errors_have_one_shape(api: Api, dataset: Dataset) -> None:
    """Todo error es un objeto JSON con «code» y «message», ambos de texto."""
    sent = _errors(api, dataset)
    odd = [label for label, e in sent.items() if not _is_error(e)]
    expect(
        not odd,
        f"El error de {listed(odd)} no trae «code» y «message» como textos: quien "
        "consulta no puede saber qué corregir.",
        expected='{"code": "texto", "message": "texto"}',
        received="; ".join(f"{k}: {_shape(sent[k])}" for k in odd),
        evidence=[sent[label] for label in odd],
    )


@check("ERR-02")
def check_errors_keep_the_insides_to_themselves(api: Api, dataset: Dataset) -> None:
    """Los errores no revelan programas, rutas ni bases de datos."""
    # All that was refused in the whole run, so that no question is left out.
    sent = {
        f"{e.request.method} {e.request.body[:60]}": e for e in api.refusals
    } or _errors(api, dataset)
    loose = {
        label: found.group(0).decode(errors="replace")
        for label, e in sent.items()
        if (found := INSIDES.search(e.response.body))
    }
    expect(
        not loose,
        f"El error de {listed(list(loose))} muestra el interior del sistema, que "
        "sirve a quien quiera atacarlo.",
        expected="un mensaje para personas",
        received="; ".join(f"{label}: «{text}»" for label, text in loose.items()),
        evidence=[sent[label] for label in loose],
    )


@check("ERR-03")
def check_broken_json_is_refused(api: Api) -> None:
    """Un cuerpo que no es JSON bien escrito se rechaza con estado 400."""
    raw = {
        "un JSON incompleto": b'{"page": 1,',
        "un texto que no es JSON": b"hola",
        "comillas simples": b"{'page': 1}",
    }
    expect_refusals(
        {k: api.call(raw=body, within_s=ANSWER_S) for k, body in raw.items()},
        "Quien se equivoca al escribir debe enterarse.",
    )


@check("ERR-04")
def check_body_must_be_an_object(api: Api) -> None:
    """Un cuerpo JSON que no es un objeto se rechaza con estado 400."""
    expect_refused(
        api,
        {"una lista": [], "un texto": "hola", "un número": 5},
        "El cuerpo de una búsqueda es un objeto.",
    )


@check("ERR-05")
def check_query_must_be_an_object(api: Api) -> None:
    """Si «query» no es un objeto, la búsqueda se rechaza."""
    expect_refused(
        api,
        {
            "query null": {"query": None},
            "query de texto": {"query": "x"},
            "query lista": {"query": []},
            "query número": {"query": 5},
        },
        "Los pilotos se quedan colgados con «query: null»; conteste un error.",
    )


@check("ERR-06")
def check_sort_must_be_an_object(api: Api) -> None:
    """Si «sort» no es un objeto, la búsqueda se rechaza."""
    expect_refused(
        api,
        {"sort null": {"sort": None}, "sort de texto": {"sort": "x"}},
        "El orden se pide con un objeto {campo: dirección}.",
    )


@check("ERR-07")
def check_other_media_types_are_refused(api: Api) -> None:
    """Un cuerpo que no se declara como JSON no recibe el listado completo."""
    kinds = {
        "text/plain": b"page=1",
        "application/xml": b"<page>1</page>",
        "application/x-www-form-urlencoded": b"page=1&pageSize=1",
    }
    sent = {
        kind: api.call(raw=raw, headers={"Content-Type": kind})
        for kind, raw in kinds.items()
    }
    _expect_no_listing(sent, "estado 415 o 400")


@check("ERR-08")
def check_missing_body_is_refused(api: Api) -> None:
    """Una búsqueda sin cuerpo no recibe el listado completo."""
    sent = {"una búsqueda sin cuerpo": api.call(raw=b"")}
    _expect_no_listing(sent, "estado 400 o 415")


@check("ERR-09")
def check_other_methods_are_refused(api: Api, dataset: Dataset) -> None:
    """La búsqueda sólo atiende POST y la lista de instituciones sólo GET."""
    sent = {"GET en la búsqueda": api.call(method="GET")}
    if dataset.endpoint("institutions"):
        api.institutions()
        sent["POST en la lista de instituciones"] = api.call(
            {}, endpoint="institutions", method="POST"
        )
    _expect_no_listing(sent, "estado 404 o 405, sin datos")


@check("ERR-14")
def check_no_origin_may_use_credentials(api: Api) -> None:
    """Ninguna página ajena puede llamar con las credenciales de quien la visita."""
    answer = api.call({"page": 1}, headers={"Origin": "https://ajeno.example"})
    headers = answer.response.headers
    anyone = headers.get("access-control-allow-origin", "") in {
        "*",
        "https://ajeno.example",
    }
    allows = headers.get("access-control-allow-credentials", "").lower() == "true"
    expect(
        not (anyone and allows),
        "Cualquier página puede llamar con credenciales ajenas (CORS).",
        expected="sin Access-Control-Allow-Credentials para orígenes ajenos",
        received="se permite a cualquier origen, con credenciales",
        evidence=answer,
    )


@check("ERR-10")
def check_giant_pages_are_refused(api: Api, dataset: Dataset) -> None:
    """Un tamaño de página mayor que el máximo se rechaza; no se recorta."""
    sizes = (dataset.max_page_size + 1, 1_000_000_000)
    expect_refused(
        api,
        {f"pageSize {size:,}": {"pageSize": size} for size in sizes},
        f"El máximo del estándar es {dataset.max_page_size}.",
        also=RANGE,
    )


@check("ERR-11")
def check_sizes_start_at_one(api: Api) -> None:
    """Un tamaño de página menor que 1 se rechaza."""
    expect_refused(
        api,
        {f"pageSize {size}": {"pageSize": size} for size in (0, -1)},
        "Una página tiene al menos un registro.",
        also=RANGE,
    )


@check("ERR-12")
def check_pages_start_at_one(api: Api) -> None:
    """Una página menor que 1 se rechaza."""
    expect_refused(
        api,
        {f"page {page}": {"page": page} for page in (0, -1)},
        "Las páginas se cuentan desde 1.",
        also=RANGE,
    )


@check("ERR-13")
def check_page_numbers_are_whole_numbers(api: Api) -> None:
    """La página y su tamaño sólo se aceptan como números enteros."""
    values: tuple[object, ...] = ("10", 1.5, None, True, [])
    expect_refused(
        api,
        {f"{m} {as_json(v)}": {m: v} for m in ("page", "pageSize") for v in values},
        "Un valor de otro tipo es un error de quien consulta; dígaselo.",
    )


def _expect_no_listing(sent: dict[str, Exchange], expected: str) -> None:
    served = [k for k, e in sent.items() if not is_refusal(e) or shows_data(e)]
    advise(
        not served,
        f"Atendió {listed(served)} en lugar de rechazarlo.",
        expected=expected,
        received=statuses(sent),
        evidence=[sent[label] for label in served],
    )


def _errors(api: Api, dataset: Dataset) -> dict[str, Exchange]:
    bodies: dict[str, object] = {
        "una consulta nula": {"query": None},
        "un orden nulo": {"sort": None},
        "un tamaño de página enorme": {"pageSize": 10**9},
        **{
            f"la dirección de «{s.name}»": {"sort": {s.name: "x"}}
            for s in dataset.sort_fields[:1]
        },
        **{
            f"«{f.name}» sin lista": {"query": {f.name: NONSENSE}}
            for f in filters(dataset, Operator.ANY_OF)
        },
        **{
            f"«{f.name}» con un operador": {"query": {f.name: {"$ne": ""}}}
            for f in filters(dataset, Operator.CONTAINS)[:1]
        },
    }
    sent = {label: api.call(body, within_s=ANSWER_S) for label, body in bodies.items()}
    if dataset.endpoint("institutions"):
        sent["las instituciones sin token"] = api.call(
            endpoint="institutions", token=None
        )
    sent |= {
        "una búsqueda sin token": api.call({}, token=None),
        "un token inventado": api.call({}, token=INVENTED),
        "una página 0": api.call({"page": 0}),
        "una página de texto": api.call({"page": "uno"}),
        "un JSON incompleto": api.call(raw=b'{"page": '),
        "una lista por cuerpo": api.call([]),
    }
    # What was served is the business of other checks.
    return {label: e for label, e in sent.items() if e.status >= 400}


def _is_error(exchange: Exchange) -> bool:
    body = members(exchange)
    return all(
        isinstance(body.get(name), str) and body[name] for name in ("code", "message")
    )


def _shape(exchange: Exchange) -> str:
    body = members(exchange)
    if not body:
        return "no es un objeto JSON"
    return f"code {as_json(body.get('code'))}, message {as_json(body.get('message'))}"
