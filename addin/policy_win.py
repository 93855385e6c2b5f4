"""What administrators say about macros, from the Windows registry: read, never written. Not run where this is built."""

from __future__ import annotations

import sys

_EXCEL = r"Software\Policies\Microsoft\Office\16.0\Excel\Security"
_OWN = r"Software\Microsoft\Office\16.0\Excel\Security"
_ASR = r"SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"

if sys.platform == "win32":
    import winreg

    def policies(asr_rule: str) -> tuple[str, str, str]:
        """VBAWarnings, blockcontentexecutionfrominternet and the ASR rule about child processes; "" for unset."""
        user, machine = winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE
        warnings = _value(user, _EXCEL, "VBAWarnings") or _value(user, _OWN, "VBAWarnings")
        return warnings, _value(user, _EXCEL, "blockcontentexecutionfrominternet"), _value(machine, _ASR, asr_rule)

    def _value(hive: int, path: str, name: str) -> str:
        try:
            with winreg.OpenKey(hive, path) as key:
                return str(winreg.QueryValueEx(key, name)[0])
        except OSError:
            return ""
