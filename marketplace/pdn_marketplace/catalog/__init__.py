"""The catalogue: official resources, additions and approved connectors."""
