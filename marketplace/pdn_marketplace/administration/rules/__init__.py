"""Rule sets: those installed, and previews of what others would change.

A preview is asked by who administers and made by the worker, step by step.
"""
