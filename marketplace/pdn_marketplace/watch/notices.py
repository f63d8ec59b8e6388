"""What people are told by e-mail: only changes, only to who can act.

A worker has no request: each text is put in the language of who gets it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pdn_marketplace.letters.language import said
from pdn_marketplace.watch.service import Change


def _(text: str) -> str:
    """Mark a text to be translated: when it is sent, and not before."""
    return text


ALERTS = {
    "outage": _(
        "su API no responde. No cuenta contra su conformidad; la buscamos cada "
        "hora hasta que vuelva."
    ),
    "refused": _(
        "no llamamos a su API, porque su dirección es de una red privada o "
        "reservada. Publíquela en una dirección pública. No cuenta contra su "
        "conformidad."
    ),
    "records_fell": _(
        "el número de registros bajó más de una quinta parte. Revise la "
        "última carga de datos."
    ),
    "stale": _(
        "los datos que leemos en cada revisión son los mismos desde hace más de "
        "90 días. Si ya tiene otros más nuevos, cárguelos."
    ),
    "repeated_pages": _(
        "al pasar de página se repiten o se pierden registros. Revise "
        "el orden con que su API los entrega."
    ),
    "certificate_expiring": _(
        "el certificado de su servidor vence en menos de 21 días. Renuévelo."
    ),
    "certificate_expired": _("el certificado de su servidor venció. Renuévelo hoy."),
}
RAISED, CLEARED = _("- Atienda: %(alert)s"), _("- Ya se resolvió: %(alert)s")


@dataclass(frozen=True, slots=True)
class Notice:
    """Which message, what fills it, and whether the reviewers get it too.

    `raised` and `cleared` are the alerts that it tells of.
    """

    letter: str
    values: Mapping[str, str]
    is_for_reviewers: bool = False
    raised: Sequence[str] = ()
    cleared: Sequence[str] = ()

    def in_language(self, language: str) -> Mapping[str, str]:
        """Give what fills it, for who reads a language."""
        if not self.raised and not self.cleared:
            return self.values
        lines = [_line(RAISED, key, language) for key in self.raised]
        lines += [_line(CLEARED, key, language) for key in self.cleared]
        return {**self.values, "cambios": "\n".join(lines)}


def notices(name: str, change: Change, address: str, days: int) -> Iterator[Notice]:
    """Give the messages that a change asks for. `days` is the grace."""
    values = {"conector": " ".join(name.split()), "enlace": address}
    if change.raised or change.cleared:
        yield Notice(
            "watch_changed", values, raised=change.raised, cleared=change.cleared
        )
    if change.was_suspended:
        yield Notice("watch_suspended", {**values, "dias": str(days)}, True)
    if change.was_resumed:
        yield Notice("watch_resumed", values, True)


def _line(form: str, key: str, language: str) -> str:
    return said(form, language) % {"alert": said(ALERTS[key], language)}
