"""Who may read: what is asked of the token that comes with each request."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote, urlsplit

from pdn_sdk.checking import (
    Api,
    Exchange,
    FindingError,
    NotTriedError,
    advise,
    check,
    expect,
)
from pdn_sdk.conformance.checks.demands import (
    is_refusal,
    listed,
    members,
    shows_data,
    statuses,
)
from pdn_sdk.standards.model import Dataset

ONE = {"page": 1, "pageSize": 1}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
INSIDER = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"}
"""Who says to come from the machine itself is as much a stranger as any other."""
TOKEN_NAMES = ("access_token", "token", "jwt", "authorization", "api_key")
OTHER_HEADERS = (
    *("X-Access-Token", "X-Auth-Token", "X-Authorization", "X-Api-Key", "Api-Key"),
    *("X-Token", "Token", "Access-Token", "Proxy-Authorization"),
)
COOKIES = (*TOKEN_NAMES, "accessToken", "session", "sid")
GUESSES = ("secret", "changeme", "123456")


@check("ACC-10")
def check_search_asks_for_a_token(api: Api, dataset: Dataset) -> None:
    """La búsqueda sin token se rechaza con estado 401."""
    answer = api.call(ONE, token=None)
    _expect_unauthorized({"una búsqueda sin token": answer}, dataset)
    _expect_closed_doors(api, dataset)


def _expect_closed_doors(api: Api, dataset: Dataset) -> None:
    """Demand that no other way of asking gives data to who has no token."""
    search = dataset.endpoint("search")
    path = search.path if search else ""
    before, _, last = path.rpartition("/")
    nobody: dict[str, dict[str, Any]] = {
        "OPTIONS": {"body": ONE, "method": "OPTIONS"},
        "GET": {"method": "GET"},
        "la ruta en mayúsculas": {"body": ONE, "path": path.upper()},
        "dos barras seguidas": {"body": ONE, "path": f"{before}//{last}"},
        "una barra al final": {"body": ONE, "path_suffix": "/"},
        "un cuerpo vacío": {"raw": b""},
        "«Bearer» sin token": {"body": ONE, "headers": {"Authorization": "Bearer "}},
        "«Bearer null»": {"body": ONE, "headers": {"Authorization": "Bearer null"}},
    }
    sent = {
        label: api.call(**{**asked, "headers": {**INSIDER, **asked.get("headers", {})}},
                        token=None)
        for label, asked in nobody.items()
    }  # fmt: skip
    leaks = [label for label, e in sent.items() if shows_data(e)]
    expect(
        not leaks,
        f"Entrega datos sin token a quien pregunta con {listed(leaks)}.",
        expected="ningún dato sin un token válido",
        received=statuses({label: sent[label] for label in leaks}),
        evidence=[sent[label] for label in leaks],
    )
    _expect_closed_to_head(api, sent["GET"])


def _expect_closed_to_head(
    api: Api, refused: Exchange, endpoint: str = "search"
) -> None:
    """Demand that HEAD, which tells how much there is, is refused where GET is."""
    head = api.call(method="HEAD", endpoint=endpoint, token=None)
    expect(
        head.status != 200 or refused.status < 400,
        "Contesta 200 a quien pregunta con HEAD y sin token: dice cuánto hay, y "
        "muestra que con ese verbo no revisa quién consulta.",
        expected=f"estado 401, 404 o 405, como con GET ({refused.status})",
        received=f"estado {head.status}",
        evidence=head,
    )


@check("ACC-11")
def check_institutions_ask_for_a_token(api: Api, dataset: Dataset) -> None:
    """La lista de instituciones sin token se rechaza con estado 401."""
    api.institutions()
    answer = api.call(endpoint="institutions", token=None)
    _expect_unauthorized(
        {"una lista de instituciones sin token": answer}, dataset, "institutions"
    )
    _expect_closed_to_head(api, answer, "institutions")


@check("ACC-12")
def check_invented_token_is_refused(api: Api, dataset: Dataset) -> None:
    """Un token inventado se rechaza con estado 401."""
    texts = ("no-es-un-token", "a.b.c")
    _expect_closed(
        api, dataset, {f"el token inventado «{text}»": text for text in texts}
    )


@check("ACC-13")
def check_altered_token_is_refused(api: Api, dataset: Dataset) -> None:
    """Un token con la firma o el contenido alterados se rechaza con estado 401."""
    token = api.valid_token()
    middle = len(token) // 2
    forged = {
        f"un token firmado con «{secret}»": _signed(token, secret)
        for secret in GUESSES
        if token.count(".") == 2
    }
    altered = {
        "un token con la firma alterada": _altered(token, -min(9, len(token))),
        "un token con el contenido alterado": _altered(token, middle),
        "un token cortado": token[:-4],
        "un token con letras de más": f"{token}zz",
    }
    if token.swapcase() != token:
        altered["un token con otras mayúsculas"] = token.swapcase()
    _expect_closed(api, dataset, altered)
    _expect_unauthorized(
        {k: api.call(ONE, token=text) for k, text in forged.items()}, dataset
    )


@check("ACC-14")
def check_unsigned_token_is_refused(api: Api, dataset: Dataset) -> None:
    """Un token sin firma (alg «none») se rechaza con estado 401."""
    parts = api.valid_token().split(".")
    if len(parts) != 3:
        raise NotTriedError("El token no es un JWT: no hay firma que quitar.")
    unsigned = {
        f"un token con alg «{alg}»": _unsigned(alg, parts[1])
        for alg in ("none", "None", "NONE")
    }
    unsigned["un token al que se quitó la firma"] = f"{parts[0]}.{parts[1]}."
    _expect_closed(api, dataset, unsigned)


@check("ACC-15")
def check_other_schemes_are_refused(api: Api, dataset: Dataset) -> None:
    """El token sólo se acepta en Authorization, con el esquema Bearer y un espacio."""
    token = api.valid_token()
    for where, headers in elsewhere(token).items():
        _expect_no_data(api.call(ONE, token=None, headers=headers), where)
    shapes = {
        "el esquema Basic": f"Basic {token}",
        "el esquema Token": f"Token {token}",
        "«bearer» pegado al token": f"bearer{token}",
        "«bearer» con otro separador": f"bearerX{token}",
        "el token sin esquema": token,
    }
    _expect_unauthorized(
        {
            label: api.call(ONE, token=None, headers={"Authorization": value})
            for label, value in shapes.items()
        },
        dataset,
    )


@check("ACC-16")
def check_token_in_the_address_is_ignored(api: Api) -> None:
    """Un token escrito en la dirección no da acceso."""
    token = quote(api.valid_token())
    suffix = "?" + "&".join(f"{name}={token}" for name in TOKEN_NAMES)
    answer = api.call(ONE, token=None, path_suffix=suffix)
    _expect_no_data(answer, "en la dirección, donde queda en bitácoras e historiales")


@check("ACC-17")
def check_token_in_the_body_is_ignored(api: Api) -> None:
    """Un token escrito en el cuerpo no da acceso."""
    body = {**ONE, **dict.fromkeys(TOKEN_NAMES, api.valid_token())}
    answer = api.call(body, token=None)
    _expect_no_data(answer, "dentro del cuerpo de la búsqueda")


@check("ACC-18")
def check_access_comes_before_validation(api: Api, dataset: Dataset) -> None:
    """Sin token, una consulta inválida se rechaza por el token y no por lo demás."""
    bodies = {"una página 0": b'{"page": 0}', "un JSON incompleto": b'{"page": '}
    sent = {label: api.call(raw=raw, token=None) for label, raw in bodies.items()}
    search = dataset.endpoint("search")
    tolerated = search.tolerated if search else ()
    other = [label for label, e in sent.items() if e.status != 401]
    early = [label for label in other if sent[label].status not in tolerated]
    for demand, labels in ((expect, early), (advise, other)):
        demand(
            not labels,
            f"Revisó {listed(labels)} antes que el token, o lo rechazó con otro "
            "estado: un desconocido no debe poder explorar su validación.",
            expected="estado 401",
            received=statuses(sent),
            evidence=[sent[label] for label in labels],
        )


@check("ACC-19")
def check_connection_is_encrypted(api: Api) -> None:
    """Los datos y las credenciales viajan cifrados (HTTPS)."""
    _only_in_production(api)
    addresses = (api.search(page_size=1).exchange, api.request_token())
    plain = [e for e in addresses if not _is_safe(e.request.url)]
    expect(
        not plain,
        "Atiende direcciones con HTTP: cualquiera en el camino lee las contraseñas.",
        expected="direcciones que empiezan con https://",
        received=", ".join(urlsplit(e.request.url).scheme for e in plain),
        evidence=plain,
    )


@check("ACC-20")
def check_browsers_are_told_to_stay_encrypted(api: Api) -> None:
    """En producción el servidor pide que siempre se le hable cifrado (HSTS)."""
    _only_in_production(api)
    answer = api.search(page_size=1).exchange
    advise(
        "strict-transport-security" in answer.response.headers,
        "Falta el encabezado Strict-Transport-Security.",
        expected="Strict-Transport-Security: max-age=31536000",
        received="sin ese encabezado",
        evidence=answer,
    )


@check("ACC-21")
def check_strangers_cannot_write(api: Api) -> None:
    """Nadie puede crear, cambiar ni borrar registros sin permiso."""
    if api.environment != "development":
        raise NotTriedError(
            "Sólo se prueba en desarrollo: no se envían escrituras a producción."
        )
    sent = {
        label: api.call(method=method, path_suffix=suffix, token=None)
        for label, method, suffix in (
            ("POST …/create", "POST", "/create"),
            ("PUT", "PUT", ""),
            ("DELETE", "DELETE", ""),
            ("PATCH", "PATCH", ""),
        )
    }
    open_doors = [k for k, e in sent.items() if not is_refusal(e) and e.status != 501]
    expect(
        not open_doors,
        f"Atendió {listed(open_doors)} sin token: un desconocido podría alterar "
        "los datos.",
        expected="estado 401, 404 o 405",
        received=statuses(sent),
        evidence=[sent[label] for label in open_doors],
    )


@check("ACC-51")
def check_renewal_token_does_not_read(api: Api, dataset: Dataset) -> None:
    """El token de renovación sólo sirve para renovar: no da acceso a los datos."""
    renewal = members(api.request_token()).get("refresh_token")
    if not isinstance(renewal, str) or not renewal:
        raise NotTriedError("No entrega token de renovación; es opcional.")
    _expect_closed(api, dataset, {"el token de renovación": renewal})


def elsewhere(token: str) -> dict[str, dict[str, str]]:
    """Give the headers that a token has no business in, by what they are."""
    cookies = "; ".join(f"{name}={token}" for name in COOKIES)
    return {
        "en otro encabezado, como X-Access-Token": dict.fromkeys(OTHER_HEADERS, token),
        "en una cookie, que el navegador manda sin que nadie lo pida": {
            "Cookie": cookies
        },
    }


def _expect_closed(api: Api, dataset: Dataset, tokens: dict[str, str]) -> None:
    """Demand that no token opens the search, nor the institutions where there are."""
    sent = {label: api.call(ONE, token=text) for label, text in tokens.items()}
    _expect_unauthorized(sent, dataset)
    try:
        api.institutions()
    except (NotTriedError, FindingError):
        return
    others = {
        f"{label}, en la lista de instituciones": api.call(
            endpoint="institutions", token=text
        )
        for label, text in tokens.items()
    }
    _expect_unauthorized(others, dataset, "institutions")


def _expect_unauthorized(
    sent: dict[str, Exchange], dataset: Dataset, kind: str = "search"
) -> None:
    """Demand a refusal that the standard publishes; advise against a tolerated one."""
    published = dataset.endpoint(kind)
    denied = published.denied if published else ()
    tolerated = published.tolerated if published else ()
    passing = {*denied, *tolerated}
    wrong = [k for k, e in sent.items() if e.status not in passing or shows_data(e)]
    wanted = f"estado {' o '.join(map(str, denied))}, sin datos"
    expect(
        not wrong,
        f"No contestó 401 con {listed(wrong)}. Sin un token válido no debe entregar "
        "datos ni contestar otra cosa.",
        expected=wanted,
        received=statuses(sent),
        evidence=[sent[label] for label in wrong],
    )
    other = [k for k, e in sent.items() if e.status not in denied]
    advise(
        not other,
        f"Rechaza {listed(other)}, pero no con el estado que publica el estándar.",
        expected=wanted,
        received=statuses(sent),
        evidence=[sent[label] for label in other],
    )


def _expect_no_data(answer: Exchange, where: str) -> None:
    expect(
        is_refusal(answer) and not shows_data(answer),
        f"Acepta el token {where}. Debe leerlo sólo del encabezado Authorization.",
        expected="estado 401, sin datos",
        received=f"estado {answer.status}",
        evidence=answer,
    )


def _only_in_production(api: Api) -> None:
    if api.environment != "production":
        raise NotTriedError("Sólo se exige en el ambiente de producción.")


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in LOOPBACK


def _altered(token: str, index: int) -> str:
    letters = list(token)
    letters[index] = "A" if letters[index] != "A" else "B"
    return "".join(letters)


def _signed(token: str, secret: str) -> str:
    """Sign the same claims with a secret that examples and tutorials use."""
    content = ".".join(token.split(".")[:2])
    digest = hmac.new(secret.encode(), content.encode(), hashlib.sha256).digest()
    return f"{content}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _unsigned(alg: str, claims: str) -> str:
    header = json.dumps({"alg": alg, "typ": "JWT"}).encode()
    return f"{base64.urlsafe_b64encode(header).rstrip(b'=').decode()}.{claims}."
