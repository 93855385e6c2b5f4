"""A key in memory that never prints itself, the cleaning of pasted keys, and the last gate before a log file."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from typing import NoReturn

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_AROUND = " \t\r\n\f\v\u00a0\u2007\u202f\u3000\"'`´‘’‚“”„«»<>,;"
_LABEL = re.compile(r"(?:x[-_ ])?api[-_ ]?key[\"'”’]?\s*[:=]", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PRACTICE = re.compile(r"00000000-0000-4000-8000-[0-9a-f]{12}", re.IGNORECASE)
_SHOWN = 4
_TELLING = 12  # a UUID's last group alone says which key it is


class Secret:
    """A key. `reveal()` belongs to the key store and to the one place where the request header is built.

    It compares in constant time and, having no hash, cannot become the key of a dict or a member of a set.
    """

    __slots__ = ("_value",)
    __hash__ = None  # type: ignore[assignment]  # `object` promises a hash; this takes it away

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself."""
        return self._value

    @property
    def last4(self) -> str:
        """All anyone ever sees; empty for a key so short that four characters would be half of it."""
        return self._value[-_SHOWN:] if len(self._value) >= 2 * _SHOWN else ""

    @property
    def tail(self) -> str:
        """The same as ``last4``."""
        return self.last4

    @property
    def is_practice(self) -> bool:
        """Whether the practice server gave out this key; those never leave this computer."""
        return is_practice_key(self._value)

    @property
    def sendable(self) -> bool:
        """Whether a request header can carry it: visible ASCII without blanks, and not empty."""
        return bool(self._value) and all("!" <= char <= "~" for char in self._value)

    def fingerprint(self, salt: bytes) -> str:
        """32 hex digits, equal for equal keys under one salt; the key cannot be found from it."""
        return hmac.new(salt, self._bytes(), hashlib.sha256).hexdigest()[:32]

    def hidden_in(self, text: str) -> str:
        """``text`` with this key, whole, without its dashes or only its last twelve characters, as ``...a41f``."""
        return self._pattern().sub(f"...{self.last4}", text) if self._value else text

    def may_be_in(self, folded: str) -> bool:
        """Whether a text, `folded`, can hold this key in any of its forms: they end alike. Most texts cannot, at little cost."""
        return folded_text(self._value[-_TELLING:]) in folded

    def _pattern(self) -> re.Pattern[str]:
        forms = [self._value, self._value.replace("-", "")]
        if len(self._value) >= 2 * _TELLING:
            forms.append(self._value[-_TELLING:])
        return re.compile("|".join(re.escape(form) for form in forms if form), re.IGNORECASE)

    def _bytes(self) -> bytes:
        return self._value.encode("utf-8", "surrogatepass")

    def __repr__(self) -> str:
        return f"Secret(...{self.last4})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._bytes(), other._bytes())

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is neither copied nor pickled")


class Redactor(logging.Filter):
    """Replaces every learned key in whatever a record will print.

    Put it on each handler: a filter of a logger does not see the records of its child loggers.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: tuple[Secret, ...] = ()

    def learn(self, secret: Secret) -> None:
        """From now on this key is printed as its last four."""
        if secret not in self._known:
            self._known = (*self._known, secret)

    def clean(self, text: str) -> str:
        """``text`` without any learned key."""
        folded = folded_text(text)
        for secret in self._known:
            if secret.may_be_in(folded):
                text = secret.hidden_in(text)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, cleaned: message with its arguments, exception, stack and extra fields."""
        record.msg, record.args = _message(record), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_info = None  # the exception object still holds what the text no longer shows
        texts = {name: value for name, value in vars(record).items() if isinstance(value, str)}
        folded = folded_text("\n".join(texts.values()))
        if any(secret.may_be_in(folded) for secret in self._known):
            for name, value in texts.items():
                setattr(record, name, self.clean(value))
        return True


def clean_secret(text: str) -> str:
    """A pasted key without blanks, quotes, invisible characters and an ``api_key:`` in front. Idempotent."""
    bare, before = _INVISIBLE.sub("", text).strip(_AROUND), None
    while bare != before:
        before = bare
        if label := _LABEL.match(bare):
            bare = bare[label.end() :]
        bare = bare.strip(_AROUND)
    return bare


def folded_text(text: str) -> str:
    """As keys are compared with it: without case and dashes."""
    return text.casefold().replace("-", "")


def looks_like_key(text: str) -> bool:
    """Whether a cleaned text has the shape of a Lusha key, a UUID."""
    return _UUID.fullmatch(text) is not None


def is_practice_key(text: str) -> bool:
    """Whether a cleaned text is a key of the practice server, ``00000000-0000-4000-8000-xxxxxxxxxxxx``."""
    return _PRACTICE.fullmatch(text) is not None


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # a log call whose arguments do not fit must not end the program
        return f"{record.msg} {record.args}"
