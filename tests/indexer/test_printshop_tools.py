import numpy as np
import pytest

from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.chance import generator, noise
from indexer.printshop.curves import ellipse, place, spline
from indexer.printshop.letters import BLACK, ITALIC, ROMAN, advance, letter_bitmap
from indexer.printshop.paper import Paper, impression, skewed
from indexer.printshop.press import halftone, inked, lost_edge, worn
from indexer.printshop.sheet import Sheet, State
from indexer.printshop.typeset import Style, set_column, set_justified, set_line, width_of
from indexer.printshop.words import LISTS, old_spelling, prose


def rng(name: str = "t") -> np.random.Generator:
    return generator(1, name)


def bars() -> np.ndarray:
    ink = np.zeros((200, 300), np.uint8)
    ink[:, ::8] = ink[:, 1::8] = ink[:, 2::8] = 255
    return ink


def test_generators_depend_on_seed_and_names_only() -> None:
    assert generator(1, "a", 2).random() == generator(1, "a", 2).random()
    assert len({generator(s, n).random() for s in (1, 2) for n in ("a", "b")}) == 4


def test_noise_has_about_unit_deviation() -> None:
    field = noise((400, 400), 12, rng())
    assert field.shape == (400, 400)
    assert abs(float(field.mean())) < 0.15
    assert 0.6 < float(field.std()) < 1.3


def test_spline_passes_through_its_points() -> None:
    points = np.array([(0, 0), (10, 5), (20, -3), (30, 4)], float)
    curve = spline(points, steps=6)
    for p in points:
        assert np.min(np.linalg.norm(curve - p, axis=1)) < 1e-9
    assert np.allclose(spline(points, closed=True, steps=6)[0], points[0])


def test_place_scales_turns_flips_and_moves() -> None:
    assert np.allclose(place([(1, 0)], 5, 6, 2, 90), [(5, 8)])
    assert np.allclose(place([(1, 0)], 5, 6, 2, 0, flip=True), [(3, 6)])


@pytest.mark.parametrize("tone", [0.2, 0.45, 0.7])
def test_hatching_covers_as_much_as_the_tone_asks(tone: float) -> None:
    plate = Plate(400, 400, rng())
    plate.paint(plate.area([(0, 0), (400, 0), (400, 400), (0, 400)], False), tone, Screen(20, 9, cross=1.0), 0)
    assert abs(plate.ink[20:380, 20:380].mean() / 255 - tone) < 0.06


def test_volume_is_light_at_the_upper_left_and_dark_at_the_lower_right() -> None:
    plate = Plate(300, 300, rng())
    plate.paint(plate.area(ellipse(150, 150, 120, 120)), Volume(0.0, 0.9, 120), Screen(45, 8), 0)
    assert plate.ink[160:240, 160:240].mean() > 2 * plate.ink[60:140, 60:140].mean()


def test_forms_cover_what_lies_behind() -> None:
    plate = Plate(200, 200, rng())
    plate.ink[:] = 255
    plate.paint(plate.area([(40, 40), (160, 40), (160, 160), (40, 160)], False), 0.0, None, 0)
    assert plate.ink[60:140, 60:140].max() == 0
    assert plate.ink[:30].min() == 255


@pytest.mark.parametrize("face", [ROMAN, ITALIC, BLACK])
def test_every_letter_that_texts_use_can_be_set(face) -> None:
    letters = {c for language in LISTS for w in prose(language, 400, rng(language)) for c in w}
    for char in letters:
        bitmap, _left, _top = letter_bitmap(char, 12, face)
        assert bitmap.max() > 150, char
        assert advance(char, face) > 0


def test_set_line_ends_where_its_width_says() -> None:
    ink = np.zeros((60, 600), np.uint8)
    style = Style(12, 30)
    end = set_line(ink, "Hamburgefonts", 20, 40, style)
    assert end - 20 == pytest.approx(width_of("Hamburgefonts", style))
    columns = np.nonzero(ink.max(axis=0) > 60)[0]
    assert abs(columns[0] - 20) < 6
    assert abs(columns[-1] - end) < 6


def test_justified_lines_fill_the_measure() -> None:
    ink = np.zeros((60, 700), np.uint8)
    set_justified(ink, ["terra", "autem", "erat", "inanis"], 50, 40, 500, Style(12, 30))
    columns = np.nonzero(ink.max(axis=0) > 60)[0]
    assert abs(columns[0] - 50) < 6
    assert abs(columns[-1] - 550) < 6


def test_column_takes_words_in_order_and_respects_the_notch() -> None:
    ink = np.zeros((300, 400), np.uint8)
    words = prose("latin", 60, rng())
    before = list(words)
    end = set_column(ink, words, (20, 10, 360, 130), Style(10, 24), notch=(120, 60))
    assert end == 10 + 5 * 24
    assert words == before[len(before) - len(words) :]
    assert 0 < len(words) < len(before)
    assert ink[10:62, 20:134].max() == 0
    assert ink[110:135, 20:134].max() > 100


def test_long_s_stands_everywhere_but_at_the_end() -> None:
    assert old_spelling("possessions,") == "poſſeſſions,"
    assert old_spelling("et") == "&"


def test_wear_takes_ink_away_and_never_adds() -> None:
    ink = bars()
    losses = [1 - worn(ink, level, rng("w")).sum() / ink.sum() for level in (0.0, 0.3, 0.7, 1.0)]
    assert losses[0] == 0
    assert losses[1] < losses[2] < losses[3]
    assert np.all(worn(ink, 0.7, rng("w")) <= ink)


def test_over_inking_adds_and_under_inking_removes() -> None:
    ink = bars()
    plain, more, less = (inked(ink, amount, rng("i")).mean() for amount in (0.0, 0.7, -0.7))
    assert more > plain * 1.15
    assert less < plain * 0.9


@pytest.mark.parametrize("gray", [60, 128, 200])
def test_halftone_keeps_the_tone_and_uses_mostly_black_and_white(gray: int) -> None:
    dots = halftone(np.full((240, 240), gray, np.uint8), 6.0, 45)
    assert abs(float(dots.mean()) - gray) < 24
    assert ((dots < 40) | (dots > 215)).mean() > 0.5


def test_lost_edge_clears_one_side_only() -> None:
    ink = np.full((200, 200), 255, np.uint8)
    out = lost_edge(ink, 0.15, rng("e"))
    sides = [out[:4].mean(), out[-4:].mean(), out[:, :4].mean(), out[:, -4:].mean()]
    assert sorted(s < 10 for s in sides) == [False, False, False, True]
    assert 0.75 < out.mean() / 255 < 0.95


def test_ink_is_dark_and_paper_is_light() -> None:
    ink = np.zeros((200, 300), np.uint8)
    ink[80:120] = 255
    rgb = impression(ink, Paper(gutter=0, foxing=0), rng("p"))
    assert rgb.shape == (200, 300, 3)
    assert rgb[90:110].mean() < 75
    assert rgb[:60].mean() > 195


def test_skew_matrix_says_where_a_mark_went() -> None:
    rgb = np.full((400, 300, 3), 255, np.uint8)
    rgb[296:305, 96:105] = 0
    out, matrix = skewed(rgb, 2.0, 0.01, rng("s"))
    x, y, w = matrix @ (100.5, 300.5, 1)
    dark = np.argwhere(out[40:360, 40:260].mean(axis=2) < 100).mean(axis=0) + 40
    assert np.allclose(dark, (y / w - 0.5, x / w - 0.5), atol=1.5)


@pytest.mark.parametrize("mirrored", [False, True])
def test_print_block_transform_finds_a_mark(mirrored: bool) -> None:
    block = np.zeros((200, 400), np.uint8)
    block[40:60, 300:320] = 255
    sheet = Sheet.empty(500, 500)
    state = State(mirrored=mirrored, tilt=5, crop=(0.25, 0.0, 0.75, 1.0))
    sheet.print_block("b", "illustration", block, (100, 150, 300, 200), state, rng())
    item = sheet.printed[0]
    x, y, _ = item.transform @ (310, 50, 1)
    rows, columns = np.nonzero(sheet.ink > 127)
    assert abs(columns.mean() + 0.5 - x) < 1.0
    assert abs(rows.mean() + 0.5 - y) < 1.0
    assert bool(np.linalg.det(item.transform) < 0) is mirrored
    assert item.crop == (100.0, 0.0, 300.0, 200.0)
