"""What is put to the test, and how the run is bounded. May import the client."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pdn_sdk.client import NetworkPolicy

PROFILES = ("spec", "pdn", "pilot")
ENVIRONMENTS = ("development", "production")


@dataclass(frozen=True, slots=True)
class Target:
    """A provider and a credential to call it with.

    `base_url` is what comes before the path of the standard; `data_url` and
    `entities_url` replace the search and the institutions where a provider has
    them elsewhere. `token` is a fixed bearer token, for standards that use one.
    """

    standard: str
    base_url: str
    data_url: str | None = None
    entities_url: str | None = None
    token_url: str | None = None
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    scope: str | None = None
    token: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> Mapping[str, str]:
        """Give the secrets under the names that a curl line shows for them."""
        named = {
            "CLIENT_SECRET": self.client_secret,
            "PASSWORD": self.password,
            "TOKEN": self.token or "",
        }
        return {name: value for name, value in named.items() if value}

    @property
    def urls(self) -> tuple[str, ...]:
        """Give every address that the run will call."""
        given = (self.base_url, self.data_url, self.entities_url, self.token_url)
        return tuple(url for url in given if url)

    def url(self, kind: str, path: str) -> str:
        """Give the URL of an endpoint of the standard, by its kind and path."""
        replaced = {"search": self.data_url, "institutions": self.entities_url}
        return replaced.get(kind) or self.base_url.rstrip("/") + path


@dataclass(frozen=True, slots=True)
class Options:
    """How to run.

    `categories` and `only` empty mean all; `only` names checks (`SEA-01`),
    cases (`SEA-01[nombres]`) or requirements. `deep` adds the checks that invent
    requests at random, from `seed`. Units: seconds, megabytes of
    address space of the child process. `environ` is all that the child finds in
    its environment; nothing of the parent's reaches it.
    """

    profile: str = "pdn"
    environment: str = "development"
    categories: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    network: NetworkPolicy = field(default_factory=NetworkPolicy)
    time_limit_s: float = 900.0
    memory_mb: int = 2048
    environ: Mapping[str, str] = field(default_factory=dict)
    deep: bool = False
    seed: int = 1

    @property
    def may_load(self) -> bool:
        """Tell whether load may be put: in production, only where it is asked for."""
        return self.environment == "development" or "estres" in self.categories
