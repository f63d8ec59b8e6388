"""What a dialect gives to the provider, and what the provider gives to it."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from pdn_sdk.provider.access import Caller, Gate
from pdn_sdk.provider.journal import note
from pdn_sdk.standards.model import Dataset, Security, Standard
from pdn_sdk.standards.search import Search
from pdn_sdk.storage.sql import RecordStore
from pdn_sdk.wire.model import Page


@dataclass(frozen=True)
class Publication:
    """What routes serve: the records, to whoever the gate lets in."""

    store: RecordStore
    gate: Gate

    def admit(self, security: Security, authorization: str) -> Caller:
        """Let the caller in, and note who it is. Call it before anything else.

        Raises: AuthenticationError, PermissionDeniedError.
        """
        caller = self.gate.caller(authorization, security)
        note(client=caller.client_id)
        return caller

    def find(
        self, dataset: Dataset, search: Search, *, caller: Caller, security: Security
    ) -> Page:
        """Give a page; reserved fields only to whoever may see them.

        Raises: StorageError.
        """
        reserved = caller.sees_reserved(security)
        return self.store.find(dataset, search, reserved=reserved)


@dataclass(frozen=True)
class Dialect:
    """How a family of standards is spoken over HTTP.

    `add_routes` adds the routes of a standard; `write_error` writes code and
    message in the dialect's shape; `prefixes` gives the paths (and all below
    them) whose errors have that shape.
    """

    add_routes: Callable[[Flask, Standard, Publication], None]
    write_error: Callable[[str, str], bytes]
    prefixes: Callable[[Standard], tuple[str, ...]]


def endpoint_prefixes(standard: Standard) -> tuple[str, ...]:
    """Give the published paths of a standard."""
    return tuple(e.path for d in standard.datasets for e in d.endpoints)
