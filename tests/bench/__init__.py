"""Measurements: how fast, how much memory, and against which limit.

A section is a function in `SECTIONS` that measures and gives a Section; each
compares what we do with a floor measured in the same run, so that the ratio
means something on any machine.
"""
