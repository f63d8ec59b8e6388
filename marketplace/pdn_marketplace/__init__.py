"""Mercado Digital: the catalogue of connectors and their conformance."""
