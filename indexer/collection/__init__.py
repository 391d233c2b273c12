"""The only code that knows how a collection lies on disk (see docs/architecture.md)."""
