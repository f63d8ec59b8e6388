"""The review bench: the queue, observations, texts, papers, delegation and times.

Uses the services of submissions, which keep the decisions themselves.
"""
