"""Checking providers from one's own tests: a project where it lies, or a URL.

The only part of the SDK that knows both the provider and the conformance suite.
"""

from pdn_sdk.conformance.target import Options, Target
from pdn_sdk.testing.local import check_local, published
from pdn_sdk.testing.suite import ConformanceWarning, conformance_suite

__all__ = [
    "ConformanceWarning",
    "Options",
    "Target",
    "check_local",
    "conformance_suite",
    "published",
]
