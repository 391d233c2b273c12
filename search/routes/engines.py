"""What the routes need of a search engine: the interface that `search.engine.Engine` fulfils."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from indexer.core.errors import NotFoundError


class ResultsLike(Protocol):
    """An answer that can be written as the contract's JSON."""

    def to_json(self) -> dict[str, Any]: ...


class SearchEngine(Protocol):
    """One collection, opened for searching. All methods may be called from several threads."""

    @property
    def snapshot(self) -> Any:
        """What is published now (indexer/collection/snapshot.py)."""

    def search(self, query: Any, uploads: Mapping[str, bytes] = ...) -> ResultsLike: ...

    def facets(self, where: str | None) -> dict[str, Any]: ...

    def facets_of(self, query: Any, uploads: Mapping[str, bytes] = ...) -> dict[str, Any]: ...

    def found(self, query: Any, uploads: Mapping[str, bytes] = ...) -> tuple[Any, Any]:
        """As `machine`, and the images that a query finds, bool (images,)."""

    def info(self) -> dict[str, Any]: ...

    def machine(self) -> Any:
        """All fields of what is published now (search/machine_fields.py): `snapshot`, `filter_field(name)`."""

    def feedback(
        self,
        positive: Sequence[int],
        negative: Sequence[int],
        query: Any | None,
        limit: int,
        uploads: Mapping[str, bytes] = ...,
    ) -> ResultsLike: ...


class Shelf:
    """The collections that are served, by name; the first is the default."""

    def __init__(self, engines: Mapping[str, SearchEngine]) -> None:
        if not engines:
            raise ValueError("a service needs at least one collection")
        self.engines = dict(engines)
        self.default = next(iter(self.engines))

    def names(self) -> list[str]:
        """Names of the collections, the default first."""
        return list(self.engines)

    def name(self, name: str | None) -> str:
        """The name itself, or the default for none.

        Raises:
            NotFoundError: No such collection.
        """
        if not name:
            return self.default
        if name not in self.engines:
            raise NotFoundError(f"There is no collection '{name[:80]}'.", f"There are: {', '.join(self.engines)}.")
        return name

    def engine(self, name: str | None) -> SearchEngine:
        """The engine of a collection; see `name`."""
        return self.engines[self.name(name)]
