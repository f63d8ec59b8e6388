"""Organisations: several people who work on the same connectors.

Owns who belongs to which organisation, in what role, and the invitations. Uses
the services of accounts.
"""
