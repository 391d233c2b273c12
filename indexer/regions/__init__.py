"""Regions worth describing: one file a proposer, `propose` runs those that the settings name.

Proposers: `whole` (the image itself, always first), `page` (pictures on a scanned page), `sam` (objects), `annotations`
(regions that a library already has). Nothing heavy is imported before it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from indexer.core.errors import SettingsError

if TYPE_CHECKING:
    from indexer.core.settings import IndexSettings
    from indexer.core.types import DecodedImage, Regions, SourceItem

PROPOSERS = ("whole", "page", "sam", "annotations")
"""Names that `--regions` accepts."""


def propose(
    names: Sequence[str], decoded: DecodedImage, settings: IndexSettings, item: SourceItem | None = None
) -> Regions:
    """Regions of one image, the whole image first (position 0), parents as positions in the answer.

    Args:
        names: Proposers to run, of `PROPOSERS`; `whole` is added when it is missing.
        decoded: The image; boxes come back in its original pixels.
        settings: Settings of the collection.
        item: Where the image comes from; only `annotations` needs it (no item, no annotations).

    Raises:
        SettingsError: A name that is no proposer.
    """
    from indexer.regions.assemble import assemble
    from indexer.regions.whole import propose as whole

    check_names(names)
    proposals = [_run(name, decoded, settings, item) for name in PROPOSERS if name in names and name != "whole"]
    return assemble(whole(decoded), proposals, decoded.width, decoded.height)


def check_names(names: Sequence[str]) -> None:
    """Refuse names that are no proposers.

    Raises:
        SettingsError: With the names there are.
    """
    unknown = sorted(set(names) - set(PROPOSERS))
    if unknown:
        raise SettingsError(f"Unknown proposer of regions: {', '.join(unknown)}.", f"Known: {', '.join(PROPOSERS)}.")


def _run(name: str, decoded: DecodedImage, settings: IndexSettings, item: SourceItem | None) -> Regions:
    if name == "page":
        from indexer.regions.page import propose as page

        return page(decoded, settings.page)
    if name == "annotations":
        from indexer.regions.annotations import propose as annotations

        return annotations(decoded, item)
    from indexer.regions.sam import propose as sam

    return sam(decoded)
