"""How a token is asked for, what it says, and who must not get one."""

import time
from collections.abc import Callable, Mapping
from typing import TypeGuard
from urllib.parse import parse_qsl

from pdn_sdk.checking import Api, Exchange, NotTriedError, advise, check, expect
from pdn_sdk.conformance.checks.credentials import life_within
from pdn_sdk.conformance.checks.demands import as_json, is_refusal, listed, members

LONGEST_WAIT_S = 30
LEEWAY_S = 30
TOKEN_BUDGET_S = 2.0
WRONG = "no-es-la-buena-7a1f"
SQL = "' OR '1'='1"


@check("ACC-01")
def check_pdn_obtains_a_token(api: Api) -> None:
    """El servidor de tokens atiende la solicitud tal como la envía la PDN."""
    answer = api.request_token()
    kind = answer.response.headers.get("content-type", "").lower()
    expect(
        200 <= answer.status < 300 and "json" in kind and _token(answer),
        "No entregó un token a la solicitud de la PDN, que envía el formulario y el "
        "encabezado Basic a la vez: no podrá consultar sus datos.",
        expected="estado 200, application/json y un access_token",
        received=f"estado {answer.status}, {kind or 'sin tipo de contenido'}",
        evidence=answer,
    )
    advise(
        answer.status == 200,
        "Entrega el token con un estado que no es el publicado.",
        expected="estado 200",
        received=f"estado {answer.status}",
        evidence=answer,
    )


@check("ACC-02")
def check_token_type_is_bearer(api: Api) -> None:
    """La respuesta dice que el token se usa con el esquema Bearer."""
    answer = api.request_token()
    kind = members(answer).get("token_type")
    expect(
        isinstance(kind, str) and kind.lower() == "bearer",
        "«token_type» no dice Bearer. La descarga masiva de la PDN lo usa tal cual "
        "como esquema del encabezado Authorization.",
        expected='token_type "Bearer"',
        received=f"token_type {as_json(kind)}",
        evidence=answer,
    )


@check("ACC-03")
def check_lifetime_is_announced(api: Api) -> None:
    """La respuesta dice cuántos segundos dura el token, y no más de los que dura."""
    answer = api.request_token()
    told = members(answer).get("expires_in")
    lifetime = told if _is_whole(told) else 0
    expect(
        lifetime > 0,
        "No dice con un número cuántos segundos dura el token: quien llama no sabe "
        "cuándo pedir otro.",
        expected="expires_in: un número entero mayor que 0",
        received=f"expires_in {as_json(told)}",
        evidence=answer,
    )
    life = life_within(_token(answer) or "")
    expect(
        life is None or lifetime <= life + LEEWAY_S,
        f"Anuncia un token de {lifetime} segundos y el token termina antes: quien "
        "confía en «expires_in» se queda sin respuesta.",
        expected=f"expires_in {life}, lo que dice el propio token",
        received=f"expires_in {as_json(lifetime)}",
        evidence=answer,
    )


@check("ACC-04")
def check_token_ends_when_announced(api: Api) -> None:
    """Un token deja de servir cuando termina su vida."""
    answer = api.request_token()
    lifetime = members(answer).get("expires_in")
    if not _is_whole(lifetime) or not 0 < lifetime <= LONGEST_WAIT_S:
        raise NotTriedError(
            f"El token dura más de {LONGEST_WAIT_S} segundos: no se esperó a que "
            "terminara. Para probarlo, emita tokens cortos en desarrollo."
        )
    time.sleep(lifetime + 1)
    late = api.call({"page": 1, "pageSize": 1}, token=_token(answer))
    expect(
        late.status == 401,
        f"Anunció un token de {lifetime} s y sigue sirviendo después de ese tiempo.",
        expected="estado 401",
        received=f"estado {late.status}",
        evidence=[answer, late],
    )


@check("ACC-05")
def check_wrong_credentials_get_no_token(api: Api) -> None:
    """Con un dato de acceso equivocado no se entrega ningún token."""
    sent = {
        "otra contraseña": api.request_token(form={"password": WRONG}),
        "otro secreto de cliente": api.request_token(form={"client_secret": WRONG}),
        "un cliente desconocido": api.request_token(form={"client_id": WRONG}),
        "un usuario desconocido": api.request_token(form={"username": WRONG}),
        "sin contraseña": api.request_token(form={"password": None}),
        "la contraseña en blanco": api.request_token(form={"password": ""}),
    }
    _expect_no_token(sent, "Cualquiera podría entrar.")
    usual = api.request_token()
    if not _token(usual):
        raise NotTriedError(
            "Tras varios intentos fallidos ya no da el token ni a quien entra bien: "
            "no se probaron contraseñas parecidas."
        )
    good = dict(parse_qsl(usual.request.body))
    _expect_no_token(
        _nearly(api, good), "Compare contraseñas y secretos completos, letra por letra."
    )
    spaced = api.request_token(form={"password": f"{good['password']} "})
    advise(
        not _token(spaced),
        "Entrega un token aunque a la contraseña le sobre un espacio.",
        expected="un estado 4xx, sin access_token",
        received=f"estado {spaced.status}, con access_token",
        evidence=spaced,
    )


@check("ACC-06")
def check_unknown_grant_gets_no_token(api: Api) -> None:
    """Una forma de acceso que no existe no obtiene un token."""
    why = "Sólo debe atender «password» y, si lo ofrece, «refresh_token»."
    unknown = api.request_token(form={"grant_type": WRONG})
    _expect_no_token({"grant_type desconocido": unknown}, why)
    form = {"grant_type": "client_credentials", "username": None, "password": None}
    alone = api.request_token(form=form)
    advise(
        not _token(alone),
        "Entrega un token sin usuario ni contraseña, al cliente solo "
        f"(«client_credentials»). {why}",
        expected="un estado 4xx, sin access_token",
        received=f"estado {alone.status}, con access_token",
        evidence=alone,
    )


@check("ACC-35")
def check_missing_grant_gets_no_token(api: Api) -> None:
    """Sin decir la forma de acceso no se obtiene un token."""
    _expect_no_token(
        {"una solicitud sin grant_type": api.request_token(form={"grant_type": None})},
        "Es obligatorio decir «grant_type=password».",
    )


@check("ACC-07")
def check_operators_get_no_token(api: Api) -> None:
    """Los operadores de bases de datos no sirven como contraseña."""
    _expect_no_token(
        {
            "password[$ne] en el formulario": api.request_token(
                form={"password": None, "password[$ne]": "x"}
            ),
            "username[$ne] en el formulario": api.request_token(
                form={
                    "username": None,
                    "password": None,
                    "username[$ne]": "x",
                    "password[$ne]": "x",
                }
            ),
            "client_secret[$ne] en el formulario": api.request_token(
                basic=False, form={"client_secret": None, "client_secret[$ne]": "x"}
            ),
            "un fragmento de SQL": api.request_token(
                form={"username": SQL, "password": SQL}
            ),
            "operadores en JSON": api.request_token(
                json={"username": {"$gt": ""}, "password": {"$ne": "x"}}
            ),
            "operadores en el cliente, en JSON": api.request_token(
                basic=False, json={"client_secret": {"$ne": "x"}}
            ),
        },
        "Acepte sólo texto en usuario, contraseña y cliente: un operador entraría "
        "sin conocer la contraseña.",
        of_breakage=advise,
    )


@check("ACC-08")
def check_refresh_token_renews(api: Api) -> None:
    """Si entrega un token de renovación, éste sirve para obtener otro."""
    first = api.request_token()
    renewal = members(first).get("refresh_token")
    if not isinstance(renewal, str) or not renewal:
        raise NotTriedError("No entrega token de renovación; es opcional.")
    again = api.request_token(
        form={
            "grant_type": "refresh_token",
            "refresh_token": renewal,
            "username": None,
            "password": None,
        }
    )
    expect(
        200 <= again.status < 300 and _token(again),
        "Entregó un «refresh_token» que después no acepta.",
        expected="estado 200 y un access_token nuevo",
        received=f"estado {again.status}",
        evidence=[first, again],
    )


@check("ACC-09")
def check_token_comes_in_time(api: Api) -> None:
    """El token llega en menos de 2 segundos."""
    answer = api.request_token()
    took = answer.response.elapsed_s
    expect(
        took <= TOKEN_BUDGET_S,
        "El token tardó demasiado. La PDN pide uno antes de cada consulta y espera 2 "
        "segundos; después muestra a su institución como fuera de servicio.",
        expected="2 segundos o menos",
        received=f"{took:.1f} segundos",
        evidence=answer,
    )


def _expect_no_token(
    sent: dict[str, Exchange], why: str, *, of_breakage: Callable[..., None] = expect
) -> None:
    """Demand that nobody gets a token; `of_breakage` says what an error is worth."""
    given = [label for label, e in sent.items() if e.status < 400 or _token(e)]
    expect(
        not given,
        f"No negó el token a quien envía {listed(given)}. {why}",
        expected="un estado 4xx, sin access_token",
        received="; ".join(f"{label}: {e.status}" for label, e in sent.items()),
        evidence=[sent[label] for label in given],
    )
    broken = [label for label, e in sent.items() if not is_refusal(e)]
    of_breakage(
        not broken,
        f"Contestó con un error del servidor a {listed(broken)}.",
        expected="un estado 4xx",
        received="; ".join(f"{label}: {sent[label].status}" for label in broken),
        evidence=[sent[label] for label in broken],
    )


def _nearly(api: Api, good: Mapping[str, str]) -> dict[str, Exchange]:
    """Ask for a token with what is almost right."""
    password, secret = good["password"], good["client_secret"]
    near = {
        "la contraseña con otras mayúsculas": ("password", password.swapcase()),
        "la contraseña sin su última letra": ("password", password[:-1]),
        "el secreto con otras mayúsculas": ("client_secret", secret.swapcase()),
    }
    return {
        label: api.request_token(form={name: text})
        for label, (name, text) in near.items()
        if text not in ("", password, secret)
    }


def _token(answer: Exchange) -> str | None:
    token = members(answer).get("access_token")
    return token if isinstance(token, str) and token else None


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
