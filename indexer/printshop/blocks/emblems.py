"""Emblems: a device in a frame with its motto."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from indexer.printshop.blocks.design import Design
from indexer.printshop.blocks.devices import Device, anchor, balance, heart, hourglass, lightning_oak, phoenix
from indexer.printshop.blocks.devices_more import candle, column, hands, sun_eye, tortoise
from indexer.printshop.blocks.foliage import acanthus, frame, garland
from indexer.printshop.blocks.lettering import banner, inscribe_round
from indexer.printshop.blocks.scenery import hill, sky
from indexer.printshop.burin import Plate
from indexer.printshop.curves import ellipse


def ropes(p: Plate) -> None:
    """A round frame with the motto on it, leaves in the corners."""
    c, r = p.width / 2, p.width / 2 - 12
    for x, y, a in (
        (14, 14, 45),
        (p.width - 14, 14, 135),
        (14, p.height - 14, -45),
        (p.width - 14, p.height - 14, 225),
    ):
        acanthus(p, x, y, p.rng.uniform(90, 140), a + p.rng.uniform(-14, 14), int(p.rng.choice([-1, 1])))
    p.paint(p.area(ellipse(c, c, r, r)), 0.0, None, 7)
    p.stroke(ellipse(c, c, r * 0.95, r * 0.95), 3, taper=0)
    p.stroke(ellipse(c, c, r * 0.78, r * 0.78), 6, taper=0)


def round_emblem(p: Plate, device: Device, motto: str) -> None:
    """Motto around a roundel."""
    inner = np.zeros_like(p.ink)
    c, r = p.width / 2, (p.width / 2 - 12) * 0.77
    device(p, c, c, r * 0.9)
    inner = p.ink.copy()
    p.ink[:] = 0
    ropes(p)
    mask = p.area(ellipse(c, c, r, r))
    p.ink = np.where(mask > 127, inner, p.ink).astype(np.uint8)
    p.stroke(ellipse(c, c, r, r), 5, taper=0)
    radius = (p.width / 2 - 12) * 0.82
    inscribe_round(p, motto, c, c, radius, radius, p.width * 0.034, -90, spaced=3)
    inscribe_round(p, "❧", c, c, radius, radius, p.width * 0.03, 90)


def square_emblem(p: Plate, device: Device, motto: str) -> None:
    """Device in a landscape, motto on a scroll above, in a rich frame."""
    w, h = p.width, p.height
    sky(p, h * 0.7, 0.22, 0.0, 9)
    hill(p, [(-20, h * 0.86), (w * 0.5, h * 0.82), (w + 20, h * 0.87)], 0.5, 10)
    device(p, w / 2, h * 0.55, w * 0.36)
    banner(p, motto, w / 2, h * 0.13, w * 0.028)
    frame(p, 3, (7, 2, 2), 5)


def oval_emblem(p: Plate, device: Device, motto: str) -> None:
    """Oval in a laurel border."""
    w, h = p.width, p.height
    device(p, w / 2, h / 2, min(w, h) * 0.36)
    mask = p.area(ellipse(w / 2, h / 2, w * 0.4, h * 0.4))
    p.ink = np.where(mask > 127, p.ink, 0).astype(np.uint8)
    garland(p, ellipse(w / 2, h / 2, w * 0.45, h * 0.455, 95, 445, 24), p.rng.uniform(36, 52))
    p.stroke(ellipse(w / 2, h / 2, w * 0.4, h * 0.4), 5, taper=0)
    banner(p, motto, w / 2, h * 0.93, w * 0.026)


_ROWS: list[tuple[str, str, Callable[..., None], Device, str]] = [
    ("anchor", "Dolphin and anchor", round_emblem, anchor, "FESTINA LENTE"),
    ("phoenix", "Phoenix in flames", square_emblem, phoenix, "EX FLAMMIS VIVO"),
    ("heart", "Flaming heart with an arrow", oval_emblem, heart, "ARDET NON VRIT"),
    ("balance", "Hand from a cloud with scales", square_emblem, balance, "PONDERE ET MENSVRA"),
    ("oak", "Oak struck by lightning", round_emblem, lightning_oak, "FERIVNT SVMMOS FVLMINA"),
    ("hourglass", "Winged hourglass and skull", oval_emblem, hourglass, "FVGIT HORA"),
    ("serpent", "Serpent and column", square_emblem, column, "PRVDENTIA FIRMAT"),
    ("eye", "Eye of providence over the sea", round_emblem, sun_eye, "OMNIA VIDET"),
    ("tortoise", "Tortoise under sail", oval_emblem, tortoise, "LENTE SED CERTO"),
    ("candle", "Candle and moth", round_emblem, candle, "LVCENDO CONSVMOR"),
    ("hands", "Clasped hands and crown", square_emblem, hands, "CONCORDIA CRESCVNT"),
]


SIZES = {"round_emblem": (620, 620), "square_emblem": (640, 640), "oval_emblem": (600, 720)}


EMBLEMS = [
    Design(f"emblem-{key}", "emblem", words, SIZES[shape.__name__], partial(shape, device=device, motto=motto))
    for key, words, shape, device, motto in _ROWS
]
