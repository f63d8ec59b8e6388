"""The institutions that the records name, once each."""

from typing import Any

import orjson

from pdn_sdk.collation import fold, sort_key
from pdn_sdk.standards.paths import first_at
from pdn_sdk.storage.engines import Engine
from pdn_sdk.storage.engines.contract import Session
from pdn_sdk.storage.tables import Layout


def institutions(
    engine: Engine[Any], session: Session, layout: Layout
) -> list[dict[str, str]]:
    """List the institutions, one for each folded name, in Spanish order.

    The name is written as most records write it; a member that its record lacks
    is taken from another way of writing the same name.
    """
    declared = layout.dataset.institution
    found: dict[str, dict[str, str]] = {}
    samples = _SAMPLES.format(join=engine.join, **_names(layout))
    for (document,) in session.execute(samples):
        record = orjson.loads(document)
        row = {m: first_at(record, path) for m, path in declared.members.items()}
        known = found.setdefault(fold(str(row[declared.name])), {})
        for member, value in row.items():
            if isinstance(value, str) and value.strip():
                known.setdefault(member, value)
    return sorted(found.values(), key=lambda known: sort_key(known[declared.name]))


# One record for each way of writing the name, the most used one first.
_SAMPLES = """
SELECT d.public FROM {dictionary} t{join}{documents} d
ON d.n = (SELECT s.n FROM {rows} s WHERE s.{column} = t.n ORDER BY s.id LIMIT 1)
WHERE t.folded <> '' ORDER BY t.uses DESC, t.key
"""


def _names(layout: Layout) -> dict[str, str]:
    return {
        "dictionary": layout.dictionary(layout.institution),
        "documents": layout.documents,
        "rows": layout.rows,
        "column": layout.institution.name,
    }
