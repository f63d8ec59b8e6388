"""What a token says of whoever carries it, for those that can be read."""

import json
import re
from base64 import urlsafe_b64decode
from binascii import Error

from pdn_sdk.checking import Api, NotTriedError, check, expect

TELLING = re.compile(
    r"pass(word|wd)?|contrase|secret|hash|\$2[aby]\$|\$argon2|[\w.+-]+@[\w-]+\.\w+",
    re.IGNORECASE,
)


@check("ACC-33")
def check_token_tells_nothing_private(api: Api) -> None:
    """El contenido del token no lleva contraseñas, secretos ni correos."""
    payload = _payload(api.valid_token())
    found = sorted({match[0] for match in TELLING.finditer(payload)})
    expect(
        not found,
        "El token lleva datos privados, y cualquiera que lo vea puede leerlos: sólo "
        "está firmado, no cifrado.",
        expected="usuario, cliente, alcance y fechas",
        received=f"{len(found):,} indicios, el primero de {len(found[0]):,} letras"
        if found
        else "",
    )


def life_within(token: str) -> int | None:
    """Give the life that a token tells of itself, or None. Unit: seconds."""
    try:
        claims = json.loads(_payload(token))
    except (NotTriedError, ValueError):
        return None
    told = claims if isinstance(claims, dict) else {}
    start, end = told.get("iat"), told.get("exp")
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        return None
    return round(end - start)


def _payload(token: str) -> str:
    parts = token.split(".")
    if len(parts) != 3:
        raise NotTriedError("El token no es un JWT: su contenido no se puede leer.")
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        return urlsafe_b64decode(padded).decode("utf-8", errors="replace")
    except (Error, ValueError) as error:
        raise NotTriedError("El contenido del token no se puede leer.") from error
