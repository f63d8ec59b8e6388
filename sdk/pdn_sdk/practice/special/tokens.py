"""Faults of other ways to ask for a token, and of what goes around its answer."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace

from pdn_sdk.practice.planting import (
    Bend,
    Change,
    Fault,
    Good,
    answering,
    is_token,
    on,
)
from pdn_sdk.practice.wire import Answered, Asked, refusal

MANY = 12
"""Tokens, one after another, that tire who gives them."""
UNKNOWN = "no-es-la-buena-7a1f"
"""A user that nobody has."""


def _is_json(asked: Asked) -> bool:
    return is_token(asked) and "json" in asked.headers.get("content-type", "")


def _refused(status: int, message: str = "No.") -> Bend:
    return lambda *_: refusal(status, message)


def _without(header: str) -> Change:
    return lambda r, _: replace(
        r, headers={k: v for k, v in r.headers.items() if k != header}
    )


def _tired(asked: Asked, good: Good) -> Answered:
    good.memory["tokens"] = good.memory.get("tokens", 0) + 1
    return refusal(429) if good.memory["tokens"] > MANY else good.serve(asked)


def _telling(asked: Asked, good: Good) -> Answered:
    """Write the password into the token, and know it by what it was."""
    known = good.memory.setdefault("told", {})
    if not is_token(asked):
        real = known.get(asked.authorization.removeprefix("Bearer "))
        return good.serve(asked.authorized(f"Bearer {real}") if real else asked)
    answered = good.serve(asked)
    if answered.status != 200:
        return answered
    real = answered.json["access_token"]
    head, _, sign = real.split(".")
    payload = json.dumps({"user": {"password": "$2b$10$abcdefgh"}}).encode()
    told = f"{head}.{urlsafe_b64encode(payload).decode().rstrip('=')}.{sign}"
    known[told] = real
    return answered.member("access_token", told)


def _open_to_anyone(answered: Answered, _: Asked) -> Answered:
    allowed = {
        "access-control-allow-origin": "*",
        "access-control-allow-credentials": "true",
    }
    return replace(answered, headers={**answered.headers, **allowed})


FAULTS = (
    Fault(
        "ACC-22",
        "token_sin_json",
        "No entrega token a una solicitud escrita como JSON.",
        on(_is_json, _refused(400)),
    ),
    Fault(
        "ACC-23",
        "basic_no_basta",
        "No lee las credenciales del cliente en el encabezado Basic.",
        on(
            lambda a: is_token(a) and not _is_json(a) and "client_id" not in a.form,
            _refused(401),
        ),
    ),
    Fault(
        "ACC-24",
        "alcance_corto_rechazado",
        "Rechaza «scope=read».",
        on(
            lambda a: is_token(a) and a.form.get("scope") == "read",
            _refused(400),
        ),
    ),
    Fault(
        "ACC-25",
        "token_guardable",
        "La respuesta con el token puede guardarse en el camino.",
        answering(is_token, _without("cache-control")),
    ),
    Fault(
        "ACC-26",
        "dice_quien_existe",
        "El error de acceso dice que ese usuario no existe.",
        on(
            lambda a: is_token(a) and a.form.get("username") == UNKNOWN,
            _refused(401, "No existe ese usuario."),
        ),
    ),
    Fault(
        "ACC-28",
        "tokens_agotados",
        "Después de doce tokens seguidos ya no entrega más.",
        on(is_token, _tired),
    ),
    Fault(
        "ACC-33",
        "contrasena_en_el_token",
        "El token lleva dentro la contraseña.",
        _telling,
    ),
    Fault(
        "ERR-14",
        "cualquier_origen",
        "Permite a cualquier origen llamar con credenciales (CORS).",
        lambda asked, good: _open_to_anyone(good.serve(asked), asked),
    ),
)
