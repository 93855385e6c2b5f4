"""Shortcuts on Windows: links in the Start menu and on the desktop, made by Windows' own script host through PowerShell.

Not tried on Windows; the words it is asked with are tested.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PureWindowsPath

Ask = Callable[[str, Mapping[str, str]], str]
POWERSHELL = ("powershell.exe", "-NoProfile", "-NonInteractive", "-Command")

# What differs comes by environment variables, and no script holds a double quote: nothing can be quoted wrongly.
_PLACES = """\
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$places = @([Environment]::GetFolderPath('Programs'), [Environment]::GetFolderPath('Desktop'))
"""
MAKE = (
    _PLACES
    + """\
$shell = New-Object -ComObject WScript.Shell
foreach ($place in $places) {
  $link = $shell.CreateShortcut((Join-Path $place 'LushaEnrich.lnk'))
  $link.TargetPath = $env:LUSHA_LINK_TARGET
  $link.Arguments = $env:LUSHA_LINK_WORDS
  $link.WorkingDirectory = $env:LUSHA_LINK_FOLDER
  $link.IconLocation = $env:LUSHA_LINK_ICON
  $link.Description = 'LushaEnrich'
  $link.Save()
  Write-Output $link.FullName
}
"""
)
REMOVE = (
    _PLACES
    + """\
foreach ($place in $places) {
  $link = Join-Path $place 'LushaEnrich.lnk'
  if (Test-Path -LiteralPath $link) { Remove-Item -LiteralPath $link; Write-Output $link }
}
"""
)


def install(command: Sequence[str], icon: Path, ask: Ask | None = None) -> list[Path]:
    """The links that were made. Raises OSError when PowerShell is not there or refuses."""
    target, *words = command
    wanted = {
        "LUSHA_LINK_TARGET": target,
        "LUSHA_LINK_WORDS": subprocess.list2cmdline(words),
        "LUSHA_LINK_FOLDER": str(PureWindowsPath(target).parent),
        "LUSHA_LINK_ICON": f"{icon},0",
    }
    return _paths((ask or powershell)(MAKE, wanted))


def remove(ask: Ask | None = None) -> list[Path]:
    """The links that were there and are gone. Raises OSError as above."""
    return _paths((ask or powershell)(REMOVE, {}))


def powershell(script: str, variables: Mapping[str, str]) -> str:
    """What a script prints. Raises OSError when it fails."""
    done = subprocess.run(  # noqa: S603  # Windows' own program and our script
        [*POWERSHELL, script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **variables},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        check=False,
    )
    if done.returncode:
        raise OSError(done.returncode, "PowerShell refused to write the link; a company's rules may forbid it", "LushaEnrich.lnk")
    return done.stdout


def _paths(said: str) -> list[Path]:
    return [Path(line.strip()) for line in said.splitlines() if line.strip()]
