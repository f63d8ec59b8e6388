"""Projects out of templates: generated once, and kept up to date."""

from pdn_sdk.scaffold.projects import Template, checked_name, generate, slug

__all__ = ["Template", "checked_name", "generate", "slug"]
