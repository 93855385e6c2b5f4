"""`python -m addin.build [FILE]`: writes LushaEnrich.xlsm, the product at the top of the tree."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from addin.build.package import TOP, build


def main(argv: Sequence[str]) -> int:
    target = Path(argv[0]) if argv else TOP / "LushaEnrich.xlsm"
    target.write_bytes(build())
    sys.stdout.write(f"{target.name}: {target.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
