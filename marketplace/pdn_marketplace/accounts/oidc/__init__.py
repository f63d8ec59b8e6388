"""Entering with the account of an institution, by OpenID Connect; off by default."""
