"""Writes collections and owns their format: sources, decoding, regions, features, tables."""
