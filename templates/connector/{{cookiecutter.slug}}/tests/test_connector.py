"""Lo que el SDK pide de todo conector, probado con la muestra de esta carpeta."""

from pathlib import Path

from pdn_sdk.ingest.rehearsal import rehearse


def test_the_connector_keeps_every_promise() -> None:
    report = rehearse(Path(__file__).parent.parent)

    assert report.read == report.loaded + report.unchanged + report.rejected
