"""The stages of an indexing run in order: read this to know the system.

plan → (processes) decode, regions, SIFT, signature → (device) CLIP → (writer) commit → publish
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.ahead import ahead
from indexer.collection.publish import publish
from indexer.collection.records import ImageRecord
from indexer.collection.writer import CollectionWriter
from indexer.complete import complete_vectors
from indexer.core.settings import IndexSettings
from indexer.describe import Described
from indexer.device import cpu_count, has_cuda
from indexer.embed import STAGE, embed, lanes_of
from indexer.features import signature
from indexer.plan import Plan, make_plan
from indexer.profile import slow_source
from indexer.progress import Progress, Silent
from indexer.workers import WorkerPool

if TYPE_CHECKING:
    from indexer.features.clip import ClipModel

COMMIT_IMAGES = 256
"""Images in a commit: about 40 MB of keypoints, and what a killed run loses at most."""
COMMIT_SECONDS = 15.0
"""A slow run commits at least this often, and so tells how far it is."""
WAITING_BYTES = 256e6
"""What waits between two stages: enough that a slow file stops nobody, bounded whatever the sizes of the images."""
SAM_PROCESSES = 2
"""With a GPU: while one cuts and encodes, the other computes."""
PUBLISH_SECONDS = 120.0
"""A long run publishes on the way, so that a running server sees it grow …"""
PUBLISH_SHARE = 50.0
"""… but spends at most 1/50 of its time on that: what is built is soon outgrown."""


@dataclass
class IndexReport:
    """What a run did.

    Attributes:
        failures: `(name, reason)` of the images that failed in this run.
        seconds: By stage, summed over processes.
        slots: How many of a kind work side by side: worker processes, lanes of the device stage.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    embedded: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    wall_seconds: float = 0.0
    worker_deaths: int = 0
    interrupted: bool = False
    generation: int = 0
    slots: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Count the seconds of a stage of the main process."""
        start = time.monotonic()
        yield
        self.seconds[stage] += time.monotonic() - start


def index(
    locations: Sequence[str],
    folder: Path,
    settings: IndexSettings | None = None,
    metadata: Path | None = None,
    clip: ClipModel | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
) -> IndexReport:
    """Bring the collection at `folder` up to date with its sources; resumes, adds, replaces and removes.

    Args:
        settings: None takes the collection's own (defaults for a new one).
        metadata: Table of catalogue fields joined by file name.
        clip: Embedding model; None leaves embeddings out.
        workers: Processes; None for one a core.

    Raises:
        CollectionError, SourceError, ModelError: Nothing was lost; the message says what to do.
    """
    progress = progress or Silent()
    start = time.monotonic()
    report = IndexReport()
    with CollectionWriter(folder, settings) as writer:
        _require_region_models(writer.manifest.settings)
        writer.register_model(
            signature.NAME, {"name": signature.NAME, "version": signature.VERSION, "dim": signature.RAW_DIM}
        )
        if clip is not None:
            writer.register_model(clip.vector_name, {**clip.identity, "source": clip.source})
        plan = make_plan(writer, locations, metadata)
        settings = writer.manifest.settings
        pool = WorkerPool(workers or _processes(settings), settings, clip.preprocess if clip else None)
        models = clip.everywhere() if clip is not None else []
        try:
            _describe_all(writer, plan, pool, models, report, progress)
            if not report.interrupted:
                _settle(writer, plan, report)
                if models:
                    report.embedded = complete_vectors(writer, models, pool, progress)
        finally:
            report.worker_deaths = pool.deaths
            report.problems += [note for model in models for note in model.notes]
            pool.close()
        progress.say("building the search indexes")
        with report.timed("publish"):
            report.generation = publish(writer).generation
    report.wall_seconds = time.monotonic() - start
    report.problems += [note for note in [slow_source(report)] if note]
    return report


def _require_region_models(settings: IndexSettings) -> None:
    """Before any image is touched: a missing SAM would fail every single one."""
    if "sam" in settings.regions:
        from indexer.regions.sam_default import default_sam

        default_sam()


def _processes(settings: IndexSettings) -> int:
    """One a core; few with SAM, which takes nearly all of the time, uses all cores itself, and is loaded by each."""
    if "sam" not in settings.regions:
        return cpu_count()
    return min(cpu_count(), SAM_PROCESSES) if has_cuda() else 1


def _describe_all(
    writer: CollectionWriter,
    plan: Plan,
    pool: WorkerPool,
    models: Sequence[ClipModel],
    report: IndexReport,
    progress: Progress,
) -> None:
    """Commit every described image in batches; Ctrl-C keeps what is done."""
    described = ahead(pool.run(plan.tasks()), WAITING_BYTES, lambda d: d.nbytes)
    embedded = ahead(embed(described, models), WAITING_BYTES, lambda d: d.nbytes)
    report.slots = {"worker": pool.processes, STAGE: len(lanes_of(models))}
    progress.start("indexing", None)
    counting = _Counting(plan, progress)
    publishing = _Publisher(writer)
    skipped = 0
    try:
        for batch in _batches(embedded):
            with report.timed("commit"):
                writer.commit([d.record for d in batch])
            _count(report, batch)
            failed = sum(1 for d in batch if d.record.reason)
            progress.advance(len(batch) + plan.unchanged - skipped, failed)
            skipped = plan.unchanged
            counting.tell()
            with report.timed("publish"):
                publishing.perhaps()
        progress.advance(plan.unchanged - skipped)
    except KeyboardInterrupt:
        report.interrupted = True
    finally:
        progress.finish()


class _Counting:
    """Counts the sources' items beside the work, so that nobody waits for it, and tells the total once."""

    def __init__(self, plan: Plan, progress: Progress) -> None:
        self._progress = progress
        self._found: list[int] = []
        self._told = False
        threading.Thread(target=lambda: self._found.append(plan.estimate()), name="counting", daemon=True).start()

    def tell(self) -> None:
        """Pass the total on as soon as it is there."""
        if self._found and not self._told:
            self._told = True
            self._progress.expect(self._found[0])


class _Publisher:
    """Publishes now and then during a long run."""

    def __init__(self, writer: CollectionWriter) -> None:
        self._writer = writer
        self._next = time.monotonic() + PUBLISH_SECONDS

    def perhaps(self) -> None:
        """Publish when it is time."""
        start = time.monotonic()
        if start >= self._next:
            publish(self._writer)
            end = time.monotonic()
            self._next = end + max(PUBLISH_SECONDS, PUBLISH_SHARE * (end - start))


def _batches(stream: Iterable[Described]) -> Iterator[list[Described]]:
    """Batches of at most `COMMIT_IMAGES`, closed early when they take long."""
    iterator = iter(stream)
    for first in iterator:
        batch, deadline = [first], time.monotonic() + COMMIT_SECONDS
        for described in itertools.islice(iterator, COMMIT_IMAGES - 1):
            batch.append(described)
            if time.monotonic() > deadline:
                break
        yield batch


def _count(report: IndexReport, batch: Sequence[Described]) -> None:
    for described in batch:
        record: ImageRecord = described.record
        for stage, seconds in described.seconds.items():
            report.seconds[stage] += seconds
        if record.reason:
            report.failures.append((record.item.name, record.reason))
        else:
            report.added += 1


def _settle(writer: CollectionWriter, plan: Plan, report: IndexReport) -> None:
    """Changed catalogue fields, vanished files, and what the sources had to say."""
    if plan.updates:
        writer.update_items(plan.updates)
    gone = plan.vanished()
    if gone:
        writer.remove(gone)
    report.updated, report.removed, report.unchanged = len(plan.updates), len(gone), plan.unchanged
    report.problems += [p for _, source in plan.sources for p in source.problems]
