"""Chromium for the journeys: where it is, and what is looked at on each page.

With PDN_SCREENSHOTS=1 each page leaves its picture, which takes as long again.
"""

import os
import shutil
from pathlib import Path

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    "",
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
TAKES_PICTURES = os.environ.get("PDN_SCREENSHOTS") == "1"
WIDTHS = (1280, 390)
STICKING_OUT = """[...document.querySelectorAll("main *")]
    .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
    .map(each => each.outerHTML.slice(0, 160)).slice(-3)"""
PASSWORD = "cuatro palabras nada parecidas"


def is_trouble(said) -> bool:
    """Tell a real complaint from the 400 that a form with mistakes answers."""
    return said.type == "error" and "status of 400" not in said.text


def photographed(page, name: str) -> None:
    """Look at a page as a phone shows it: nothing may stick out sideways."""
    # Before its styles are there, a page may be wider than a phone.
    page.wait_for_load_state("load")
    for width in WIDTHS if TAKES_PICTURES else WIDTHS[1:]:
        page.set_viewport_size({"width": width, "height": 900})
        if TAKES_PICTURES:
            SCREENSHOTS.mkdir(exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
        spare = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert spare <= 0, (
            f"{name} is {spare} px too wide at {width}: {page.evaluate(STICKING_OUT)}"
        )
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})


def signed_in(page, email: str) -> None:
    """Sign in as a person does."""
    page.goto("/cuenta/entrar")
    page.get_by_label("Correo electrónico").fill(email)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Entrar").click()
    page.get_by_role("button", name="Salir").wait_for()
