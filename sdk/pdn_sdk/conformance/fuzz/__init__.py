"""The checks of `--deep`: requests that nobody thought of, drawn at random.

They are written as those of `checks`, take the same parameters and `seed`, and
run only where they are asked for. Apart, because what invents the requests is
an optional dependency.
"""
