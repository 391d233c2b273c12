"""Images as they come, to upright 8-bit sRGB pixels: size-limited, reduced while decoding, with a digest."""

from indexer.decode.api import crop, decode, decode_bytes, decode_file, image_size, limit_threads
from indexer.decode.content import file_digest
from indexer.decode.levels import list_pages

__all__ = ["crop", "decode", "decode_bytes", "decode_file", "file_digest", "image_size", "limit_threads", "list_pages"]
