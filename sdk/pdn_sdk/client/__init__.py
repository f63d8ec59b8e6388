"""A careful HTTP client for providers that strangers run.

May import the vocabulary of checks (Exchange) and the errors. Public names:
Client, Marketplace, NetworkPolicy, and the errors of this floor.
"""

from pdn_sdk.client.http import Client, NoAnswerError, RequestLimitError
from pdn_sdk.client.marketplace import Marketplace
from pdn_sdk.client.policy import ForbiddenAddressError, NetworkPolicy

__all__ = [
    "Client",
    "ForbiddenAddressError",
    "Marketplace",
    "NetworkPolicy",
    "NoAnswerError",
    "RequestLimitError",
]
