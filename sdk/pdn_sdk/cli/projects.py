"""What verbs that work on a project open: settings, standard, dataset, store."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pdn_sdk.errors import ConfigurationError

if TYPE_CHECKING:
    from pdn_sdk.settings import ProviderSettings
    from pdn_sdk.standards.model import Dataset, Standard
    from pdn_sdk.storage.sql import RecordStore


def datasets(
    folder: Path, environ: Mapping[str, str], key: str | None = None
) -> "tuple[ProviderSettings, Sequence[tuple[Standard, Dataset]]]":
    """Read a project's settings; give its datasets, or the one with that key.

    Raises: ConfigurationError naming the datasets where none has the key.
    """
    from pdn_sdk.settings import ProviderSettings
    from pdn_sdk.standards.loader import get

    settings = ProviderSettings.load(folder.resolve(), environ)
    known = [(s, d) for s in map(get, settings.standards) for d in s.datasets]
    found = [(s, d) for s, d in known if key in (None, d.key)]
    if not found:
        raise ConfigurationError(
            f"Este proyecto no tiene el conjunto de datos «{key}». Elija con --dataset "
            f"uno de: {', '.join(d.key for _, d in known)}."
        )
    return settings, found


def chosen(
    folder: Path, environ: Mapping[str, str], key: str | None = None
) -> "tuple[ProviderSettings, Standard, Dataset]":
    """Read a project's settings and choose its one dataset.

    Raises: ConfigurationError naming the datasets where there are several.
    """
    settings, found = datasets(folder, environ, key)
    if len(found) > 1:
        raise ConfigurationError(
            "Diga cuál conjunto de datos con --dataset. Este proyecto tiene: "
            f"{', '.join(d.key for _, d in found)}."
        )
    return settings, *found[0]


@contextmanager
def opened(
    folder: Path, environ: Mapping[str, str], key: str | None = None
) -> "Iterator[tuple[ProviderSettings, Standard, Dataset, RecordStore]]":
    """Open the store of a project too, and close it at the end."""
    from pdn_sdk.storage.sql import RecordStore

    settings, standard, dataset = chosen(folder, environ, key)
    store = RecordStore.open(
        settings.database,
        standard.datasets,
        publish_reserved=settings.publish_reserved,
    )
    try:
        yield settings, standard, dataset, store
    finally:
        store.close()
