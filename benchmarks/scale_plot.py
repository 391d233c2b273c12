"""A line for each part over the size of the collection, both axes by powers of ten, as SVG."""

from __future__ import annotations

import math
from pathlib import Path

WIDTH, HEIGHT, LEFT, BELOW = 560, 320, 60, 40
COLOURS = ("#1b6ca8", "#c8553d", "#588157", "#8e5572")


def write_plot(path: Path, title: str, series: dict[str, dict[int, float]]) -> None:
    """Write the picture.

    Args:
        title: What is measured, with its unit.
        series: For each name its values by number of images.
    """
    xs = [n for rows in series.values() for n in rows]
    ys = [max(v, 1e-3) for rows in series.values() for v in rows.values()]
    x_range = math.floor(math.log10(min(xs))), max(math.ceil(math.log10(max(xs))), math.floor(math.log10(min(xs))) + 1)
    y_range = math.floor(math.log10(min(ys))), max(math.ceil(math.log10(max(ys))), math.floor(math.log10(min(ys))) + 1)

    def at(n: float, value: float) -> tuple[float, float]:
        x = LEFT + (math.log10(n) - x_range[0]) / (x_range[1] - x_range[0]) * (WIDTH - LEFT - 110)
        y = (math.log10(max(value, 1e-3)) - y_range[0]) / (y_range[1] - y_range[0])
        return x, HEIGHT - BELOW - y * (HEIGHT - BELOW - 40)

    parts = [f'<text x="{LEFT}" y="20" font-size="14">{title}</text>']
    for power in range(y_range[0], y_range[1] + 1):
        x, y = at(10 ** x_range[0], 10.0**power)
        parts.append(f'<path d="M{x:.1f} {y:.1f}H{WIDTH - 110}" stroke="#ddd"/>')
        parts.append(f'<text x="{x - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for power in range(x_range[0], x_range[1] + 1):
        x, y = at(10**power, 10.0 ** y_range[0])
        parts.append(f'<text x="{x:.1f}" y="{y + 18:.1f}" text-anchor="middle">{10**power:,}</text>')
    for colour, (name, rows) in zip(COLOURS, series.items(), strict=False):
        points = [at(n, value) for n, value in sorted(rows.items())]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts.append(f'<text x="{points[-1][0] + 8:.1f}" y="{points[-1][1] + 4:.1f}" fill="{colour}">{name}</text>')
    body = "\n".join(parts)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="11"><rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n',
        encoding="utf-8",
    )
