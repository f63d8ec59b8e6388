"""The addresses where a token is asked for."""

from collections.abc import Sequence

import orjson
from flask import Flask, Response, request

from pdn_sdk.provider.answers import json_answer
from pdn_sdk.provider.journal import note
from pdn_sdk.provider.oauth.server import (
    TokenServer,
    UnreadableRequestError,
    members,
    unreadable,
)
from pdn_sdk.standards.model import Standard

USUAL = ("/oauth/token", "/oauth")
"""Published even where no standard asks for them: the PDN is told either."""


def install(app: Flask, standards: Sequence[Standard], server: TokenServer) -> None:
    """Publish the token server at every path that the standards name."""

    def view() -> Response:
        try:
            form = members(request.mimetype, request.get_data())
            status, body, headers = server.answer(dict(request.headers), form)
        except UnreadableRequestError as error:
            status, body, headers = unreadable(error)
        if status != 200:
            note(code=body["code"])
        answer = json_answer(orjson.dumps(body), status)
        answer.headers["Pragma"] = "no-cache"
        for name, value in headers:
            answer.headers.setdefault(name, value)
        return answer

    for path in token_paths(standards):
        app.add_url_rule(
            path,
            endpoint=f"token:{path}",
            view_func=view,
            methods=["POST"],
        )


def token_paths(standards: Sequence[Standard]) -> tuple[str, ...]:
    """Give the paths, the one to be told to callers first."""
    named = [path for s in standards for path in s.security.token_paths]
    return tuple(dict.fromkeys([*named, *USUAL]))
