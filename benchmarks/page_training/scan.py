"""From a clean page to a scan of it: paper, ageing, marks, skew, show-through, edges, surroundings, compression."""

from __future__ import annotations

from pathlib import Path

import cv2
import desk
import marks
import numpy as np
from numpy.random import Generator
from sheet import MARK, Image, Page


def weather(page: Page, behind: Page, rng: Generator) -> tuple[Image, Image]:
    """RGB scan and labels of a page; `behind` shows through."""
    rgb, labels = _ink(page.rgb, rng), page.labels.copy()
    if rng.random() < 0.35:
        rgb = _show_through(rgb, behind.rgb, rng)
    marks.add_marks(rgb, labels, rng, page.fonts)
    bilevel = rng.random() < 0.3
    if not bilevel:
        rgb = _paper(rgb, rng)
    rgb, labels = _tilt(rgb, labels, rng)
    if rng.random() < 0.2:
        rgb = _dirt(rgb, labels, rng)
    if not bilevel and rng.random() < 0.25:
        rgb = tide_marks(rgb, rng)
    if rng.random() < 0.2:
        _facing_page(rgb, labels, behind.rgb, rng)
    if rng.random() < 0.6:
        _edges(rgb, labels, rng, bilevel)
    if rng.random() < 0.2:
        rgb, labels = desk.lay_down(rgb, labels, rng)
    rgb, labels = _turn(capture(rgb, rng), labels, rng)
    if bilevel:
        level = int(rng.integers(110, 190))
        flat = np.where(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) < level, 0, 255).astype(np.uint8)
        rgb = np.repeat(_specks(flat, rng)[..., None], 3, axis=2)
    elif rng.random() < 0.3:
        rgb = np.repeat(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    return rgb, labels


def wear(rgb: Image, labels: Image, rng: Generator, fonts: list[Path]) -> tuple[Image, Image]:
    """Another scan of a real page: marks, stains, a turn, blur, other tones, black and white; labels move along."""
    if rng.random() < 0.6:
        marks.add_marks(rgb, labels, rng, fonts)
    if rng.random() < 0.2:
        rgb = tide_marks(rgb, rng)
    if rng.random() < 0.8:
        rgb, labels = _tilt(rgb, labels, rng)
    if rng.random() < 0.25:
        factor = float(rng.uniform(0.55, 0.95))
        size = round(rgb.shape[1] * factor), round(rgb.shape[0] * factor)
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        labels = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)
    if rng.random() < 0.15:
        rgb, labels = desk.lay_down(rgb, labels, rng)
    rgb, labels = _turn(capture(rgb, rng), labels, rng)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    if rng.random() < 0.15:
        level = 0.72 * float(np.median(grey))
        grey = np.where(grey < level, 0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2), labels
    return (np.repeat(grey[..., None], 3, axis=2) if rng.random() < 0.3 else rgb), labels


def _turn(rgb: Image, labels: Image, rng: Generator) -> tuple[Image, Image]:
    """Lightness curves other than the page's own; now and then the sheet lies on its side or head."""
    if rng.random() < 0.3:
        curve = 255 * (np.arange(256) / 255) ** rng.uniform(0.6, 1.7)
        rgb = curve.astype(np.uint8)[rgb]
    quarters = int(rng.integers(1, 4)) if rng.random() < 0.05 else 0
    return np.ascontiguousarray(np.rot90(rgb, quarters)), np.ascontiguousarray(np.rot90(labels, quarters))


def _ink(rgb: Image, rng: Generator) -> Image:
    """Heavier or lighter impression, uneven inking."""
    chance = rng.random()
    if chance < 0.25:
        rgb = cv2.erode(rgb, np.ones((2, 2), np.uint8))
    if rng.random() < 0.4:
        h, w = rgb.shape[:2]
        noise = cv2.resize(rng.normal(0, 1, (h // 5, w // 5)).astype(np.float32), (w, h))
        faint = np.clip(255 - rgb.astype(np.float32), 0, 255) * np.clip(0.85 + 0.2 * noise[..., None], 0.25, 1)
        rgb = (255 - faint).astype(np.uint8)
    return rgb


def _show_through(rgb: Image, behind: Image, rng: Generator) -> Image:
    other = cv2.resize(behind, (rgb.shape[1], rgb.shape[0]))[:, ::-1]
    other = cv2.GaussianBlur(other, (0, 0), float(rng.uniform(1, 3))).astype(np.float32)
    faint = 255 - (255 - other) * rng.uniform(0.05, 0.28)
    return (rgb.astype(np.float32) * faint / 255).astype(np.uint8)


def _paper(rgb: Image, rng: Generator) -> Image:
    """Multiply by a paper: tint, uneven light, grain, stains, a dark gutter."""
    h, w = rgb.shape[:2]
    tint = np.array(
        [(252, 252, 250), (244, 236, 218), (228, 210, 178), (212, 212, 212), (196, 170, 130)][rng.integers(5)]
    )
    tint = np.clip(tint + rng.integers(-12, 8, 3), 90, 255).astype(np.float32)
    light = cv2.resize(rng.normal(1, 0.05, (4, 4)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, rng.uniform(0.5, 6), (h, w)).astype(np.float32)
    for _ in range(int(rng.integers(0, 4))):
        blot = np.zeros((h, w), np.float32)
        centre = (int(rng.integers(w)), int(rng.integers(h)))
        cv2.ellipse(blot, centre, (int(rng.integers(10, 160)), int(rng.integers(10, 160))), 0, 0, 360, 1.0, -1)
        light = light - cv2.GaussianBlur(blot, (0, 0), float(rng.uniform(4, 40))) * rng.uniform(0.03, 0.22)
    if rng.random() < 0.4:
        ramp = np.exp(-np.arange(w) / (w * rng.uniform(0.02, 0.07))) * rng.uniform(0.2, 0.7)
        light = light - (ramp if rng.random() < 0.5 else ramp[::-1]).astype(np.float32)
    ground = tint[None, None] * np.clip(light, 0.1, 1.05)[..., None] + grain[..., None]
    lift = rng.uniform(0, 60)
    ink = rgb.astype(np.float32) * (255 - lift) / 255 + lift
    return np.clip(ground * ink / 255, 0, 255).astype(np.uint8)


def _tilt(rgb: Image, labels: Image, rng: Generator) -> tuple[Image, Image]:
    """Small rotation and keystone."""
    h, w = labels.shape
    angle = np.deg2rad(rng.normal(0, 1.0))
    corners = np.array([(0, 0), (w, 0), (w, h), (0, h)], np.float32)
    middle = np.array([w / 2, h / 2], np.float32)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    moved = (corners - middle) @ turn.T + middle + rng.normal(0, 0.006 * w, (4, 2)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    edge = [int(v) for v in np.median(rgb[::7, ::7].reshape(-1, 3), axis=0)]
    rgb = cv2.warpPerspective(
        rgb, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=edge
    )
    labels = cv2.warpPerspective(labels, matrix, (w, h), flags=cv2.INTER_NEAREST, borderValue=MARK)
    return rgb, labels


def _edges(rgb: Image, labels: Image, rng: Generator, bilevel: bool) -> None:
    """The surround of the page on one to four sides: black, grey or the facing page."""
    h, w = labels.shape
    for side in range(4):
        if rng.random() < 0.5:
            continue
        depth = int(rng.uniform(0.003, 0.045) * min(h, w)) + 1
        wave = np.abs(np.cumsum(rng.normal(0, 0.35, max(h, w)))) + depth
        wave = wave + np.linspace(0, rng.uniform(0, 1.2) * depth, max(h, w))
        tone = 0 if bilevel or rng.random() < 0.5 else int(rng.integers(10, 235))
        index = np.arange(max(h, w))
        distance = [index[:h, None] + 0 * index[None, :w], index[None, :w] + 0 * index[:h, None]][side % 2]
        if side >= 2:
            distance = distance[::-1, ::-1]
        mask = distance < (wave[None, :w] if side % 2 == 0 else wave[:h, None])
        if bilevel and rng.random() < 0.4:
            mask &= rng.random((h, w)) < 0.5
        rgb[mask] = tone
        labels[mask] = MARK


def tide_marks(rgb: Image, rng: Generator) -> Image:
    """Brown and grey stains with a darker rim, mostly from an edge of the sheet; worn and oily corners."""
    h, w = rgb.shape[:2]
    out = rgb.astype(np.float32)
    for _ in range(int(rng.integers(1, 5))):
        field = cv2.resize(rng.normal(0, 1, (7, 5)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
        x, y = (rng.uniform(0, 1) if rng.random() < 0.3 else float(rng.integers(2)) for _ in range(2))
        gy, gx = np.mgrid[:h, :w].astype(np.float32)
        away = np.hypot((gx / w - x), (gy / h - y)) / rng.uniform(0.05, 0.35) + 0.25 * field
        inside = 1 / (1 + np.exp(np.clip((away - 1) * rng.uniform(6, 60), -30, 30)))
        rim = np.exp(-(((away - 1) * rng.uniform(8, 25)) ** 2)) * rng.uniform(0, 0.8)
        tint = np.array([(190, 150, 100), (170, 160, 150), (150, 110, 70), (215, 185, 130)][int(rng.integers(4))])
        share = np.clip(inside + rim, 0, 1)[..., None] * rng.uniform(0.15, 0.8)
        out *= 1 - share * (1 - tint / 255)
    return np.clip(out, 0, 255).astype(np.uint8)


def _facing_page(rgb: Image, labels: Image, other: Image, rng: Generator) -> None:
    """A strip of the facing page at the left or right edge, with its ends of lines and a dark fold."""
    h, w = labels.shape
    depth = int(rng.uniform(0.02, 0.1) * w)
    source = cv2.resize(other, (w, h))
    right = rng.random() < 0.5
    start = int(rng.uniform(0.04, 0.12) * w)
    part = source[:, start : start + depth] if right else source[:, w - start - depth : w - start]
    area = np.s_[:, w - depth :] if right else np.s_[:, :depth]
    paper = np.median(rgb[:: max(h // 50, 1), :: max(w // 50, 1)].reshape(-1, 3), axis=0)
    rgb[area] = (part.astype(np.float32) / 255 * paper * rng.uniform(0.7, 1)).astype(np.uint8)
    labels[area] = MARK
    fold = w - depth if right else depth
    reach = int(rng.uniform(0.002, 0.02) * w) + 1
    rgb[:, max(fold - reach, 0) : fold + reach] = (rgb[:, max(fold - reach, 0) : fold + reach] * 0.45).astype(np.uint8)


def _dirt(rgb: Image, labels: Image, rng: Generator) -> Image:
    """Patches of black specks, as dark stains become in bilevel scans and copies of microfilm."""
    h, w = rgb.shape[:2]
    field = cv2.resize(rng.normal(0, 1, (6, 5)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    chance = np.clip((field - rng.uniform(0.5, 2)) * rng.uniform(0.05, 0.5), 0, 0.8)
    if rng.random() < 0.4:
        # Ink that ran or a smudge: dense inside, with a frayed edge.
        chance = np.clip(chance * 6, 0, 0.97)
    coarse = int(rng.integers(1, 4))
    grain = cv2.resize(
        rng.random((h // coarse, w // coarse)).astype(np.float32), (w, h), interpolation=cv2.INTER_LINEAR
    )
    marks.mark(labels, (chance > 0.25).astype(np.uint8))
    return np.where((grain < chance)[..., None], np.minimum(rgb, 40), rgb).astype(np.uint8)


def capture(rgb: Image, rng: Generator) -> Image:
    """Blur, noise and JPEG."""
    if rng.random() < 0.6:
        rgb = cv2.GaussianBlur(rgb, (0, 0), float(rng.uniform(0.3, 1.1)))
    noise = rng.normal(0, rng.uniform(0, 7), rgb.shape[:2])[..., None]
    rgb = np.clip(rgb.astype(np.float32) + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, code = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 95))])
        rgb = cv2.imdecode(code, cv2.IMREAD_COLOR)
    return rgb


def _specks(flat: Image, rng: Generator) -> Image:
    for _ in range(int(rng.integers(0, 60))):
        x, y = int(rng.integers(flat.shape[1])), int(rng.integers(flat.shape[0]))
        cv2.circle(flat, (x, y), int(rng.integers(1, 3)), 0, -1)
    return flat
