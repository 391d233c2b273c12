"""The HTTP service, one file a group of routes; assembled by `search/app.py`."""
