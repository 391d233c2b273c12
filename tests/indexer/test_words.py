"""Stems of catalogue words."""

import pytest

from indexer.core.words import content_words, fold, stem, with_stems


@pytest.mark.parametrize(
    "forms",
    [
        ("ship", "ships", "Ships"),
        ("château", "châteaux", "chateau"),
        ("Schiff", "Schiffe", "Schiffen"),
        ("navire", "navires"),
        ("tempête", "tempêtes"),
        ("city", "cities"),
        ("box", "boxes"),
        ("house", "houses"),
        ("Holzschnitt", "Holzschnitte", "Holzschnitten"),
    ],
)
def test_forms_of_a_word_meet(forms):
    assert len({stem(f) for f in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("ship", "shop"), ("map", "maps"[:2]), ("glass", "glas"), ("rose", "rosary")]
)
def test_different_words_stay_apart(one, other):
    assert stem(one) != stem(other)


def test_short_words_and_numbers_stay_as_they_are():
    assert [stem(w) for w in ("bus", "art", "1641", "ss")] == ["bus", "art", "1641", "ss"]
    assert fold("ÉTÉ") == "ete"


def test_stems_are_added_once():
    assert with_stems("Two ships, ships") == "Two ships, ships\nship"
    assert with_stems("a map") == "a map"


def test_words_that_say_nothing_are_left_out_of_queries():
    assert content_words("a ship in the storm") == ["ship", "storm"]
    assert content_words("une tempête à la mer") == ["tempête", "mer"]
    assert content_words("Das Schiff für den König") == ["Schiff", "König"]
    assert content_words("to be or") == ["to", "be", "or"]
