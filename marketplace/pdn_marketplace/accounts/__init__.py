"""People: their accounts, roles and sessions. Knows nothing of the catalogue."""
