"""The numeralia as a page, as JSON and as CSV."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    render_template,
    request,
)
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from pdn_marketplace import db, sheets
from pdn_marketplace.numeralia.count import Numeralia, Tally, count, version
from pdn_marketplace.organisations import places

blueprint = Blueprint("numeralia", __name__)

SHADES = 5
MEASURES = ("institutions", "conformant", "records")
COLUMNS = ("instituciones", "conectores", "conformes", "registros", "registros_prueba")


@blueprint.get("/numeralia")
def show() -> str:
    """Tell how much is published, on a map of tiles and in tables."""
    found = _counted()
    system = request.args.get("sistema", "")
    system = system if system in found.systems else ""
    measure = request.args.get("medida", MEASURES[0])
    measure = measure if measure in MEASURES else MEASURES[0]
    counts = {
        code: getattr(_cell(found, code, system), measure) for code in found.entities
    }
    return render_template(
        "numeralia/show.html",
        found=found,
        counts=counts,
        shades=_shades(counts),
        system=system,
        measure=measure,
        cell=lambda code: _cell(found, code, system),
        places=places,
        measure_words=measure_words,
        brief=brief,
        sentence=_sentence(found),
        now=datetime.now(UTC),
    )


@blueprint.get("/numeralia.json")
@blueprint.get("/api/v1/numeralia")
def document() -> Response:
    """Give the same counts to programs."""
    found = _counted()
    return jsonify(
        generated_at=datetime.now(UTC).isoformat(timespec="seconds"),
        total=asdict(found.total),
        organisations=found.organisations,
        connectors_under_way=found.under_way,
        entities_covered=found.covered,
        by_system=[{"system": k, **asdict(v)} for k, v in found.systems.items()],
        by_level=[{"level": k or None, **asdict(v)} for k, v in found.levels.items()],
        by_entity=[_entity(found, code, each) for code, each in found.entities.items()],
    )


@blueprint.get("/numeralia.csv")
def table() -> Response:
    """Give a row for each state and system, zeros too, for a spreadsheet."""
    return sheets.answer("numeralia.csv", _rows(_counted()))


def _rows(found: Numeralia) -> Iterator[Sequence[object]]:
    yield ["clave_entidad", "entidad", "sistema", *COLUMNS]
    for code in found.entities:
        for system in found.systems:
            values = asdict(_cell(found, code, system)).values()
            yield [code, places.entity_words(code), system.upper(), *values]


def _counted() -> Numeralia:
    """Count, or give what was counted while nothing has changed since."""
    now = version(db.session())
    known: tuple[tuple[int, ...], Numeralia] | None
    known = current_app.extensions.get("pdn_numeralia")
    if known is None or known[0] != now:
        known = now, count(db.session())
        current_app.extensions["pdn_numeralia"] = known
    return known[1]


def measure_words(measure: str, count: int) -> str:
    """Name what is counted, for that many."""
    told = {
        "institutions": ngettext("institución", "instituciones", count),
        "conformant": ngettext("conector conforme", "conectores conformes", count),
        "records": ngettext("registro", "registros", count),
    }
    return str(told[measure])


def brief(count: int) -> str:
    """Write a count so that it fits in a tile: 950, 4.2k, 1.3M."""
    for power, sign in ((6, "M"), (3, "k")):
        if count >= 10**power:
            return f"{format_decimal(round(count / 10**power, 1))}{sign}"
    return str(format_decimal(count))


def _cell(found: Numeralia, code: str, system: str) -> Tally:
    if not system:
        return found.entities[code]
    return found.cells.get((code, system), Tally())


def _entity(found: Numeralia, code: str, tally: Tally) -> dict[str, Any]:
    by_system = {s: asdict(_cell(found, code, s)) for s in found.systems}
    return {
        "code": code or None,
        "name": places.entity_words(code),
        **asdict(tally),
        "by_system": by_system,
    }


def _shades(counts: Mapping[str, int]) -> Mapping[str, int]:
    """Give each state a shade, 0 for none, the darkest for those with the most."""
    most = max((counts[code] for code in places.ENTITIES), default=0)
    return {
        code: -(-counts[code] * (SHADES - 1) // most) if most else 0
        for code in places.ENTITIES
    }


def _sentence(found: Numeralia) -> str:
    total = found.total
    if not total.connectors:
        return str(_("Todavía no hay conectores publicados."))
    return str(
        _(
            "%(institutions)s publican sus datos con %(connectors)s en %(states)s.",
            institutions=ngettext(
                "%(num)s institución", "%(num)s instituciones", total.institutions
            ),
            connectors=ngettext(
                "%(num)s conector", "%(num)s conectores", total.connectors
            ),
            states=ngettext("%(num)s entidad", "%(num)s entidades", found.covered),
        )
    )
