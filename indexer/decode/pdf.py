"""PDF pages through PDFium."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np

from indexer.core.errors import DecodeError
from indexer.core.geometry import Box
from indexer.core.settings import DecodeSettings
from indexer.core.types import Array
from indexer.decode.content import Content
from indexer.decode.limits import check_size

_LOCK = threading.Lock()
"""PDFium is not safe to call from several threads, not even on different documents."""

_ROUNDING = 1e-3
"""Pixels by which single-precision page sizes may exceed whole numbers."""

_POINTS = 72.0
"""PDF units in an inch (ISO 32000-1, 8.3.2.3)."""


def count_pages(file: BinaryIO) -> int:
    """Number of pages; 0 when the document cannot be opened."""
    import pypdfium2

    file.seek(0)
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(file)
        except pypdfium2.PdfiumError:
            return 0
        try:
            return len(document)
        finally:
            document.close()


def page_size(content: Content, page: int | None, settings: DecodeSettings) -> tuple[int, int]:
    """Size of a page in pixels at the resolution of the settings.

    Raises:
        DecodeError: No PDF that can be opened, or no such page.
    """
    with _page(content, page or 0) as sheet:
        return _size(sheet, settings)


def render_page(
    content: Content, page: int | None, settings: DecodeSettings, max_side: int, box: Box | None = None
) -> tuple[Array, Box, int, int]:
    """Pixels of a page, or of what holds a `box` of it, about `max_side` long; the box they cover; the page's size.

    Raises:
        DecodeError: No PDF that can be opened, no such page, or an absurd page size.
    """
    with _page(content, page or 0) as sheet:
        width, height = _size(sheet, settings)
        check_size(content.name, width, height, settings)
        part = box or (0.0, 0.0, float(width), float(height))
        shrink = min(1.0, max_side / max(part[2:]))
        points = _POINTS / settings.pdf_dpi
        total = [math.ceil(side * shrink / points) for side in sheet.get_size()]
        edges = _edges(part, shrink, total) if box else (0, 0, 0, 0)
        crop = tuple(max(0.0, edge - 0.5) * points / shrink for edge in edges)  # PDFium's wrapper rounds up
        pixels = _render(sheet, shrink / points, crop)
    covered = (edges[0] / shrink, edges[3] / shrink, pixels.shape[1] / shrink, pixels.shape[0] / shrink)
    return pixels, covered, width, height


def _edges(box: Box, shrink: float, total: list[int]) -> tuple[int, int, int, int]:
    """Rendered pixels to leave out on the left, bottom, right and top."""
    left, top = math.floor(box[0] * shrink), math.floor(box[1] * shrink)
    right, bottom = math.ceil((box[0] + box[2]) * shrink), math.ceil((box[1] + box[3]) * shrink)
    return left, max(0, total[1] - bottom), max(0, total[0] - right), top


def _render(sheet: Any, scale: float, crop: tuple[float, ...]) -> Array:
    bitmap = sheet.render(scale=scale, crop=crop, rev_byteorder=True, prefer_bgrx=False)
    pixels = np.array(bitmap.to_numpy(), copy=True)
    pixels = pixels.reshape(pixels.shape[0], pixels.shape[1], -1)
    if pixels.shape[2] == 1:
        pixels = np.repeat(pixels, 3, axis=2)
    return np.ascontiguousarray(pixels[:, :, :3])


def _size(sheet: Any, settings: DecodeSettings) -> tuple[int, int]:
    width, height = sheet.get_size()
    scale = settings.pdf_dpi / _POINTS
    return math.ceil(width * scale - _ROUNDING), math.ceil(height * scale - _ROUNDING)


@contextmanager
def _page(content: Content, number: int) -> Iterator[Any]:
    """One page of an open document, held under the lock."""
    import pypdfium2

    with _LOCK, _document(content) as document:
        if number >= len(document):
            raise DecodeError(f"{content.name} has no page {number + 1}.", f"It has {len(document)} pages.")
        try:
            sheet = document[number]
        except pypdfium2.PdfiumError as error:
            raise _reason(content.name, f"page {number + 1} is damaged") from error
        try:
            yield sheet
        except pypdfium2.PdfiumError as error:
            raise _reason(content.name, str(error)) from error
        finally:
            sheet.close()


@contextmanager
def _document(content: Content) -> Iterator[Any]:
    import pypdfium2

    with content.open() as file:  # an open file, because PDFium garbles odd names
        try:
            document = pypdfium2.PdfDocument(file)
        except pypdfium2.PdfiumError as error:
            locked = "password" in str(error).lower()
            why = "it is locked with a password" if locked else "it is damaged or cut off"
            raise _reason(content.name, why) from error
        try:
            yield document
        finally:
            document.close()


def _reason(name: str, why: str) -> DecodeError:
    return DecodeError(f"{name} cannot be opened as a PDF: {why}.", "Open it in another program and save it anew.")
