"""What may be asked of a collection of items: its shape, filters and fields.

`shape` reads the schema, `filters` and `search` hold a request against it,
`projection` cuts an item to the fields that were asked for.
"""
