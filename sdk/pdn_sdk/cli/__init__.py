"""The `pdn` command: one module per verb."""
