"""What every page has: the job, running titles, text, notes and captions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from indexer.core.geometry import Box
from indexer.core.types import Array
from indexer.printshop.blocks.design import Design
from indexer.printshop.books import Book
from indexer.printshop.letters import ITALIC, ROMAN
from indexer.printshop.sheet import Sheet, State
from indexer.printshop.typeset import Style, set_centred, set_column, set_line, width_of
from indexer.printshop.words import headline, old_spelling, prose

BlockOf = Callable[[str], Array]


"""Gives the block, uint8 (h, w), of a name."""


@dataclass(slots=True)
class Job:
    """A page being made.

    Attributes:
        sheet, book, number, rng: What, of which edition, which page of it, and its randomness.
        blocks: Gives the ink of a block.
        pictures, ornaments, initials: Designs dealt to this page, used from the front.
        state: How the blocks are printed on this page.
        title, caption: Filled in for the catalogue.
    """

    sheet: Sheet
    book: Book
    number: int
    rng: np.random.Generator
    blocks: BlockOf
    pictures: list[Design]
    ornaments: list[Design]
    initials: list[Design]
    state: State
    title: str = ""
    caption: str = ""

    @property
    def text(self) -> Box:
        """The type area."""
        w, h = self.sheet.ink.shape[1], self.sheet.ink.shape[0]
        inner, outer = (0.14, 0.1) if self.number % 2 else (0.1, 0.14)
        return w * inner, h * 0.105, w * (1 - inner - outer), h * 0.79

    @property
    def style(self) -> Style:
        """Type of the running text."""
        size = self.sheet.ink.shape[1] / 104
        return Style(size, size * (2.35 if self.book.modern else 2.2), self.book.face)

    def words(self, count: int) -> list[str]:
        """Running text in the language of the book."""
        return prose(self.book.language, count, self.rng, old=not self.book.modern)

    def put(self, design: Design, place: Box, state: State | None = None) -> Box:
        """Print a block."""
        return self.sheet.print_block(
            design.name, design.kind, self.blocks(design.name), place, state or self.state, self.rng
        )


def furniture(job: Job) -> None:
    """Running title, page number, signature mark and catchword."""
    x, y, w, h = job.text
    style = Style(job.style.size * 0.95, 0, ROMAN)
    heading = headline(job.book.language, job.rng, 2)
    set_centred(job.sheet.ink, heading, x + w / 2, y - style.size * 1.6, style, style.size * 0.12)
    number = str(job.number * 2 + 11)
    right = job.number % 2 == 1
    at = x + w - width_of(number, style) if right else x
    set_line(job.sheet.ink, number, at, y - style.size * 1.6, style)
    if not job.book.modern:
        mark = f"{'ABCDEFGHIKLM'[job.number % 12]} {['ij', 'iij', 'iiij', 'v'][job.number % 4]}"
        set_centred(job.sheet.ink, mark, x + w * 0.6, y + h + style.size * 3, style)
        catch = old_spelling(str(job.words(1)[0]))
        set_line(job.sheet.ink, catch, x + w - width_of(catch, style), y + h + style.size * 3, style)
    else:
        rule(job, y - style.size * 0.8)


def rule(job: Job, y: float, share: float = 1.0) -> None:
    """A printed line across the type area."""
    x, _, w, _ = job.text
    x0, x1 = round(x + w * (1 - share) / 2), round(x + w * (1 + share) / 2)
    job.sheet.ink[round(y) : round(y) + 2, x0:x1] = 225


def fill_text(job: Job, box: Box, notch: tuple[float, float] = (0, 0)) -> None:
    """Paragraphs in one or two columns until `box` is full."""
    columns = job.book.columns
    gap = job.style.size * 2.4
    width = (box[2] - gap * (columns - 1)) / columns
    for c in range(columns):
        y, left = box[1], (box[0] + c * (width + gap))
        while y + job.style.leading * 1.5 < box[1] + box[3]:
            words = job.words(int(job.rng.integers(40, 120)))
            room = (left, y, width, box[1] + box[3] - y)
            left_free = (notch[0], max(0.0, box[1] + notch[1] - y)) if c == 0 else (0.0, 0.0)
            y = set_column(job.sheet.ink, words, room, job.style, job.style.size * 1.6, left_free)


def marginalia(job: Job) -> None:
    """Printed notes in the outer margin."""
    x, y, w, h = job.text
    style = Style(job.style.size * 0.66, job.style.size * 1.5, ITALIC)
    right = job.number % 2 == 1
    room = job.sheet.ink.shape[1] * 0.085
    left = x + w + style.size if right else x - room - style.size
    for _ in range(int(job.rng.integers(1, 4))):
        at = y + job.rng.uniform(0.05, 0.85) * h
        set_column(job.sheet.ink, job.words(6)[:7], (left, at, room, style.leading * 5), style)


def caption_under(job: Job, box: Box, text: str, numbered: bool = True) -> float:
    """A caption below a picture; returns where it ends."""
    style = Style(job.style.size * 0.9, job.style.size * 2, ITALIC if not job.book.modern else ROMAN)
    label = f"Fig. {job.number + 1}. {text}" if numbered else text
    words, y = label.split(), box[1] + box[3] + style.size * 0.6
    if width_of(label, style) < job.text[2]:
        set_centred(job.sheet.ink, label, box[0] + box[2] / 2, y + style.leading, style)
        return y + style.leading * 1.6
    return (
        set_column(job.sheet.ink, words, (job.text[0], y, job.text[2], style.leading * 3), style) + style.leading * 0.6
    )


def text_beside(job: Job, box: Box) -> None:
    """Paragraphs in one narrow column."""
    at = box[1]
    while at + job.style.leading * 1.5 < box[1] + box[3]:
        at = set_column(
            job.sheet.ink, job.words(60), (box[0], at, box[2], box[1] + box[3] - at), job.style, job.style.size * 1.4
        )


def broken_lines(text: str, width: int) -> list[str]:
    """Words in lines of at most `width` letters."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
