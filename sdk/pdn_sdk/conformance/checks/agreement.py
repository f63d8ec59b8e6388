"""Members of a record that depend on one another, as the standard's rules say.

Each check owns one kind of rule, whatever its level, so that a provider reads
each flaw once.
"""

from collections.abc import Callable, Sequence

from pdn_sdk.checking import Api, NotTriedError, check
from pdn_sdk.conformance.checks.demands import expect_clean
from pdn_sdk.standards.load_rules import (
    Check,
    detail_check,
    load_check,
    repeated_check,
)
from pdn_sdk.standards.model import CodedText, Dataset, LoadRule
from pdn_sdk.standards.paths import values_at
from pdn_sdk.standards.validation import violations


@check("REC-16")
def check_one_member_asks_for_another(api: Api, dataset: Dataset) -> None:
    """Lo que un dato exige de otro se cumple: está, y tiene la forma debida."""
    _expect_obeyed(
        api,
        dataset,
        _checks(dataset, lambda r: bool(r.when) and not _is_of_other(dataset, r)),
        "El registro queda a medias: quien lo lee no sabe lo que falta.",
        "los datos que corresponden a cada caso",
    )


@check("REC-17")
def check_periods_end_after_they_begin(api: Api, dataset: Dataset) -> None:
    """Ningún periodo termina antes de empezar."""
    _expect_obeyed(
        api,
        dataset,
        _checks(dataset, lambda rule: rule.kind == "in_order"),
        "Suelen ser dos fechas cambiadas de lugar.",
        "la fecha inicial antes que la final",
    )


@check("REC-18")
def check_amounts_are_money(api: Api, dataset: Dataset) -> None:
    """Los montos no son negativos y su moneda es un código ISO 4217."""
    _expect_obeyed(
        api,
        dataset,
        _checks(dataset, lambda rule: rule.kind in {"at_least", "in_catalog"}),
        "Un monto en una moneda que nadie conoce no puede sumarse.",
        "montos desde 0, con monedas como MXN",
    )


@check("REC-19")
def check_other_says_which(api: Api, dataset: Dataset) -> None:
    """La clave de «otro» va acompañada de lo que es."""
    explained = [c for c in dataset.coded_texts if c.detail]
    _expect_obeyed(
        api,
        dataset,
        [
            *(detail_check(coded, _texts(dataset, coded)) for coded in explained),
            *_checks(dataset, lambda r: _is_of_other(dataset, r)),
        ],
        "«Otro» no dice nada a quien consulta.",
        "el nombre de lo que se trata",
    )


@check("REC-20")
def check_keys_are_listed_once(api: Api, dataset: Dataset) -> None:
    """Ninguna lista de claves repite una clave."""
    lists = [c for c in dataset.coded_texts if c.path.endswith("[]")]
    _expect_obeyed(
        api,
        dataset,
        [repeated_check(coded) for coded in lists],
        "Lo repetido se cuenta dos veces.",
        "cada clave una sola vez",
    )


@check("REC-21")
def check_members_are_in_their_place(api: Api, dataset: Dataset) -> None:
    """Nada se publica fuera del lugar que le da el estándar."""
    _expect_obeyed(
        api,
        dataset,
        _checks(dataset, lambda rule: rule.kind == "absent"),
        "Fuera de su lugar nadie lo lee, y si es reservado no se oculta.",
        "cada dato en su lugar",
    )


@check("REC-22")
def check_other_dates_have_their_form(api: Api, dataset: Dataset) -> None:
    """Las fechas se escriben AAAA-MM-DD, como publica el estándar."""
    expect_clean(
        api,
        dataset,
        lambda r: [
            f"{v.path}: {v.message}"
            for v in violations(dataset, r)
            if v.rule == "format" and v.path != dataset.captured_at
        ],
        "Una fecha con otra forma no puede ordenarse ni compararse.",
        "por ejemplo 2025-03-01",
    )


@check("REC-23")
def check_keys_come_with_their_text(api: Api, dataset: Dataset) -> None:
    """El texto que acompaña a cada clave no está en blanco."""
    shown = [f"{c.path}.{c.text}" for c in dataset.coded_texts]
    expect_clean(
        api,
        dataset,
        lambda r: [
            path
            for path in shown
            for value in values_at(r, path)
            if isinstance(value, str) and not value.strip()
        ],
        "La PDN muestra el texto y no la clave: se ve un hueco.",
        "el texto oficial de la clave",
    )


def _checks(dataset: Dataset, concerns: Callable[[LoadRule], bool]) -> list[Check]:
    return [
        load_check(rule, dataset.catalogs)
        for rule in dataset.load_rules
        if concerns(rule)
    ]


def _is_of_other(dataset: Dataset, rule: LoadRule) -> bool:
    """Tell whether a rule is about the keys that mean "other" of a catalogue."""
    return any(
        set(case.some.get(f"{c.path}.{c.key}", ())) & set(c.free)
        for c in dataset.coded_texts
        for case in rule.when
    )


def _texts(dataset: Dataset, coded: CodedText) -> dict[object, str]:
    return {entry.key: entry.text for entry in dataset.catalogs[coded.catalog]}


def _expect_obeyed(
    api: Api, dataset: Dataset, rules: Sequence[Check], why: str, expected: str
) -> None:
    if not rules:
        raise NotTriedError("El estándar no pide nada de esto en sus registros.")
    expect_clean(
        api,
        dataset,
        lambda r: [f"{v.path}: {v.message}" for rule in rules for v in rule(r)],
        why,
        expected,
    )
