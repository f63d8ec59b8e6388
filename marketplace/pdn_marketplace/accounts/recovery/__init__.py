"""A new password by the confirmed e-mail, and what an owner is warned of."""
