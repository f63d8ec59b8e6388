"""The least that a Flask application can do: read a body, give bytes it has."""

import os
from pathlib import Path

from flask import Flask, Response, request

ANSWERS = {p.name: p.read_bytes() for p in Path(os.environ["ANSWERS"]).iterdir()}

app = Flask("bare")


@app.post("/<name>")
def answer(name: str) -> Response:
    request.get_json()
    return Response(ANSWERS[name], mimetype="application/json")
