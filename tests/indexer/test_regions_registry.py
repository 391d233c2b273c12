"""Proposals of several proposers become one list: the whole first, duplicates dropped, parents found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from indexer.core.errors import SettingsError
from indexer.core.settings import IndexSettings
from indexer.core.types import NO_ID, DecodedImage, Regions
from indexer.regions import check_names, propose
from indexer.regions.assemble import assemble
from indexer.regions.whole import propose as whole


def image(width: int = 100, height: int = 80) -> DecodedImage:
    return DecodedImage(np.full((height, width, 3), 255, np.uint8), width * 2, height * 2)


def regions(origin: str, *boxes: tuple[float, ...], **fields: Any) -> Regions:
    return Regions.of([{"box": b, "kind": "object", "origin": origin, **fields} for b in boxes])


def together(*parts: Regions) -> Regions:
    return assemble(whole(image()), parts, 200, 160)


def test_whole_is_first_even_when_not_named() -> None:
    for names in ([], ["whole"], ["page"], ["annotations", "whole"]):
        found = propose(names, image(), IndexSettings())
        assert found.boxes.tolist() == [[0, 0, 200, 160]]
        assert (found.kinds[0], found.origins[0], found.parents.tolist()) == ("whole", "whole", [NO_ID])


def test_unknown_proposers_are_named() -> None:
    with pytest.raises(SettingsError, match="detectron, yolo"):
        propose(["yolo", "page", "detectron"], image(), IndexSettings())
    check_names(["whole", "page", "sam", "annotations"])


def test_duplicates_keep_the_more_trusted() -> None:
    found = together(
        regions("sam", (10, 10, 50, 50), (100, 100, 20, 20)), regions("annotations", (10, 10, 51, 50), label="ship")
    )
    assert list(found.origins) == ["whole", "annotations", "sam"]
    assert found.labels[1] == "ship"
    assert found.boxes[2].tolist() == [100, 100, 20, 20]


def test_annotations_on_the_same_place_with_other_labels_both_stay() -> None:
    part = Regions.of([{"box": (10, 10, 50, 50), "origin": "annotations", "label": label} for label in ("a", "b", "b")])
    assert list(together(part).labels) == ["", "a", "b"]


def test_a_proposal_of_the_whole_image_is_dropped_unless_somebody_drew_it() -> None:
    assert len(together(regions("page", (2, 2, 197, 157)))) == 1
    assert len(together(regions("annotations", (2, 2, 197, 157)))) == 2


def test_parents_are_the_smallest_containers() -> None:
    found = together(
        regions("page", (10, 10, 100, 100)), regions("sam", (20, 20, 50, 50), (25, 25, 10, 10), (150, 120, 20, 20))
    )
    assert found.parents.tolist() == [NO_ID, 0, 1, 2, 0]


def test_a_given_parent_stays_and_a_dropped_one_is_replaced() -> None:
    part = Regions.of(
        [
            {"box": (10, 10, 100, 100), "origin": "sam"},
            {"box": (150, 100, 40, 40), "origin": "sam"},
            {"box": (20, 20, 10, 10), "origin": "sam", "parent": 1},
            {"box": (500, 500, 10, 10), "origin": "sam"},
            {"box": (155, 105, 10, 10), "origin": "sam", "parent": 3},
        ]
    )
    assert together(part).parents.tolist() == [NO_ID, 0, 0, 2, 2]


def test_boxes_are_clipped_and_empty_ones_dropped() -> None:
    found = together(regions("sam", (-10, -10, 30, 30), (190, 150, 30, 30), (199.5, 10, 30, 30), (10, 10, 0.5, 30)))
    assert found.boxes[1:].tolist() == [[0, 0, 20, 20], [190, 150, 10, 10]]


def test_against_a_plain_search_for_parents() -> None:
    rng = np.random.default_rng(3)
    low = rng.uniform(0, 120, (40, 2))
    boxes = np.hstack([low, rng.uniform(3, 40, (40, 2))]).astype(np.float32)
    found = together(Regions.of([{"box": b, "origin": "annotations", "label": str(i)} for i, b in enumerate(boxes)]))
    for i in range(1, len(found)):
        x, y, w, h = found.boxes[i]
        best, size = 0, 200 * 160
        for j in range(1, len(found)):
            a, b, c, d = found.boxes[j]
            shared = max(min(x + w, a + c) - max(x, a), 0) * max(min(y + h, b + d) - max(y, b), 0)
            if c * d > w * h and shared >= 0.9 * w * h and c * d < size:
                best, size = j, c * d
        assert found.parents[i] == best


def test_many_regions_are_assembled_quickly() -> None:
    rng = np.random.default_rng(0)
    boxes = np.hstack([rng.uniform(0, 100, (300, 2)), rng.uniform(2, 60, (300, 2))])
    assert 100 < len(together(regions("sam", *boxes))) <= 301
