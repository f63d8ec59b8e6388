"""The languages of the site: which one a page speaks, and how it writes in it."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from babel.support import NullTranslations
from flask import Flask, request
from flask import session as browser_session
from flask_babel import Babel, get_locale, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from pdn_marketplace.accounts import views as accounts
from pdn_marketplace.config import ZONE
from pdn_sdk import __version__

LANGUAGES = {"es": "Español", "en": "English"}
LOCALES: Mapping[str, str] = {"es": "es_MX", "en": "en"}


def install(app: Flask) -> None:
    """Let pages speak the languages, and write dates and numbers as each does."""
    app.config.update(
        BABEL_DEFAULT_LOCALE=LOCALES["es"], BABEL_DEFAULT_TIMEZONE=ZONE.key
    )
    Babel(app, locale_selector=_locale)
    app.jinja_env.filters["number"] = number
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["day"] = day
    _speak(app)

    @app.context_processor
    def words() -> dict[str, object]:
        return {
            "languages": LANGUAGES,
            "language": get_locale().language,
            "version": __version__,
            "here": request.full_path.rstrip("?"),
        }


def _locale() -> str:
    """Choose the language: address, cookie, account, and Spanish where none tells."""
    wanted = (
        request.args.get("lang")
        or request.cookies.get(accounts.LANGUAGE_COOKIE)
        or browser_session.get(accounts.LANGUAGE)
    )
    return LOCALES.get(wanted or "es", LOCALES["es"])


def _speak(app: Flask) -> None:
    """Give templates the messages of the language that each is written in.

    A page has hundreds, and Flask-Babel looks for their catalogue at each one.
    """
    known: dict[Locale, dict[str, object]] = {}

    @app.context_processor
    def spoken() -> dict[str, object]:
        locale = get_locale()
        if locale not in known:
            known[locale] = _voice(get_translations())
        return known[locale]


def _voice(messages: NullTranslations) -> dict[str, object]:
    """Give what templates call to say a message, with its variables put in."""

    @pass_eval_context
    def said(context: EvalContext, text: str, /, **given: object) -> str:
        told = messages.gettext(text)
        return (Markup(told) if context.autoescape else told) % given  # noqa: S704

    @pass_eval_context
    def counted(
        context: EvalContext, one: str, many: str, num: int, /, **given: object
    ) -> str:
        told = messages.ngettext(one, many, num)
        given.setdefault("num", num)
        return (Markup(told) if context.autoescape else told) % given  # noqa: S704

    return {"_": said, "gettext": said, "ngettext": counted}


def moment(value: datetime) -> str:
    """Write an instant: `22 de noviembre de 2026, 14:05` (centre of Mexico)."""
    local = _local(value)
    return f"{_day(local.date(), get_locale())}, {local:%H:%M}"


def day(value: datetime) -> str:
    """Write a date: `22 de noviembre de 2026`."""
    return _day(_local(value).date(), get_locale())


def number(value: float) -> str:
    """Write a number with its separators."""
    return _number(value, get_locale())


# The same few are written over and over, and Babel takes its time for each.
@lru_cache(maxsize=4096)
def _day(value: date, locale: Locale) -> str:
    return str(format_date(value, "long", locale=locale))


@lru_cache(maxsize=4096)
def _number(value: float, locale: Locale) -> str:
    return str(format_decimal(value, locale=locale))


def _local(value: datetime) -> datetime:
    return value.astimezone(ZONE)
