"""Texts in the language of who reads them, where no page is being made.

A worker has no request, and who gets a message may read another language than who
makes the site send it. Imports nothing of ours.
"""

from functools import cache
from gettext import NullTranslations
from importlib.resources import files

from babel.support import Translations

SPANISH, ENGLISH = "es", "en"
LANGUAGES = (SPANISH, ENGLISH)


def said(text: str, language: str) -> str:
    """Give a text of the code, which is Spanish, in one of the languages."""
    return text if language == SPANISH else _catalogue(language).gettext(text)


@cache
def _catalogue(language: str) -> NullTranslations:
    folder = str(files("pdn_marketplace") / "translations")
    return Translations.load(folder, [language])
