"""Takes people, keys, file names and addresses out of a text. Better a word too many than a person too few.

Two gates: everything this home knows (names, companies, labels, file names), then everything that has the shape of an
address, a number, a key, a path or a quotation, whether it is known or not.
"""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection
from sqlite3 import Error as SQLiteError

import msgspec

from core.looking import read_only
from core.settings import Settings

PERSON, NAME, FILE, NUMBER, ADDRESS, ID = "<person>", "<name>", "<file>", "<number>", "<address>", "<id>"
_TELLING = {"full_name", "first_name", "last_name", "company", "domain", "linkedin", "email", "address"}
_WORD = re.compile(r"[^\W\d_]{2,}")
_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) ([A-Z]+) (.*)", re.DOTALL)
_FRAME = re.compile(r'\s*File "(?:.*[/\\])?([\w.<>-]+)", line (\d+), in ([\w<>.]+)')
_INDENT = "    "  # the log sets tracebacks off, so that no line of one looks like a line of its own
_ERROR = re.compile(r"([A-Za-z_][\w.]*(?:Error|Exception|Trouble|Busy|Gone|Interrupt|Halted))\b")
_KEPT_FILES = {"LushaEnrich.xlsm", "python", "python3", "python.exe", "pythonw.exe", "settings.toml", "libqxcb.so"}
# What our own sentences are made of: these words say nothing about anybody, even when somebody is called so.
_OURS = frozenset(
    (
        "key keys trying success with out of credits invalid exhausted active marked as switching to next ends in enriching rows "
        "starting enrichment available phone only email any and account is was skipped lusha rests resting until minute hour day "
        "limit complete found failed not from store used stopped the for no all are please add more network python excel"
    ).split()
)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b", re.IGNORECASE), ID),
    (re.compile(r"[^\s@,;:<>()\[\]\"']+@[\w.-]+\.\w+"), ADDRESS),
    (re.compile(r"(?:https?://)?(?:[\w-]+\.)*linkedin\.com\S*|\blnkd\.in\S*", re.IGNORECASE), ADDRESS),
    (re.compile(r"https?://(?!api\.lusha\.com\b|127\.0\.0\.1\b|localhost\b|\[::1\])\S+", re.IGNORECASE), ADDRESS),
    (re.compile(r"[^\s\"'/\\]+\.(?:xlsx|xlsm|xlsb|xls|csv|tsv|ods|txt|numbers)\b", re.IGNORECASE), FILE),
    (re.compile(r"[\"“„][^\"”]*[\"”]"), '"..."'),
    (re.compile(r"(?<![\w.])\+?\(?\d[\d ().-]{5,}\d\b"), NUMBER),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{5,}\b|\b[0-9a-f]{12,}\b", re.IGNORECASE), ID),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What this home knows about people and files. ``words`` are single and casefolded, ``phrases`` whole texts."""

    words: frozenset[str] = frozenset()
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scrub:
    """Cleans texts with what is known. ``places`` are folders by the word that stands for them, deepest first."""

    known: Known = field(default_factory=Known)
    places: tuple[tuple[str, str], ...] = ()
    user: str = ""

    def clean(self, text: str) -> str:
        """A sentence or a line of our own, without anybody in it."""
        for folder, word in self.places:
            text = _shortened(text, folder, word)
        for phrase in self.known.phrases:
            text = re.sub(rf"(?<![^\W_]){re.escape(phrase)}(?![^\W_])", NAME, text)
        for shape, word in _SHAPES:
            text = _replaced(text, shape, word)
        if self.user:
            text = re.sub(rf"\b{re.escape(self.user)}\b", "<user>", text, flags=re.IGNORECASE)
        return _WORD.sub(self._word, text)

    def log(self, lines: Iterable[str]) -> Iterator[str]:
        """Lines of the log. Of a traceback stay the places and the classes: messages and code may hold a row."""
        for line in lines:
            if entry := _LINE.fullmatch(line.rstrip("\n")):
                yield f"{entry[1]} {entry[2]} {self.clean(entry[3])}"
            elif frame := _FRAME.match(line):
                yield f"    {frame[1]}:{frame[2]} in {frame[3]}"
            elif error := _ERROR.match(line.removeprefix(_INDENT)):
                yield f"  {error[1]}"

    def _word(self, hit: re.Match[str]) -> str:
        word = hit[0].casefold()
        return PERSON if word in self.known.words and word not in _OURS else hit[0]


def scrub_of(settings: Settings) -> Scrub:
    """What to look for on this computer: everything in both databases of this home, its folder and its user."""
    words: set[str] = set()
    phrases: set[str] = set()
    for path in settings.home.glob("*.sqlite3"):
        with suppress(SQLiteError), closing(read_only(path)) as con:
            words |= set(_people(con))
            phrases |= set(_labels(con))
    places = ((str(settings.home), "<data folder>"), (str(Path.home()), "~"))
    long_first = tuple(sorted((phrase for phrase in phrases if len(phrase) > 2), key=len, reverse=True))
    return Scrub(Known(frozenset(words), long_first), tuple(p for p in places if len(p[0]) > 1), _user())


def _people(con: Connection) -> Iterator[str]:
    """Who was asked for, and who was answered: in the store, and in jobs whose answer the store has no more."""
    asked = con.execute(
        "SELECT prospect FROM units UNION SELECT payload FROM results WHERE payload IS NOT NULL"
        " UNION SELECT result FROM units WHERE result IS NOT NULL"
    )
    for (text,) in asked:
        with suppress(msgspec.DecodeError):  # a damaged row must not keep the others in
            for name, value in _texts(msgspec.json.decode(text)):
                if name in _TELLING:
                    yield from (word.casefold() for word in _WORD.findall(value))


def _texts(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _texts(inner, str(key))
        case list():
            for inner in value:
                yield from _texts(inner, name)
        case str():
            yield name, value
        case _:
            pass


def _labels(con: Connection) -> Iterator[str]:
    """Names that people gave: of keys, accounts, files and sheets."""
    for sql in ("SELECT label FROM keys", "SELECT label FROM accounts", "SELECT label FROM audit WHERE label IS NOT NULL"):
        yield from (row[0] for row in con.execute(sql) if not _is_plain(row[0]))
    for source, sheet in con.execute("SELECT source, coalesce(sheet,'') FROM jobs"):
        yield from (source, Path(source).name, sheet)


def _is_plain(label: str) -> bool:
    """Whether a label says nothing about anybody, as "Key 1" does: words of ours and a short number."""
    words = [word.casefold() for word in _WORD.findall(label)]
    return bool(words) and set(words) <= _OURS and re.fullmatch(r"\W*\d{0,4}\W*", _WORD.sub("", label)) is not None


def _replaced(text: str, shape: re.Pattern[str], word: str) -> str:
    return shape.sub(lambda hit: hit[0] if hit[0] in _KEPT_FILES else word, text)


def _shortened(text: str, folder: str, word: str) -> str:
    """Paths in a private folder as the folder's word and the name of a file that says nothing about anybody."""

    def short(hit: re.Match[str]) -> str:
        name = re.split(r"[/\\]", hit[0])[-1]
        ours = name in _KEPT_FILES or name.endswith((".sqlite3", ".log"))
        return f"{word}/{name}" if ours else word

    return re.sub(rf"{re.escape(folder)}(?:[/\\][^\n\";()]*?)?(?=: | ?[;\"()]|,|$)", short, text)


def _user() -> str:
    with suppress(OSError, KeyError, ImportError):
        name = getpass.getuser()
        return name if len(name) > 2 and name != "root" else ""
    return ""
