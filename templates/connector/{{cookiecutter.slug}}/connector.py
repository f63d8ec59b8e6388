"""Lee un archivo con un objeto JSON en cada renglón.

Cámbielo por lo que lee su fuente: basta con dar una tabla, sus encabezados y sus
filas. Lo demás (correspondencia, validación, rechazos) lo hace el SDK.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from pdn_sdk.ingest import Request, SourceRow, SourceUnavailableError, Table


class {{ cookiecutter.class_name }}:
    """El conector: una clase con el método `read`."""

    def read(self, request: Request) -> Table:
        """Abre la fuente y da su tabla; las filas se leen después, una por una."""
        path = request.file()
        reader = _Reader(path)
        first = next(reader.objects(), (0, {}))[1]
        headers = tuple(first)
        return Table(
            headers,
            reader.rows(headers),
            name=path.name,
            fraction_read=reader.fraction_read,
        )


class _Reader:
    """Los renglones de un archivo, y cuánto de él se ha leído."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._bytes_read = 0
        self._size_bytes = path.stat().st_size

    def fraction_read(self) -> float:
        return min(1.0, self._bytes_read / max(1, self._size_bytes))

    def rows(self, headers: tuple[str, ...]) -> Iterator[SourceRow]:
        for number, found in self.objects():
            yield SourceRow(number, [found.get(header) for header in headers])

    def objects(self) -> Iterator[tuple[int, dict]]:
        self._bytes_read = 0
        with self._path.open("rb") as file:
            for number, line in enumerate(file, 1):
                self._bytes_read += len(line)
                if line.strip():
                    yield number, self._object(line, number)

    def _object(self, line: bytes, number: int) -> dict:
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if isinstance(found, dict):
            return found
        raise SourceUnavailableError(
            f"El renglón {number:,} de «{self._path.name}» no es un objeto JSON. "
            "Corríjalo y vuelva a cargar; no se cambió nada."
        )
