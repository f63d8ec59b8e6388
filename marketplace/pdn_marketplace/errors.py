"""The errors of the marketplace, a branch of the SDK's tree.

PdnError
└ MarketplaceError       the person can do something about it
  ├ NotFoundError        no such page, listing or submission
  ├ NotAllowedError      signed in, but this is not theirs to do
  ├ NotOwnerError        the thing belongs to somebody else
  ├ ConflictError        it was already done, or changed meanwhile
  │ └ SlugTakenError     another listing has that short name
  ├ SubmissionRejectedError  what was sent cannot be accepted as it is
  ├ SignInError          wrong e-mail or password, or too many attempts
  │ └ UnconfirmedError   the e-mail has not been confirmed yet
  └ DemoError            a step of the demonstration did not come out

Imports only the SDK's errors. The table from errors to HTTP statuses is in
`app.py`; messages are in Spanish, for the person who reads the page.
"""

from pdn_sdk.errors import PdnError


class MarketplaceError(PdnError):
    """Root of the marketplace's errors."""

    code = "solicitud_invalida"


class NotFoundError(MarketplaceError):
    """No such thing, or nothing this person may know of."""

    code = "no_encontrado"


class NotAllowedError(MarketplaceError):
    """The person's role does not reach this far."""

    code = "sin_permiso"


class NotOwnerError(NotAllowedError):
    """The thing belongs to somebody else."""

    code = "no_es_suyo"


class ConflictError(MarketplaceError):
    """The state of the thing does not allow it now."""

    code = "conflicto"


class SlugTakenError(ConflictError):
    """Another listing has that short name."""

    code = "nombre_ocupado"


class SubmissionRejectedError(MarketplaceError):
    """What was sent cannot be accepted; the message says what to change."""

    code = "envio_rechazado"


class SignInError(MarketplaceError):
    """The sign-in was refused; the message never says which part was wrong."""

    code = "acceso_rechazado"


class UnconfirmedError(SignInError):
    """The password is right, but nobody has confirmed the e-mail yet."""

    code = "correo_sin_confirmar"


class FactorLockedError(SignInError):
    """One wrong code too many: no other is looked at for `minutes`."""

    code = "codigos_en_pausa"

    def __init__(self, message: str, minutes: int) -> None:
        """Say for how long."""
        super().__init__(message)
        self.minutes = minutes


class DemoError(MarketplaceError):
    """A step of the demonstration did not come out; the message tells which."""

    code = "demostracion_fallida"
