"""Free-text dates of catalogues as ranges of years.

Understands `1861`, `1617/18`, `ca. 1640–45`, `[1655?]`, `15th c.`, `15e s.`, `17. Jh.`, `1650s`, `vers 1700`,
`before 1500`, `1641-03-02`, `MDCXLI`; everything else is no date.
"""

from __future__ import annotations

import re

Years = tuple[int, int]

_RANGE = re.compile(r"(?<!\d)(\d{4})\s*(?:[-–—/]|to|bis|à|until)\s*(\d{4}|\d{2}|\d)(?!\d|-\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})(?:-\d{2})?(?!\d)")
_DECADE = re.compile(r"(?<!\d)(\d{3})0\s*(?:s\b|er\b)|(?<!\d)(\d{3})[-?_x](?!\d)")
_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
_CENTURY = re.compile(
    r"(?<!\d)(\d{1,2})\s*(?:st|nd|rd|th|e|ème|er|\.)\s*(?:c\b\.?|cent|s\b\.?|siècle|jh|jahrh|jhdt)", re.IGNORECASE
)
_ROMAN = re.compile(r"\b(?=[MDCLXVI]{4,}\b)(M{0,2}(?:CM|CD|D?C{0,4})(?:XC|XL|L?X{0,4})(?:IX|IV|V?I{0,4}))\b")
_BEFORE = re.compile(r"\b(?:before|avant|vor|ante|not after)\b", re.IGNORECASE)
_AFTER = re.compile(r"\b(?:after|après|nach|post|not before)\b", re.IGNORECASE)
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
OPEN_ENDED_YEARS = 50
"""How far `before 1500` reaches back (and `after` forward); cataloguers rarely mean more."""


def parse_years(text: str) -> Years | None:
    """The first and last year that a date may mean, or None when the text holds no date."""
    span = _span(text.strip())
    if span is None:
        return None
    first, last = span
    if _BEFORE.search(text):
        return first - OPEN_ENDED_YEARS, last
    if _AFTER.search(text):
        return first, last + OPEN_ENDED_YEARS
    return first, last


def _span(text: str) -> Years | None:
    if (match := _ISO.search(text)) and int(match[2]) <= 12:
        return int(match[1]), int(match[1])
    if match := _RANGE.search(text):
        first, tail = int(match[1]), match[2]
        last = int(match[1][: 4 - len(tail)] + tail)
        return (first, last) if last >= first else (first, first)
    if match := _DECADE.search(text):
        start = int(match[1] or match[2]) * 10
        return start, start + 9
    if match := _CENTURY.search(text):
        century = int(match[1])
        return (century - 1) * 100 + 1, century * 100
    if match := _YEAR.search(text):
        return int(match[1]), int(match[1])
    if match := _ROMAN.search(text):
        return (_roman(match[1]),) * 2
    return None


def _roman(text: str) -> int:
    values = [_ROMAN_VALUES[c] for c in text]
    return sum(-v if i + 1 < len(values) and values[i + 1] > v else v for i, v in enumerate(values))
