"""What a good record keeps, as the standard's own advice says: one case a rule."""

from collections.abc import Callable
from dataclasses import dataclass

from pdn_sdk.checking import Api, advise, check, expect
from pdn_sdk.conformance.checks.demands import expect_clean
from pdn_sdk.standards.declared.conditions import KINDS
from pdn_sdk.standards.load_rules import load_check
from pdn_sdk.standards.model import Dataset, LoadRule
from pdn_sdk.standards.validation import violations


@dataclass(frozen=True, slots=True)
class AdvisedRule:
    """The rules with one id."""

    name: str
    rules: tuple[LoadRule, ...]


def advised_rules(dataset: Dataset) -> list[AdvisedRule]:
    """Give the advice of a dataset, gathered by its id."""
    advice = [rule for rule in dataset.load_rules if not rule.rejects]
    ids = dict.fromkeys(rule.id for rule in advice)
    return [AdvisedRule(i, tuple(r for r in advice if r.id == i)) for i in ids]


def demanded_rules(dataset: Dataset) -> list[AdvisedRule]:
    """Give the rules that keep a record out and depend on a case, by their id."""
    rules = [r for r in dataset.load_rules if r.rejects and r.kind in KINDS]
    ids = dict.fromkeys(rule.id for rule in rules)
    return [AdvisedRule(i, tuple(r for r in rules if r.id == i)) for i in ids]


@check("REC-33")
def check_records_obey_the_rules(
    api: Api, dataset: Dataset, demanded_rule: AdvisedRule
) -> None:
    """Los registros cumplen lo que un dato exige de otro."""
    _demand_kept(api, dataset, demanded_rule, "registros que cumplen la regla", expect)


@check("REC-30")
def check_records_keep_to_the_advice(
    api: Api, dataset: Dataset, advised_rule: AdvisedRule
) -> None:
    """Los registros guardan la coherencia que se aconseja."""
    _demand_kept(api, dataset, advised_rule, "registros coherentes", advise)


@check("REC-32")
def check_formats_are_kept(api: Api, dataset: Dataset) -> None:
    """Toda fecha lleva hora y zona, y toda dirección está completa."""
    expect_clean(
        api,
        dataset,
        lambda r: [
            f"{v.path}: {v.message}"
            for v in violations(dataset, r)
            if v.rule == "format" and v.path != dataset.captured_at
        ],
        "Quien lo lee no puede compararlo ni seguirlo.",
        "fechas como 2026-03-01T10:00:00-06:00 y direcciones desde https://",
    )


@check("REC-31")
def check_versions_have_their_own_id(api: Api, dataset: Dataset) -> None:
    """El identificador de una versión no se repite en otro registro."""
    seen: dict[str, int] = {}

    def repeated(record: dict[str, object]) -> list[str]:
        value = record.get(dataset.version)
        if value is None:
            return []
        key = str(value)
        seen[key] = seen.get(key, 0) + 1
        return [key] if seen[key] > 1 else []

    expect_clean(
        api,
        dataset,
        repeated,
        "Quien guarda las versiones confunde una con otra.",
        f"«{dataset.version}» distinto en cada registro",
    )


def _demand_kept(
    api: Api,
    dataset: Dataset,
    kept: AdvisedRule,
    expected: str,
    demand: Callable[..., None],
) -> None:
    checks = [load_check(rule, dataset.catalogs) for rule in kept.rules]
    rule = kept.rules[0]
    expect_clean(
        api,
        dataset,
        lambda r: [
            f"{v.path}: se esperaba {v.expected}" for each in checks for v in each(r)
        ],
        f"{rule.message} {rule.fix}",
        expected,
        demand=demand,
    )
