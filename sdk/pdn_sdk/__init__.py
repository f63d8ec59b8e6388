"""SDK to connect an institution to Mexico's Plataforma Digital Nacional."""

__version__ = "0.1.0"
