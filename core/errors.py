"""The errors that stop work. Each has a title and a message that tell a person what happened and what to do.

EnrichError
├── UsageError          wrong use of a command or a value nobody can work with      exit 2
├── FileTrouble         a workbook or CSV that cannot be read or written            exit 2
│   └── FileBusy        open elsewhere, read-only, changed meanwhile, disk full     exit 2
├── KeyStoreTrouble     the operating system's key store is missing, locked, full   exit 3
├── DatabaseTrouble     the local database cannot be used                           exit 2
└── Halted              a run stopped before its end; what was paid is kept         exit 1
"""

from __future__ import annotations


class EnrichError(Exception):
    """Base of all errors a front door shows. ``code`` is stable and part of the JSON contract."""

    code = "error"
    exit_code = 1

    def __init__(self, title: str, message: str = "", *, code: str | None = None) -> None:
        super().__init__(f"{title} - {message}" if message else title)
        self.title, self.message = title, message
        if code is not None:
            self.code = code


class UsageError(EnrichError):
    code = "usage"
    exit_code = 2


class FileTrouble(EnrichError):
    code = "file"
    exit_code = 2


class FileBusy(FileTrouble):
    code = "file_busy"


class KeyStoreTrouble(EnrichError):
    code = "key_store"
    exit_code = 3


class DatabaseTrouble(EnrichError):
    code = "database"
    exit_code = 2


class Halted(EnrichError):
    code = "halted"
    exit_code = 1
