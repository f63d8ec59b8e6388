"""Submissions: connectors that ask to be listed, their runs and their review.

Owns the state of a submission, the conformance runs, the reviewers' decisions,
the badge and the audit log. Uses the services of catalog and accounts.
"""
