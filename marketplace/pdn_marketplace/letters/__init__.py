"""The messages that the site sends: their own texts, and those written instead."""
