"""Attacks, protocols and reports: how good is the search, honestly."""
