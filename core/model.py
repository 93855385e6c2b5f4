"""The values everything else speaks in: prospects, people, keys, answers. No I/O, no imports of our own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What can be revealed; the words are Lusha's ``reveal`` values."""

    PHONES = "phones"
    EMAILS = "emails"


class Category(StrEnum):
    """What a key may be used for."""

    PHONE_ONLY = "PHONE_ONLY"
    EMAIL_ONLY = "EMAIL_ONLY"
    ANY = "ANY"

    def serves(self, kinds: frozenset[Kind]) -> bool:
        """Whether one request for all of ``kinds`` may be sent with a key of this category."""
        match self:
            case Category.ANY:
                return True
            case Category.PHONE_ONLY:
                return kinds == {Kind.PHONES}
            case Category.EMAIL_ONLY:
                return kinds == {Kind.EMAILS}


class KeyStatus(StrEnum):
    """Written by the rotation only: the cached result of folding a key's evidence."""

    ACTIVE = "ACTIVE"
    EXHAUSTED = "EXHAUSTED"
    INVALID = "INVALID"
    PLAN_LIMIT = "PLAN_LIMIT"


class SecretState(StrEnum):
    """Written by the key store only."""

    PENDING = "PENDING"
    HELD = "HELD"
    MISSING = "MISSING"
    DELETING = "DELETING"


class Reason(StrEnum):
    """Why a key or its account is not ready."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    UNKNOWN = "unknown"
    CREDITS = "credits"
    CAP = "cap"
    TRIAL = "trial"
    REFUSED = "refused"
    FORMAT = "format"
    ACCOUNT_OFF = "account_off"
    V3_OFF = "v3_off"
    PLAN = "plan"
    SERVER = "server"


class RowStatus(StrEnum):
    """What a row ends as. The value is the word of the JSON contract; `words.STATUS` has the word for people."""

    FOUND = "found"
    PARTLY_FOUND = "partly_found"
    CHECK_MATCH = "check_match"
    FROM_STORE = "from_store"
    NOT_FOUND = "not_found"
    ALREADY_FILLED = "already_filled"
    DUPLICATE = "duplicate"
    DO_NOT_CONTACT = "do_not_contact"
    CANNOT_LOOK_UP = "cannot_look_up"
    WAITING = "waiting"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Prospect:
    """One person as a spreadsheet row describes them, cleaned. Empty text means the row does not say."""

    linkedin: str = ""  # https://www.linkedin.com/in/<slug>
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as Lusha sent it (raw), never with an invented country code."""

    number: str
    type: str = ""  # mobile, direct, work, phone, or Lusha's own unknown word, lower case
    do_not_call: bool | None = None  # None: Lusha did not say, which is not "callable"
    updated: str = ""  # YYYY-MM-DD or empty
    source: str = ""


@dataclass(frozen=True, slots=True)
class Email:
    address: str
    type: str = ""  # work, private, or Lusha's own unknown word, lower case
    confidence: str = ""  # Lusha's grade, not comparable
    updated: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as Lusha knows it. Phones and e-mails are in the order they should be shown."""

    lusha_id: str = ""
    full_name: str = ""
    first_name: str = ""
    last_name: str = ""
    title: str = ""
    company: str = ""
    domain: str = ""
    linkedin: str = ""
    country: str = ""  # ISO 3166 alpha-2 of the person, not of a number
    phones: tuple[Phone, ...] = ()
    emails: tuple[Email, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """A Lusha API key without its secret. ``last4`` is all anyone ever sees of it."""

    id: str  # uuid4 hex
    label: str
    account_id: str
    account: str
    last4: str
    category: Category
    status: KeyStatus
    paused: bool
    secret: SecretState
    reason: Reason | None
    retry_at: datetime | None
    priority: int
    position: int
    last_used_at: datetime | None
    added_at: datetime
    epoch: int = 0
    schedule: str = ""  # when it may be used, as `core.keys.schedule` reads it; empty: always

    @property
    def is_active(self) -> bool:
        """True when status is ACTIVE and the key is neither paused nor without its secret."""
        return self.status is KeyStatus.ACTIVE and not self.paused and self.secret is SecretState.HELD

    def usable(self, now: datetime) -> bool:
        """Active, or EXHAUSTED with a ``retry_at`` that has passed (then the next request is its probe)."""
        if self.paused or self.secret is not SecretState.HELD:
            return False
        if self.status is KeyStatus.ACTIVE:
            return self.retry_at is None or self.retry_at <= now
        return self.status is KeyStatus.EXHAUSTED and self.retry_at is not None and self.retry_at <= now


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about one row after asking (or without asking)."""

    status: RowStatus
    person: Person | None = None
    reason: str = ""  # one sentence for people, empty when the status says it all
    last4: str = ""
    account: str = ""
    credits: float | None = 0.0  # None: Lusha did not say what it charged
    request_id: str = ""
    at: datetime | None = None
    from_store: bool = False
    kinds: frozenset[Kind] = field(default_factory=frozenset)


class EvidenceKind(StrEnum):
    """What one answer (or one act of the user) says about a key or an account."""

    OK = "OK"  # the key worked, nothing was charged
    PAID = "PAID"  # the key worked and Lusha charged for it: the account has credits
    BLOCK = "BLOCK"  # out of credits or limited (EXHAUSTED)
    COOL = "COOL"  # rest a little, stays ACTIVE
    AUTH = "AUTH"  # refused (INVALID)
    PLAN = "PLAN"  # the plan does not allow it (PLAN_LIMIT)
    WAKE = "WAKE"  # may be probed from `until` on
    VOID = "VOID"  # the row `void_of` is taken back


class Scope(StrEnum):
    KEY = "K"
    ACCOUNT = "A"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of the append-only log a key's status is folded from. ``seq`` orders events, never the clock."""

    seq: int
    key_id: str
    account_id: str
    key_epoch: int
    account_epoch: int
    scope: Scope
    kind: EvidenceKind
    at: datetime
    until: datetime | None = None
    reason: Reason | None = None
    category: Category | None = None  # None: all kinds of data
    attempt: int | None = None
    void_of: int | None = None
    actor: str = "run"
    id: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """What a fold of evidence comes to."""

    status: KeyStatus
    reason: Reason | None = None
    retry_at: datetime | None = None
