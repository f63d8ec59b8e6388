"""What a standard's own projection hides: one case for each privacy rule."""

import re
from collections.abc import Iterator, Mapping, Sequence
from weakref import WeakKeyDictionary

from pdn_sdk.checking import Api, NotTriedError, advise, check
from pdn_sdk.conformance.checks.demands import expect_clean
from pdn_sdk.conformance.checks.samples import Record, records
from pdn_sdk.standards.declared.projection import withheld
from pdn_sdk.standards.model import Dataset, PrivacyRule

PRIVATE = {
    "una CURP": re.compile(r"\b[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d\b"),
    "un RFC de persona física": re.compile(r"\b[A-ZÑ&]{4}\d{6}[A-Z0-9]{3}\b"),
    "un correo personal": re.compile(
        r"@(gmail|hotmail|yahoo|outlook|live|icloud|prodigy)\.", re.IGNORECASE
    ),
    "un número de cuenta": re.compile(r"(?<![\w-])\d{16,18}(?![\w-])"),
    "un número de serie": re.compile(r"\b(?=\w*\d)(?=\w*[A-Z])[A-HJ-NPR-Z0-9]{17}\b"),
}
"""Shapes of what is private wherever it is."""

Withheld = Sequence[tuple[str, str]]
_KEPT: WeakKeyDictionary[Api, tuple[Sequence[Record], Mapping[int, Withheld]]] = (
    WeakKeyDictionary()
)
"""What the records of a run should not show: every rule asks about the same ones."""


@check("PRI-05")
def check_hidden_data_are_not_served(
    api: Api, dataset: Dataset, privacy_rule: PrivacyRule
) -> None:
    """Lo que la norma reserva no se entrega."""
    found = _withheld(api, dataset)
    expect_clean(
        api,
        dataset,
        lambda r: [path for rule, path in found[id(r)] if rule == privacy_rule.id],
        f"{privacy_rule.sentence} Todo lo que recibe la PDN se hace público.",
        "registros sin ese dato; se omite, no se sustituye",
    )


@check("PRI-06")
def check_no_text_looks_private(api: Api, dataset: Dataset) -> None:
    """Ningún texto tiene la forma de un dato personal."""
    if dataset.projection is None:
        raise NotTriedError("El estándar no dice qué es público.")
    expect_clean(
        api,
        dataset,
        lambda r: [
            f"{path}: parece {what}"
            for path, text in _texts(r, "")
            if path != dataset.identity
            for what, shape in PRIVATE.items()
            if shape.search(text)
        ],
        "Suele ser un dato personal escrito donde no debía.",
        "textos sin datos personales",
        demand=advise,
    )


def _withheld(api: Api, dataset: Dataset) -> Mapping[int, Withheld]:
    """Give what each record at hand shows and should not, by its place in memory."""
    at_hand = records(api)
    kept = _KEPT.get(api)
    if kept is None or kept[0] is not at_hand:
        found = {id(r): withheld(dataset, r) for r in at_hand}
        # With the records themselves, so that no other takes the place of one.
        kept = _KEPT[api] = (at_hand, found)
    return kept[1]


def _texts(node: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, inside in node.items():
            yield from _texts(inside, f"{path}.{name}" if path else name)
    elif isinstance(node, list):
        for inside in node:
            yield from _texts(inside, f"{path}[]")
    elif isinstance(node, str):
        yield path, node
