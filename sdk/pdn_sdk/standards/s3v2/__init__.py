"""The folder of S3 v2: only data, and this marker of a package."""
