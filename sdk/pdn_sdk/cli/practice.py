"""Practice mode of `pdn serve`: the project's provider with a fault in it."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pdn_sdk.settings import ProviderSettings
    from pdn_sdk.settings.database import Server
    from pdn_sdk.standards.model import Standard

CALLER = "falla de práctica"

Around = Callable[[Any], Any]


def show(settings: "ProviderSettings") -> None:
    """List the faults that can be planted in the provider of a project."""
    from pdn_sdk.practice.application import practicable

    for fault in practicable(_standard(settings)):
        name = f"{fault.name}  ({fault.check})"
        click.echo(name)
        for line in wrap(fault.breaks, 76):
            click.echo(f"    {line}")
    click.echo("\nSirva una con: pdn serve --fault NOMBRE")


@contextmanager
def practising(
    settings: "ProviderSettings", name: str
) -> "Iterator[tuple[ProviderSettings, Around, list[str]]]":
    """Give what serves the provider with a fault in it, and what to say of it.

    The fault has a credential of its own, in a copy of the project's that goes
    away with the block.
    Raises: ConfigurationError where the API is a public one, or there is no
    such fault.
    """
    from pdn_sdk.errors import ConfigurationError
    from pdn_sdk.practice.application import fault_named, faulty
    from pdn_sdk.provider.access import issue
    from pdn_sdk.provider.credentials import CredentialStore

    if settings.is_secure:
        raise ConfigurationError(
            f"Esta API es pública ({settings.public_url}) y no se le siembran fallas. "
            "Practique en una copia del proyecto, sin «public_url»."
        )
    standard = _standard(settings)
    fault = fault_named(standard, name)
    # One process: what a fault remembers must be seen by every request.
    with tempfile.TemporaryDirectory(prefix="pdn-practica-") as folder:
        copy = _copied(settings.credentials, Path(folder))
        store = CredentialStore.open(copy)
        issued = issue(store, CALLER, [standard])
        trusted = issue(store, f"{CALLER}, con reserva", [standard], reserved=True)
        store.close()
        credential = {
            "client_id": issued.client_id,
            "client_secret": issued.client_secret,
            "username": issued.username,
            "password": issued.password,
            "token": issued.token or "",
            "reserved": trusted.token or "",
        }
        yield (
            replace(settings, credentials=copy, workers=1),
            lambda app: faulty(app, standard, fault, credential),
            [
                f"! PRÁCTICA: esta API falla a propósito ({fault.name}).",
                f"  {fault.breaks}",
                "  No la publique: cada respuesta lo dice en «X-Pdn-Practica».",
            ],
        )


def _copied(place: "Path | Server", folder: Path) -> Path:
    """Copy the credentials, so that those who may call still may."""
    from pdn_sdk.provider.credentials import CredentialStore

    copy = folder / "credenciales.db"
    store = CredentialStore.open(copy)
    if not isinstance(place, Path) or place.exists():
        CredentialStore.open(place).close()
        store.take(place)
    store.close()
    return copy


def _standard(settings: "ProviderSettings") -> "Standard":
    """Give the first standard of the project that has faults to practise with.

    Raises: ConfigurationError where none has.
    """
    from pdn_sdk.errors import ConfigurationError
    from pdn_sdk.practice.application import practicable
    from pdn_sdk.standards.loader import get

    found = next((s for s in map(get, settings.standards) if practicable(s)), None)
    if found is None:
        raise ConfigurationError(
            f"No hay fallas de práctica para {', '.join(settings.standards)}: genere "
            "un proyecto de otro estándar con «pdn new»."
        )
    return found
