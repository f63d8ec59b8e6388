"""What administrators may set while the site runs: one table of whole numbers.

What is not written there is as the configuration, or this table, says. Imports
only the database and the errors; every domain above may read a value.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from pdn_marketplace.db import Base
from pdn_marketplace.errors import SubmissionRejectedError


class SiteSetting(Base):
    """A value that an administrator wrote."""

    __tablename__ = "site_settings"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column()


@dataclass(frozen=True, slots=True)
class Tunable:
    """A number that may be set. Units are in its words; both limits are allowed."""

    key: str
    default: int
    least: int
    most: int
    title: str
    about: str


GRACE_DAYS = "grace_days"
ACTIVE_RUNS = "active_runs"
RUNS_A_DAY = "runs_a_day"
LOOK_HOURS = "look_hours"
RUN_DAYS = "run_days"
KEEP_LOOKS_DAYS = "keep_looks_days"
KEEP_REPORTS_DAYS = "keep_reports_days"
KEEP_MAIL_DAYS = "keep_mail_days"

TUNABLES: Mapping[str, Tunable] = {
    each.key: each
    for each in (
        Tunable(
            GRACE_DAYS,
            14,
            0,
            365,
            _l("Días de gracia"),
            _l(
                "Cuánto puede seguir sin ser conforme un conector publicado antes de "
                "que se suspenda."
            ),
        ),
        Tunable(
            ACTIVE_RUNS,
            3,
            1,
            50,
            _l("Pruebas a la vez por cuenta"),
            _l("Cuántas puede tener en la fila o en curso una persona."),
        ),
        Tunable(
            RUNS_A_DAY,
            100,
            1,
            5_000,
            _l("Pruebas por día por cuenta"),
            _l("Cuántas puede pedir una persona en 24 horas."),
        ),
        Tunable(
            LOOK_HOURS,
            24,
            1,
            168,
            _l("Horas entre revisiones"),
            _l("Cada cuánto se mira si responde un conector publicado."),
        ),
        Tunable(
            RUN_DAYS,
            7,
            1,
            90,
            _l("Días entre pruebas de conformidad"),
            _l("Cada cuánto se prueba completo un conector publicado."),
        ),
        Tunable(
            KEEP_LOOKS_DAYS,
            730,
            120,
            3_650,
            _l("Días que se conservan las revisiones"),
            _l("Las más viejas se pueden borrar en la página de conservación."),
        ),
        Tunable(
            KEEP_REPORTS_DAYS,
            1_095,
            90,
            3_650,
            _l("Días que se conserva la evidencia de las pruebas"),
            _l(
                "La que sostiene lo publicado, lo que está en revisión o un dictamen "
                "no se borra."
            ),
        ),
        Tunable(
            KEEP_MAIL_DAYS,
            90,
            1,
            3_650,
            _l("Días que se conservan los correos de la carpeta"),
            _l("Sólo donde no hay servidor de correo y quedan en una carpeta."),
        ),
    )
}


def read(session: Session, key: str, default: int | None = None) -> int:
    """Give the value in force; `default` is what a configuration says instead."""
    written = session.get(SiteSetting, key)
    if written is not None:
        return written.value
    return TUNABLES[key].default if default is None else default


def written(session: Session) -> Mapping[str, int]:
    """Give what administrators wrote, by key."""
    return {row.key: row.value for row in session.scalars(select(SiteSetting))}


def write(session: Session, key: str, value: int | None) -> None:
    """Keep a value, or go back to the default where it is None.

    Raises: SubmissionRejectedError for a value out of its limits.
    """
    row = session.get(SiteSetting, key)
    if value is None:
        if row is not None:
            session.delete(row)
        return
    known = TUNABLES[key]
    if not known.least <= value <= known.most:
        raise SubmissionRejectedError(
            _(
                "Escriba un número entero de %(least)d a %(most)d.",
                least=known.least,
                most=known.most,
            )
        )
    session.merge(SiteSetting(key=key, value=value))
