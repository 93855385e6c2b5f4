"""`python -m bench`: the engine's figures and the import times; `python -m bench.NAME` runs one of the others."""

from __future__ import annotations

import sys

from bench.engine import import_times, main

if __name__ == "__main__":
    for name, value in import_times().items():
        print(f"import {name}: {value['median_s'] * 1000:.0f} ms, {value['ratio']:.2f} x a bare interpreter")
    sys.exit(main())
