"""What a person may ask of their own data: a copy of it, and its deletion.

Above all the domains, because a person's data are in all of them.
"""
