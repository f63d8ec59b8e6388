"""The settings of a provider: declared in one table, read once.

`declared` is the table, `database` says where data may lie, and `provider` owns
`provider.toml` and the variables that override it. Imports only the errors.
"""

from pdn_sdk.settings.declared import SETTINGS, Setting
from pdn_sdk.settings.provider import FILE, ProviderSettings, SourceSettings

__all__ = ["FILE", "SETTINGS", "ProviderSettings", "Setting", "SourceSettings"]
