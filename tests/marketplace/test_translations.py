import re
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import pdn_marketplace
from pdn_marketplace.security import Role

ROOT = Path(pdn_marketplace.__file__).parent
FOLDER = ROOT / "translations" / "en" / "LC_MESSAGES"
METHODS = [
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.svg", "jinja2"),
]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}")


def _said():
    """Every message of the code and the templates."""
    keywords = {
        "_": None,
        "_l": None,
        "gettext": None,
        "lazy_gettext": None,
        "ngettext": (1, 2),
    }
    found = extract_from_dir(ROOT, METHODS, keywords=keywords)
    return {message for _, _, message, _, _ in found}


def _catalogue():
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file)


def _translation(message, catalogue):
    return catalogue.get(message if isinstance(message, str) else message[0])


def test_no_message_is_left_without_its_english():
    catalogue = _catalogue()

    missing = {
        message
        for message in _said()
        if not (found := _translation(message, catalogue)) or not all(found.string)
    }

    assert missing == set()


def test_the_catalogue_keeps_no_message_that_nobody_says():
    said = {m if isinstance(m, str) else m[0] for m in _said()}
    kept = {m.id if isinstance(m.id, str) else m.id[0] for m in _catalogue() if m.id}

    assert kept - said == set()


def test_a_translation_keeps_the_gaps_of_its_message():
    def gaps(text):
        return sorted(PLACEHOLDER.findall(text))

    def texts(value):
        return (value,) if isinstance(value, str) else value

    wrong = [
        message.id
        for message in _catalogue()
        if message.id
        for source, told in zip(texts(message.id), texts(message.string), strict=True)
        if gaps(source) != gaps(told)
    ]

    assert wrong == []


def test_the_compiled_catalogue_is_the_written_one():
    with (FOLDER / "messages.mo").open("rb") as file:
        compiled = GNUTranslations(file)

    for message in _catalogue():
        if isinstance(message.id, str):
            assert not message.id or compiled.gettext(message.id) == message.string
        else:
            told = tuple(compiled.ngettext(*message.id, n) for n in (1, 2))
            assert told == tuple(message.string)


@pytest.mark.parametrize("path", ["/", "/recursos/api-generica-s1", "/cuenta/crear"])
def test_pages_speak_english_when_asked(visitor, path):
    text = visitor.get(f"{path}?lang=en").get_data(as_text=True)

    assert '<html lang="en">' in text
    assert "Skip to content" in text
    assert "Saltar al contenido" not in text


def test_the_language_chosen_is_kept_and_comes_back_here(visitor):
    answer = visitor.send("/idioma", {"idioma": "en", "next": "/?q=api"})

    assert answer.location == "/?q=api"
    assert "Search the catalogue" in visitor.get("/").get_data(as_text=True)
    visitor.send("/idioma", {"idioma": "es", "next": "//evil.mx"})
    assert "Buscar en el catálogo" in visitor.get("/").get_data(as_text=True)


def test_dates_and_numbers_follow_the_language(signed_in):
    browser = signed_in(Role.CONTRIBUTOR)

    spanish = browser.get("/recursos/api-generica-s1").get_data(as_text=True)
    english = browser.get("/recursos/api-generica-s1?lang=en").get_data(as_text=True)

    assert "23 de octubre de 2023" in spanish
    assert "October 23, 2023" in english


def test_an_unknown_language_is_spanish(visitor):
    assert '<html lang="es-MX">' in visitor.get("/?lang=xx").get_data(as_text=True)
