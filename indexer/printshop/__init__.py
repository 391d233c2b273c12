"""The sample print shop: a demo collection that a book historian would recognise, with known truth.

Blocks are cut (`blocks/`), printed on pages with set text (`layouts`, `sheet`), given paper and age
(`press`, `paper`), and described (`catalogue.csv`, `truth.json`, `truth.coco.json`). Everything
follows from the seed; nothing is downloaded and no font file is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PrintShop:
    """A sample collection on disk.

    Attributes:
        folder: Holds everything below; give it to `iconoscope index`.
        images: Names of the pictures relative to `folder`, pages first, then photographs.
        pages: How many of them are printed pages.
        blocks: Names of the blocks that were printed.
        catalogue: The CSV for `--metadata`; its `filename` column is relative to `folder`.
        truth: JSON with the regions of each image and the images of each block (`truth_of`).
        coco: The regions as COCO detection truth.
    """

    folder: Path
    images: tuple[str, ...]
    pages: int
    blocks: tuple[str, ...]
    catalogue: Path
    truth: Path
    coco: Path


def build_print_shop(
    folder: Path,
    seed: int = 1,
    pages: int = 160,
    progress: Callable[[int, int], None] | None = None,
    small: bool = False,
) -> PrintShop:
    """Write a sample collection: `images/*.jpg`, `catalogue.csv`, `truth.json`, `truth.coco.json`.

    The same arguments give the same bytes (with the same versions of OpenCV and NumPy).

    Args:
        folder: Where to; made if need be. Files of the same names are replaced.
        seed: Of everything that is drawn by chance.
        pages: How many printed pages.
        progress: Called with pages done and pages in all.
        small: 12 pages, fewer blocks and no photographs: a few seconds, for tests.

    Returns:
        Where everything is.
    """
    from indexer.printshop.photographs import photographs
    from indexer.printshop.shop import catalogue_row, print_all, write_catalogue, write_jpeg, write_json
    from indexer.printshop.truth import coco_of, truth_of

    done = print_all(folder, seed, 12 if small else pages, progress)
    rows = [catalogue_row(page) for page in done]
    printed = {page.order.name: page.printed for page in done}
    sizes = {page.order.name: page.order.book.size for page in done}
    photos = [] if small else list(photographs())
    for name, title, author, rgb in photos:
        file = f"images/photo_{name}.jpg"
        write_jpeg(folder / file, rgb)
        rows.append({"filename": file, "title": title, "caption": title, "printer": author, "document": "scikit-image",
                     "kind": "photograph", "note": "Comes inside the scikit-image package."})  # fmt: skip
        printed[file], sizes[file] = (), (int(rgb.shape[1]), int(rgb.shape[0]))
    shop = PrintShop(
        folder, tuple(printed), len(done), tuple(sorted({item.block for page in done for item in page.printed})),
        folder / "catalogue.csv", folder / "truth.json", folder / "truth.coco.json",
    )  # fmt: skip
    write_catalogue(shop.catalogue, rows)
    write_json(shop.truth, truth_of(printed, sizes, seed))
    write_json(shop.coco, coco_of(printed, sizes))
    return shop
