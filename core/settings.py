"""What a team may choose, where its data lies and which Lusha is asked: frozen, read once, handed to constructors."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import platformdirs

from core import private
from core.errors import UsageError

if TYPE_CHECKING:
    from dataclasses import Field

API_HOST = "api.lusha.com"
API_URL = f"https://{API_HOST}"
HOME_VARIABLE, URL_VARIABLE = "LUSHA_ENRICH_HOME", "LUSHA_ENRICH_API_URL"

Origin = Literal["lusha", "practice"]


def _number(default: int | None, least: int, most: int) -> Any:  # noqa: ANN401  # a dataclass field stands for any type
    return field(default=default, metadata={"least": least, "most": most})


def _one_of(*words: str) -> Any:  # noqa: ANN401  # as above
    """The first word is the default."""
    return field(default=words[0], metadata={"words": words})


def _text(pattern: str, example: str) -> Any:  # noqa: ANN401  # as above
    """Empty by default; ``pattern`` lets no quotation mark in."""
    return field(default="", metadata={"pattern": pattern, "example": example})


@dataclass(frozen=True, slots=True)
class Settings:
    """``home`` and ``api_url`` come from the environment, the rest from ``home/settings.toml``."""

    home: Path
    api_url: str = API_URL
    found_days: int = _number(90, 0, 3650)  # how long a found answer is used again
    not_found_days: int = _number(30, 0, 3650)
    journal_days: int = _number(90, 0, 3650)  # how long it is kept who was asked for, and undo
    activity_days: int = _number(365, 0, 3650)  # how long it is kept what happened to keys
    source_columns: bool = False  # columns that say where an answer came from, and the do-not-call flag of each number
    write_flagged: bool = True  # numbers that Lusha flags do-not-call are written too, with the flag
    strict_seed: bool = False  # rotate exactly as the first script did; may pay twice
    policy: str = _one_of("priority", "lru", "expiry")  # the order in which keys are tried
    phone_form: str = _one_of("as_received", "e164", "international", "national")
    backups_kept: int = _number(5, 0, 1000)
    cap_run: int | None = _number(None, 1, 10_000_000)  # credits a run may spend; None: no cap
    cap_day: int | None = _number(None, 1, 10_000_000)
    credit_price: str = _text(r"\d{1,5}(\.\d{1,4})? [A-Z]{3}", "0.12 EUR")  # what you pay for one; empty: figures are credits

    @property
    def origin(self) -> Origin:
        """``practice`` when the address is this computer itself, else ``lusha``. The two never share data."""
        return "practice" if is_loopback(urlsplit(self.api_url).hostname or "") else "lusha"

    @property
    def file(self) -> Path:
        return self.home / "settings.toml"

    @property
    def database(self) -> Path:
        return self.home / f"{self.origin}.sqlite3"

    @property
    def log(self) -> Path:
        return self.home / "lusha-enrich.log"

    @property
    def backups(self) -> Path:
        return self.home / "backups"


def version() -> str:
    """The version that is installed; "0" when run from a source tree."""
    from importlib import metadata  # noqa: PLC0415  # a tenth of a second that not every start needs

    try:
        return metadata.version("lusha-enrich")
    except metadata.PackageNotFoundError:
        return "0"


def load(env: Mapping[str, str]) -> Settings:
    """The settings of this computer; makes the home folder (mode 0700) when it is not there.

    Raises UsageError for an address keys must not go to and for a settings file nobody can work with, naming the line.
    """
    home = _made(home_of(env))
    plain = Settings(home, _api_url(env.get(URL_VARIABLE, "")))
    try:
        text = private.read(plain.file).decode()
    except FileNotFoundError:
        return plain
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("The settings cannot be read", f"{plain.file}: {type(error).__name__}.") from error
    return Settings(home, plain.api_url, **_values(text, plain.file))


def home_of(env: Mapping[str, str]) -> Path:
    """Where all data lies; nothing is made or read."""
    text = env.get(HOME_VARIABLE, "")
    return Path(text).expanduser().absolute() if text else platformdirs.user_data_path("LushaEnrich", appauthor=False)


def origin_of(env: Mapping[str, str]) -> Origin:
    """Which Lusha the environment names; the settings file is not read. Raises UsageError for an unusable address."""
    return Settings(home_of(env), _api_url(env.get(URL_VARIABLE, ""))).origin


def save(settings: Settings) -> None:
    """Write what differs from the defaults to ``settings.toml``, all or nothing. Comments in the file are not kept."""
    lines = [
        f"{name} = {_toml(getattr(settings, name))}"
        for name, spec in _file_fields().items()
        if getattr(settings, name) != spec.default
    ]
    private.write(settings.file, "".join(f"{line}\n" for line in lines).encode())


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this computer itself: ``localhost``, 127.0.0.0/8 or ::1."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _made(home: Path) -> Path:
    try:
        return private.folder(home, chosen=True)
    except OSError as error:
        raise UsageError(
            "The data folder cannot be made", f"{home}: {error.strerror}. Choose another with {HOME_VARIABLE}."
        ) from error


def _api_url(text: str) -> str:
    """Real keys go to Lusha only, over https; this computer itself (the practice server) may be asked in clear."""
    if not text:
        return API_URL
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.username is not None or parts.query or parts.fragment or parts.path not in {"", "/"}:
        host = ""
    if is_loopback(host) and parts.scheme in {"http", "https"}:
        return f"{parts.scheme}://{parts.netloc}"
    if host == API_HOST and parts.scheme == "https" and port in {None, 443}:
        return API_URL
    raise UsageError(
        f"{URL_VARIABLE} is not an address keys may be sent to",
        f"Use {API_URL}, or http://127.0.0.1:PORT for the practice server on this computer.",
    )


def _file_fields() -> dict[str, Field[Any]]:
    return {spec.name: spec for spec in fields(Settings) if spec.name not in {"home", "api_url"}}


def _values(text: str, file: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  # most homes have no file, and a start of the window waits for every import

    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError("The settings cannot be read", f"{file}: {error}.") from error
    known = _file_fields()
    for name, value in found.items():
        wrong = _wrong(known[name], value) if name in known else f"is not a setting. Known are {', '.join(known)}."
        if wrong:
            raise UsageError("A setting is wrong", f"{file}, line {_line_of(name, text)}: {name} {wrong}")
    return found


def _wrong(spec: Field[Any], value: object) -> str:
    """What is wrong with the value, in words, or nothing."""
    words, least = spec.metadata.get("words"), spec.metadata.get("least")
    if "pattern" in spec.metadata:
        fits = isinstance(value, str) and (not value or re.fullmatch(spec.metadata["pattern"], value) is not None)
        return "" if fits else f'must be written as "{spec.metadata["example"]}".'
    if words is not None:
        return "" if value in words else f"must be one of {', '.join(words)}."
    if least is None:
        return "" if isinstance(value, bool) else "must be true or false."
    most = spec.metadata["most"]
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return ""
    return f"must be a whole number from {least} to {most}."


def _line_of(name: str, text: str) -> int:
    pattern = re.compile(rf"""\s*\[*\s*["']?{re.escape(name)}["']?\s*[=.\]]""")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)


def _toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case _:
            return f'"{value}"'  # one of our own words: nothing to escape
