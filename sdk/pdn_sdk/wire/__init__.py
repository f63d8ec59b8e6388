"""The published wire dialects, and the neutral shapes everything above sees."""
