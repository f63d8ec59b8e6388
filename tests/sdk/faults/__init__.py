"""Faults planted on purpose in a good provider, one for each check.

`wire` is the layer between the checks and the provider, `rehearsal` runs the
checks in this process, and the other modules are the table of faults.
"""
