"""The hidden sheet xlwings.conf: every key xlwings asks for, most of them blank on purpose."""

from __future__ import annotations

SHEET = "xlwings.conf"
NOT_SET_UP = "(not set up)"
INTERPRETER_WIN, INTERPRETER_MAC = "INTERPRETER_WIN", "INTERPRETER_MAC"

# A key that is on the sheet is never looked up in an xlwings.conf that somebody put beside the workbook; there it could
# name a program to run or a folder to import from. An existing key with an empty value counts as set.
CONF: dict[str, str] = {
    INTERPRETER_WIN: NOT_SET_UP,
    INTERPRETER_MAC: NOT_SET_UP,
    "INTERPRETER": "",
    "SHOW CONSOLE": "False",
    "ADD_WORKBOOK_TO_PYTHONPATH": "False",
    "USE UDF SERVER": "False",
    "DEBUG UDFS": "False",
    "SHOW_ERROR_POPUPS": "True",
    "TEMP DIR": "%TEMP%",  # blank would put the log into the root of the drive
    "UDF MODULES": "addin.functions",
    "PYTHONPATH": "",
    "CONDA PATH": "",
    "CONDA ENV": "",
    "LICENSE_KEY": "",
    "ONEDRIVE_CONSUMER_WIN": "",
    "ONEDRIVE_COMMERCIAL_WIN": "",
    "SHAREPOINT_WIN": "",
    "ONEDRIVE_CONSUMER_MAC": "",
    "ONEDRIVE_COMMERCIAL_MAC": "",
    "SHAREPOINT_MAC": "",
}
