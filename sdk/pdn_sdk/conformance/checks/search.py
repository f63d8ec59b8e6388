"""Text filters: they find what they should, and nothing else.

Values come from the provider's own records, so the checks fit any data.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Sequence

from pdn_sdk.checking import Api, NotTriedError, check, expect
from pdn_sdk.conformance.checks.demands import (
    counted,
    expect_at_most,
    expect_found,
    expect_totals,
    shows_data,
)
from pdn_sdk.conformance.checks.samples import (
    NONSENSE,
    ODD,
    bare,
    difficult,
    filters,
    has_walked_far,
    holders,
    is_plain,
    records,
    sample,
    samples,
    strangers,
    texts_at,
)
from pdn_sdk.standards.model import Dataset, FilterField, Operator
from pdn_sdk.wire.post_query import write_search

ACCENTED = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")
SAMPLES = 3


@check("SEA-01")
def check_full_value_finds_its_record(api: Api, text_filter: FilterField) -> None:
    """Un filtro de texto con el valor completo encuentra al registro que lo tiene."""
    for value in varied(api, text_filter):
        least = holders(api, text_filter, value)
        expect_found(
            api, text_filter, value, least, "El valor completo debe encontrarse."
        )


@check("SEA-02")
def check_filter_gives_only_what_matches(api: Api, text_filter: FilterField) -> None:
    """Un filtro de texto entrega sólo registros que contienen ese valor."""
    most = 1 if has_walked_far(api) else SAMPLES
    for value in difficult(samples(api, text_filter))[:most]:
        answer = api.search(page_size=50, query={text_filter.name: value})
        foreign = strangers(answer, text_filter, value)
        expect(
            not foreign,
            f"«{text_filter.name}» con «{value}» entrega "
            f"{counted(len(foreign), 'registro', 'registros')} sin ese valor.",
            expected=f"sólo registros con «{value}»",
            received="; ".join(sorted(set(foreign))[:3]),
            evidence=answer.exchange,
        )
        expect_at_most(api, text_filter, value, answer)


@check("SEA-03")
def check_exact_filter_finds_its_record(
    api: Api, dataset: Dataset, exact_filter: FilterField
) -> None:
    """El filtro por clave encuentra el valor completo, y sólo ése."""
    held = Counter(v for r in records(api) for v in {*texts_at(r, exact_filter.path)})
    # The one that most records have, and the one that fewest have.
    ranked = sorted(samples(api, exact_filter), key=lambda v: (-held[v], v))
    for value in dict.fromkeys((ranked[0], ranked[-1])):
        answer = api.search(page_size=10, query={exact_filter.name: value})
        foreign = strangers(answer, exact_filter, value)
        expect(
            answer.results and answer.total >= held[value] and not foreign,
            f"«{exact_filter.name}» con un valor completo no encuentra justo los "
            "registros que lo tienen.",
            expected=f"al menos {counted(held[value], 'registro', 'registros')}",
            received=counted(answer.total, "registro", "registros")
            + f", con otro valor {len(foreign)}",
            evidence=answer.exchange,
        )
    if exact_filter.catalog:
        keys = {entry.key for entry in dataset.catalogs[exact_filter.catalog]}
        _expect_whole_key(api, exact_filter, ranked[0], keys)


def _expect_whole_key(
    api: Api, declared: FilterField, key: str, keys: Collection[object]
) -> None:
    """Demand that a part of a key, which is no key, finds nothing."""
    part = key[:-1]
    if not part or part in {*samples(api, declared), *keys}:
        return
    answer = api.call(write_search(page_size=1, query={declared.name: part}))
    expect(
        answer.status < 500 and not shows_data(answer),
        f"«{declared.name}» con una parte de la clave «{key}» entrega registros: las "
        "claves se comparan completas.",
        expected="0 registros, o estado 400",
        received=f"estado {answer.status}, con registros",
        evidence=answer,
    )


@check("SEA-04")
def check_case_does_not_matter(api: Api, text_filter: FilterField) -> None:
    """Mayúsculas y minúsculas dan el mismo resultado."""
    value = _handy(api, text_filter)
    # Every letter in its other case: harder than all capitals, or none.
    _expect_same(
        api,
        text_filter,
        value,
        {value.swapcase()},
        "Quien busca no sabe si usted escribe en mayúsculas.",
    )
    for accented in _most_accents(_accented_values(api, text_filter) or [""], 1):
        if not accented:
            return
        least = holders(api, text_filter, accented)
        why = "Una letra con acento también tiene mayúscula."
        expect_found(api, text_filter, accented.swapcase(), least, why)


@check("SEA-05")
def check_missing_accents_do_not_matter(api: Api, text_filter: FilterField) -> None:
    """Un nombre con acentos se encuentra aunque se escriba sin ellos."""
    values = _accented_values(api, text_filter)
    if not values:
        raise NotTriedError(f"Ningún valor de «{text_filter.name}» lleva acentos.")
    why = "JOSE debe encontrar a José."
    for value in _most_accents(values, 1 if has_walked_far(api) else 2):
        least = holders(api, text_filter, value)
        expect_found(api, text_filter, bare(value), least, why)


@check("SEA-06")
def check_extra_accents_do_not_matter(api: Api, text_filter: FilterField) -> None:
    """Un nombre sin acentos se encuentra aunque se escriba con ellos."""
    value = sample(api, text_filter, is_plain, "se puede acentuar")
    least = holders(api, text_filter, value)
    first, both = _accented(value), _apart(_accented(value))
    # The mark of one letter in it, that of another beside it, as some systems write.
    if api.total({text_filter.name: both}) >= least:
        return
    expect_found(api, text_filter, first, least, "José debe encontrar a JOSE.")
    why = "El acento también puede venir aparte de su letra (Unicode NFD)."
    expect_found(api, text_filter, both, least, why)


@check("SEA-07")
def check_extra_blanks_do_not_matter(api: Api, text_filter: FilterField) -> None:
    """Los espacios de más no cambian el resultado."""
    value = _handy(api, text_filter)
    _expect_same(
        api,
        text_filter,
        value,
        {f"  {value.replace(' ', '   ')} "},
        "Un espacio copiado de más no debe esconder un registro.",
    )


@check("SEA-08")
def check_enye_matches_in_any_case(api: Api, text_filter: FilterField) -> None:
    """La ñ y la Ñ se encuentran entre sí, también varias veces en un nombre."""
    with_enye = [v for v in samples(api, text_filter) if "ñ" in v.lower()]
    if not with_enye:
        raise NotTriedError(f"Ningún valor de «{text_filter.name}» lleva ñ.")
    most = max(with_enye, key=lambda v: v.lower().count("ñ"))
    capital = next((v for v in with_enye if "Ñ" in v), most)
    why = "Cuide todas las eñes."
    expect_found(api, text_filter, most, holders(api, text_filter, most), why)
    for value in dict.fromkeys((most, capital)):
        least = holders(api, text_filter, value)
        swapped = value.translate(str.maketrans("ñÑ", "Ññ"))
        expect_found(api, text_filter, swapped, least, why)


@check("SEA-09")
def check_part_of_a_value_finds_it(api: Api, text_filter: FilterField) -> None:
    """Una parte del valor, de en medio, también lo encuentra."""
    value = _handy(api, text_filter)
    least = holders(api, text_filter, value)
    # What finds the middle finds the start as well.
    part = value[1:-1] or value[-1:]
    expect_found(api, text_filter, part, least, "Se busca con lo que se recuerda.")


@check("SEA-11")
def check_text_filters_combine(api: Api, dataset: Dataset) -> None:
    """Dos filtros de texto se cumplen a la vez."""
    one, other, query = _pair(api, dataset)
    answer = api.search(page_size=50, query=query)
    foreign = [
        *strangers(answer, one, query[one.name]),
        *strangers(answer, other, query[other.name]),
    ]
    expect(
        answer.total and not foreign,
        f"«{one.name}» y «{other.name}» juntos no dan sólo los registros que cumplen "
        "ambos.",
        expected="al menos 1 registro, y todos con los dos valores",
        received=counted(answer.total, "registro", "registros")
        + f", con otros valores {len(foreign)}",
        evidence=answer.exchange,
    )


@check("SEA-12")
def check_impossible_combination_is_empty(api: Api, dataset: Dataset) -> None:
    """Una combinación que ningún registro cumple no da resultados."""
    one, other, query = _pair(api, dataset)
    answer = api.search(page_size=5, query={**query, other.name: NONSENSE})
    expect(
        not answer.total and not answer.results,
        f"Con un valor de «{one.name}» que existe y uno de «{other.name}» que no, "
        "entrega resultados.",
        expected="0 registros",
        received=f"totalRows {answer.total:,}, {len(answer.results)} registros",
        evidence=answer.exchange,
    )


def _pair(
    api: Api, dataset: Dataset
) -> tuple[FilterField, FilterField, dict[str, str]]:
    declared = filters(dataset, Operator.CONTAINS)
    for record in records(api):
        shown = [(f, t) for f in declared for t in list(texts_at(record, f.path))[:1]]
        if len(shown) > 1 and all("ñ" not in t.lower() for _, t in shown[:2]):
            (one, a), (other, b) = shown[:2]
            return one, other, {one.name: a, other.name: b}
    raise NotTriedError("Ningún registro muestra dos datos por los que se filtre.")


def _expect_same(
    api: Api, declared: FilterField, value: str, variants: set[str], why: str
) -> None:
    known = api.total({declared.name: value})
    queries = {f"«{v}»": {declared.name: v} for v in sorted(variants - {value})}
    expect_totals(api, queries, known, why)


def _handy(api: Api, declared: FilterField) -> str:
    """Give a value without accents, ñ nor signs where there is one.

    Those come apart, in checks of their own.
    """
    values = [v for v in samples(api, declared) if any(map(str.isalpha, v))]
    if not values:
        raise NotTriedError(f"Ningún valor de «{declared.name}» tiene letras.")
    return min(values, key=_oddity)


def varied(api: Api, declared: FilterField) -> list[str]:
    """Give a few values that differ in kind; those with ñ have their own check.

    Raises: NotTriedError where every value has a ñ.
    """
    found = difficult([v for v in samples(api, declared) if "ñ" not in v.lower()])
    if not found:
        raise NotTriedError("Todos los valores llevan ñ: véase su propia prueba.")
    return found


def _accented_values(api: Api, declared: FilterField) -> list[str]:
    """Give values with accents and no ñ: those in capitals and in small letters."""
    fit = [v for v in samples(api, declared) if bare(v) != v and "ñ" not in v.lower()]
    kinds: tuple[Callable[[str], object], ...] = (
        lambda v: any(bare(c) != c and c.isupper() for c in v),
        lambda v: any(bare(c) != c and c.islower() for c in v),
        lambda v: "ü" in v.lower(),
    )
    first = [next(filter(kind, fit), None) for kind in kinds]
    return [v for v in dict.fromkeys([*first, *fit]) if v is not None]


def _oddity(text: str) -> tuple[bool, ...]:
    return (
        not is_plain(text),
        not ODD.isdisjoint(text),
        len(text) < 4,
        "ñ" in text.lower(),
    )


def _most_accents(values: Sequence[str], most: int) -> list[str]:
    """Give the few values that have the most different letters with an accent."""
    chosen: list[str] = []
    seen: set[str] = set()
    for _ in range(most):
        best = max(values, key=lambda v: len(_marked(v) - seen))
        if chosen and not _marked(best) - seen:
            break
        chosen.append(best)
        seen |= _marked(best)
    # Of another mark than the rest, and the one that is forgotten most.
    diaeresis = [v for v in values if "ü" in v.lower()][:1]
    return list(dict.fromkeys([*chosen, *diaeresis])) if most > 1 else chosen


def _marked(text: str) -> set[str]:
    # Of the two cases of a letter one is often forgotten.
    return {c for c in unicodedata.normalize("NFC", text) if bare(c) != c}


def _apart(text: str) -> str:
    """Put an accent after the last vowel of a text, as a mark of its own."""
    places = [n for n, c in enumerate(text) if c in "aeiouAEIOU"]
    # Where there is one vowel, its own accent comes apart.
    if not places:
        return unicodedata.normalize("NFD", text)
    return f"{text[: places[-1] + 1]}\u0301{text[places[-1] + 1 :]}"


def _accented(text: str) -> str:
    """Put an accent on the first vowel."""
    place = next(i for i, c in enumerate(text) if c in "aeiouAEIOU")
    return text[:place] + text[place].translate(ACCENTED) + text[place + 1 :]
