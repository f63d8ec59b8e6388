"""What people are told by e-mail: only changes, only to who can act.

A worker has no request, so these texts are Spanish and fixed.
"""

from collections.abc import Iterator, Mapping
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
    """Which message, what fills it, and whether the reviewers get it too."""

    letter: str
    values: Mapping[str, str]
    is_for_reviewers: bool = False


def notices(name: str, change: Change, address: str, days: int) -> Iterator[Notice]:
    """Give the messages that a change asks for. `days` is the grace."""
    values = {"conector": " ".join(name.split()), "enlace": address}
    lines = [f"- Atienda: {ALERTS[key]}" for key in change.raised]
    lines += [f"- Ya se resolvió: {ALERTS[key]}" for key in change.cleared]
    if lines:
        yield Notice("watch_changed", {**values, "cambios": "\n".join(lines)})
    if change.was_suspended:
        yield Notice("watch_suspended", {**values, "dias": str(days)}, True)
    if change.was_resumed:
        yield Notice("watch_resumed", values, True)
