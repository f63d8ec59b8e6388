"""Faults of who may enter, of what is reserved, and of hostile requests."""

import json
from dataclasses import replace
from typing import Any

from pdn_sdk.practice.items.planting import (
    GRAVES,
    NO_GRAVES,
    TERMS,
    Fault,
    Good,
    answering,
    asking_for,
    given,
    on,
    parameters,
    refusing,
    spoiling,
    tree,
    using,
    within,
)
from pdn_sdk.practice.wire import Answered, Asked, SilenceError

INFO = b'{"data": {"version": "10.13.4"}}'


def _no_header(asked: Asked) -> bool:
    return not asked.authorization


def _admitting(when: Any) -> Any:
    def bend(asked: Asked, good: Good) -> Answered:
        answered = good.serve(asked)
        return good.admit(asked) if answered.status == 401 else answered

    return on(when, bend)


def _is_other_case(asked: Asked, good: Good) -> bool:
    sent = asked.authorization.removeprefix("Bearer ")
    return sent != good.token and sent.lower() == good.token.lower()


def _any_case(asked: Asked, good: Good) -> Answered:
    """Admit the token in any letters."""
    return good.admit(asked) if _is_other_case(asked, good) else good.serve(asked)


def _with_curp(answered: Answered, _asked: Asked, _good: Good) -> Answered:
    data = json.loads(json.dumps(answered.json["data"]))
    for item in data if isinstance(data, list) else [data]:
        item["datosGenerales"] = {"curp": "XEXX010101HNEXXXA4"}
    return answered.member("data", data)


def _all_or_nobody(asked: Asked, good: Good) -> Answered:
    node = {} if '"G"' in given(asked, "filter") else {"id": {"_null": True}}
    return good.serve(asking_for(asked, filter=json.dumps(node)))


def _plain(asked: Asked) -> bool:
    return parameters(asked) == {"limit": "1"} and asked.method == "GET"


def _without_security(answered: Answered, _asked: Asked, _good: Good) -> Answered:
    name = "strict-transport-security"
    kept = {k: v for k, v in answered.headers.items() if k != name}
    return replace(answered, headers=kept)


def _mute(asked: Asked, good: Good) -> Answered:
    answered = good.serve(asked)
    if answered.status < 400 or not isinstance(answered.json, dict):
        return answered
    body = {k: v for k, v in answered.json.items() if k != "errors"}
    return answered.saying(body)


def _found(asked: Asked, good: Good) -> Answered:
    return good.admit(replace(asked, path=f"/items/{GRAVES}", query_string="limit=1"))


def _trusting(asked: Asked, good: Good) -> Answered:
    """Serve with all that is stored whoever asks."""
    usual = f"Bearer {good.token}"
    return (
        good.admit(asked, good.reserved)
        if asked.authorization == usual
        else good.serve(asked)
    )


def _silent(*_: object) -> Answered:
    raise SilenceError


def _injected(asked: Asked, good: Good) -> Answered:
    return good.serve(asking_everything(asked))


def asking_everything(asked: Asked) -> Asked:
    """Ask for everything, whatever was asked."""
    return replace(asked, query_string="meta=*&limit=1")


def _any_text(node: Any, text: str) -> bool:
    if isinstance(node, dict):
        return any(_any_text(v, text) for v in node.values())
    if isinstance(node, list):
        return any(_any_text(v, text) for v in node)
    return isinstance(node, str) and text in node


def _holding(text: str) -> Any:
    return lambda asked: _any_text(tree(asked), text)


def _hidden(asked: Asked) -> bool:
    return within(tree(asked), "_starts_with")


def _show(name: str, value: Any) -> Any:
    return lambda item: item[TERMS["person"]].update({name: value})


FAULTS = (
    Fault(
        "ACC-71",
        "lista_con_otro_nombre",
        "La lista llega en «results» y no en «data».",
        answering(
            lambda a: a.path.endswith(GRAVES) and parameters(a) == {"limit": "1"},
            lambda r, _a, _g: r.saying({"results": r.json["data"]}),
        ),
    ),
    Fault(
        "ACC-72",
        "sin_https",
        "Atiende con HTTP en producción.",
        on(lambda _: False, _mute),
        base="http://datos.ejemplo.gob.mx",
        environment="production",
    ),
    Fault(
        "ACC-20",
        "sin_hsts",
        "No pide que se le hable cifrado.",
        answering(lambda _: True, _without_security),
        base="https://datos.ejemplo.gob.mx",
        environment="production",
    ),
    Fault(
        "ACC-73",
        "sin_esquema",
        "Rechaza el token con el esquema Bearer en una página de dos.",
        refusing(lambda a: parameters(a) == {"limit": "2"}, 401),
    ),
    Fault(
        "ACC-74",
        "abierta",
        "Sin token entrega los datos de una página.",
        _admitting(lambda a: _no_header(a) and _plain(a)),
        also=frozenset({"ACC-76"}),
    ),
    Fault(
        "ACC-74",
        "abierta_con_head",
        "Con el verbo HEAD no pide el token.",
        on(
            lambda a: a.method == "HEAD",
            lambda a, good: good.admit(replace(a, method="GET")),
        ),
    ),
    Fault(
        "ACC-74",
        "abierta_en_mayusculas",
        "Con la ruta en mayúsculas no pide el token.",
        on(
            lambda a: a.path.startswith("/ITEMS/"),
            lambda a, good: good.admit(replace(a, path=a.path.lower())),
        ),
    ),
    Fault(
        "ACC-74",
        "abierto_por_su_id",
        "Un registro que se pide por su id no necesita token.",
        _admitting(lambda a: _no_header(a) and a.path.count("/") > 2),
    ),
    Fault(
        "ACC-76",
        "token_en_una_cookie",
        "Lee el token de una cookie.",
        _admitting(lambda a: _no_header(a) and "cookie" in a.headers),
    ),
    Fault(
        "ACC-76",
        "token_en_otro_encabezado",
        "Lee el token de X-Access-Token.",
        _admitting(lambda a: _no_header(a) and "x-access-token" in a.headers),
    ),
    Fault(
        "ACC-75",
        "token_a_medias",
        "Compara sólo el principio del token.",
        _admitting(
            lambda a: len(a.authorization) > 20 and "inventado" not in a.authorization
        ),
    ),
    Fault(
        "ACC-75",
        "token_sin_mayusculas",
        "Compara el token sin distinguir mayúsculas de minúsculas.",
        _any_case,
    ),
    Fault(
        "ACC-73",
        "esquema_en_minusculas",
        "Rechaza el token si el esquema llega en minúsculas.",
        refusing(lambda a: a.authorization.startswith("bearer "), 401),
    ),
    Fault(
        "ACC-76",
        "token_en_la_direccion",
        "Lee el token de la dirección.",
        _admitting(lambda a: given(a, "access_token")),
    ),
    Fault(
        "ACC-77",
        "deja_borrar",
        "Atiende DELETE con el token de la PDN.",
        on(
            lambda a: a.method == "DELETE",
            lambda _a, _g: Answered(204, {}, b""),
        ),
    ),
    Fault(
        "ACC-78",
        "usuarios_a_la_vista",
        "El token de la PDN puede leer la tabla de usuarios.",
        on(lambda a: a.path == "/items/directus_users", _found),
    ),
    Fault(
        "ERR-71",
        "errores_sin_mensaje",
        "Los errores no traen errors[0].message.",
        _mute,
    ),
    Fault(
        "PRI-71",
        "curp_a_la_vista",
        "Un registro trae la CURP.",
        spoiling(_show("curp", "XEXX010101HNEXXXA4")),
    ),
    Fault(
        "PRI-71",
        "nombres_a_la_vista",
        "Una falta no grave trae el nombre de la persona.",
        spoiling(_show("nombres", "Ana"), NO_GRAVES),
        collection=NO_GRAVES,
    ),
    Fault(
        "PRI-75",
        "curp_por_su_id",
        "Un registro que se pide por su id trae la CURP.",
        answering(lambda a: a.path.count("/") > 2, _with_curp),
    ),
    Fault(
        "PRI-75",
        "curp_al_buscar",
        "Al buscar con search, los registros traen la CURP.",
        answering(lambda a: given(a, "search"), _with_curp),
    ),
    Fault(
        "PRI-75",
        "exporta_la_curp",
        "export=csv entrega la CURP.",
        answering(
            lambda a: given(a, "export") == "csv",
            lambda *_: Answered(
                200, {"content-type": "text/csv"}, b"id,curp\n1,XEXX010101HNEXXXA4\n"
            ),
        ),
    ),
    Fault(
        "PRI-72",
        "por_su_nombre",
        "Pedir un dato reservado por su nombre lo entrega.",
        on(lambda a: given(a, "fields").endswith(("curp", "rfc")), _trusting),
    ),
    Fault(
        "PRI-73",
        "oraculo",
        "El filtro mira los datos que el registro oculta.",
        on(_hidden, _trusting),
    ),
    Fault(
        "PRI-73",
        "oraculo_de_todos",
        "El filtro mira un dato oculto que en todos los registros empieza igual.",
        on(_hidden, _all_or_nobody),
    ),
    Fault(
        "PRI-74",
        "quien_capturo",
        "Los registros traen user_created.",
        spoiling(lambda item: item.update(user_created="7")),
    ),
    Fault(
        "ROB-71",
        "comodines",
        "Trata % como comodín.",
        on(_holding("%"), _injected),
    ),
    Fault(
        "ROB-72",
        "regex",
        "Atiende _regex.",
        on(using("_regex"), _injected),
    ),
    Fault(
        "ROB-73",
        "sql",
        "Pega los filtros en su SQL.",
        on(_holding("OR 1=1"), _injected),
    ),
    Fault(
        "ROB-74",
        "muy_profundo",
        "Un filtro muy profundo agota la pila.",
        refusing(lambda a: given(a, "filter").count("_and") > 40),
    ),
    Fault(
        "ROB-74",
        "muy_profundo_y_callado",
        "Un filtro muy profundo lo deja colgado.",
        on(lambda a: given(a, "filter").count("_and") > 40, _silent),
    ),
    Fault(
        "ROB-75",
        "usuario_actual",
        "Un valor dinámico rompe el servidor.",
        refusing(_holding("$CURRENT_USER")),
    ),
    Fault(
        "ROB-76",
        "exportacion_abierta",
        "export=csv no pide token.",
        _admitting(lambda a: given(a, "export")),
    ),
)
