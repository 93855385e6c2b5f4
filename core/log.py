"""The log file: every step of every run, with no more of a key than its last four characters."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from core import private
from core.errors import EnrichError
from core.plain import one_line, shown
from core.secret import Redactor

BYTES, KEPT = 1_000_000, 3


class _File(RotatingFileHandler):
    """Mode 0600 whatever the umask, also for a file that was there before; a link or another user's file is refused.

    Several programs write to it: one that turns it over does not lead the others to turn it over again, and one that
    cannot (on Windows while another has it open) goes on with the file as it is. A line that cannot be written (a full disk,
    a folder that is gone) stops nothing: the first one is told of in a sentence.
    """

    _lost = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        error = sys.exc_info()[1]
        if not isinstance(error, OSError | EnrichError):
            super().handleError(record)
            return
        self._let_go()
        if not self._lost and sys.stderr is not None:
            self._lost = True
            sys.stderr.write(f"The log cannot be written: {error}. The run goes on; results and the trail of keys are kept.\n")

    def _open(self) -> io.TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return io.TextIOWrapper(os.fdopen(private.opened(self.baseFilename, flags), "ab"), encoding="utf-8")

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: ARG002, N802  logging's name; the size is enough
        """When the file is full. What `_open` opened is a plain file, so the two looks of the base class are spared."""
        if self.stream is not None and not self._is_current(self.stream):
            self._let_go()
        if self.stream is None:
            self.stream = self._open()
        return os.fstat(self.stream.fileno()).st_size >= self.maxBytes

    def doRollover(self) -> None:  # noqa: N802  logging's name
        """The full file goes aside first: when it cannot, the older ones must stay where they are."""
        aside = f"{self.baseFilename}.0"
        self._let_go()
        with suppress(OSError):
            Path(self.baseFilename).replace(aside)
            super().doRollover()
            Path(aside).replace(f"{self.baseFilename}.1")

    def _is_current(self, stream: io.TextIOWrapper) -> bool:
        """Whether another program has turned the file over meanwhile: then this one still holds the old one."""
        try:
            return os.path.samestat(os.fstat(stream.fileno()), os.stat(self.baseFilename))  # noqa: PTH116  no Path for each line
        except OSError:
            return False

    def _let_go(self) -> None:
        """Close the file; what could not be written of it is given up. It is opened again with the next line."""
        stream, self.stream = self.stream, None  # as logging itself does
        if stream is not None:
            with suppress(OSError):
                stream.close()


class _Plain(logging.Filter):
    """One record is one line, and what strangers wrote cannot steer the terminal that shows the file."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Behind the redactor: the message has no arguments and the exception is text by now."""
        record.msg = one_line(str(record.msg))
        if record.exc_text:
            record.exc_text = "\n".join(f"    {shown(line)}" for line in record.exc_text.split("\n"))
        return True


@contextmanager
def log_file(path: Path, redactor: Redactor) -> Iterator[logging.Logger]:
    """A logger of its own that writes to ``path``; the filters stand on the handler, so that nothing passes them."""
    for old in (path, *(path.with_name(f"{path.name}.{number}") for number in range(1, KEPT + 1))):
        private.tighten(old)
    handler = _File(path, maxBytes=BYTES, backupCount=KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    handler.addFilter(redactor)
    handler.addFilter(_Plain())
    logger = logging.Logger("lusha_enrich", logging.INFO)  # noqa: LOG001  of one open home, not the whole process
    logger.addHandler(handler)
    try:
        yield logger
    finally:
        handler.close()
