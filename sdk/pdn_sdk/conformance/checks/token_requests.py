"""Other ways to ask for a token, and what goes around its answer."""

from urllib.parse import parse_qsl, urlencode

from pdn_sdk.checking import Api, Exchange, NotTriedError, check, expect
from pdn_sdk.conformance.checks.demands import members, statuses

CYCLES = 13
WRONG = "no-es-la-buena-7a1f"


@check("ACC-22")
def check_token_is_given_to_json(api: Api) -> None:
    """El servidor de tokens atiende también una solicitud escrita como JSON."""
    answer = api.request_token(json=_form(api))
    _expect_token({"una solicitud en JSON": answer})


@check("ACC-23")
def check_basic_alone_is_enough(api: Api) -> None:
    """El cliente puede decir quién es sólo en el encabezado Basic."""
    form = _form(api)
    body = urlencode({n: form[n] for n in ("grant_type", "username", "password")})
    _expect_token({"sólo el encabezado Basic": api.request_token(raw=body.encode())})


@check("ACC-24")
def check_scope_is_optional(api: Api) -> None:
    """Se entrega token sin alcance y con el nombre corto del alcance."""
    _expect_token(
        {
            "una solicitud sin scope": api.request_token(form={"scope": None}),
            "scope=read": api.request_token(form={"scope": "read"}),
        }
    )


@check("ACC-25")
def check_tokens_are_not_stored_on_the_way(api: Api) -> None:
    """La respuesta con el token pide que nadie la guarde."""
    answer = api.request_token()
    said = answer.response.headers.get("cache-control", "")
    expect(
        "no-store" in said.lower(),
        "La respuesta con el token puede quedar guardada en el camino.",
        expected="Cache-Control: no-store",
        received=said or "sin Cache-Control",
        evidence=answer,
    )


@check("ACC-26")
def check_refusals_do_not_tell_who_exists(api: Api) -> None:
    """El error es el mismo para un usuario que no existe y una contraseña mala."""
    unknown = api.request_token(form={"username": WRONG, "password": WRONG})
    wrong = api.request_token(form={"password": WRONG})
    is_same = (unknown.status, _said(unknown)) == (wrong.status, _said(wrong))
    if not is_same and "access_token" not in members(api.request_token()):
        raise NotTriedError(
            "Tras varios intentos fallidos la cuenta quedó bloqueada: no se puede "
            "comparar lo que dice de ella con lo que dice de otra."
        )
    expect(
        is_same,
        "El error dice si el usuario existe: permite averiguar quién tiene acceso.",
        expected="el mismo estado y el mismo mensaje",
        received=statuses({"usuario inventado": unknown, "contraseña mala": wrong}),
        evidence=[unknown, wrong],
    )


@check("ACC-28")
def check_a_token_for_each_search_works(api: Api) -> None:
    """Se atienden muchos ciclos seguidos de token y búsqueda."""
    failed: list[Exchange] = []
    for _ in range(CYCLES):
        answer = api.request_token()
        token = members(answer).get("access_token")
        if not isinstance(token, str):
            failed.append(answer)
            continue
        found = api.call({"page": 1, "pageSize": 1}, token=token)
        if found.status != 200:
            failed.append(found)
    expect(
        not failed,
        "La PDN pide un token por cada consulta, y alguno de los ciclos se rechazó.",
        expected=f"{CYCLES} ciclos con estado 200",
        received=f"{len(failed)} rechazados, el primero con estado "
        f"{failed[0].status if failed else 0}",
        evidence=failed[:1],
    )


def _form(api: Api) -> dict[str, str]:
    """Give the members of the usual request, read from one that was sent."""
    form = dict(parse_qsl(api.request_token().request.body))
    if "password" not in form:
        raise NotTriedError("Se usa un token fijo: no hay solicitud que variar.")
    return form


def _expect_token(sent: dict[str, Exchange]) -> None:
    refused = [e for e in sent.values() if "access_token" not in members(e)]
    expect(
        not refused,
        "No se entregó un token.",
        expected="estado 200 con access_token",
        received=statuses(sent),
        evidence=refused,
    )


def _said(exchange: Exchange) -> object:
    return {name: members(exchange).get(name) for name in ("code", "message", "error")}
