"""A run followed while it happens: one stream of events for each page."""
