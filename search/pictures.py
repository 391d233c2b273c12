"""Picture terms of a query into pictures that channels can decode, lazily and once a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from indexer.collection.snapshot import Snapshot
from indexer.core.errors import DecodeError, NotFoundError, QueryError, TooLargeError
from indexer.core.geometry import Box, clip_box
from indexer.core.settings import DecodeSettings
from indexer.core.types import DecodedImage
from search.channels.base import QueryPicture
from search.query import PictureTerm

MAX_UPLOAD_BYTES = 50_000_000
MAX_UPLOAD_PIXELS = 400_000_000
"""A query is decoded while somebody waits: smaller than what an indexer takes."""


def resolve(term: PictureTerm, snapshot: Snapshot, uploads: Mapping[str, bytes]) -> QueryPicture:
    """The picture of a term.

    Raises:
        NotFoundError: No such stored image, region or upload.
        QueryError: The box lies outside, or the picture cannot be read.
        TooLargeError: Over the limits for queries.
    """
    picture = _resolved(term, snapshot, uploads)
    return replace(picture, decode=cut_out(picture.decode, term.polygon)) if term.polygon else picture


def _resolved(term: PictureTerm, snapshot: Snapshot, uploads: Mapping[str, bytes]) -> QueryPicture:
    if term.path is not None:
        return _outside(_from_file(Path(term.path), snapshot.settings.decode), term)
    if term.upload is not None:
        if term.upload not in uploads:
            raise NotFoundError(f"There is no upload '{term.upload}'.", "Send the file with the query.")
        return _outside(_from_bytes(uploads[term.upload], term.upload, snapshot.settings.decode), term)
    return _stored(term, snapshot)


Decode = Callable[[int | None], DecodedImage]


def _outside(decode: Decode, term: PictureTerm) -> QueryPicture:
    image = decode(None)  # Now, so that a bad file is told before any channel starts.
    box = clip_box(term.box, image.width, image.height) if term.box else None
    return QueryPicture(decode, box, None, term.weight)


def cut_out(decode: Decode, polygon: Sequence[tuple[float, float]]) -> Decode:
    """A decoder that paints over what lies outside a polygon, with the colour that is usual along its edge.

    One flat colour has no keypoints and no texture; that of the paper around a figure gives the smallest step.

    Args:
        polygon: Corners in original pixels.
    """

    @lru_cache(maxsize=2)
    def masked(side: int | None) -> DecodedImage:
        import cv2

        image = decode(side)
        corners = np.round(np.array(polygon) * image.scale).astype(np.int32)
        inside = np.zeros(image.rgb.shape[:2], np.uint8)
        cv2.fillPoly(inside, [corners], 1)
        edge = np.zeros_like(inside)
        cv2.polylines(edge, [corners], True, 1, 3)
        rgb = image.rgb.copy()
        if edge.any():
            rgb[inside == 0] = np.median(image.rgb[edge > 0], axis=0).astype(np.uint8)
        return DecodedImage(rgb, image.width, image.height)

    return masked


def _query_settings(settings: DecodeSettings) -> DecodeSettings:
    return replace(settings, max_pixels=min(settings.max_pixels, MAX_UPLOAD_PIXELS))


def _from_file(path: Path, settings: DecodeSettings) -> Decode:
    from indexer.decode import decode_file

    if not path.is_file():
        raise QueryError(f"The query image {path} does not exist.", "Check the path.")
    if path.stat().st_size > 4 * MAX_UPLOAD_BYTES:
        raise TooLargeError(f"The query image {path} has {path.stat().st_size / 1e6:.0f} MB.", "Send a smaller copy.")

    @lru_cache(maxsize=2)
    def decode(side: int | None) -> DecodedImage:
        return _told(lambda: decode_file(path, _query_settings(settings), side))

    return decode


def _from_bytes(data: bytes, name: str, settings: DecodeSettings) -> Decode:
    from indexer.decode import decode_bytes

    if len(data) > MAX_UPLOAD_BYTES:
        raise TooLargeError(
            f"The upload has {len(data) / 1e6:.0f} MB.",
            f"At most {MAX_UPLOAD_BYTES / 1e6:.0f} MB: send a smaller copy.",
        )

    @lru_cache(maxsize=2)
    def decode(side: int | None) -> DecodedImage:
        return _told(lambda: decode_bytes(data, _query_settings(settings), side, name))

    return decode


def _told(decode: Callable[[], DecodedImage]) -> DecodedImage:
    try:
        return decode()
    except DecodeError as error:
        raise QueryError(f"The query image cannot be read: {error.message}", error.hint) from error


def _stored(term: PictureTerm, snapshot: Snapshot) -> QueryPicture:
    image_id, box = _image_and_box(term, snapshot)
    width, height = (int(v) for v in snapshot.images.sizes[snapshot.images.position(image_id)])
    clipped: Box | None = clip_box(box, width, height) if box else None
    return QueryPicture(stored_decoder(snapshot, image_id), clipped, image_id, term.weight)


def _image_and_box(term: PictureTerm, snapshot: Snapshot) -> tuple[int, Box | None]:
    if term.region_id is not None:
        at = int(snapshot.regions.positions([term.region_id])[0])
        if at < 0:
            raise NotFoundError(f"There is no region {term.region_id}.", "It may have been removed; search again.")
        x, y, w, h = (float(v) for v in snapshot.regions.boxes[at])
        whole = snapshot.regions.kinds[at] == "whole"
        return int(snapshot.regions.image_ids[at]), term.box or (None if whole else (x, y, w, h))
    if term.image_id is not None:
        if snapshot.images.positions([term.image_id])[0] < 0:
            raise NotFoundError(f"There is no image {term.image_id}.", "It may have been removed; search again.")
        return term.image_id, term.box
    found = snapshot.find_images(term.image or "")
    if not found:
        raise NotFoundError(
            f"The collection has no image '{term.image}'.",
            "Write its path as it stands in the hits, relative to the source.",
        )
    return found[0], term.box


def stored_decoder(snapshot: Snapshot, image_id: int) -> Decode:
    """Decode a stored image from its file, or from its thumbnail when the file is gone.

    The thumbnail keeps the original's width and height, so coordinates stay the same and only detail is lost.
    """
    from indexer.decode import decode_bytes, decode_file

    @lru_cache(maxsize=2)
    def decode(side: int | None) -> DecodedImage:
        path = snapshot.path_of(image_id)
        if path is not None:
            try:
                return decode_file(path, snapshot.settings.decode, side, snapshot.page_of(image_id))
            except DecodeError:
                pass  # The file was damaged or replaced since; the thumbnail is what was indexed.
        small = decode_bytes(snapshot.thumbnails([image_id])[image_id], snapshot.settings.decode)
        width, height = (int(v) for v in snapshot.images.sizes[snapshot.images.position(image_id)])
        return DecodedImage(small.rgb, width, height)

    return decode
