"""The reports that runs leave, kept whole and compressed. Takes the session."""

import zlib
from functools import lru_cache

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from pdn_marketplace.errors import NotFoundError
from pdn_marketplace.submissions.models import Run, StoredReport
from pdn_sdk.conformance.report import Report, from_json, to_json


def keep(session: Session, run: Run, report: Report) -> None:
    """Keep the report of a run, in place of the one it had."""
    packed = zlib.compress(to_json(report).encode())
    session.merge(StoredReport(run_id=run.id, packed=packed))


def as_json(session: Session, run: Run) -> bytes:
    """Give the report of a finished run as the JSON that was kept.

    Raises: NotFoundError where the run left none.
    """
    return zlib.decompress(_packed(session, run))


def read(session: Session, run: Run) -> Report:
    """Give the report of a finished run; what it holds must not be changed.

    Raises: NotFoundError where the run left none.
    """
    return _unpacked(_packed(session, run))


def _packed(session: Session, run: Run) -> bytes:
    asked = select(StoredReport.packed).where(StoredReport.run_id == run.id)
    packed = session.scalar(asked)
    if packed is None:
        raise NotFoundError(_("Esa prueba no dejó reporte."))
    return packed


# Who reviews comes back to the same report again and again. Kept by what it says,
# so that what is given is always what the database has.
@lru_cache(maxsize=16)
def _unpacked(packed: bytes) -> Report:
    return from_json(zlib.decompress(packed))
