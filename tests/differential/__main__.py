"""``python -m tests.differential``: see `differential.command`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(path) for path in (ROOT / "tests", ROOT) if str(path) not in sys.path]

if __name__ == "__main__":
    from differential.command import main

    sys.exit(main(sys.argv[1:]))
