"""The faults of Excel, its workbook and its macros: the part of the table in `faults` that needs Excel to matter."""

from __future__ import annotations

EXCEL: dict[str, tuple[str, str, str, str]] = {
    "excel.absent": (
        "Excel",
        "hint",
        "The buttons need Excel on Windows or on a Mac, which is not here.",
        "Closed files work without it: lusha-enrich enrich FILE",
    ),
    "excel.bundle": (
        "Workbook",
        "hint",
        "The workbook's buttons need a Python, and the bundle has none of its own for others.",
        "For the buttons: uv tool install lusha-enrich. An open workbook is filled without them: lusha-enrich excel enrich",
    ),
    "excel.busy": (
        "Excel",
        "hint",
        "Excel takes no calls: a cell is being edited or a dialog is open. Results wait and are safe.",
        "Press Enter or Esc in Excel, close the dialog, look behind other windows.",
    ),
    "excel.silent": (
        "Excel",
        "hint",
        "Excel did not answer in time: it calculates, shows a dialog, or hangs.",
        "Close its dialogs and try again; if it hangs, close it in the Task Manager.",
    ),
    "excel.xlwings": (
        "xlwings",
        "problem",
        "The workbook's code and the installed xlwings must be of one version.",
        "Install xlwings==0.37.8, or LushaEnrich again.",
    ),
    "excel.mac_script": (
        "xlwings",
        "hint",
        "On a Mac, Excel starts Python by a script that is not there yet.",
        "Once: xlwings runpython install",
    ),
    "excel.not_set_up": ("Workbook", "hint", "There is no workbook with buttons yet.", "Run: lusha-enrich excel install"),
    "excel.not_stamped": (
        "Workbook",
        "problem",
        "This copy does not know where Python is: it is the shipped file.",
        "Run: lusha-enrich excel install --replace",
    ),
    "excel.interpreter_missing": (
        "Workbook",
        "problem",
        "The Python it starts is not there any more: moved, removed or updated.",
        "Run: lusha-enrich excel install --replace",
    ),
    "excel.other_interpreter": (
        "Workbook",
        "problem",
        "It starts another Python than this one, perhaps with another version of LushaEnrich.",
        "If this is the one you use, run: lusha-enrich excel install --replace",
    ),
    "excel.other_code": (
        "Workbook",
        "hint",
        "Its macros are those of another version of LushaEnrich.",
        "Run: lusha-enrich excel install --replace (the old one is kept with your rows)",
    ),
    "excel.unreadable": (
        "Workbook",
        "problem",
        "The workbook cannot be read.",
        "Run: lusha-enrich excel install --replace (the old one is kept)",
    ),
    "excel.marked": (
        "Macros",
        "problem",
        "The file counts as downloaded (Mark of the Web): Excel shows a red bar and no Enable Content.",
        "Close it; its Properties > Unblock; open it again. Better: lusha-enrich excel install",
    ),
    "excel.synced": (
        "Workbook",
        "hint",
        "It lies in a synchronised folder: Excel shows it under a web address, and macros may be off there.",
        "Better: lusha-enrich excel install --to DIR, with a folder of this computer only.",
    ),
    "excel.macros_off": (
        "Macros",
        "problem",
        "A policy of this computer switches macros off in Excel.",
        "Use lusha-enrich excel enrich, which needs no macro, or ask your administrator.",
    ),
    "excel.child_processes": (
        "Macros",
        "problem",
        "A security rule forbids Office to start programs (D4F940AB-401B-4EFC-AADC-AD5F3C50688A): buttons cannot start Python.",
        "Use lusha-enrich excel enrich, which is not started by Excel, or ask your administrator.",
    ),
    "excel.macros_unknown": (
        "Macros",
        "hint",
        "Whether macros may run is seen in Excel only.",
        "Yellow bar: Enable Content. Red bar: Properties > Unblock. Error 70 (D4F940AB) or nothing: lusha-enrich excel enrich",
    ),
}
