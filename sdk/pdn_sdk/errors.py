"""Every error of the SDK, grouped by who must act.

PdnError
├ ConfigurationError          the operator: a setting is missing or wrong
├ StandardsError
│ ├ UnknownStandardError      whoever named the standard
│ └ InvalidStandardError      the author of the standard's folder
├ RequestError                the caller: the request must change
│ ├ InvalidQueryError
│ ├ AuthenticationError
│ ├ PermissionDeniedError
│ └ RecordNotFoundError
├ InvalidRecordError          the owner of the data
├ ProviderError               the remote provider
│ ├ ProviderUnreachableError  try again later
│ └ ProtocolViolationError    trying again will not help
├ StorageError                the operator: disk, database
├ ConnectorError              the author of the connector or its source
│ ├ SourceUnavailableError    the file or server cannot be read
│ └ MappingError              mapping.toml does not fit the source
└ ScaffoldError               the user: another name or folder

HTTP statuses and exit codes are not here: each edge (provider, command line)
keeps one table. Messages are in Spanish, for the person who must act.
"""

import re
import tomllib


class PdnError(Exception):
    """Root of the tree; `code` is stable, `message` is for people."""

    code = "error_interno"

    def __init__(self, message: str) -> None:
        """Keep the Spanish message that tells what to do."""
        super().__init__(message)
        self.message = message


class ConfigurationError(PdnError):
    """A setting is missing or wrong."""

    code = "configuracion_invalida"


class StandardsError(PdnError):
    """Something about the standards themselves."""

    code = "estandar"


class UnknownStandardError(StandardsError):
    """No standard has that key."""

    code = "estandar_desconocido"


class InvalidStandardError(StandardsError):
    """A standard's folder does not hold together; names file and key."""

    code = "estandar_invalido"


class RequestError(PdnError):
    """The caller's request cannot be served as it is."""

    code = "solicitud_invalida"


class InvalidQueryError(RequestError):
    """The body of a search breaks the standard."""

    code = "consulta_invalida"


class AuthenticationError(RequestError):
    """There is no valid token."""

    code = "no_autenticado"


class PermissionDeniedError(RequestError):
    """The token is valid but does not reach this far."""

    code = "sin_permiso"


class RecordNotFoundError(RequestError):
    """No such record or route."""

    code = "no_encontrado"


class InvalidRecordError(PdnError):
    """A record breaks its standard; `violations` says all that is wrong."""

    code = "registro_invalido"

    def __init__(self, message: str, violations: tuple[object, ...] = ()) -> None:
        """Keep the violations, one for each fault found."""
        super().__init__(message)
        self.violations = violations


class ProviderError(PdnError):
    """A remote provider did not do its part."""

    code = "proveedor"


class ProviderUnreachableError(ProviderError):
    """No answer: network, DNS, certificate or time limit."""

    code = "proveedor_inalcanzable"


class ProtocolViolationError(ProviderError):
    """The provider answered something that is not the protocol."""

    code = "protocolo_incumplido"


class StorageError(PdnError):
    """The database or the disk refused."""

    code = "almacenamiento"


class ConnectorError(PdnError):
    """A connector cannot do its work."""

    code = "conector"


class SourceUnavailableError(ConnectorError):
    """The source of the data cannot be read."""

    code = "fuente_no_disponible"


class MappingError(ConnectorError):
    """The mapping does not fit the source or the standard."""

    code = "mapeo_invalido"


class ScaffoldError(PdnError):
    """A project cannot be generated with these answers."""

    code = "proyecto"


def broken_at(error: tomllib.TOMLDecodeError) -> str:
    """Say in which line a file of settings breaks: «en la línea 9»."""
    line = re.search(r"at line (\d+)", str(error))
    return f"en la línea {line[1]}" if line else "al final"
