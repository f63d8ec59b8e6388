"""La aplicación WSGI de este proveedor: `gunicorn app:app` o `pdn serve`."""

import os
from pathlib import Path

from pdn_sdk.provider.app import create_provider
from pdn_sdk.settings import ProviderSettings

app = create_provider(ProviderSettings.load(Path(__file__).parent, os.environ))
