"""The catalogue for programs: /api/v1."""

from flask import Blueprint

blueprint = Blueprint("catalog_api", __name__, url_prefix="/api/v1")
