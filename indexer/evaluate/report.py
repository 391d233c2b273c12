"""Reports of the evaluation for people: Markdown, JSON, and a contact sheet of failures as PNG and HTML."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from indexer.core.errors import IconoscopeError
from indexer.core.types import Array
from indexer.evaluate.instance_plan import Unusable
from indexer.evaluate.instance_results import Answer, ClassResult, Report
from indexer.evaluate.types import InstanceQuery, Loader

CELL = 220
MOST_FAILURES = 120
"""Rows of the contact sheet at most; false same_print claims come first, because they break a promise."""


def write_report(report: Report, answers: Sequence[Answer], loaders: Mapping[str, Loader], out: Path) -> None:
    """Write `report.json`, `report.md`, `failures.png` and `failures.html` into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report.as_dict(), indent=1) + "\n", encoding="utf-8")
    (out / "report.md").write_text(markdown(report), encoding="utf-8")
    rows = [_row(answer, loaders) for answer in failures(answers)[:MOST_FAILURES]]
    (out / "failures.html").write_text(_html(rows), encoding="utf-8")
    if rows:
        sheet = np.vstack([np.hstack(_captioned(row)) for row in rows[:30]])
        (out / "failures.png").write_bytes(_encoded(sheet, ".png"))


def failures(answers: Sequence[Answer]) -> list[Answer]:
    """What went wrong: first wrong hits that the search vouches for, then queries whose first hit is wrong."""
    claims = [a for a in answers if any(h.same_print and not ok for h, ok in zip(a.hits, a.right, strict=True))]
    seen = {id(a) for a in claims}
    claims.sort(key=lambda a: -(a.false_score or 0.0))
    return claims + [a for a in answers if not a.negative and a.rank != 1 and id(a) not in seen]


def markdown(report: Report) -> str:
    """The tables as Markdown."""
    lines = [
        "| class | n | R@1 (95 %) | R@10 | mAP | R@0FP (95 %) | same_print recall | right / wrong | located |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_line(c) for c in (*report.classes, report.overall)),
        "",
        f"{report.images} images, {report.negatives} negative queries, seed {report.seed}.",
    ]
    if report.threshold is not None:
        lines.append(f"Best score of a negative: {report.threshold:.3g}.")
    if report.same_print_precision is not None:
        low, high = report.same_print_precision_interval
        lines.append(
            f"same_print: precision {report.same_print_precision:.4f} ({low:.4f}–{high:.4f}); "
            f"{report.negatives_vouched} of {report.negatives} negatives vouched for."
        )
    if report.calibration is not None:
        c = report.calibration
        lines.append(f"Threshold for precision 0.99 on these scores: {c.threshold:.4g} (recall {c.recall:.3f}).")
    for t in report.held_out:
        lines.append(
            f"Threshold {t.threshold:.4g}, chosen on one half of the pictures, tried on the other: {t.right} right, "
            f"{t.wrong} wrong, precision {t.precision:.4f} ({t.interval[0]:.4f}–{t.interval[1]:.4f}), "
            f"recall {t.recall:.3f}."
        )
    if report.bytes_per_image is not None:
        lines.append(f"Index: {report.bytes_per_image:.0f} bytes an image.")
    lines += ["", "| stage | p50 ms | p95 ms |", "|---|---|---|"]
    lines += [f"| {stage} | {v['p50']:.1f} | {v['p95']:.1f} |" for stage, v in report.latency_ms.items()]
    if report.skipped:
        lines += ["", f"Left out: {len(report.skipped)} ({'; '.join(report.skipped[:5])} …)"]
    return "\n".join(lines) + "\n"


def contact_sheet(pictures: Sequence[tuple[str, Array]], columns: int = 5, cell: int = 300) -> Array:
    """Pictures in a grid with their names below, uint8 (h, w, 3); a white cell for no pictures."""
    tiles = [captioned(rgb, name, cell) for name, rgb in pictures] or [captioned(None, "", cell)]
    tiles += [captioned(None, "", cell)] * (-len(tiles) % columns)
    return np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)])


def captioned(rgb: Array | None, text: str, cell: int = CELL) -> Array:
    """A picture fitted into a white cell with a line of text below, uint8 (cell + 20, cell, 3)."""
    tile = np.full((cell + 20, cell, 3), 255, np.uint8)
    if rgb is not None:
        scale = min((cell - 6) / rgb.shape[1], (cell - 6) / rgb.shape[0])
        size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        tile[3 : 3 + size[1], 3 : 3 + size[0]] = small
    plain = text.encode("ascii", "replace").decode()[-40:]
    cv2.putText(tile, plain, (3, cell + 14), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (40, 40, 40), 1, cv2.LINE_AA)
    return tile


def _line(c: ClassResult) -> str:
    low, high = c.recall_1_interval
    zero = "–"
    if c.recall_zero_false is not None and c.recall_zero_false_interval is not None:
        zero = (
            f"{c.recall_zero_false:.3f} ({c.recall_zero_false_interval[0]:.2f}–{c.recall_zero_false_interval[1]:.2f})"
        )
    located = "–" if c.located is None else f"{c.located:.3f}"
    return (
        f"| {c.name} | {c.queries} | {c.recall_1:.3f} ({low:.2f}–{high:.2f}) | {c.recall_10:.3f} | "
        f"{c.mean_average_precision:.3f} | {zero} | {c.same_print_recall:.3f} | "
        f"{c.same_print_right} / {c.same_print_wrong} | {located} |"
    )


Row = list[tuple[str, Array | None]]


def _row(answer: Answer, loaders: Mapping[str, Loader]) -> Row:
    """Query, expected image, first three hits."""
    expected = sorted(answer.positives)[:1]
    row: Row = [(answer.planned.name, _asked(answer))]
    row.append((f"expected, rank {answer.rank}", _picture(loaders, expected[0]) if expected else None))
    for hit, ok in list(zip(answer.hits, answer.right, strict=True))[:3]:
        flag = "SAME " if hit.same_print else ""
        row.append((f"{'right' if ok else 'wrong'} {flag}{hit.score:.2f} {hit.image}", _picture(loaders, hit.image)))
    return row + [("", None)] * (5 - len(row))


def _picture(loaders: Mapping[str, Loader], name: str) -> Array | None:
    """A picture of the collection, or None where it cannot be read any more: the sheet then shows its name alone."""
    try:
        return loaders[name]() if name in loaders else None
    except (OSError, ValueError, IconoscopeError):
        return None


def _asked(answer: Answer) -> Array | None:
    """The query's picture, made again; None where it cannot be read any more."""
    try:
        return _boxed(answer.planned.make().query)
    except Unusable:
        return None


def _boxed(query: InstanceQuery) -> Array:
    rgb = query.rgb.copy()
    if query.box is not None:
        x, y, w, h = (round(v) for v in query.box)
        cv2.rectangle(rgb, (x, y), (x + w, y + h), (200, 30, 30), max(2, rgb.shape[1] // 200))
    return rgb


def _captioned(row: Row) -> list[Array]:
    return [captioned(rgb, text) for text, rgb in row]


def _encoded(rgb: Array, kind: str) -> bytes:
    return cv2.imencode(kind, np.ascontiguousarray(rgb[:, :, ::-1]))[1].tobytes()


def _html(rows: Sequence[Row]) -> str:
    body = []
    for row in rows:
        cells = []
        for text, rgb in row:
            data = base64.b64encode(_encoded(captioned(rgb, "")[:CELL], ".jpg")).decode()
            picture = f'<img src="data:image/jpeg;base64,{data}" alt="">' if rgb is not None else ""
            cells.append(f"<td>{picture}<br>{html.escape(text)}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    head = (
        "<!doctype html><meta charset=utf-8><title>Failures</title><style>td{font:12px sans-serif;width:220px}</style>"
    )
    return f"{head}<table>{''.join(body)}</table>\n" if rows else f"{head}<p>No failures.</p>\n"
