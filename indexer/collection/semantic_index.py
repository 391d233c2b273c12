"""The search over the vectors of one CLIP model: a derived index that is extended, never changed."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from indexer.collection.vector_build import EXACT_LIMIT, build_vector_index
from indexer.collection.vector_index import VectorIndex
from indexer.core.types import Array

__all__ = ["SemanticIndex", "SemanticIndexBuilder", "index_name"]

SemanticIndex = VectorIndex


class HasVectors(Protocol):
    """The part of a snapshot that is needed."""

    def vectors(self, name: str) -> tuple[Array, Array]:
        """Region ids int64 (k,) ascending and float16 (k, d)."""


def index_name(vector_name: str) -> str:
    """Name of the index of a table of vectors."""
    return f"semantic-{vector_name}"


class SemanticIndexBuilder:
    """Builds the index of one table of vectors (an `IndexBuilder`, see docs/architecture.md).

    Args:
        vector_name: Name of the table, `clip-KEY`.
        exact_limit: Above this many vectors the search becomes approximate.
    """

    def __init__(self, vector_name: str, exact_limit: int = EXACT_LIMIT) -> None:
        self.name = index_name(vector_name)
        self._vector_name = vector_name
        self._exact_limit = exact_limit

    def build(self, snapshot: HasVectors, previous: Path | None, target: Path) -> None:
        """Fill the empty folder `target`; files of `previous` are linked, not changed."""
        region_ids, vectors = snapshot.vectors(self._vector_name)
        build_vector_index(region_ids, vectors, previous, target, self._exact_limit)
