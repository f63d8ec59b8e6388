"""S3 of 2018: sanctioned public officials, version 1.1."""
