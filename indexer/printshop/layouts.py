"""Kinds of pages: title, chapter, picture, emblem, plate, columns, tail, text only, facsimile."""

from __future__ import annotations

from collections.abc import Callable

from indexer.printshop.books import Book
from indexer.printshop.letters import ITALIC, ROMAN, TITLE
from indexer.printshop.page_parts import Job, broken_lines, caption_under, fill_text, rule, text_beside
from indexer.printshop.typeset import Style, set_centred, set_line, width_of
from indexer.printshop.words import MOTTOES, headline, sentence


def title_page(job: Job) -> None:
    """Title in capitals, a device or ornament, the imprint."""
    x, y, w, h = job.text
    job.title = "Title page"
    at, size = y + h * 0.06, w / 26
    for k, part in enumerate(broken_lines(job.book.title.upper(), 18)):
        style = Style(size * (1.0 if k == 0 else 0.72), 0, TITLE if k == 0 else ROMAN)
        style = Style(min(style.size, style.size * w * 0.94 / width_of(part, style)), 0, style.face)
        set_centred(job.sheet.ink, part, x + w / 2, at, style, style.size * 0.06)
        at += style.size * 2.5
    for _ in range(3):
        text = " ".join(job.words(6)[:7])
        set_centred(job.sheet.ink, text, x + w / 2, at, Style(w / 62, 0, job.book.face))
        at += w / 62 * 2.4
    device = job.pictures[0]
    box = job.put(device, (x + w * 0.22, at + 20, w * 0.56, y + h * 0.8 - at))
    job.caption = device.subject
    rule(job, y + h * 0.85, 0.8)
    for k, line in enumerate((job.book.place.upper(), job.book.printer, job.book.date)):
        set_centred(
            job.sheet.ink,
            line,
            x + w / 2,
            max(y + h * 0.89, box[1] + box[3] + 30) + k * w / 26,
            Style(w / 54 if k else w / 44, 0, ROMAN),
        )


def chapter(job: Job) -> None:
    """Headpiece, heading, initial and text, sometimes a tailpiece."""
    x, y, w, h = job.text
    head = next((o for o in job.ornaments if o.size[0] > 2.5 * o.size[1]), job.ornaments[0])
    box = job.put(head, (x, y + 4, w, h * 0.16))
    at = box[1] + box[3] + h * 0.05
    job.title = headline(job.book.language, job.rng, 3)
    set_centred(job.sheet.ink, job.title, x + w / 2, at, Style(w / 44, 0, ROMAN), 2)
    for _ in range(2):
        at += w / 60 * 2.3
        set_centred(job.sheet.ink, " ".join(job.words(7)[:8]), x + w / 2, at, Style(w / 68, 0, ITALIC))
    side = round(job.style.leading * job.rng.integers(5, 8))
    initial = job.initials[0]
    at += job.style.leading
    job.put(initial, (x, at + job.style.leading * 0.3, side, side))
    job.caption = f"{head.subject}; {initial.subject}"
    end = y + h * (0.74 if job.rng.random() < 0.45 and job.book.columns == 1 else 1.0)
    fill_text(job, (x, at, w, end - at), (side + job.style.size, side + job.style.leading * 0.2))
    if end < y + h:
        tail = next((o for o in job.ornaments[1:] if o.size[0] < 2.5 * o.size[1]), job.ornaments[-1])
        job.put(tail, (x + w * 0.25, end + 14, w * 0.5, y + h - end - 14))
        job.caption += f"; {tail.subject}"


def picture(job: Job) -> None:
    """Text above and below a picture with its caption."""
    x, y, w, h = job.text
    design = job.pictures[0]
    share = job.rng.uniform(0.34, 0.5)
    top = job.rng.uniform(0.0, 0.42)
    if top > 0.08:
        fill_text(job, (x, y, w, h * top))
    else:
        top = 0
    box = job.put(design, (x, y + h * top + 12, w, h * share))
    job.title, job.caption = design.subject, sentence(job.book.language, job.rng)
    at = caption_under(job, box, design.subject if job.book.language == "english" else job.caption[:70])
    if at < y + h * 0.9:
        fill_text(job, (x, at, w, y + h - at))


def plate(job: Job) -> None:
    """A picture that fills the page."""
    x, y, w, h = job.text
    design = job.pictures[0]
    box = job.put(design, (x, y, w, h * 0.9))
    job.title = design.subject
    job.caption = sentence(job.book.language, job.rng)
    caption_under(job, box, job.caption, numbered=False)


def emblem_page(job: Job) -> None:
    """Motto, picture and verses."""
    x, y, w, h = job.text
    design = job.pictures[0]
    motto = str(job.rng.choice(MOTTOES))
    set_centred(job.sheet.ink, motto, x + w / 2, y + h * 0.05, Style(w / 36, 0, ROMAN), 3)
    set_centred(
        job.sheet.ink,
        f"EMBLEMA {'XVIILCX'[job.number % 7]}{'I' * (job.number % 4)}.",
        x + w / 2,
        y + h * 0.1,
        Style(w / 58, 0, ITALIC),
    )
    box = job.put(design, (x + w * 0.06, y + h * 0.13, w * 0.88, h * 0.46))
    at = box[1] + box[3] + job.style.leading
    for k in range(8):
        line = " ".join(job.words(5)[:6]).rstrip(",;:.")
        set_line(
            job.sheet.ink,
            line.capitalize() + ("," if k % 2 == 0 else "."),
            x + w * (0.2 + 0.05 * (k % 2)),
            at,
            Style(job.style.size, 0, ITALIC),
        )
        at += job.style.leading
    job.title, job.caption = motto.capitalize(), f"{motto}: {design.subject}"
    if job.ornaments and at < y + h * 0.86:
        job.put(job.ornaments[0], (x + w * 0.2, at, w * 0.6, y + h - at))


def small_cuts(job: Job) -> None:
    """Two or three small pictures between lines of text."""
    x, y, w, h = job.text
    job.title = headline(job.book.language, job.rng, 2).capitalize()
    count = min(len(job.pictures), int(job.rng.integers(2, 4)))
    names, at = [], y
    for k, design in enumerate(job.pictures[:count]):
        room = h / count
        side = (k + job.number) % 2
        pw = w * job.rng.uniform(0.42, 0.5)
        box = job.put(design, (x if side == 0 else x + w - pw, at + 8, pw, room - 30))
        column = (x + pw + 18, at, w - pw - 18, room - 16) if side == 0 else (x, at, w - pw - 18, room - 16)
        text_beside(job, column)
        del box
        names.append(design.subject)
        at += room
    job.caption = "; ".join(names)


def text_only(job: Job) -> None:
    """No picture at all."""
    job.title = headline(job.book.language, job.rng, 2).capitalize()
    fill_text(job, job.text)


def fleuron_page(job: Job) -> None:
    """Rows of cast ornaments above and below verses: the same ornament several times on one page."""
    x, y, w, h = job.text
    row = next((o for o in job.ornaments if o.size[0] > 5 * o.size[1]), job.ornaments[0])
    for k in range(3):
        job.put(row, (x, y + h * (0.0, 0.46, 0.93)[k], w, h * 0.06))
    for top in (0.1, 0.56):
        at = y + h * top
        while at < y + h * (top + 0.33):
            line = " ".join(job.words(6)[:7]).rstrip(",;:.").capitalize()
            set_line(job.sheet.ink, line, x + w * 0.16, at, Style(job.style.size * 1.05, 0, ITALIC))
            at += job.style.leading * 1.1
    job.title, job.caption = headline(job.book.language, job.rng, 2).capitalize(), row.subject


def facsimile(job: Job) -> None:
    """A 19th-century page that reproduces an old print."""
    x, y, w, h = job.text
    design = job.pictures[0]
    share = job.rng.uniform(0.4, 0.6)
    box = job.put(design, (x, y + 8, w, h * share))
    source = "from an old print" if job.book.language == "english" else "d'après un vieux bois"
    job.title = design.subject
    job.caption = f"{design.subject}, {source}" if job.book.language == "english" else f"{source.capitalize()}"
    at = caption_under(job, box, job.caption)
    fill_text(job, (x, at, w, y + h - at))


LAYOUTS: dict[str, Callable[[Job], None]] = {
    "title": title_page, "chapter": chapter, "picture": picture, "plate": plate, "emblem": emblem_page,
    "cuts": small_cuts, "text": text_only, "fleurons": fleuron_page, "facsimile": facsimile,
}  # fmt: skip


OLD_CYCLE = (
    "chapter",
    "picture",
    "cuts",
    "text",
    "emblem",
    "picture",
    "plate",
    "chapter",
    "fleurons",
    "picture",
    "text",
)


MODERN_CYCLE = ("facsimile", "picture", "facsimile", "text", "facsimile", "cuts", "chapter", "facsimile", "plate")


def layout_of(book: Book, number: int, start: int) -> str:
    """Which kind of page `number` of a book is: the title first, then a cycle that old books enter at `start`."""
    if number == 0:
        return "title"
    kinds = MODERN_CYCLE if book.modern else OLD_CYCLE
    return kinds[(number - 1 + (0 if book.modern else start)) % len(kinds)]
