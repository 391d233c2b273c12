"""Answers queries over a collection: channels, fusion, feedback, HTTP."""
