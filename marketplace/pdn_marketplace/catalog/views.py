"""Pages of the catalogue."""

from flask import Blueprint, render_template

blueprint = Blueprint("catalog", __name__)


@blueprint.get("/")
def index() -> str:
    """Show the catalogue."""
    return render_template("catalog/index.html")
