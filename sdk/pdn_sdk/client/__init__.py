"""A careful HTTP client for providers that strangers run.

May import the vocabulary of checks (Exchange) and the errors. Public names:
Client, NetworkPolicy, RequestLimitError.
"""

from pdn_sdk.client.http import Client, RequestLimitError
from pdn_sdk.client.policy import NetworkPolicy

__all__ = ["Client", "NetworkPolicy", "RequestLimitError"]
