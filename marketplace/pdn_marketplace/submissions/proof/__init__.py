"""Proof of a run that anybody can check: its seal, its code, its notice in PDF."""
