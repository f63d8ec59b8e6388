"""Las pruebas de este proyecto: la conformidad completa, con datos sintéticos."""

from pathlib import Path
{% if cookiecutter.standards | length > 1 %}
import pytest
{% endif %}
from pdn_sdk.testing import check_local

PROJECT = Path(__file__).parent.parent

{% if cookiecutter.standards | length > 1 %}
@pytest.mark.parametrize("standard", [{% for s in cookiecutter.standards %}"{{ s.key }}"{{ "" if loop.last else ", " }}{% endfor %}])
def test_the_provider_is_conformant(standard: str) -> None:
    report = check_local(PROJECT, standard=standard, synthetic=True)
{%- else %}
def test_the_provider_is_conformant() -> None:
    report = check_local(PROJECT, synthetic=True)
{%- endif %}

    assert report.verdict == "conformant", report.sentence
