"""Faults of the records: each spoils one thing of one record."""

from typing import Any

from .planting import GRAVES, MORALES, NO_GRAVES, Fault, Item, spoiling


def _setting(path: str, value: Any) -> Any:
    *parents, last = path.split(".")

    def change(item: Item) -> None:
        node: Any = item
        for name in parents:
            node = node[int(name)] if name.isdigit() else node[name]
        node[last] = value

    return change


def _renaming(path: str, other: str) -> Any:
    *parents, last = path.split(".")

    def change(item: Item) -> None:
        node: Any = item
        for name in parents:
            node = node[name]
        node[other] = node.pop(last)

    return change


def _fault(
    check: str,
    name: str,
    breaks: str,
    change: Any,
    *,
    collection: str = GRAVES,
    also: frozenset[str] = frozenset(),
) -> Fault:
    return Fault(
        check, name, breaks, spoiling(change, collection), collection, also=also
    )


PERIOD = {
    "clave": "INHABILITACION",
    "inhabilitacion": {
        "plazoAnios": 1,
        "plazoMeses": 0,
        "plazoDias": 0,
        "fechaInicial": "2025-02-01",
        "fechaFinal": "2024-02-01",
    },
}
MIGRATED = {
    "clave": "INHABILITACION",
    "inhabilitacion": {"plazoAnios": 1, "plazoFechaInicial": "2025-02-01"},
}
FINE = {"clave": "SANCION_ECONOMICA", "sancionEconomica": {"monto": 5, "moneda": "MXN"}}

FAULTS = (
    _fault(
        "REC-02",
        "letras_rotas",
        "Los acentos llegan rotos.",
        _setting("resolucion.autoridadInvestigadora", "AuditorÃ\u00ada"),
    ),
    _fault(
        "REC-71",
        "autoridad_numerica",
        "Una autoridad llega como número.",
        _setting("resolucion.autoridadInvestigadora", 7),
    ),
    _fault(
        "REC-72",
        "id_de_texto",
        "Un id no es un UUID.",
        _setting("id", "OIC-1"),
    ),
    _fault(
        "REC-73",
        "llave_foranea",
        "Una relación llega como la llave de otra tabla.",
        _setting("origenProcedimiento", 7),
    ),
    _fault(
        "REC-74",
        "lista_de_llaves",
        "Las faltas llegan como llaves de otra tabla.",
        _setting("faltaCometida", [7]),
    ),
    _fault(
        "REC-75",
        "cuarto_nivel",
        "El plazo de pago llega como la llave de otra tabla.",
        _setting(
            "tipoSancion",
            [
                {
                    **FINE,
                    "sancionEconomica": {**FINE["sancionEconomica"], "plazoPago": 9},
                }
            ],
        ),
    ),
    _fault(
        "REC-76",
        "nombre_corregido",
        "Corrige la errata publicada.",
        _renaming("resolucion.autoridadSusbstanciadora", "autoridadSubstanciadora"),
        also=frozenset({"DAT-74"}),
    ),
    _fault(
        "REC-77",
        "nombre_de_migracion",
        "El inicio de un plazo llega con el nombre que puso una migración.",
        _setting("tipoSancion", [MIGRATED]),
    ),
    _fault(
        "REC-78",
        "fecha_mexicana",
        "Una fecha llega como 31/12/2024.",
        _setting("resolucion.fechaNotificacion", "31/12/2024"),
    ),
    _fault(
        "REC-79",
        "sin_zona",
        "La creación llega sin zona horaria.",
        _setting("date_created", "2025-01-02T03:04:05"),
    ),
    _fault(
        "REC-80",
        "monto_de_texto",
        "Un monto llega entre comillas.",
        _setting(
            "tipoSancion",
            [{**FINE, "sancionEconomica": {"monto": "5", "moneda": "MXN"}}],
        ),
    ),
    _fault(
        "REC-80",
        "monto_negativo",
        "Un monto es menor que cero.",
        _setting(
            "tipoSancion",
            [{**FINE, "sancionEconomica": {"monto": -5, "moneda": "MXN"}}],
        ),
    ),
    _fault(
        "REC-81",
        "sexo_de_otra_version",
        "El sexo llega con la clave de la versión anterior.",
        _setting("datosGenerales.sexo", "M"),
    ),
    _fault(
        "REC-82",
        "clave_de_la_herramienta",
        "Una falta no grave llega con la clave larga.",
        _setting("faltaCometida.0.clave", "RENDIR_CUENTAS_FUNCIONES"),
        collection=NO_GRAVES,
    ),
    _fault(
        "DAT-71",
        "estado_por_su_nombre",
        "La entidad llega con su nombre y no con su clave.",
        _setting("empleoCargoComision.entidadFederativa", "Jalisco"),
    ),
    _fault(
        "DAT-71",
        "otro_en_minusculas",
        "La clave OTRO llega en minúsculas.",
        _setting(
            "tipoSancion", [{"clave": "otro", "otro": {"denominacionSancion": "x"}}]
        ),
        collection=MORALES,
        also=frozenset({"DAT-73"}),
    ),
    _fault(
        "DAT-72",
        "otro_sin_valor",
        "El origen es OTRO y no dice cuál.",
        _setting("origenProcedimiento", {"clave": "OTRO", "valor": None}),
    ),
    _fault(
        "DAT-73",
        "dos_detalles",
        "Una sanción económica trae también una destitución.",
        _setting(
            "tipoSancion",
            [{**FINE, "destitucionEmpleo": {"fechaDestitucion": "2024-01-01"}}],
        ),
    ),
    _fault(
        "DAT-74",
        "sin_autoridad",
        "No dice quién resolvió.",
        _setting("resolucion.autoridadResolutora", None),
    ),
    _fault(
        "DAT-75",
        "plazo_al_reves",
        "Una inhabilitación termina antes de empezar.",
        _setting("tipoSancion", [PERIOD]),
    ),
    _fault(
        "DAT-76",
        "persona_fisica_entre_morales",
        "Una persona moral tiene el RFC de una física.",
        _setting("datosGenerales.rfc", "GODE561231GR8"),
        collection=MORALES,
    ),
)
