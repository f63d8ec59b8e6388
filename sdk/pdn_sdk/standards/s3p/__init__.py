"""S3 of 2018: sanctioned private persons, version 1.1."""
