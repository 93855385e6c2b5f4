"""Loads libraries and does nothing else: a process of its own, for a library that is broken may end it."""

from __future__ import annotations

import ctypes
import sys


def main() -> None:
    """The paths are the arguments; raises OSError with what the system's loader says."""
    for path in sys.argv[1:]:
        ctypes.CDLL(path)


if __name__ == "__main__":
    main()
