"""Dates as cataloguers write them."""

import pytest

from indexer.collection.dates import OPEN_ENDED_YEARS, parse_years


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("1861", (1861, 1861)),
        ("[1655?]", (1655, 1655)),
        ("1617/18", (1617, 1618)),
        ("ca. 1640–45", (1640, 1645)),
        ("1640-1650", (1640, 1650)),
        ("1698-02", (1698, 1698)),
        ("1641-03-02", (1641, 1641)),
        ("1641-43", (1641, 1643)),
        ("between 1640 and 1650", (1640, 1640)),
        ("15th c.", (1401, 1500)),
        ("17e siècle", (1601, 1700)),
        ("17. Jh.", (1601, 1700)),
        ("1650s", (1650, 1659)),
        ("165-?", (1650, 1659)),
        ("vers 1700", (1700, 1700)),
        ("before 1500", (1500 - OPEN_ENDED_YEARS, 1500)),
        ("nach 1710", (1710, 1710 + OPEN_ENDED_YEARS)),
        ("MDCXLI", (1641, 1641)),
        ("s.d.", None),
        ("", None),
        ("vol. 3", None),
        ("12345", None),
    ],
)
def test_years(text, years):
    assert parse_years(text) == years
