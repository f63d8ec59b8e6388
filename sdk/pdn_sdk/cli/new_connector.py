"""The connector's half of `pdn new`: a folder that reads its own sample.

The sample and its mapping are derived from the standard, so they fit any.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pdn_sdk.scaffold import Template
    from pdn_sdk.standards.model import Standard

SAMPLE = "personas.jsonl"
SAMPLE_RECORDS = 5


def generate_connector(
    template: "Template",
    name: str,
    standards: "Sequence[Standard]",
    output_dir: Path,
) -> None:
    """Generate the folder of a connector and say how to go on.

    Raises: ScaffoldError where it cannot be written.
    """
    from pdn_sdk import __version__
    from pdn_sdk.ingest.mapping.writing import canonical_toml
    from pdn_sdk.scaffold import generate, slug

    identifier = slug(name).replace("-", "_")
    answers = {
        "name": name,
        "slug": identifier,
        "class_name": _class_name(identifier),
        "systems": sorted({s.system for s in standards}),
        "sdk_version": __version__,
    }
    standard = standards[0]
    files = {
        "mapping.toml": canonical_toml(standard.datasets[0]),
        f"sample/{SAMPLE}": _sample(standard),
        "sample/expected.toml": _expected(standard),
    }
    folder = generate(template, answers, output_dir, files)
    click.echo(
        f"✓ Conector creado en {folder}\n\nSiga con:\n  cd {folder}\n"
        "  python -m pytest   # prueba lo que se pide de todo conector\n\n"
        "Después cambie connector.py por lo que lee su fuente; README.md dice cómo."
    )


def _class_name(identifier: str) -> str:
    words = "".join(word.capitalize() for word in identifier.split("_"))
    return words if words.isidentifier() else f"Lector{words}"


def _sample(standard: "Standard") -> str:
    """Write a few invented records, and the first one twice: a row to reject."""
    import json

    from pdn_sdk.ingest.sample import canonical_rows
    from pdn_sdk.standards.synthetic import records

    dataset = standard.datasets[0]
    invented = list(
        records(dataset, SAMPLE_RECORDS, seed=1, institution="Municipio de Ejemplo")
    )
    headers, rows = canonical_rows(dataset, [*invented, invented[0]])
    lines = (dict(zip(headers, row, strict=True)) for row in rows)
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _expected(standard: "Standard") -> str:
    return (
        "# Qué resulta de cargar la muestra con ../mapping.toml. El último renglón\n"
        "# repite el identificador del primero, así que se rechaza.\n"
        f'standard = "{standard.key}"\n'
        f'dataset = "{standard.datasets[0].key}"\n'
        f'file = "{SAMPLE}"\n'
        f"read = {SAMPLE_RECORDS + 1}\n"
        f"rejected_rows = [{SAMPLE_RECORDS + 1}]\n"
        "skipped_rows = []\n"
    )
