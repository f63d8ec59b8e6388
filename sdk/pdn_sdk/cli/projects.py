"""What verbs that work on a project open: settings, standard, dataset, store."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pdn_sdk.errors import ConfigurationError

if TYPE_CHECKING:
    from pdn_sdk.settings import ProviderSettings
    from pdn_sdk.standards.model import Dataset, Standard
    from pdn_sdk.storage.sql import RecordStore


def chosen(
    folder: Path, environ: Mapping[str, str], key: str | None = None
) -> "tuple[ProviderSettings, Standard, Dataset]":
    """Read a project's settings and choose its dataset.

    Raises: ConfigurationError naming the datasets where there are several.
    """
    from pdn_sdk.settings import ProviderSettings
    from pdn_sdk.standards.loader import get

    settings = ProviderSettings.load(folder.resolve(), environ)
    standards = [get(name) for name in settings.standards]
    found = [(s, d) for s in standards for d in s.datasets if key in (None, d.key)]
    if len(found) != 1:
        names = ", ".join(d.key for s in standards for d in s.datasets)
        raise ConfigurationError(
            f"Diga cuál conjunto de datos con --dataset. Este proyecto tiene: {names}."
        )
    return settings, *found[0]


@contextmanager
def opened(
    folder: Path, environ: Mapping[str, str], key: str | None = None
) -> "Iterator[tuple[ProviderSettings, Standard, Dataset, RecordStore]]":
    """Open the store of a project too, and close it at the end."""
    from pdn_sdk.storage.sql import RecordStore

    settings, standard, dataset = chosen(folder, environ, key)
    settings.database.parent.mkdir(parents=True, exist_ok=True)
    store = RecordStore.open(
        settings.database,
        standard.datasets,
        publish_reserved=settings.publish_reserved,
    )
    try:
        yield settings, standard, dataset, store
    finally:
        store.close()
