"""Every set-up fault we know of, as data: id to (what is looked at, hint or problem, what it means, what to do).

`docs/troubleshooting.md` has a line for each; a test compares the two.
"""

from __future__ import annotations

from core.doctor.faults_excel import EXCEL

Fault = tuple[str, str, str, str]

_SYSTEM: dict[str, Fault] = {
    "python.old": ("Python", "problem", "LushaEnrich needs Python 3.11 or newer.", "Install a newer Python, then LushaEnrich."),
    "python.sqlite": (
        "Python",
        "problem",
        "This Python brings an SQLite older than 3.35; the data cannot be kept with it.",
        "Install LushaEnrich into a newer Python.",
    ),
    "python.package": (
        "Packages",
        "problem",
        "A package LushaEnrich stands on is missing or cannot be read.",
        "Install LushaEnrich again, into an environment of its own.",
    ),
    "window.package": (
        "Window",
        "problem",
        "The window cannot open; the command line works.",
        "Install the package PySide6-Essentials.",
    ),
    "window.library": (
        "Window",
        "problem",
        "A library the window needs is missing, so it cannot open; the command line works.",
        "Debian, Ubuntu: apt install libxcb-cursor0 libxkbcommon-x11-0 libegl1. Others: the package of the library named.",
    ),
    "window.screen": (
        "Window",
        "hint",
        "No screen was found (neither DISPLAY nor WAYLAND_DISPLAY is set), so the window cannot open here.",
        "Use the command line, or start the window from a desktop session.",
    ),
    "window.fonts": (
        "Window",
        "hint",
        "No font is installed: the window would show empty boxes instead of letters.",
        "Install a font package, such as fonts-dejavu-core.",
    ),
}

_DATA: dict[str, Fault] = {
    "settings.wrong": (
        "Settings",
        "problem",
        "The settings cannot be used; every command stops with this sentence.",
        "Mend the line that is named, or delete settings.toml for the defaults.",
    ),
    "data.rights": (
        "Data folder",
        "problem",
        "Nothing can be written there: neither keys nor answers can be kept.",
        "Give yourself the right to write there, or name another folder with LUSHA_ENRICH_HOME.",
    ),
    "data.refused": (
        "Data folder",
        "problem",
        "Somebody else could change what lies there, so commands stop with this sentence.",
        "Look at the file or folder that is named: remove it, or take it over and take the rights of others away.",
    ),
    "data.open": (
        "Data folder",
        "hint",
        "Other users of this computer can look into it. Keys are not in it, answers are.",
        "Take their rights away: chmod 700 on the folder.",
    ),
    "data.network": (
        "Data folder",
        "problem",
        "It is on a network drive. Locks do not work there, and the data can be damaged.",
        "Name a folder of this computer's own disk with LUSHA_ENRICH_HOME and move the files there.",
    ),
    "data.synced": (
        "Data folder",
        "problem",
        "It is synchronised to a cloud. A copy taken while something is written is torn, and contacts leave this computer.",
        "Name a folder that is not synchronised with LUSHA_ENRICH_HOME and move the files there.",
    ),
    "disk.full": (
        "Disk",
        "problem",
        "The disk or your quota is full. A paid answer could not be kept, so no run starts safely.",
        "Make room, then try again.",
    ),
    "disk.low": ("Disk", "hint", "There is little room left. Backups of workbooks need some.", "Make room soon."),
    "database.damaged": (
        "Database",
        "problem",
        "The file with keys' states and answers cannot be read.",
        "Close LushaEnrich, rename the file and start again, then add your keys. Keep the renamed file: a copy may be mended.",
    ),
    "database.newer": (
        "Database",
        "problem",
        "A newer LushaEnrich wrote it; this one leaves it alone.",
        "Update LushaEnrich here, too: window, Excel and command line need the same version.",
    ),
    "database.busy": (
        "Database",
        "hint",
        "Another program has been writing for a long time.",
        "Wait a moment. If it stays so, close the other LushaEnrich (window or Excel).",
    ),
    "database.rights": ("Database", "problem", "It cannot be opened by you.", "Give yourself the right to read and write it."),
    "jobs.waiting": (
        "Jobs",
        "hint",
        "Some jobs did not reach their end. What was paid is kept.",
        "Go on with: lusha-enrich jobs resume JOB (see lusha-enrich jobs list).",
    ),
    "jobs.unwritten": (
        "Jobs",
        "hint",
        "Results that are paid for have not been written into an open workbook yet.",
        "Open the workbook in Excel and click Enrich again: writing them costs nothing.",
    ),
}

_KEYS: dict[str, Fault] = {
    "store.none": (
        "Key store",
        "problem",
        "This computer offers no key store we trust, so keys cannot be kept. There is no file instead.",
        (
            "Linux: install gnome-keyring (or KWallet) and sign in to a desktop session. "
            "The demo and the window's practice work without."
        ),
    ),
    "store.locked": (
        "Key store",
        "problem",
        "The key store waits for its password. No key was lost; runs pause until it is open.",
        "Unlock it (sign in to your keyring) and try again.",
    ),
    "store.refused": (
        "Key store",
        "problem",
        "The key store does not take a new entry. It may be full: Windows shares it between all programs.",
        "Remove entries you no longer use (Windows: Credential Manager), then try again.",
    ),
    "store.forgets": (
        "Key store",
        "problem",
        "What is saved there does not come back, so a key would be lost.",
        "Use another key store of your system.",
    ),
    "store.unreachable": (
        "Key store",
        "problem",
        "The key store does not answer as it should. Nothing was changed.",
        "Sign out and in again; on Linux look whether gnome-keyring or KWallet runs.",
    ),
    "keys.none": (
        "Keys",
        "hint",
        "There is no key yet.",
        "Add one: lusha-enrich keys add --for any, or Add keys in the window.",
    ),
    "keys.missing": (
        "Keys",
        "problem",
        "Keys are in the list but not in the key store: removed there, or this is another computer.",
        "Enter them again or remove them from the list.",
    ),
    "keys.orphans": (
        "Keys",
        "hint",
        "The key store holds entries of LushaEnrich that no key of this data folder uses. Another data folder may.",
        "If you have no other data folder, delete them in your system's key store. LushaEnrich never deletes them itself.",
    ),
    "keys.unfinished": (
        "Keys",
        "hint",
        "Adding or removing keys was interrupted.",
        "Open the window or run any command: it is finished by itself.",
    ),
    "keys.none_ready": (
        "Keys",
        "hint",
        "No key can be used at the moment.",
        "Look at the reasons: lusha-enrich keys list. Ask Lusha with: lusha-enrich keys check.",
    ),
}

_NETWORK: dict[str, Fault] = {
    "network.unreachable": (
        "Network",
        "problem",
        "Lusha cannot be reached. Runs stop before anything is sent.",
        "Check the connection and the proxy (HTTPS_PROXY); ask your administrator to allow api.lusha.com, port 443.",
    ),
    "network.certificate": (
        "Network",
        "problem",
        "The connection is not trusted: something reads along, the clock is wrong, or a company certificate is missing here.",
        "Check the clock first; then ask your administrator to install the company's certificate on this computer.",
    ),
    "network.portal": (
        "Network",
        "problem",
        "A sign-in page or a proxy answered instead of Lusha. Keys are never sent on.",
        "Open any web page, sign in to your network, then try again.",
    ),
    "network.proxy_refused": (
        "Network",
        "problem",
        "The proxy asks for a name and a password, or does not let the request through.",
        "Put them into HTTPS_PROXY (http://name:password@proxy:port), or ask your administrator.",
    ),
    "network.trouble": (
        "Network",
        "hint",
        "The address answers, but with a problem of its own.",
        "Try again later; your keys are not the cause.",
    ),
    "network.proxy": (
        "Proxy",
        "hint",
        "Requests to Lusha go through this proxy.",
        "Nothing, if that is meant. Otherwise remove the variable.",
    ),
    "network.clock": (
        "Clock",
        "problem",
        "This computer's clock is wrong: waiting times, schedules and daily caps are off.",
        "Set it to be kept right over the network in your system's settings.",
    ),
}

FAULTS: dict[str, Fault] = _SYSTEM | _DATA | _KEYS | _NETWORK | EXCEL
