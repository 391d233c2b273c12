"""Settings of the service. None of them changes what a collection stores."""

from __future__ import annotations

from dataclasses import dataclass, field

from indexer.core.settings import DecodeSettings, option


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Limits that keep one client from taking the machine away from the others."""

    max_upload_bytes: int = option(50_000_000, "Largest body of an upload in bytes; above it the answer is 413.")
    max_json_bytes: int = option(1_000_000, "Largest JSON body in bytes.")
    max_upload_pixels: int = option(300_000_000, "Pictures sent by clients with more pixels than this are refused.")
    max_words: int = option(1_000, "Most words in one text of a query.")
    max_terms: int = option(64, "Most texts and pictures in one query.")
    max_limit: int = option(10_000, "Most hits one request may ask for.")
    searches_at_once: int = option(2, "Searches that run side by side; each uses several cores.")
    searches_waiting: int = option(2_000, "Searches that may wait; above it the answer is 503 with Retry-After.")
    pictures_at_once: int = option(4, "Pictures that are cut or scaled side by side.")
    pictures_waiting: int = option(200, "Picture requests that may wait; a full grid asks for about a hundred.")
    upload_store_bytes: int = option(500_000_000, "Room for uploaded pictures that can be searched again; oldest go.")
    tile_cache_bytes: int = option(128_000_000, "Memory for cut pictures.")
    pyramid_bytes: int = option(
        4_000_000_000, "Room on disk for tiled copies of large scans that are looked at; 0: none."
    )
    segmenter: str = option("auto", "SAM preset, hub name or folder for outlines by click; none for contours alone.")
    decode: DecodeSettings = field(default_factory=DecodeSettings)
