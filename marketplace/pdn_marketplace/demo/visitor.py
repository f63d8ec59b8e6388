"""A person of the demonstration, who uses the site over HTTP as a browser does."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from pdn_marketplace.errors import DemoError

TIMEOUT_S = 30
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs in; the password is made for one demonstration."""

    email: str
    name: str
    organization: str
    role: str
    password: str


class Visitor:
    """A browser with its cookies, on a site."""

    def __init__(self, site: str) -> None:
        """Open nothing yet; `site` is like http://127.0.0.1:8000."""
        self._site = site
        self._browser = requests.Session()
        # Loopback only: a proxy of the person's network has no part in it.
        self._browser.trust_env = False

    def sign_in(self, person: Person) -> None:
        """Sign in with the form."""
        self.send("/cuenta/entrar", email=person.email, password=person.password)

    def get(self, path: str) -> Any:  # noqa: ANN401 - any JSON
        """Read a document of the API."""
        return self._checked(self._browser.get(self._site + path, timeout=TIMEOUT_S))

    def post(self, path: str, body: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401
        """Send a document to the API."""
        answer = self._browser.post(
            self._site + path,
            json=dict(body or {}),
            headers={"X-CSRFToken": self._token()},
            timeout=TIMEOUT_S,
        )
        return self._checked(answer)

    def press(self, path: str) -> None:
        """Press a button of a page: a form that has nothing but its token."""
        self.send(path)

    def follow(self, path: str) -> Iterator[Any]:
        """Read a run again and again until it is over."""
        while True:
            document = self.get(path)
            yield document
            if document["is_over"]:
                return

    def send(self, path: str, **fields: str) -> None:
        """Send a form of a page, with its token."""
        answer = self._browser.post(
            self._site + path,
            data={"csrf_token": self._token(), **fields},
            timeout=TIMEOUT_S,
        )
        if not answer.ok:
            raise DemoError(
                f"El sitio respondió {answer.status_code} a {path}, que debía aceptar."
            )

    def _token(self) -> str:
        page = self._browser.get(self._site + "/", timeout=TIMEOUT_S)
        found = _TOKEN.search(page.text)
        if found is None:
            raise DemoError("Las páginas del sitio no traen el token de sus formas.")
        return found.group(1)

    def _checked(self, answer: requests.Response) -> Any:  # noqa: ANN401 - any JSON
        if not answer.ok:
            said = answer.json().get("message", "") if answer.content else ""
            raise DemoError(
                f"El sitio respondió {answer.status_code} a {answer.request.path_url}: "
                f"{said}"
            )
        return answer.json()
