"""The plain rules of the page proposer: what is trimmed, dropped, added."""

from __future__ import annotations

import cv2
import numpy as np

from indexer.regions.cells import CELL
from indexer.regions.components import Components, find_components
from indexer.regions.cutting import PICTURE, Cut, cut_regions
from indexer.regions.grouping import add_missing, is_scrap, join_cuts
from indexer.regions.judging import CARVED, is_flat, is_type, lift_carved, make_of, trim
from indexer.regions.plain_cuts import plain_cuts

UNIT = 12.0


def carving(width: int, height: int, step: int = 8, hole: int = 4) -> np.ndarray:
    """A block of ink with a lattice of holes."""
    block = np.ones((height, width), np.uint8)
    for y in range(2, height - hole, step):
        for x in range(2, width - hole, step):
            block[y : y + hole, x : x + hole] = 0
    return block


def letters(ink: np.ndarray, y: int, x0: int, x1: int, size: int = 12) -> None:
    """A row of bars, each a letter."""
    for x in range(x0, x1, size):
        ink[y : y + size, x : x + 3] = 1


def no_colour(ink: np.ndarray) -> np.ndarray:
    return np.zeros(ink.shape, np.uint8)


def whole_cut(ink: np.ndarray, score: float = 0.6) -> Cut:
    x, y, w, h = cv2.boundingRect(ink)
    return Cut((float(x), float(y), float(w), float(h)), False, score)


def judged(ink: np.ndarray, score: float = 0.6) -> tuple[bool, Components]:
    pieces = find_components(ink)
    return is_type(whole_cut(ink, score), pieces, no_colour(ink), UNIT), pieces


def test_a_row_of_letters_is_type_unless_the_network_is_sure() -> None:
    ink = np.zeros((100, 400), np.uint8)
    letters(ink, 40, 20, 380, 24)
    assert judged(ink, 0.6)[0]
    assert not judged(ink, 0.9)[0]


def test_a_row_of_carved_pieces_in_a_line_is_no_type() -> None:
    ink = np.zeros((100, 400), np.uint8)
    for x in range(20, 360, 40):
        ink[30:66, x : x + 34] = carving(34, 36)
    verdict, pieces = judged(ink)
    assert pieces.letters.sum() >= 8  # pieces of like height in a row: letters for a start
    assert not verdict


def test_what_a_cut_is_made_of() -> None:
    ink = np.zeros((60, 60), np.uint8)
    ink[10:46, 10:46] = carving(36, 36)
    colour = np.full(ink.shape, 7, np.uint8)
    make = make_of(Cut((10, 10, 36, 36), False, 0.6), find_components(ink), colour, 12.0)
    assert make.lines == 3
    assert make.colour == 7
    assert make.letters == 0
    assert make.holes == 16 / 9
    assert make.ink == 1 - 16 * 16 / 36**2


def test_scraps_beside_a_picture_are_trimmed_and_its_parts_are_not() -> None:
    ink = np.zeros((300, 300), np.uint8)
    ink[100:250, 50:250] = carving(200, 150)
    letters(ink, 80, 60, 240)
    pieces = find_components(ink)
    assert trim(whole_cut(ink), pieces).box == (50, 100, 200, 150)
    ink = np.zeros((300, 300), np.uint8)
    ink[100:250, 50:140] = 1
    ink[100:250, 150:240] = 1
    assert trim(whole_cut(ink), find_components(ink)).box == (50, 100, 190, 150)


def test_a_dense_strip_is_found_and_lines_of_type_are_not() -> None:
    ink = np.zeros((400, 600), np.uint8)
    for x in range(60, 540, 24):
        ink[50:90, x : x + 22] = carving(22, 40)
    for y in range(150, 380, 24):
        letters(ink, y, 60, 540)
    found = plain_cuts(ink, no_colour(ink), find_components(ink), UNIT)
    assert [cut.box for cut in found] == [(60, 50, 478, 40)]


def test_painted_blocks_by_their_form() -> None:
    ink = np.zeros((200, 400), np.uint8)
    ink[50:62, 100:200] = 1
    ink[100:130, 100:132] = 1
    ink[150:180, 200:232] = 1
    colour = np.zeros_like(ink)
    colour[40:140] = 30
    found = plain_cuts(ink, colour, find_components(ink), UNIT)
    assert [(cut.box, cut.initial) for cut in found] == [((100, 50, 100, 12), False), ((100, 100, 32, 30), True)]


def test_of_two_that_are_nearly_the_same_the_rule_wins() -> None:
    network = Cut((0, 0, 100, 40), False, 0.9)
    rule = Cut((0, 0, 100, 30), False, 0.7)
    assert add_missing([network], [rule]) == [rule]
    surer = Cut((0, 0, 100, 200), False, 0.9)
    assert add_missing([surer], [rule]) == [surer]
    unsure = Cut((0, 0, 100, 200), False, 0.6)
    assert add_missing([unsure], [rule]) == [rule]


def test_a_fine_letter_in_its_line_is_no_ornament() -> None:
    line = np.array([(x, 100, 30, 40) for x in (10, 60, 160, 210)], float)
    letter = Cut((110, 98, 34, 44), False, 0.6)
    alone = Cut((110, 300, 34, 44), False, 0.6)
    assert join_cuts([letter, alone], line, UNIT) == [alone]


def half_sure(
    height: int, width: int, sure: tuple[int, int, int, int], unsure: tuple[int, int, int, int]
) -> np.ndarray:
    """Shares that see a picture for certain in one area and barely in another, `x, y, w, h` in pixels."""
    shares = np.zeros((height // CELL, width // CELL, 4), np.float32)
    for (x, y, w, h), share in ((unsure, 0.6), (sure, 0.98)):
        shares[y // CELL : (y + h) // CELL, x // CELL : (x + w) // CELL, PICTURE] = share
    shares[..., 0] = 1 - shares[..., PICTURE]
    return shares


def test_what_the_network_doubts_beside_a_picture_is_left_out() -> None:
    ink = np.zeros((400, 400), np.uint8)
    ink[40:200, 40:200] = 1
    ink[210:320, 210:320] = 1  # a stamp
    shares = half_sure(400, 400, sure=(40, 40, 160, 160), unsure=(40, 40, 280, 280))
    cuts = cut_regions(shares, ink, find_components(ink))
    assert len(cuts) == 1
    np.testing.assert_allclose(cuts[0].box, (40, 40, 160, 160), atol=8)


def test_a_row_of_which_one_piece_is_sure_stays_whole() -> None:
    ink = np.zeros((400, 400), np.uint8)
    ink[40:80, 20:380] = 1
    shares = half_sure(400, 400, sure=(20, 40, 100, 40), unsure=(20, 40, 360, 40))
    cuts = cut_regions(shares, ink, find_components(ink))
    assert len(cuts) == 1
    np.testing.assert_allclose(cuts[0].box, (20, 40, 360, 40), atol=8)


def test_a_stain_is_flat_and_a_drawing_of_the_same_tone_is_not() -> None:
    rng = np.random.default_rng(0)
    stain = np.clip(rng.normal(150, 4, (200, 200)), 0, 255).astype(np.uint8)
    drawing = stain.copy()
    drawing[:, ::6] = 60
    cut = Cut((0.0, 0.0, 200.0, 200.0), False, 0.8)
    ink = np.ones((200, 200), np.uint8)
    assert is_flat(cut, stain, ink)
    assert not is_flat(cut, drawing, ink)
    assert not is_flat(cut, stain, 0 * ink)


def test_a_high_carved_strip_is_sure_and_lines_of_type_are_not() -> None:
    carved, typed, bars = (np.zeros((200, 400), np.uint8) for _ in range(3))
    carved[60:120, 40:360] = carving(320, 60)
    for y in range(60, 110, 24):
        letters(typed, y, 40, 360)
    bars[60:120, 40:360:8] = 1  # no bare row, but no holes either
    for ink, sure in ((carved, True), (typed, False), (bars, False)):
        score = lift_carved(whole_cut(ink), ink, find_components(ink), UNIT).score
        assert score == (CARVED if sure else 0.6)


def test_scraps_lie_at_the_edge() -> None:
    assert is_scrap(Cut((100.0, 970.0, 500.0, 30.0), False, 0.8), (1000, 700))
    assert not is_scrap(Cut((100.0, 900.0, 500.0, 30.0), False, 0.8), (1000, 700))
    assert not is_scrap(Cut((0.0, 0.0, 500.0, 300.0), False, 0.8), (1000, 700))
