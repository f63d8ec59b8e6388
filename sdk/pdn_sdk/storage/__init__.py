"""Records in a database: loaded whole, searched as the standards ask.

The SQL is made in `tables` (dataset → tables), `filters` (search → conditions),
`plans` (conditions → the cheapest way to a page), `items` (trees of conditions over
documents) and `loads` (records → rows). What SQLite and PostgreSQL write or do
differently is in `engines`, and only there. `connections` lends their connections;
`sql` is the store, and the public names.

The drivers are used without SQLAlchemy. What the store asks of a database is its
own (FTS5 or pg_trgm, indexes that the plan chooses), so only CREATE TABLE would be
left for it to write, at the price of 0.2 s of imports in every `pdn` command and of
about 20 µs in a page that takes 40 µs.
"""
