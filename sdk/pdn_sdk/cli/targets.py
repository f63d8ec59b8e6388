"""The provider that `pdn check` is told to test, or what the order lacks."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pdn_sdk.conformance.target import Target
    from pdn_sdk.standards.model import Standard


def target_of(given: Mapping[str, Any], standard: "Standard") -> "Target":
    """Give the provider and the credential that an order names.

    Raises: UsageError where something is missing, saying what to type.
    """
    from pdn_sdk.conformance.target import Target

    _reject_incomplete(given, standard)
    return Target(
        standard=standard.key,
        base_url=given["base_url"],
        data_url=given["data_url"],
        entities_url=given["entities_url"],
        token_url=given["token_url"],
        client_id=given["client_id"] or "",
        client_secret=given["client_secret"] or "",
        username=given["username"] or "",
        password=given["password"] or "",
        scope=given["scope"],
        token=given["token"],
    )


def _reject_incomplete(given: Mapping[str, Any], standard: "Standard") -> None:
    paths = [e.path for dataset in standard.datasets for e in dataset.endpoints]
    url = (given["base_url"] or "").rstrip("/")
    too_long = next((p for p in paths if url.endswith(p)), "")
    if not url:
        raise click.UsageError(
            "Falta --url, la dirección de la API hasta antes de "
            f"«{paths[0]}». {_example(standard)}"
        )
    if too_long:
        raise click.UsageError(
            f"--url ya trae la ruta del estándar. Escriba: --url "
            f"{url.removesuffix(too_long)}"
        )
    missing = [] if given["token"] else _missing(given, standard)
    if missing:
        raise click.UsageError(
            f"Falta con qué entrar: {', '.join(missing)}. {_example(standard)}"
        )


def _missing(given: Mapping[str, Any], standard: "Standard") -> list[str]:
    if standard.security.kind == "bearer":
        return ["--token (o la variable PDN_TOKEN)"]
    needed = {
        "token_url": "--token-url",
        "client_id": "--client-id",
        "client_secret": "--client-secret (o la variable PDN_CLIENT_SECRET)",
        "username": "--username",
        "password": "--password (o la variable PDN_PASSWORD)",
    }
    return [label for name, label in needed.items() if given[name] is None]


def _example(standard: "Standard") -> str:
    order = f"  pdn check --standard {standard.key} --url https://api.ejemplo.gob.mx"
    if standard.security.kind == "bearer":
        access = "    --token SU_TOKEN"
    else:
        token_path = standard.security.token_paths[0]
        access = (
            f"    --token-url https://api.ejemplo.gob.mx{token_path} \\\n"
            "    --client-id SU_CLIENTE --client-secret SU_SECRETO \\\n"
            "    --username SU_USUARIO --password SU_CONTRASEÑA"
        )
    return (
        f"Por ejemplo:\n\n{order} \\\n{access}\n\n"
        "Para probar el proyecto de esta carpeta: pdn check --local"
    )
