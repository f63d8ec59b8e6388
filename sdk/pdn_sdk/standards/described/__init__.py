"""What a standard asks of an API, as OpenAPI: one module for each dialect."""
