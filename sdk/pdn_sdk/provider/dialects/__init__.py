"""The dialects that a provider speaks: one module each, one row in `registry`.

`contract` says what a dialect gives and what it is given.
"""
