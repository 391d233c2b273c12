"""What a collection holds: counts, models, failures with reasons, sizes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from indexer.collection.snapshot import Snapshot, open_snapshot

MAX_FAILURES = 1000


def collection_info(folder: Path) -> dict[str, Any]:
    """Everything `iconoscope info` tells, as plain values."""
    snapshot = open_snapshot(folder)
    images = snapshot.table("images").to_table(columns=["status", "name", "reason"])
    status = Counter(images["status"].to_pylist())
    failed = images.filter(pc.equal(images["status"], "failed"))
    sizes = _sizes(folder)
    total = sum(sizes.values())
    return {
        "collection": str(folder),
        "generation": snapshot.generation,
        "images": status.get("ok", 0),
        "failed": status.get("failed", 0),
        "removed": status.get("removed", 0),
        "regions": len(snapshot.regions),
        "region_kinds": dict(Counter(snapshot.regions.kinds)),
        "keypoints": int(pc.sum(snapshot.table("keypoints").to_table(columns=["n"])["n"]).as_py() or 0),
        "fields": [{"name": f.name, "type": f.kind} for f in snapshot.catalogue.fields()],
        "models": {name: dict(identity) for name, identity in snapshot.models.items()},
        "vectors": {name: snapshot.table(f"vectors/{name}").count_rows() for name in snapshot.vector_names},
        "sources": [{"kind": s.kind, "location": s.location} for s in snapshot.manifest.sources],
        "settings": {"fingerprint": snapshot.settings.fingerprint(), "regions": list(snapshot.settings.regions)},
        "failures": [
            {"image": n, "reason": r}
            for n, r in zip(failed["name"].to_pylist()[:MAX_FAILURES], failed["reason"].to_pylist(), strict=False)
        ],
        "bytes": {**sizes, "total": total},
        "bytes_an_image": _bytes_an_image(snapshot, sizes, total),
    }


def _sizes(folder: Path) -> dict[str, int]:
    """Bytes on disk by part: each table, each index, maps."""
    sizes: dict[str, int] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            parts = path.relative_to(folder).parts
            key = "/".join(parts[:2]) if parts[0] in ("indexes", "vectors") else parts[0]
            sizes[key.removesuffix(".lance")] = sizes.get(key.removesuffix(".lance"), 0) + path.stat().st_size
    return sizes


def _bytes_an_image(snapshot: Snapshot, sizes: dict[str, int], total: int) -> dict[str, int]:
    count = max(1, len(snapshot))
    live = {n: sizes.get(f"indexes/{f}", 0) // count for n, f in snapshot.published.indexes.items()}
    return {**live, "keypoints": sizes.get("keypoints", 0) // count, "all": total // count}
