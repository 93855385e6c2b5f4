"""What Excel's error numbers mean. Recognised by number alone, so that no Windows module is needed to ask.

The number stands in ``hresult``, or, for an error inside Excel, in the sixth place of ``excepinfo`` (pywin32).
"""

from __future__ import annotations

from enum import StrEnum

from core.errors import FileBusy, FileTrouble


class Trouble(StrEnum):
    BUSY = "busy"  # a cell is being edited or a dialog is open: ask again later
    REFUSED = "refused"  # a protected sheet, a value Excel does not take: final
    GONE = "gone"  # Excel or the workbook was closed


MEANING = {
    -2147418111: Trouble.BUSY,  # 0x80010001 RPC_E_CALL_REJECTED
    -2147417846: Trouble.BUSY,  # 0x8001010A RPC_E_SERVERCALL_RETRYLATER
    -2146777998: Trouble.BUSY,  # 0x800AC472 VBA_E_IGNORE
    -2146827284: Trouble.REFUSED,  # 0x800A03EC
    -2147023174: Trouble.GONE,  # 0x800706BA RPC server unavailable
    -2147417848: Trouble.GONE,  # 0x80010108 RPC_E_DISCONNECTED
    -2147023170: Trouble.GONE,  # 0x800706BE RPC failed
    -2147221080: Trouble.GONE,  # 0x800401A8 the object is no longer there
    -2147220995: Trouble.GONE,  # 0x800401FD CO_E_OBJNOTCONNECTED
}


class ExcelBusy(FileBusy):
    """Excel takes no calls now; the same call is right a little later."""

    code = "excel_busy"


class ExcelGone(FileTrouble):
    """Excel or the workbook was closed."""

    code = "excel_gone"


def meaning(error: BaseException) -> Trouble | None:
    """What an error from Excel means; None when it is none of these."""
    if type(error).__name__ == "ExcelBusyError":  # xlwings' own, on Windows, for calls that Excel rejected
        return Trouble.BUSY
    info = getattr(error, "excepinfo", None) or (error.args[2] if len(error.args) > 2 else None)
    inner = info[5] if isinstance(info, tuple) and len(info) > 5 else None
    for number in (getattr(error, "hresult", None), inner):
        if number in MEANING:
            return MEANING[number]
    return None


def said(trouble: Trouble, book: str, sheet: str) -> FileTrouble:
    """The error people see."""
    match trouble:
        case Trouble.BUSY:
            return ExcelBusy(
                "Excel is busy", "Finish editing the cell (Enter or Esc) or close the open dialog. Results are safe."
            )
        case Trouble.REFUSED:
            return FileTrouble(
                f'Excel does not let cells of sheet "{sheet}" be changed',
                "It may be protected. Remove the protection and click again: what was found is kept and costs nothing.",
                code="protected",
            )
        case Trouble.GONE:
            return ExcelGone(
                f'"{book}" is not open any more',
                "What was found is kept. Open the workbook and click again: writing it costs nothing.",
            )
