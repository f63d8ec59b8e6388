"""Watch: approved connectors are looked at again, and people told of changes."""
