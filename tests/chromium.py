"""Chromium for the journeys: where it is, and what is looked at on each page."""

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
WIDTHS = (1280, 390)
PASSWORD = "cuatro palabras nada parecidas"


def is_trouble(said) -> bool:
    """Tell a real complaint from the 400 that a form with mistakes answers."""
    return said.type == "error" and "status of 400" not in said.text


def photographed(page, name: str) -> None:
    """Leave a screenshot at both widths; nothing may stick out sideways."""
    SCREENSHOTS.mkdir(exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
        spare = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert spare <= 0, f"{name} is {spare} px too wide at {width}"
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})


def signed_in(page, email: str) -> None:
    """Sign in as a person does."""
    page.goto("/cuenta/entrar")
    page.get_by_label("Correo electrónico").fill(email)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Entrar").click()
    page.get_by_role("button", name="Salir").wait_for()
