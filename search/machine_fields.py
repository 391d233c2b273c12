"""Fields that a machine made: scores of saved sets, imported detectors and labels, usable in filters like any field.

They are called `machine.NAME`, so that nothing of the catalogue is ever mistaken for them or they for it. Each image
has the score of its best region, a probability from 0 to 1. Scores are worked out when a filter or the facets first
ask for them and are kept for the generation; images indexed since are scored like all others in the next one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.collection.catalogue import Field
from indexer.collection.sets import SavedSet, read_sets, sets_token
from indexer.collection.snapshot import Snapshot
from indexer.core.errors import FilterError, IconoscopeError, NotFoundError, UsageError
from indexer.core.types import Array
from search.channels.registry import Channels, clip_table
from search.detector import Detector, learn_detector
from search.detector_file import of_document
from search.feedback_judgements import resolve
from search.label_scores import LabelFields, LabelTexts
from search.query import like_term
from search.refine import Space
from search.spaces import SpaceIdentity, Spaces

PREFIX = "machine."
LIKELY = 0.5
NO_MODEL = (
    "Get a model with `iconoscope models pull multilingual` and index again with `--clip multilingual`; "
    "saved sets work without one."
)
"""Unlike the engine's hint it does not name the collection's folder, no business of those who ask over HTTP."""


@dataclass(frozen=True)
class ScoreField(Field):
    """A machine-made field over the live images.

    Attributes:
        scores: float32 (n,), probabilities; NaN for images without vectors.
        method: `examples`, `detector` or `prompts`.
    """

    scores: Array
    method: str

    @classmethod
    def of(cls, name: str, scores: Array, method: str) -> ScoreField:
        """A field called `machine.NAME`."""
        return cls(PREFIX + name, PREFIX + name.casefold(), pa.nulls(len(scores), pa.string()), scores, method)

    @cached_property
    def kind(self) -> str:
        """`number`."""
        return "number"

    @cached_property
    def numbers(self) -> Array:
        """The scores, float64."""
        return self.scores.astype(np.float64)

    @property
    def present(self) -> Array:
        """bool (n,): images that have a score."""
        return np.isfinite(self.scores)


class Machine:
    """The machine-made fields of one generation; a `FieldSource` of all fields, the catalogue's first. Thread-safe.

    Args:
        snapshot: The generation.
        default_space: Opens the vectors that judgements are learnt in.
        labels: The zero-shot labels.
    """

    def __init__(self, snapshot: Snapshot, default_space: Callable[[], Space], labels: LabelFields) -> None:
        self.snapshot = snapshot
        self.spaces = Spaces(snapshot, default_space)
        self.labels = labels
        self._sets: dict[str, SavedSet] = {}
        self._token: tuple[int, int] | None = None
        self._detectors: dict[str, tuple[SavedSet, Detector, Space]] = {}
        self._fields: dict[str, tuple[SavedSet, ScoreField]] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self.snapshot)

    @property
    def token(self) -> tuple[int, int]:
        """Changes when a set is saved or deleted."""
        return sets_token(self.snapshot.folder)

    def sets(self) -> Mapping[str, SavedSet]:
        """The sets that hold now, by key."""
        with self._lock:
            token = self.token
            if token != self._token:
                self._sets, self._token = read_sets(self.snapshot.folder), token
            return self._sets

    def names(self) -> list[str]:
        """Of all machine-made fields, also of those that cannot be scored here."""
        sets = self.sets()
        labels = [n for n in self.labels.names() if n.casefold() not in sets]
        return [PREFIX + n for n in [*(s.name for s in sets.values()), *labels]]

    def filter_field(self, name: str) -> Field | None:
        """A field of the catalogue, or a machine-made one.

        Raises:
            FilterError: A machine-made one that cannot be scored here; says why.
        """
        if not name.casefold().startswith(PREFIX):
            return self.snapshot.filter_field(name)
        try:
            return self.field(name)
        except FilterError:
            raise
        except IconoscopeError as error:
            raise FilterError(f"The field '{name}' has no scores. {error.message}", error.hint) from error

    def filter_names(self) -> list[str]:
        """Names that a filter may use."""
        return [*self.snapshot.filter_names(), *self.names()]

    def field(self, name: str) -> ScoreField | None:
        """A machine-made field, scored; None when there is none of that name (`machine.` in front or not).

        Raises:
            QueryError, ModelError: It cannot be scored here; says why.
        """
        key = name.casefold().removeprefix(PREFIX)
        saved = self.sets().get(key)
        if saved is None:
            label = self.labels.scores(key)
            return None if label is None else ScoreField.of(*label, "prompts")
        with self._lock:
            kept = self._fields.get(key)
            if kept is None or kept[0] != saved:
                detector, space = self.detector(saved)[::2]
                scores = image_scores(self.snapshot, space.region_ids, detector.probabilities(space.vectors))
                kept = saved, ScoreField.of(saved.name, scores, "detector" if saved.detector else "examples")
                self._fields[key] = kept
            return kept[1]

    def known(self) -> dict[str, ScoreField]:
        """Fields whose scores were worked out already."""
        sets = self.sets()
        found = [field for saved, field in list(self._fields.values()) if sets.get(saved.key) == saved]
        taken = {field.key for field in found}
        found += [f for n, s in self.labels.known() if (f := ScoreField.of(n, s, "prompts")).key not in taken]
        return {field.name: field for field in found}

    def detector(self, saved: SavedSet) -> tuple[Detector, SpaceIdentity, Space]:
        """The detector of a set and where it applies.

        Raises:
            QueryError: Nothing to learn from, a picture judged both ways, or vectors that this collection has not.
        """
        if saved.detector:
            detector, identity = of_document(saved.detector)
            return detector, identity, self.applied(detector, identity)
        identity, space = self.spaces.default()
        with self._lock:
            kept = self._detectors.get(saved.key)
            if kept is None or kept[0] != saved:
                positive = [*saved.positive, *queried(self.snapshot, saved)]
                judged = resolve(self.snapshot, space.region_ids, positive, saved.negative)
                kept = saved, learn_detector(space.vectors, judged.positive, judged.negative), space
                self._detectors[saved.key] = kept
            return kept[1], identity, space

    def applied(self, detector: Detector, identity: SpaceIdentity) -> Space:
        """The vectors that an imported detector may score.

        Raises:
            QueryError: This collection does not have them.
            UsageError: The detector's direction has another length than they.
        """
        space = self.spaces.find(identity)
        if len(detector.direction) != space.vectors.shape[1]:
            raise UsageError(
                f"The detector has {len(detector.direction)} numbers, its vectors {space.vectors.shape[1]}.",
                "Export it again with `iconoscope sets export`.",
            )
        return space

    def best(self, name: str, mask: Array, least: float, limit: int) -> list[dict[str, Any]]:
        """Images by score, best first: `[{"image_id", "image", "score"}]`.

        Args:
            mask: bool (images,), those that are looked at.
            least: Smallest score that is told.

        Raises:
            NotFoundError: No field of that name.
            QueryError, ModelError: It cannot be scored here.
        """
        field = self.field(name)
        if field is None:
            raise NotFoundError(
                f"There is no field 'machine.{name[:80]}'.", f"There are: {', '.join(self.names()) or 'none'}."
            )
        at = np.flatnonzero(mask & (field.scores >= least))
        at = at[np.argsort(-field.scores[at], kind="stable")][: max(limit, 0)]
        images = self.snapshot.images
        return [
            {"image_id": int(images.ids[i]), "image": images.names[int(i)], "score": round(float(field.scores[i]), 4)}
            for i in at
        ]

    def of_images(self, positions: Array, wanted: frozenset[str]) -> list[dict[str, float]]:
        """For each image position the scores to show: the likely ones that are known, and those `wanted` (keys)."""
        shown: list[dict[str, float]] = [{} for _ in positions]
        for name, field in self.known().items():
            for entry, score in zip(shown, field.scores[positions], strict=True):
                if score >= LIKELY or (field.key in wanted and np.isfinite(score)):
                    entry[name.removeprefix(PREFIX)] = round(float(score), 4)
        return shown


class Recorder:
    """A `FieldSource` that remembers which machine-made fields a filter named."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.used: set[str] = set()

    def __len__(self) -> int:
        return len(self._machine)

    def filter_field(self, name: str) -> Field | None:
        """As `Machine.filter_field`."""
        field = self._machine.filter_field(name)
        if isinstance(field, ScoreField):
            self.used.add(field.key)
        return field

    def filter_names(self) -> list[str]:
        """As `Machine.filter_names`."""
        return self._machine.filter_names()


def queried(snapshot: Any, saved: SavedSet) -> list[int]:
    """Ids of stored pictures that a set's query asked for, as examples like those judged yes.

    Parts drawn by hand and words are left out: there is no stored vector of them. So is what was judged since.
    """
    found: list[int] = []
    for term in (like_term(value) for value in saved.query.get("like") or ()):
        if term.region_id is not None:
            found.append(term.region_id)
        elif term.box is None:
            found += [term.image_id] if term.image_id is not None else snapshot.find_images(term.image)[:1]
    judged = {*saved.positive, *saved.negative}
    rows = np.asarray(snapshot.regions.positions(sorted(judged)), np.int64)
    known = judged | set(snapshot.regions.image_ids[rows[rows >= 0]].tolist())
    return [i for i in found if i not in known]


def image_scores(snapshot: Any, region_ids: Array, scores: Array) -> Array:
    """float32 (images,): the best of each image's regions, NaN where none has a score."""
    best = np.full(len(snapshot.images.ids), -np.inf, np.float32)
    at = snapshot.regions.positions(region_ids)
    np.maximum.at(best, snapshot.regions.image_positions[at[at >= 0]], scores[at >= 0])
    best[~np.isfinite(best)] = np.nan
    return best


def open_machine(
    snapshot: Snapshot, channels: Channels, default_space: Callable[[], Space], texts: LabelTexts
) -> Machine:
    """The machine-made fields of a generation; nothing is read or scored yet."""
    table = clip_table(snapshot)
    identity = dict(snapshot.models.get(table, {})) if table else None
    channel: Callable[[], Any] = lambda: channels.get("semantic")  # noqa: E731
    labels = LabelFields(
        default_space,
        identity,
        channel,
        texts,
        lambda ids, scores: image_scores(snapshot, ids, scores),
        NO_MODEL,
    )
    return Machine(snapshot, default_space, labels)
