"""How many institutions, systems and records are published, by state and by system.

Above the watch, whose looks count the records.
"""
