"""What people are told by e-mail: only changes, only to who can act.

A worker has no request, so these texts are Spanish and fixed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pdn_marketplace.watch.service import Change

ALERTS = {
    "outage": "su API no responde. No cuenta contra su conformidad; la buscamos cada "
    "hora hasta que vuelva.",
    "refused": "no llamamos a su API, porque su dirección es de una red privada o "
    "reservada. Publíquela en una dirección pública. No cuenta contra su conformidad.",
    "records_fell": "el número de registros bajó más de una quinta parte. Revise la "
    "última carga de datos.",
    "stale": "los datos que leemos en cada revisión son los mismos desde hace más de "
    "90 días. Si ya tiene otros más nuevos, cárguelos.",
    "repeated_pages": "al pasar de página se repiten o se pierden registros. Revise "
    "el orden con que su API los entrega.",
    "certificate_expiring": "el certificado de su servidor vence en menos de 21 días. "
    "Renuévelo.",
    "certificate_expired": "el certificado de su servidor venció. Renuévelo hoy.",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A message, and whether the reviewers get it besides the submitter."""

    subject: str
    text: str
    is_for_reviewers: bool = False


def notices(name: str, change: Change, address: str, days: int) -> Iterator[Notice]:
    """Give the messages that a change asks for. `days` is the grace."""
    name = " ".join(name.split())
    lines = [f"- Atienda: {ALERTS[key]}" for key in change.raised]
    lines += [f"- Ya se resolvió: {ALERTS[key]}" for key in change.cleared]
    tail = f"\n\nLo que vimos, con sus fechas: {address}\n"
    if lines:
        said = "Al revisar su conector encontramos cambios:\n\n" + "\n".join(lines)
        yield Notice(f"Cambió el estado de {name}", said + tail)
    if change.was_suspended:
        said = (
            f"{name} lleva más de {days} días sin ser conforme, así que se suspendió: "
            "no aparece en el catálogo. Corrija lo que dice su última prueba y pida "
            "otra; cuando pase, vuelve solo con la revisión del día."
        )
        yield Notice(f"Se suspendió {name}", said + tail, is_for_reviewers=True)
    if change.was_resumed:
        said = f"{name} volvió a ser conforme y está otra vez en el catálogo."
        yield Notice(f"Terminó la suspensión de {name}", said + tail, True)
