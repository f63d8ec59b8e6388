"""Faults of who may enter."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace

from pdn_sdk.practice.planting import (
    Bend,
    Fault,
    Good,
    admitting,
    answering,
    is_list,
    is_search,
    is_token,
    late,
    no_token,
    on,
    refusing,
)
from pdn_sdk.practice.wire import Answered, Asked, refusal

ONE = {"page": 1, "pageSize": 1}


def _logging_in(asked: Asked, good: Good) -> Answered:
    return good.serve(asked.filling({"grant_type": "password", **good.credential}))


def _nearly(asked: Asked, good: Good) -> Answered:
    """Compare the password without its case, as many databases do."""
    right = good.credential["password"]
    if asked.form.get("password", "").lower() != right.lower():
        return good.serve(asked)
    return good.serve(asked.filling({**asked.form, "password": right}))


def _by_its_start(asked: Asked, good: Good) -> Answered:
    """Compare the first letters of the password, as old hashes do."""
    right, sent = good.credential["password"], asked.form.get("password", "")
    if len(sent) < len(right) - 1 or not right.startswith(sent):
        return good.serve(asked)
    return good.serve(asked.filling({**asked.form, "password": right}))


def _mending(mend: Callable[[str], str]) -> Bend:
    """Admit a token that would be good if it were mended."""

    def bend(asked: Asked, good: Good) -> Answered:
        answered = good.serve(asked)
        mended = mend(asked.authorization.removeprefix("Bearer "))
        is_wrong = answered.status == 401
        return (
            good.serve(asked.authorized(f"Bearer {mended}")) if is_wrong else answered
        )

    return on(is_search, bend)


def _elsewhere(header: str) -> Bend:
    """Admit who brings the good token in another header."""
    return admitting(lambda a: is_search(a) and no_token(a) and header in a.headers)


def _as_get(asked: Asked, good: Good) -> Answered:
    return good.admit(replace(asked, method="GET"))


def _same_header(asked: Asked, good: Good) -> Answered:
    header = good.token().split(".")[0]
    mine = asked.authorization.removeprefix("Bearer ").split(".")
    return good.admit(asked) if mine[0] == header else good.serve(asked)


def _unsigned(asked: Asked) -> bool:
    header = asked.authorization.removeprefix("Bearer ").split(".")[0]
    try:
        decoded = json.loads(base64.urlsafe_b64decode(header + "=="))
    except ValueError:
        return False
    return isinstance(decoded, dict) and decoded.get("alg") == "none"


TOKENS = (
    Fault(
        "ACC-01",
        "token_en_html",
        "La respuesta con el token se declara como HTML.",
        answering(
            is_token,
            lambda r, _: replace(r, headers={**r.headers, "content-type": "text/html"}),
        ),
    ),
    Fault(
        "ACC-02",
        "token_de_otro_tipo",
        "«token_type» dice JWT y no Bearer.",
        answering(is_token, lambda r, _: r.member("token_type", "JWT")),
    ),
    Fault(
        "ACC-03",
        "duracion_de_texto",
        "«expires_in» llega como texto.",
        answering(is_token, lambda r, _: r.member("expires_in", "3600")),
    ),
    Fault(
        "ACC-03",
        "duracion_exagerada",
        "Anuncia un día de vida, y el token dice que dura menos.",
        answering(is_token, lambda r, _: r.member("expires_in", 86_400)),
    ),
    Fault(
        "ACC-04",
        "token_eterno",
        "El token anuncia un segundo de vida y sigue sirviendo.",
        answering(is_token, lambda r, _: r.member("expires_in", 1)),
    ),
    Fault(
        "ACC-05",
        "contrasena_sin_comprobar",
        "No comprueba la contraseña.",
        on(
            lambda a: is_token(a) and a.form.get("password", "").startswith("no-es"),
            _logging_in,
        ),
    ),
    Fault(
        "ACC-05",
        "contrasena_parecida",
        "La contraseña sirve también con otras mayúsculas.",
        on(is_token, _nearly),
    ),
    Fault(
        "ACC-05",
        "contrasena_cortada",
        "De la contraseña sólo compara las primeras letras.",
        on(is_token, _by_its_start),
    ),
    Fault(
        "ACC-05",
        "contrasena_con_espacio",
        "Quita los espacios que le sobran a la contraseña.",
        on(lambda a: a.form.get("password", "").endswith(" "), _logging_in),
    ),
    Fault(
        "ACC-05",
        "error_por_contrasena",
        "Con otra contraseña contesta un error del servidor.",
        on(
            lambda a: is_token(a) and a.form.get("password", "").startswith("no-es"),
            lambda *_: refusal(500),
        ),
    ),
    Fault(
        "ACC-06",
        "cliente_sin_usuario",
        "Entrega un token al cliente, sin usuario ni contraseña.",
        on(
            lambda a: is_token(a) and a.form.get("grant_type") == "client_credentials",
            _logging_in,
        ),
    ),
    Fault(
        "ACC-35",
        "sin_grant_type",
        "Entrega un token sin que se diga grant_type.",
        on(lambda a: is_token(a) and "grant_type" not in a.form, _logging_in),
    ),
    Fault(
        "ACC-06",
        "cualquier_grant_type",
        "Trata cualquier grant_type como «password».",
        on(
            lambda a: (
                is_token(a)
                and a.form.get("grant_type", "")
                not in {"password", "refresh_token", ""}
            ),
            _logging_in,
        ),
    ),
    Fault(
        "ACC-07",
        "operadores_en_el_acceso",
        "Pasa a la base de datos los operadores del formulario.",
        on(lambda a: is_token(a) and "password[$ne]" in a.form, _logging_in),
    ),
    Fault(
        "ACC-07",
        "sql_en_el_acceso",
        "Pega el usuario y la contraseña en su SQL.",
        on(
            lambda a: is_token(a) and "' OR '" in a.form.get("password", ""),
            _logging_in,
        ),
    ),
    Fault(
        "ACC-08",
        "renovacion_rota",
        "Entrega un refresh_token que después rechaza.",
        refusing(
            lambda a: is_token(a) and a.form.get("grant_type") == "refresh_token", 400
        ),
    ),
    Fault(
        "ACC-09",
        "token_lento",
        "Tarda tres segundos en entregar un token.",
        answering(is_token, late(3)),
        also=frozenset({"STR-52"}),
    ),
)

ACCESS = (
    Fault(
        "ACC-10",
        "busqueda_abierta",
        "Atiende búsquedas sin token.",
        admitting(
            lambda a: (
                is_search(a) and no_token(a) and not a.query_string and a.json == ONE
            )
        ),
        also=frozenset({"ACC-15"}),
    ),
    Fault(
        "ACC-10",
        "opciones_abiertas",
        "Con el verbo OPTIONS entrega registros a quien no trae token.",
        on(
            lambda a: a.is_for_records and a.method == "OPTIONS",
            lambda asked, good: good.admit(replace(asked, method="POST").sending({})),
        ),
    ),
    Fault(
        "ACC-10",
        "head_abierto",
        "Con el verbo HEAD atiende la búsqueda de quien no trae token.",
        on(
            lambda a: a.is_for_records and a.method == "HEAD",
            lambda asked, good: good.admit(replace(asked, method="POST").sending({})),
        ),
    ),
    Fault(
        "ACC-10",
        "ruta_en_mayusculas_abierta",
        "Con la ruta en mayúsculas no pide el token.",
        on(
            lambda a: a.path != a.path.lower() and a.method == "POST",
            lambda asked, good: good.admit(replace(asked, path=asked.path.lower())),
        ),
    ),
    Fault(
        "ACC-11",
        "head_en_instituciones",
        "Con el verbo HEAD da la lista de instituciones sin token.",
        on(lambda a: a.is_for_institutions and a.method == "HEAD", _as_get),
    ),
    Fault(
        "ACC-11",
        "instituciones_abiertas",
        "Da la lista de instituciones sin token.",
        admitting(lambda a: is_list(a) and no_token(a)),
    ),
    Fault(
        "ACC-12",
        "token_inventado",
        "Acepta cualquier texto como token si no parece un JWT.",
        admitting(
            lambda a: (
                is_search(a)
                and a.authorization.startswith("Bearer ")
                and "." not in a.authorization
            )
        ),
        # «null» is not a JWT either.
        also=frozenset({"ACC-10"}),
    ),
    Fault(
        "ACC-13",
        "firma_sin_comprobar",
        "No comprueba la firma del token.",
        on(lambda a: is_search(a) and a.authorization[:7] == "Bearer ", _same_header),
        also=frozenset({"ACC-14"}),
    ),
    Fault(
        "ACC-13",
        "token_con_letras_de_mas",
        "Le basta que el token empiece como debe.",
        _mending(lambda token: token[:-2]),
    ),
    Fault(
        "ACC-13",
        "token_sin_mayusculas",
        "Compara el token sin distinguir mayúsculas de minúsculas.",
        _mending(str.swapcase),
    ),
    Fault(
        "ACC-15",
        "token_en_otro_encabezado",
        "Acepta el token en X-Access-Token.",
        _elsewhere("x-access-token"),
    ),
    Fault(
        "ACC-15",
        "token_en_una_cookie",
        "Acepta el token en una cookie.",
        _elsewhere("cookie"),
    ),
    Fault(
        "ACC-14",
        "token_sin_firma",
        "Acepta tokens con alg «none».",
        admitting(lambda a: is_search(a) and _unsigned(a)),
    ),
    Fault(
        "ACC-15",
        "esquema_sin_comprobar",
        "Corta siete letras del encabezado sin mirar el esquema.",
        admitting(lambda a: is_search(a) and a.authorization.startswith("bearerX")),
    ),
    Fault(
        "ACC-16",
        "token_en_la_direccion",
        "Acepta el token en la dirección.",
        admitting(lambda a: is_search(a) and "access_token=" in a.query_string),
    ),
    Fault(
        "ACC-16",
        "token_en_la_direccion_con_otro_nombre",
        "Acepta el token en la dirección, llamado «jwt».",
        admitting(lambda a: is_search(a) and "jwt=" in a.query_string),
    ),
    Fault(
        "ACC-17",
        "token_en_el_cuerpo",
        "Acepta el token dentro del cuerpo.",
        admitting(lambda a: is_search(a) and "access_token" in a.members),
    ),
    Fault(
        "ACC-18",
        "valida_antes_del_token",
        "Revisa la consulta antes que el token.",
        on(
            lambda a: is_search(a) and no_token(a) and a.page == 0,
            lambda *_: refusal(400),
        ),
    ),
    Fault(
        "ACC-19",
        "sin_cifrar",
        "En producción atiende por HTTP.",
        base="http://datos.ejemplo.gob.mx",
        environment="production",
    ),
    Fault(
        "ACC-20",
        "sin_hsts",
        "En producción no envía Strict-Transport-Security.",
        answering(
            lambda _: True,
            lambda r, _: replace(
                r,
                headers={
                    k: v
                    for k, v in r.headers.items()
                    if k != "strict-transport-security"
                },
            ),
        ),
        base="https://datos.ejemplo.gob.mx",
        environment="production",
    ),
    Fault(
        "ACC-21",
        "borrado_abierto",
        "Atiende DELETE sin token.",
        on(
            lambda a: a.is_for_records and a.method == "DELETE",
            lambda *_: replace(refusal(), status=200, body=b"{}"),
        ),
    ),
)

FAULTS = (*TOKENS, *ACCESS)
