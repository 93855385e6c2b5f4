"""The colours of both themes, and the sums that prove they can be read. No Qt here.

Every pair in `PAIRS` must reach its contrast (WCAG 2.2: 4.5 for text, 3 for edges and marks) in both themes; the chart
colours must differ for four kinds of sight.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import dist

# fmt: off
LIGHT: Mapping[str, str] = {
    "bg": "#F5F6F8", "surface": "#FFFFFF", "raised": "#FFFFFF", "sunken": "#F0F2F5", "sidebar": "#FBFCFD",
    "hover": "#F3F5F8", "selected": "#E9EEFE", "border": "#E1E5EB", "edge": "#838D9C", "scroll": "#C3CAD4",
    "text": "#161B24", "text2": "#475061", "text3": "#616B7B",
    "accent": "#3451D1", "accent_hover": "#2A44B8", "accent_press": "#233A9E", "on_accent": "#FFFFFF",
    "accent_soft": "#E9EEFE", "accent_text": "#2C47BD",
    # states: tinted = heals by itself or is your choice, solid = waits for you
    "ready": "#0B5C3B", "ready_bg": "#DDF3E8", "resting": "#084C8A", "resting_bg": "#DCEBFA",
    "exhausted": "#7A4300", "exhausted_bg": "#FFEBCC", "paused": "#3D4450", "paused_bg": "#E6E8EB",
    "invalid": "#FFFFFF", "invalid_bg": "#A1161E", "plan": "#FFFFFF", "plan_bg": "#5B2A86",
    "missing": "#FFFFFF", "missing_bg": "#A1161E",
    "bad": "#A1161E", "bad_bg": "#FDE3E4", "info": "#2C47BD", "info_bg": "#E9EEFE",
    "found": "#3451D1", "stored": "#4FA3D9", "notfound": "#8A8F98", "failed": "#D55E00", "left": "#E3E6EA",
}
DARK: Mapping[str, str] = {
    "bg": "#0E1116", "surface": "#161A21", "raised": "#1C212A", "sunken": "#11151B", "sidebar": "#12161C",
    "hover": "#1D232C", "selected": "#232C47", "border": "#272E39", "edge": "#6A7585", "scroll": "#3A4350",
    "text": "#E9ECF1", "text2": "#B0B8C5", "text3": "#8D97A6",
    "accent": "#6E8BFF", "accent_hover": "#86A0FF", "accent_press": "#5A78F0", "on_accent": "#0B1022",
    "accent_soft": "#1D2645", "accent_text": "#9DB2FF",
    "ready": "#7FE0B0", "ready_bg": "#123527", "resting": "#8EC5FF", "resting_bg": "#12304F",
    "exhausted": "#FFC56B", "exhausted_bg": "#40290A", "paused": "#C9CFD8", "paused_bg": "#2C313A",
    "invalid": "#2A0608", "invalid_bg": "#FF8E85", "plan": "#1E0B30", "plan_bg": "#CDA6FF",
    "missing": "#2A0608", "missing_bg": "#FF8E85",
    "bad": "#FF9C9F", "bad_bg": "#3A1418", "info": "#9DB2FF", "info_bg": "#1D2645",
    "found": "#6E8BFF", "stored": "#B9DDF6", "notfound": "#7C828C", "failed": "#FF8A4C", "left": "#343A44",
}
# fmt: on
STATES = ("ready", "resting", "exhausted", "paused", "invalid", "plan", "missing")
CHART = ("found", "stored", "notfound", "failed", "left")
TEXT = 4.5
MARK = 3.0
PAIRS: list[tuple[str, str, float]] = [
    *[(t, b, TEXT) for t in ("text", "text2", "text3") for b in ("bg", "surface", "sunken", "hover", "selected", "sidebar")],
    *[("on_accent", b, TEXT) for b in ("accent", "accent_hover", "accent_press")],
    *[("accent_text", b, TEXT) for b in ("surface", "bg", "accent_soft")],
    *[(s, s + "_bg", TEXT) for s in (*STATES, "bad", "info")],
    *[(s, "surface", TEXT) for s in ("ready", "resting", "exhausted", "bad")],
    *[(m, b, MARK) for m in ("edge", "accent") for b in ("surface", "bg")],
    *[(s + "_bg", b, MARK) for s in ("invalid", "plan", "missing") for b in ("surface", "selected")],
    *[(c, "surface", MARK) for c in ("found", "notfound", "failed")],  # stored and left carry a 1 px outline
]


def _linear(channel: float) -> float:
    channel /= 255
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _rgb(colour: str) -> list[float]:
    return [_linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5)]


def contrast(a: str, b: str) -> float:
    """WCAG's contrast ratio of two colours, 1 to 21."""
    lights = sorted((0.2126 * r + 0.7152 * g + 0.0722 * bl for r, g, bl in (_rgb(a), _rgb(b))), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB
SIGHT = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def _lab(colour: str, sight: str) -> tuple[float, float, float]:
    source = _rgb(colour)
    r, g, b = (min(1.0, max(0.0, sum(k * c for k, c in zip(row, source, strict=True)))) for row in SIGHT[sight])
    xyz = (
        (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
        0.2126729 * r + 0.7151522 * g + 0.072175 * b,
        (0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def apart(a: str, b: str, sight: str) -> float:
    """CIE76 distance as seen with this kind of sight."""
    return dist(_lab(a, sight), _lab(b, sight))
