"""The certificates of a folder: one PDF for each person and year.

A file is called `PERSON_YEAR.pdf`; whoever runs the provider puts it there and
takes it away, and both are seen at once.
"""

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from pdn_sdk.errors import ConfigurationError, StorageError

SETTLED_NS = 2_000_000_000
"""A folder that changed later than this ago may have changed again unnoticed."""
_NAME = re.compile(r"([^_/]+)_(\d{4})\.pdf", re.IGNORECASE)


class Filings:
    """Who filed in which years, as a folder tells. Safe among threads."""

    def __init__(self, folder: Path) -> None:
        """Remember the folder.

        Raises: ConfigurationError where there is none.
        """
        if not folder.is_dir():
            raise ConfigurationError(
                f"«certificates» dice «{folder}», que no es una carpeta. Créela y "
                "ponga ahí los acuses en PDF, cada uno llamado RFC_AÑO.pdf."
            )
        self._folder = folder
        self._lock = Lock()
        self._seen_at = -1
        self._files: dict[tuple[str, int], Path] = {}

    def years(self, person: str) -> Sequence[tuple[int, bool]]:
        """Give every year of the folder, and whether the person filed in it.

        The years are the same for everybody: who never filed and who does not
        exist are told alike.
        Raises: StorageError.
        """
        files = self._current()
        years = sorted({year for _, year in files})
        return [(year, (person, year) in files) for year in years]

    def has(self, person: str, year: int) -> bool:
        """Tell whether the person filed in a year.

        Raises: StorageError.
        """
        return (person, year) in self._current()

    def document(self, person: str, year: int) -> bytes | None:
        """Give the certificate, or None where there is none.

        Raises: StorageError.
        """
        path = self._current().get((person, year))
        try:
            return path.read_bytes() if path else None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(self._folder) from error

    def _current(self) -> dict[tuple[str, int], Path]:
        """Read the folder again only if something came or went."""
        with self._lock:
            try:
                changed_at = self._folder.stat().st_mtime_ns
                is_settled = time.time_ns() - changed_at > SETTLED_NS
                if changed_at != self._seen_at:
                    self._files = dict(_found(self._folder))
                    self._seen_at = changed_at if is_settled else -1
            except OSError as error:
                raise _unreadable(self._folder) from error
            return self._files


def _found(folder: Path) -> list[tuple[tuple[str, int], Path]]:
    with os.scandir(folder) as entries:
        files = [entry for entry in entries if entry.is_file()]
    named = ((Path(file.path), _NAME.fullmatch(file.name)) for file in files)
    return [((name[1].upper(), int(name[2])), path) for path, name in named if name]


def _unreadable(folder: Path) -> StorageError:
    return StorageError(
        f"No se puede leer la carpeta de acuses «{folder}». Revise que exista y que el "
        "proveedor tenga permiso de leerla."
    )
