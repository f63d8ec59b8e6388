"""The checks of collections of items (dialect `items`), one module for each topic.

They are written as those of the folder above; `asking` holds what they share.
A check that takes `dataset` runs once for each collection.
"""
