"""Las pruebas de este proyecto: la conformidad completa, con datos sintéticos."""

from pathlib import Path

from pdn_sdk.testing import check_local

PROJECT = Path(__file__).parent.parent


def test_the_provider_is_conformant() -> None:
    report = check_local(PROJECT, synthetic=True)

    assert report.verdict == "conformant", report.sentence
