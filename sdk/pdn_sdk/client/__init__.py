"""A careful HTTP client for providers that strangers run.

May import the vocabulary of checks (Exchange) and the errors. Public names:
Client, NetworkPolicy, and the errors of this floor.
"""

from pdn_sdk.client.http import Client, NoAnswerError, RequestLimitError
from pdn_sdk.client.policy import ForbiddenAddressError, NetworkPolicy

__all__ = [
    "Client",
    "ForbiddenAddressError",
    "NetworkPolicy",
    "NoAnswerError",
    "RequestLimitError",
]
