"""S2: officials who take part in public procurement, version 1.1."""
