"""publiccode.yml: the standard description of public software, in and out.

Reads one into the form of a connector and writes one of each resource. Uses the
services of catalog and submissions.
"""
