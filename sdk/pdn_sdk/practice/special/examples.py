"""Faults of records that the standard's own examples show: one for each rule.

An example breaks its rule and no other, or shows what a rule hides.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pdn_sdk.practice.planting import Fault, Record, first_record, instead
from pdn_sdk.practice.terms import Terms


def _examples(terms: Terms, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    folder = terms.standard.folder / "examples" / kind
    for path in sorted(folder.glob("*.json")):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))


def _broken(terms: Terms) -> Iterator[Fault]:
    """Give the advice and the demands that some example breaks."""
    messages = {rule.id: rule.message for rule in terms.dataset.load_rules}
    # What the load fills in where the institution says nothing.
    filled = {k: v for k, v in terms.dataset.defaults.items() if "." not in k}
    for check, kind in (("REC-30", "advised"), ("REC-33", "invalid")):
        for name, example in _examples(terms, kind):
            rule = example["breaks"]
            if f"{check}[{rule}]" in terms.asked:
                record = {**filled, **example["record"]}
                yield Fault(
                    f"{check}[{rule}]", name, messages[rule], records=instead(record)
                )


def _hidden(terms: Terms) -> Iterator[Fault]:
    """Give what each rule of privacy hides, shown."""
    projection = terms.dataset.projection
    sentences = {r.id: r.sentence for r in projection.rules} if projection else {}
    for _, example in _examples(terms, "projection"):
        rule = example["rule"]
        yield Fault(
            f"PRI-05[{rule}]",
            f"reservado_{rule.lower()}",
            f"Un registro no cumple esto: {sentences[rule]}",
            records=instead(example["in"]),
        )


def _versions(terms: Terms) -> Iterator[Fault]:
    member = terms.dataset.version
    if not member:
        return

    def repeated(every: list[Record]) -> list[Record]:
        def change(record: Record) -> None:
            record[member] = every[0][member]

        changed: list[Record] = first_record(change)(every)
        return changed

    yield Fault(
        "REC-31",
        "version_repetida",
        "Dos registros distintos dicen ser la misma versión.",
        records=repeated,
    )


def faults(terms: Terms) -> Iterator[Fault]:
    """Give the faults that can be planted in a provider of a standard."""
    yield from _broken(terms)
    yield from _hidden(terms)
    yield from _versions(terms)
