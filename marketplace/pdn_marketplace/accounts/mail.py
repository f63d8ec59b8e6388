"""E-mail: sent by the site's server, or left in a folder where there is none.

Imports only the configuration and the errors.
"""

import secrets
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pdn_marketplace.config import Config
from pdn_sdk.errors import ConfigurationError

FOLDER = "correo"
TIMEOUT_S = 15
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Mailer:
    """Sends messages of a site. Without `smtp_url` they are left in `folder`."""

    sender: str
    smtp_url: str
    folder: Path

    @classmethod
    def of(cls, config: Config) -> "Mailer":
        """Make the mailer of a site."""
        return cls(config.mail_from, config.smtp_url, config.data / FOLDER)

    def send(self, to: str, subject: str, text: str, now: datetime) -> None:
        """Send a message of plain text.

        Raises: ConfigurationError where the server does not take it.
        """
        message = EmailMessage()
        message["From"], message["To"] = self.sender, to
        message["Subject"], message["Date"] = subject, format_datetime(now)
        message.set_content(text)
        if self.smtp_url:
            self._deliver(message)
        else:
            self._keep(message, now)

    def _keep(self, message: EmailMessage, now: datetime) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        name = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}.eml"
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_bytes(bytes(message))

    def _deliver(self, message: EmailMessage) -> None:
        parts = urlsplit(self.smtp_url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        secure = ssl.create_default_context()
        try:
            server = (
                smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=secure)
                if parts.scheme == "smtps"
                else smtplib.SMTP(host, port, timeout=TIMEOUT_S)
            )
            with server:
                if parts.scheme == "smtp" and parts.username:
                    # A password never travels in the clear.
                    server.starttls(context=secure)
                if parts.username:
                    server.login(unquote(parts.username), unquote(parts.password or ""))
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise ConfigurationError(
                "El servidor de correo no aceptó el mensaje. Revise "
                "PDN_MARKETPLACE_SMTP_URL."
            ) from error
