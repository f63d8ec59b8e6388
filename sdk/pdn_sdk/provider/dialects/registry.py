"""The dialects there are, by the name that a standard gives."""

from collections.abc import Mapping

from pdn_sdk.errors import ConfigurationError
from pdn_sdk.provider.dialects import items, post_query
from pdn_sdk.provider.dialects.contract import Dialect
from pdn_sdk.standards.model import Standard

DIALECTS: Mapping[str, Dialect] = {
    "items": items.DIALECT,
    "post_query": post_query.DIALECT,
}


def dialect_of(standard: Standard) -> Dialect:
    """Give the dialect of a standard.

    Raises: ConfigurationError where the provider does not speak it.
    """
    try:
        return DIALECTS[standard.dialect]
    except KeyError as error:
        raise ConfigurationError(
            f"El estándar «{standard.key}» usa el dialecto «{standard.dialect}», que "
            "esta versión de pdn no sabe publicar. Actualice pdn-sdk."
        ) from error
