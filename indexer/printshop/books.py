"""The books of the shop: invented printers in real towns, with the type, paper and spelling of their time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.printshop.chance import generator
from indexer.printshop.letters import BLACK, ITALIC, ROMAN, Face
from indexer.printshop.paper import Paper, some_paper

FACES = {"roman": ROMAN, "italic": ITALIC, "black": BLACK}


@dataclass(frozen=True, slots=True)
class Book:
    """One edition.

    Attributes:
        key: Short name, part of the file names.
        title, printer, place, date: As on the title page; `date` is free text, `year` a number or None.
        language: latin, french or english.
        face: Of the text.
        size: Page in pixels, width and height.
        columns: 1 or 2.
        modern: A 19th- or 20th-century book with photomechanical reproductions.
    """

    key: str
    title: str
    printer: str
    place: str
    date: str
    year: int | None
    language: str
    face: Face
    size: tuple[int, int]
    columns: int
    modern: bool

    def paper(self, seed: int) -> Paper:
        """The stock that the book is printed on."""
        return some_paper(generator(seed, "paper", self.key), self.modern)


TABLE = """
hortus|Hortvs Sapientiae et Herbarvm|Iean Merlin, à l'Oliuier|Lyon|1549|1549|latin|roman|960x1400|1
navis|De Navibvs et Tempestatibvs Libri III|Heirs of Matthias Voss|Antwerp|1581|1581|latin|roman|1000x1380|1
cosmo|Cosmographia Vniversalis|Hans Kettler the Younger|Basel|M.D.L.II.|1552|latin|roman|1020x1440|2
emblem|Emblematvm Libellvs|Widow of Claude Perrin|Lyon|[1556?]|1556|latin|italic|900x1240|1
hunt|The Noble Arte of Venerie|Thomas Wyght, at the Sign of the Hart|London|1611|1611|english|black|940x1360|1
cite|Les Antiquitez et Singularitez des Citez|Guillaume Rousselet|Paris|ca. 1575|1575|french|roman|980x1400|1
fables|Fables choisies, mises en vers|Veuve Dubosc|Rouen|1668|1668|french|roman|900x1280|1
chron|A Chronicle of Tempests and Comets|I. Harkwell for R. Penne|London|1641|1641|english|roman|960x1380|1
machin|Theatrvm Machinarvm Novvm|Officina Lamberti Groot|Leiden|1629|1629|latin|roman|1040x1440|1
voyage|Voyages aux Isles et Terres Neufves|Pierre Aubry, rue S. Iacques|Paris|1609|1609|french|roman|960x1380|1
medic|De Hvmani Corporis Figvris|Apud Andream Salis|Venice|[between 1543 and 1550]||latin|italic|980x1420|1
almanac|An Almanack for the Yeare of our Lord|Printed for the Company|London|1684|1684|english|black|860x1200|2
psalter|Heures à l'vsage de tous|Simon Caluarin|Paris|s.d. [16th c.]||french|black|820x1180|1
sphaera|Tractatvs de Sphaera|Erhart Lentz|Augsburg|1491|1491|latin|black|960x1360|1
garden|The Compleat Gardener|Mary Oldcastle|London|1653/54|1653|english|roman|940x1360|1
prouer|Prouerbes et Deuises illustrees|Iacques Tremblay|Lyon|ca. 1640–45|1640|french|italic|900x1260|1
old|Old Woodcuts and their Printers|Bartlett & Crane|London|1878|1878|english|roman|980x1400|1
imag|L'Imagerie populaire et les vieux bois|Librairie Vasseur|Paris|1891|1891|french|roman|1000x1420|2
guide|A Handbook of Early Printed Ornament|The Guild Press|Edinburgh|1906|1906|english|roman|940x1340|1
revue|Revue des arts du livre|Imprimerie Delorme|Bruxelles|19th c.||french|roman|1020x1420|2
""".strip()


def all_books() -> list[Book]:
    """The editions in a fixed order; the last four are modern."""
    books = []
    for row in TABLE.splitlines():
        key, title, printer, place, date, year, language, face, size, columns = row.split("|")
        width, height = (int(v) for v in size.split("x"))
        modern = key in ("old", "imag", "guide", "revue")
        books.append(
            Book(key, title, printer, place, date, int(year) if year else None, language, FACES[face],
                 (width, height), int(columns), modern)
        )  # fmt: skip
    return books


def spread(count: int, seed: int) -> list[tuple[Book, int]]:
    """`count` pages dealt over the books: (book, number of the page within it), books together."""
    books = all_books()
    if count < len(books) * 3:
        order = generator(seed, "books").permutation(len(books) - 1)[: max(1, count // 4)]
        books = [*[books[i] for i in sorted(order)][: max(1, count // 4 - 1)], all_books()[16]]
    shares = np.full(len(books), count // len(books))
    shares[: count - int(shares.sum())] += 1
    return [(book, n) for book, share in zip(books, shares, strict=True) for n in range(int(share))]
