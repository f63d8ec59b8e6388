"""What the records say: letters, texts and lists that people can use."""

import re
from collections.abc import Iterator

from pdn_sdk.checking import Api, check
from pdn_sdk.conformance.checks.demands import as_json, expect_clean
from pdn_sdk.conformance.checks.samples import Record
from pdn_sdk.standards.model import CodedText, Dataset, LoadRule
from pdn_sdk.standards.paths import values_at

MOJIBAKE = re.compile("Ã[\u0080-\u00bf]|Â[\u0080-\u00bf]|\ufffd")
PLACEHOLDERS = frozenset(
    {"", "-", "--", ".", "n/a", "n.a.", "nan", "null", "none", "undefined"}
    | {"s/d", "sin dato", "sin datos", "no aplica", "no disponible", "no tiene"}
    | {"no proporcionado", "dato no proporcionado", "xxx"}
)


@check("REC-02")
def check_letters_arrive_intact(api: Api, dataset: Dataset) -> None:
    """Los acentos y las eñes llegan bien escritos."""
    expect_clean(
        api,
        dataset,
        lambda r: MOJIBAKE.findall(as_json(r)),
        "Hay letras rotas: se leyó un archivo con la codificación equivocada.",
        "á, é, í, ó, ú, ñ",
    )


@check("REC-09")
def check_ids_are_not_blank(api: Api, dataset: Dataset) -> None:
    """Todo registro tiene un identificador que no está en blanco."""
    expect_clean(
        api,
        dataset,
        lambda r: [as_json(v) for v in values_at(r, dataset.identity) if _is_blank(v)],
        "Sin identificador un registro no puede consultarse ni contarse.",
        "un texto propio de cada registro",
    )


@check("REC-10")
def check_no_internal_members(api: Api, dataset: Dataset) -> None:
    """Los registros no muestran datos internos de su base de datos."""
    expect_clean(
        api,
        dataset,
        lambda r: [
            name
            for name in _names(r)
            if name.startswith("_") or name in dataset.internal
        ],
        "Quite lo que agrega la base de datos, como «_id» o «__v».",
        "sólo los datos del estándar",
    )


@check("REC-11")
def check_no_placeholders(api: Api, dataset: Dataset) -> None:
    """Los datos obligatorios no se rellenan con «N/A» ni quedan en blanco."""
    paths = [p for rule in _rules(dataset, "not_blank") for p in rule.paths]
    # A blank text beside its key has its own check.
    beside = {f"{c.path}.{c.text}" for c in dataset.coded_texts}
    paths = [p for p in paths if p != dataset.identity and p not in beside]
    expect_clean(
        api,
        dataset,
        lambda r: [
            f"{path}: «{v}»"
            for path in paths
            for v in values_at(r, path)
            if isinstance(v, str) and _says_nothing(v)
        ],
        "Un relleno no es un dato: se muestra al público tal cual.",
        "el dato real",
    )


@check("REC-12")
def check_official_texts(api: Api, dataset: Dataset) -> None:
    """El texto de cada clave es el oficial del catálogo."""
    expect_clean(
        api,
        dataset,
        lambda r: [
            f"{c.path}: «{text}» en lugar de «{official[0]}»"
            for c in dataset.coded_texts
            for key, text in _pairs(r, c)
            if (official := _official(dataset, c, key)) and text.strip() not in official
        ],
        "Un texto distinto del oficial hace que lo mismo se cuente como dos cosas.",
        "el texto publicado en el catálogo",
    )


@check("REC-13")
def check_shown_texts_are_not_blank(api: Api, dataset: Dataset) -> None:
    """Lo que la PDN muestra de cada registro no está en blanco."""
    judged_elsewhere = {p for rule in _rules(dataset, "not_blank") for p in rule.paths}
    shown = [s.path for s in dataset.sort_fields]
    shown = [
        p for p in shown if p not in judged_elsewhere and p not in dataset.defaults
    ]
    shown += [f"{c.path}.{c.text}" for c in dataset.coded_texts]
    expect_clean(
        api,
        dataset,
        lambda r: [p for p in shown for v in values_at(r, p) if _is_blank(v)],
        "En la página de la PDN se ve un hueco.",
        "un texto",
    )


@check("REC-14")
def check_defaults_are_sent(api: Api, dataset: Dataset) -> None:
    """Los datos que la PDN siempre muestra se envían aunque estén vacíos."""
    expect_clean(
        api,
        dataset,
        lambda r: [name for name in dataset.defaults if name not in r],
        "Si falta, la página de la PDN escribe «undefined»; envíe un texto vacío.",
        'el dato, o ""',
    )


@check("REC-15")
def check_records_say_enough(api: Api, dataset: Dataset) -> None:
    """Las listas obligatorias no llegan vacías y los años tienen cuatro cifras."""
    rules = [*_rules(dataset, "not_empty"), *_rules(dataset, "pattern")]
    expect_clean(
        api,
        dataset,
        lambda r: [rule.message for rule in rules if not _obeys(r, rule)],
        "Un registro así no dice lo que se espera de él.",
        "los datos completos",
    )


def _rules(dataset: Dataset, kind: str) -> list[LoadRule]:
    return [r for r in dataset.load_rules if r.kind == kind and not r.when]


def _obeys(record: Record, rule: LoadRule) -> bool:
    values = [v for path in rule.paths for v in values_at(record, path)]
    if rule.kind == "not_empty":
        return all(v for v in values if isinstance(v, list))
    return all(re.search(rule.pattern, v) for v in values if isinstance(v, str))


def _pairs(record: Record, coded: CodedText) -> Iterator[tuple[object, str]]:
    for node in values_at(record, coded.path):
        key, text = _member(node, coded.key), _member(node, coded.text)
        if isinstance(text, str) and text.strip():
            yield key, text


def _official(dataset: Dataset, coded: CodedText, key: object) -> tuple[str, ...]:
    if key in coded.free:
        return ()
    entries = dataset.catalogs[coded.catalog]
    return next(((e.text, *e.also) for e in entries if e.key == key), ())


def _names(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield name
            yield from _names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _names(value)


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


def _says_nothing(text: str) -> bool:
    return text.strip().casefold() in PLACEHOLDERS


def _member(node: object, name: str) -> object:
    return node.get(name) if isinstance(node, dict) else None
