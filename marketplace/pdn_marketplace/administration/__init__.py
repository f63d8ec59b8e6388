"""What administrators see and decide: people, resources, rules, settings, texts, data.

Above all that they look after. Every change is told to the audit log.
"""
