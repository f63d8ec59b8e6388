"""Every planted fault and every way of being right, against the whole suite.

The tests ask the same one by one; this tells it in a table: `make mutants`.
"""
