"""Records in a SQLite file: loaded whole, searched as the standards ask.

Five modules: `tables` (dataset → tables), `filters` (search → conditions),
`plans` (conditions → the cheapest SQL), `loads` (records → rows) and `sql` (the
store, and the public names). `connections` opens the file and turns the
library's errors into ours.

The driver is used without SQLAlchemy. What the store asks of the database is
SQLite's own (FTS5, one writer beside many readers, indexes forced by the plan),
so only CREATE TABLE would be left for it to write, at the price of 0.2 s of
imports in every `pdn` command and of about 20 µs in a page that takes 40 µs.
"""
