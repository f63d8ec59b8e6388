"""The institutions that the records name, once each."""

import sqlite3

import orjson

from pdn_sdk.collation import fold, sort_key
from pdn_sdk.standards.paths import first_at
from pdn_sdk.storage.tables import Layout


def institutions(
    connection: sqlite3.Connection, layout: Layout
) -> list[dict[str, str]]:
    """List the institutions, one for each folded name, in Spanish order.

    The name is written as most records write it; a member that its record lacks
    is taken from another way of writing the same name.
    """
    declared = layout.dataset.institution
    found: dict[str, dict[str, str]] = {}
    for (document,) in connection.execute(_SAMPLES.format(**_names(layout))):
        record = orjson.loads(document)
        row = {m: first_at(record, path) for m, path in declared.members.items()}
        known = found.setdefault(fold(str(row[declared.name])), {})
        for member, value in row.items():
            if isinstance(value, str) and value.strip():
                known.setdefault(member, value)
    return sorted(found.values(), key=lambda known: sort_key(known[declared.name]))


# One record for each way of writing the name, the most used one first.
_SAMPLES = """
SELECT d.public FROM {dictionary} t CROSS JOIN {documents} d
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
