"""Ground truth for regions from annotation files, and pages to compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from indexer.core.errors import UsageError
from indexer.core.types import Array, Regions, SourceItem
from indexer.evaluate.regions_model import Page, Report
from indexer.regions.annotations import find_image, read_annotations, to_regions
from indexer.regions.annotations_model import AnnotationFile

ENDINGS = (".xml", ".json")


def read_truth(path: Path, sizes: Mapping[str, tuple[int, int]]) -> tuple[dict[str, Regions], list[str]]:
    """True regions by image name, and what could not be used.

    Args:
        path: An annotation file of any known format, or a folder of them.
        sizes: Width and height of the images, by name; files of other images are passed over.

    Raises:
        UsageError: Nothing to read at `path`, or a single file that cannot be read.
    """
    problems: list[str] = []
    truth: dict[str, Regions] = {}
    for file, content in _files(path, problems):
        problems += [f"{file.name}: {problem}" for problem in content.problems]
        alone = content.format in ("alto", "page") and len(content.images) == 1
        for name in _candidates(file, alone, sizes):
            width, height = sizes[name]
            image = find_image(content, SourceItem(name, Path(name)))
            if image is None or name in truth:
                continue
            regions, wrong = to_regions(image, width, height)
            problems += [f"{file.name}: {problem}" for problem in wrong]
            truth[name] = regions
    return truth, problems


def _candidates(file: Path, alone: bool, sizes: Mapping[str, tuple[int, int]]) -> list[str]:
    """Images that a file may speak of. A file of one page is matched by its own name first, whatever it says inside."""
    if not alone:
        return list(sizes)
    stem = file.name.split(".")[0]
    own = [name for name in sizes if Path(name).stem.split(".")[0] == stem or Path(name).name == file.stem]
    return own[:1]


def _files(path: Path, problems: list[str]) -> list[tuple[Path, AnnotationFile]]:
    if path.is_file():
        return [(path, read_annotations(path))]
    if not path.is_dir():
        raise UsageError(f"There is no ground truth at {path}.", "Give an annotation file or a folder of them.")
    found = []
    for file in sorted(p for p in path.rglob("*") if p.suffix.lower() in ENDINGS):
        try:
            found.append((file, read_annotations(file)))
        except UsageError as error:
            problems.append(str(error))
    if not found:
        raise UsageError(f"No annotation file could be read in {path}.", "; ".join(problems[:3]))
    return found


def draw_worst(
    report: Report, pages: Mapping[str, Page], load: Callable[[str], Array], target: Path, count: int = 12
) -> Path | None:
    """A picture of the worst pages: truth in red, pictures found in green, other kinds in blue.

    Args:
        report: What `evaluate_regions` gave.
        pages: The pages compared, by name.
        load: RGB pixels of an image, uint8 (h, w, 3), at any scale, by name.
        target: PNG file to write.
        count: Most pages shown.

    Returns:
        `target`, or None when nothing went wrong.
    """
    import cv2
    import numpy as np

    tiles = [_tile(pages[row["name"]], load(row["name"]), row) for row in report.worst[:count]]
    if not tiles:
        return None
    blank = np.full_like(tiles[0], 255)
    columns = min(len(tiles), 4)
    tiles += [blank] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    target.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(target), np.vstack(rows)[..., ::-1])
    return target


def _tile(page: Page, rgb: Array, row: Mapping[str, object]) -> Array:
    import cv2
    import numpy as np

    width, height = 420, 600
    scale = min(width / page.width, (height - 20) / page.height)
    size = max(round(page.width * scale), 1), max(round(page.height * scale), 1)
    tile = np.full((height, width, 3), 255, np.uint8)
    tile[: size[1], : size[0]] = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    for regions, colours, thick in ((page.truth, _truth_colour, 3), (page.predicted, _found_colour, 2)):
        for box, kind in zip(regions.boxes, regions.kinds, strict=True):
            colour = colours(kind)
            if colour is not None:
                x, y, w, h = (round(float(v) * scale) for v in box)
                cv2.rectangle(tile, (x, y), (x + w, y + h), colour, thick)
    text = f"{Path(page.name).name[-34:]}  missed {row['missed']} wrong {row['wrong']}"
    cv2.putText(tile, text, (4, height - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return tile


def _truth_colour(kind: str) -> tuple[int, int, int] | None:
    return {"initial": (255, 170, 0), "illustration": (230, 0, 0), "ornament": (230, 0, 0)}.get(kind)


def _found_colour(kind: str) -> tuple[int, int, int] | None:
    return None if kind == "whole" else (0, 150, 0) if kind in ("illustration", "ornament") else (0, 60, 255)
