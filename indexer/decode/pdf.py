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
) -> tuple[Array, int, int]:
    """Pixels of a page, or of a `box` of it, at most `max_side` long, and the page's full size.

    Raises:
        DecodeError: No PDF that can be opened, no such page, or an absurd page size.
    """
    with _page(content, page or 0) as sheet:
        width, height = _size(sheet, settings)
        check_size(content.name, width, height, settings)
        x, y, w, h = box or (0.0, 0.0, float(width), float(height))
        shrink = min(1.0, max_side / max(w, h))
        points = _POINTS / settings.pdf_dpi
        crop = (x * points, (height - y - h) * points, (width - x - w) * points, y * points)
        bitmap = sheet.render(
            scale=shrink / points,
            crop=tuple(max(0.0, v) for v in crop) if box else (0, 0, 0, 0),
            rev_byteorder=True,
            prefer_bgrx=False,
        )
        pixels = np.array(bitmap.to_numpy(), copy=True)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        pixels = np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)
    return np.ascontiguousarray(pixels[:, :, :3]), width, height


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
