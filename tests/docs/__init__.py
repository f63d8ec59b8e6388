"""The reference pages that are written from the code, and what holds them to it."""
