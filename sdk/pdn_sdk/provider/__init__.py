"""A provider: the API that an institution publishes, derived from its standards.

`app` puts the pieces together; `oauth` issues tokens and `access` reads them;
`dialects` hold the routes of each wire dialect; `openapi` and `explorer`
describe them; `journal`, `metrics` and `health` are for whoever runs it;
`serving` listens. Nothing here names a standard or a field of one.
"""
