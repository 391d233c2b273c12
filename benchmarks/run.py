"""All speed and memory benchmarks, one after the other; writes benchmarks.json and benchmarks.md.

python benchmarks/run.py [--out DIR] [NAME ...]
Quality benchmarks have commands of their own: docs/quality.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.common import machine

HERE = Path(__file__).resolve().parent
SPEED = {
    "startup": [],
    "sift_stage": [],
    "clip_stage": ["--json"],
    "query_latency": ["--json"],
    "pipeline": [],
    "memory": [],
}


def run(name: str, arguments: list[str]) -> list[dict]:
    """One benchmark in a process of its own; its last line of output is JSON: one row or a list of rows."""
    print(f"{name} …", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, str(HERE / f"{name}.py"), *arguments], capture_output=True, text=True, check=False
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        return [
            {"benchmark": name, "what": name, "value": None, "unit": "", "target": "", "met": False, "error": reason}
        ]
    result = json.loads(lines[-1])
    rows = result if isinstance(result, list) else result.get("rows", [result])
    return [{"benchmark": name, **row} for row in rows]


def table(rows: list[dict], about: dict[str, str]) -> str:
    """Markdown."""
    lines = [f"Measured {date.today()} on {about['cpu']}, {about['cores']} cores, Python {about['python']}.", ""]
    lines += ["| benchmark | what | value | target | met |", "|---|---|---|---|---|"]
    for row in rows:
        value = row.get("error") or f"{row['value']} {row['unit']}"
        lines.append(
            f"| `{row['benchmark']}` | {row['what']} | {value} | {row['target']} | {'yes' if row['met'] else 'no'} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what is named, or everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*SPEED, []], metavar="NAME", help=", ".join(SPEED))
    parser.add_argument("--out", type=Path, default=Path("out"))
    options = parser.parse_args()
    about = machine()
    rows = [row for name in options.names or SPEED for row in run(name, SPEED[name])]
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "benchmarks.json").write_text(json.dumps({"machine": about, "rows": rows}, indent=1))
    text = table(rows, about)
    (options.out / "benchmarks.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
