"""What a standard's folder declares in its own small languages.

`schemas` (references and variants), `cases` (when something holds of a record),
`conditions` (rules that depend on a case) and `projection` (what is public).
"""
