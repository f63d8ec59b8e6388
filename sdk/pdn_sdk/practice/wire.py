"""Requests and answers as a fault sees and bends them. Knows no fault."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import Headers
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request, Response

from pdn_sdk.standards.loader import all_standards

TOKEN = "/oauth/token"  # noqa: S105 - a path


@dataclass(frozen=True)
class Asked:
    """A request on its way to the provider. Header names are lower case."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The parsed body, or None."""
        return _parsed(self.body)

    @property
    def members(self) -> dict[str, Any]:
        """The body where it is an object; else an empty one."""
        return self.json if isinstance(self.json, dict) else {}

    @property
    def query(self) -> dict[str, Any]:
        """The filters asked for."""
        found = self.members.get("query")
        return found if isinstance(found, dict) else {}

    @property
    def sort(self) -> dict[str, Any]:
        """The order asked for."""
        found = self.members.get("sort")
        return found if isinstance(found, dict) else {}

    def value_of(self, name: str) -> Any:
        """Give what a filter is asked to hold, or None; a dot is an object inside."""
        found: Any = self.query
        for step in name.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        return found

    def asks_only(self, name: str) -> bool:
        """Tell whether the search has that filter and no other."""
        found: Any = self.query
        for step in name.split("."):
            if not isinstance(found, dict) or list(found) != [step]:
                return False
            found = found[step]
        return True

    @property
    def is_for_institutions(self) -> bool:
        """Tell whether the path is that of the institutions of some dataset."""
        return self.path.startswith("/v") and self.path.endswith("/dependencias")

    @property
    def is_for_records(self) -> bool:
        """Tell whether the path is that of the records of some dataset."""
        return self.path in _search_paths()

    @property
    def form(self) -> dict[str, str]:
        """The members of a form."""
        return dict(parse_qsl(self.body.decode(errors="replace")))

    @property
    def size(self) -> Any:
        """The page size asked for."""
        return self.members.get("pageSize")

    @property
    def page(self) -> Any:
        """The page asked for."""
        return self.members.get("page")

    @property
    def authorization(self) -> str:
        """The Authorization header, or nothing."""
        return self.headers.get("authorization", "")

    def saying(self, **members: Any) -> "Asked":
        """Ask the same with other members in the body."""
        return self.sending({**self.members, **members})

    def forgetting(self, *names: str) -> "Asked":
        """Ask the same without some members of the body."""
        return self.sending({k: v for k, v in self.members.items() if k not in names})

    def filtering(self, query: Mapping[str, Any]) -> "Asked":
        """Ask the same with another query."""
        return self.saying(query=dict(query))

    def sending(self, body: Any) -> "Asked":
        """Ask the same with another JSON body."""
        headers = {**self.headers, "content-type": "application/json"}
        return replace(self, body=json.dumps(body).encode(), headers=headers)

    def filling(self, form: Mapping[str, str]) -> "Asked":
        """Ask the same with another form."""
        headers = {**self.headers, "content-type": "application/x-www-form-urlencoded"}
        return replace(self, body=urlencode(form).encode(), headers=headers)

    def authorized(self, value: str) -> "Asked":
        """Ask the same with another Authorization header."""
        return replace(self, headers={**self.headers, "authorization": value})


@dataclass(frozen=True)
class Answered:
    """An answer on its way back. `late_s` seconds are added to its time."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    late_s: float = field(default=0.0)

    @cached_property
    def json(self) -> Any:
        """The parsed body, or None."""
        return _parsed(self.body)

    @property
    def results(self) -> list[dict[str, Any]]:
        """The records of a page."""
        found = self.json.get("results") if isinstance(self.json, dict) else None
        return found if isinstance(found, list) else []

    def saying(self, body: Any) -> "Answered":
        """Answer another JSON body."""
        return replace(self, body=json.dumps(body, ensure_ascii=False).encode())

    def member(self, name: str, value: Any) -> "Answered":
        """Answer another value for one member of the body."""
        return self.saying({**self.json, name: value})

    def paginated(self, **members: Any) -> "Answered":
        """Answer other values for members of the pagination."""
        return self.member("pagination", {**self.json["pagination"], **members})

    def listing(self, results: Iterable[Any]) -> "Answered":
        """Answer other records on the same page."""
        return self.member("results", list(results))


def refusal(status: int = 400, message: str = "No.") -> Answered:
    """Make an error as the good provider writes them."""
    body = json.dumps({"code": str(status), "message": message}).encode()
    return Answered(status, {"content-type": "application/json"}, body)


class SilenceError(Exception):
    """The provider never answers."""


Serve = Callable[[Asked], Answered]


def through(app: Any) -> Serve:
    """Give the way to ask a WSGI application inside this process."""
    client = Client(app, Response)

    def serve(asked: Asked) -> Answered:
        environ = EnvironBuilder(
            path=asked.path,
            query_string=asked.query_string,
            method=asked.method,
            headers=Headers(dict(asked.headers)),
            data=asked.body,
        ).get_environ()
        answer = client.open(environ)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answered(answer.status_code, headers, answer.get_data())

    return serve


def remembering(serve: Serve) -> Serve:
    """Answer the same request as the first time, without asking again.

    A good provider answers the same to the same; a hundred faults planted in
    it then cost little more than one.
    """
    known: dict[object, Answered] = {}

    def recalled(asked: Asked) -> Answered:
        headers = tuple(asked.headers.get(n) for n in ("authorization", "content-type"))
        key = (asked.method, asked.path, asked.query_string, headers, asked.body)
        if key not in known:
            known[key] = serve(asked)
        return known[key]

    return recalled


def as_application(serve: Serve) -> Any:
    """Give a WSGI application that answers as `serve` does, to serve it for real."""

    @Request.application
    def application(request: Request) -> Response:
        asked = Asked(
            request.method,
            request.path,
            request.query_string.decode(),
            {name.lower(): value for name, value in request.headers.items()},
            request.get_data(),
        )
        answered = serve(asked)
        return Response(answered.body, answered.status, dict(answered.headers))

    return application


@cache
def _search_paths() -> frozenset[str]:
    """Give where the records of each standard are searched for."""
    endpoints = (e for s in all_standards() for d in s.datasets for e in d.endpoints)
    return frozenset(e.path for e in endpoints if e.kind == "search")


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
