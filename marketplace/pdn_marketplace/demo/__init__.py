"""The demonstration: from a workbook to a verdict, as a person would do it.

Runs the two commands, `pdn` and `pdn-marketplace`, in processes of their own,
and walks the site over HTTP. May import everything below it; needs nothing of it.
"""
