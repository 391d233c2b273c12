"""How long `iconoscope --help` takes beyond `python -c pass`. Target: under 0.5 s."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.common import in_turn

ROUNDS = 9


def main() -> None:
    """Print one JSON document."""
    runs = {
        "help": [sys.executable, "-m", "iconoscope", "--help"],
        "bare": [sys.executable, "-c", "pass"],
    }
    seconds = in_turn(
        {
            name: (lambda line=line: subprocess.run(line, capture_output=True, check=True))
            for name, line in runs.items()
        },
        ROUNDS,
    )
    beyond = statistics.median(a - b for a, b in zip(seconds["help"], seconds["bare"], strict=True))
    print(
        json.dumps(
            {
                "what": "start of `iconoscope --help` beyond `python -c pass`",
                "value": round(beyond, 3),
                "unit": "s",
                "target": "< 0.5",
                "met": beyond < 0.5,
            }
        )
    )


if __name__ == "__main__":
    main()
