"""File names that are not valid Unicode.

POSIX file names are bytes; Python shows undecodable ones as lone surrogates (PEP 383), which neither UTF-8, JSON nor
Arrow can hold. They are stored as characters of the private use area (U+F780–U+F7FF, the block that Mac OS and
Cygwin use for the same purpose) and turned back when the file is opened.
"""

from __future__ import annotations

_ESCAPE = {code: code - 0xDC80 + 0xF780 for code in range(0xDC80, 0xDD00)}
_RESTORE = {stored: escaped for escaped, stored in _ESCAPE.items()}


def storable_name(name: str) -> str:
    """The name with every undecodable byte as one private-use character; valid UTF-8."""
    return name.translate(_ESCAPE).encode("utf-8", "replace").decode("utf-8")


def original_name(stored: str) -> str:
    """The inverse of `storable_name`, for opening the file."""
    return stored.translate(_RESTORE)
