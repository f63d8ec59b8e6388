"""From the records of a standard to those of a later one, without guessing."""
