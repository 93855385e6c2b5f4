"""The log file: every step of every run, with no more of a key than its last four characters."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

from core.secret import Redactor

BYTES, KEPT = 1_000_000, 3


@contextmanager
def log_file(path: Path, redactor: Redactor) -> Iterator[logging.Logger]:
    """A logger of its own that writes to ``path``; the redactor stands on the handler, so that nothing passes it."""
    handler = RotatingFileHandler(path, maxBytes=BYTES, backupCount=KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    handler.addFilter(redactor)
    logger = logging.Logger("lusha_enrich", logging.INFO)  # noqa: LOG001  of one open home, not the whole process
    logger.addHandler(handler)
    try:
        yield logger
    finally:
        handler.close()
