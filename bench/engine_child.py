"""One of several programs on the same home: python -m bench.engine_child HOME URL ROWS FIRST"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.engine import BULK, PHONES, links, opened
from core.engine.preflight import Row
from core.model import Prospect


def main(home: str, url: str, rows: int, first: int) -> int:
    """Ask for ``rows`` people that nobody else asks for."""
    with opened(Path(home), url, BULK, accounts=1) as app:
        asked = [Row(number, Prospect(linkedin=link), wanted=PHONES) for number, link in enumerate(links(rows, first), 2)]
        for _event in app.run(app.plan(asked, PHONES), source="bench"):
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
