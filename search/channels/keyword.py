"""Words in the catalogue: full text over all fields and the file name, ranked by BM25 (Lance)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from indexer.collection.snapshot import Snapshot
from indexer.core.types import Array
from indexer.core.words import content_words, fold, stem, words
from search.channels.base import ChannelHits, ChannelRequest
from search.channels.near_words import near_words

NEAR = "near_words"
"""Option of a request: words that no entry has stand for words spelt like them."""
SCORE_HALF = 5.0
"""BM25 scores have no upper bound; b / (b + 5) maps them to (0, 1) and keeps their order."""


class KeywordChannel:
    """Answers texts from the catalogue; negative texts exclude images that hold all their words."""

    name = "keyword"

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def answers(self, request: ChannelRequest) -> bool:
        """Only texts with at least one word."""
        return any(words(t.text) for t in request.texts if t.weight > 0)

    def search(self, request: ChannelRequest) -> ChannelHits:
        """Images by BM25 over the positive texts, represented by their whole-image region."""
        scores = np.zeros(len(self._snapshot.images), np.float32)
        notes: list[str] = []
        for term in request.texts:
            if term.weight > 0:
                scores += np.float32(term.weight) * self._scores(term.text)
                if request.options.get(NEAR):
                    scores += np.float32(term.weight) * self._near(term.text, notes)
        for term in request.texts:
            if term.weight < 0:
                scores[self._with_all_words(term.text)] = 0.0
        if request.allowed is not None:
            scores[~request.allowed] = 0.0
        if request.exclude:
            absent = self._snapshot.images.positions(request.exclude)
            scores[absent[absent >= 0]] = 0.0
        return self._hits(scores, request, notes)

    def _scores(self, text: str) -> Array:
        """float32 by image position."""
        result = np.zeros(len(self._snapshot.images), np.float32)
        table = self._match(text)
        at = self._snapshot.images.positions(table["image_id"].to_pylist())
        found = at >= 0
        result[at[found]] = table["_score"].to_numpy()[found]
        return result

    def _near(self, text: str, notes: list[str]) -> Array:
        """As `_scores`, for words that are not in the catalogue; what was taken for them is added to `notes`."""
        scores = np.zeros(len(self._snapshot.images), np.float32)
        for word in content_words(text):
            if len(self._match(word)):
                continue
            if taken := near_words(self._snapshot.table("images"), word):
                scores += self._scores(" ".join(taken))
                listed = ", ".join(f"“{w}”" for w in taken)
                notes.append(f"The catalogue does not have “{word}”; words like it were taken: {listed}.")
        return scores

    def _match(self, text: str) -> Any:
        """Rows of images that hold some word of the text, in any number, with their BM25 score."""
        found = content_words(text)
        asked = " ".join([*found, *sorted({stem(w) for w in found} - {fold(w) for w in found})])
        return self._snapshot.table("images").to_table(
            columns=["image_id", "_score"],
            full_text_query={"query": asked, "columns": ["text"]},
            filter="status = 'ok'",
            prefilter=True,
        )

    def _with_all_words(self, text: str) -> Array:
        """Positions of the images whose catalogue text holds every word of `text`."""
        mask = np.full(len(self._snapshot.images), bool(words(text)))
        for word in content_words(text):
            mask &= self._scores(word) > 0
        return np.flatnonzero(mask)

    def _hits(self, scores: Array, request: ChannelRequest, notes: Sequence[str] = ()) -> ChannelHits:
        order = np.argsort(-scores, kind="stable")
        order = order[scores[order] > 0]
        whole = self._snapshot.first_regions[order]
        found, whole = order[whole >= 0], whole[whole >= 0]
        region_ids = self._snapshot.regions.ids[whole]
        reasons = {}
        wanted = {stem(w): w for t in request.texts if t.weight > 0 for w in content_words(t.text)}
        for region, at in zip(region_ids[: request.limit], found[: request.limit], strict=True):
            matched = self._matched_fields(int(at), wanted)
            if matched:
                reasons[int(region)] = matched
        values = scores[found]
        return ChannelHits(region_ids, values / (values + SCORE_HALF), reasons=reasons, notes=notes)

    def _matched_fields(self, at: int, wanted: dict[str, str]) -> str:
        """`title: ship; place: Lyon` — the first field that holds each word."""
        parts = []
        for word, shown in wanted.items():
            for name, value in self._snapshot.catalogue.fields_of(at).items():
                if word in map(stem, words(str(value))):
                    parts.append(f"{name}: {shown}")
                    break
        return "; ".join(parts)
