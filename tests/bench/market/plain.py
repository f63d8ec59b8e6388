"""The least that Flask can do, on the server and with the settings of the site."""

from flask import Flask

app = Flask("plain")
PAGE = "x" * 20_000


@app.get("/")
def page() -> str:
    return PAGE
