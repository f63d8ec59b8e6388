"""Tokens: how one is asked for, signed and verified."""
