"""Every sentence a person reads about a run, in one place. Keys appear by their last four characters only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from core.looking import Age
from core.model import Category, Kind, Reason, RowStatus

STATUS: dict[RowStatus, str] = {
    RowStatus.FOUND: "Found",
    RowStatus.PARTLY_FOUND: "Partly found",
    RowStatus.CHECK_MATCH: "Check match",
    RowStatus.FROM_STORE: "From store",
    RowStatus.NOT_FOUND: "Not found",
    RowStatus.ALREADY_FILLED: "Already filled",
    RowStatus.DUPLICATE: "Duplicate",
    RowStatus.DO_NOT_CONTACT: "Do not contact",
    RowStatus.CANNOT_LOOK_UP: "Cannot look up",
    RowStatus.WAITING: "Waiting",
    RowStatus.FAILED: "Failed",
    RowStatus.STOPPED: "Stopped",
}

ENTITLEMENT = (
    "LushaEnrich works with the API keys you give it. Use only keys you are entitled to use, within your agreement "
    "with Lusha. It creates neither accounts nor keys and does not disguise its requests; several keys serve teams, "
    "budgets and load."
)

_WHAT = {
    frozenset({Kind.PHONES}): ("Phone", "PHONE_ONLY", "phone"),
    frozenset({Kind.EMAILS}): ("Email", "EMAIL_ONLY", "email"),
    frozenset({Kind.PHONES, Kind.EMAILS}): ("Phone and Email", "ANY", "phone and email"),
}


# -- the rotation, word for word as its users know it -----------------------------------------------------------------
def starting(keys: int, kinds: frozenset[Kind]) -> str:
    return f"Starting enrichment with {keys} available {_WHAT[kinds][1]} keys"


def trying(ordinal: int, of: int, last4: str) -> str:
    return f"Trying Key {ordinal}/{of} (ends in ...{last4})"


def success(last4: str) -> str:
    return f"Success with Key (...{last4})"


def switching(last4: str, http: int, mark: str) -> tuple[str, str]:
    """The two lines for a key that leaves: what Lusha said, and what it is marked as."""
    what = {
        402: "OUT OF CREDITS (402)",
        429: "OUT OF CREDITS (429)",
        401: "INVALID (401)",
        400: "INVALID (400)",
        403: "NOT ALLOWED (403)",
    }.get(http, f"OUT OF CREDITS ({http})")
    return f"Key (...{last4}) is {what}", f"Marked as {mark}. Switching to next key..."


def enriching(done: int, rows: int) -> str:
    return f"Enriching {done}/{rows} rows..."


def all_exhausted(keys: int, kinds: frozenset[Kind]) -> str:
    return f"All {keys} {_WHAT[kinds][0]} Keys are exhausted. Please add more API keys."


def no_keys(kinds: frozenset[Kind]) -> str:
    return f"No {_WHAT[kinds][2]} keys yet. Add one to start."


def none_ready(kinds: frozenset[Kind], mix: dict[str, int]) -> str:
    """The true mix when no key is EXHAUSTED but none can be used: "2 invalid, 1 plan limit"."""
    said = ", ".join(f"{count} {word}" for word, count in mix.items() if count)
    return f"No {_WHAT[kinds][2]} key is ready: {said}. Add or repair a key."


def complete(kinds: frozenset[Kind], found: int, failed: int) -> str:
    return f"{_WHAT[kinds][0]} Enrichment Complete: {found} found, {failed} failed"


def rest_of_summary(counts: Mapping[RowStatus, int], credits: float, known_misses: int = 0, before: int = 0) -> str:
    """The second line under the summary: what is neither found nor failed, and the cost.

    ``known_misses``: of those not found, the ones the store answered; they count as known, as they did before the run.
    ``before``: rows that an earlier part of the job has answered, in none of the counts.
    The first line counts rows that wait or were not reached as failed; where there are any, this one tells them apart.
    """
    parts = [(counts.get(status, 0), word) for status, word in _UNANSWERED.items()]
    apart = parts if any(count for count, _ in parts[1:]) else []
    said = "".join(f"{count} {word}, " for count, word in apart if count)
    known = f"{counts.get(RowStatus.FROM_STORE, 0) + known_misses} from store"
    missed = f"{counts.get(RowStatus.NOT_FOUND, 0) - known_misses}"
    if known_misses:
        known, missed = f"{known} ({known_misses} of them not found)", f"{missed} others"
    earlier = f"{before} answered before, " if before else ""
    return f"{known}, {missed} not found, {said}{earlier}{spent(credits)}"


_UNANSWERED = {RowStatus.FAILED: "failed", RowStatus.WAITING: "waiting", RowStatus.STOPPED: "not reached"}


def left(not_reached: int, waiting: int) -> str:
    """What a run has left open; "" when nothing is."""
    parts = [(not_reached, "not reached"), (waiting, "waiting")]
    return ", ".join(f"{rows:,} {what}" for rows, what in parts if rows)


def go_on(left: str, why: str, job: str) -> str:
    """What is `left` open, and how to go on."""
    return f"{left}{f' ({why})' if why else ''}. Go on with them: lusha-enrich jobs resume {job}"


def question(people: int, limit: int | None, credits: int | None) -> str:
    """Asked before anything is spent; ``limit`` and ``credits`` are what this run may do at most, None: no limit."""
    shown = f"{limit:,} of {people:,}" if limit is not None and limit < people else f"{people:,}"
    who = "person" if shown == "1" else "people"
    return f"Look up {shown} {who}{'' if credits is None else f', for {credits:,} credits at most'}?"


# -- why a key rests --------------------------------------------------------------------------------------------------
_WHY = {
    Reason.MINUTE: "Key ...{last4} is resting {back} (minute limit).",
    Reason.UNKNOWN: "Key ...{last4} is resting {back} (asked too fast).",
    Reason.HOUR: "Key ...{last4} is resting {back} (hour limit).",
    Reason.DAY: "Daily limit of key ...{last4} reached; it rests {back}.",
    Reason.CREDITS: 'Account "{account}" has no credits left. Its keys rest until credits are back.',
    Reason.CAP: "Key ...{last4} has reached its own cap at Lusha. Skipped; other keys of the account go on.",
    Reason.TRIAL: 'The trial of account "{account}" has ended. Skipped.',
    Reason.REFUSED: "Key ...{last4} was refused by Lusha (not valid any more). Switched off. Replace it under API keys.",
    Reason.FORMAT: "Key ...{last4} was refused by Lusha (wrong form). Switched off. Replace it under API keys.",
    Reason.ACCOUNT_OFF: 'Account "{account}" is switched off at Lusha. Skipped.',
    Reason.V3_OFF: 'The Lusha plan of account "{account}" does not allow this (no V3 access). Skipped.',
    Reason.PLAN: 'The Lusha plan of account "{account}" does not allow this. Skipped.',
    Reason.SERVER: "Lusha has a problem right now. Key ...{last4} rests {back}; it is not to blame.",
}


def why(reason: Reason, last4: str, account: str, retry_at: datetime | None, now: datetime) -> str:
    """What happened to a key or its account and what follows, in one sentence."""
    return _WHY[reason].format(last4=last4, account=account, back=back(retry_at, now))


def back(retry_at: datetime | None, now: datetime) -> str:
    """When a key comes back: seconds under 90 s, minutes under an hour, then the local time and day."""
    if retry_at is None:
        return "until you wake it"
    left = retry_at - now
    if left <= timedelta(seconds=90):
        return f"for {max(1, round(left.total_seconds()))} s"
    if left < timedelta(hours=1):
        return f"for {round(left.total_seconds() / 60)} min"
    local = retry_at.astimezone()
    today = now.astimezone().date()
    if local.date() == today:
        return f"until {local:%H:%M}"
    if local.date() == today + timedelta(days=1):
        return f"until tomorrow {local:%H:%M}"
    return f"until {local.day} {local:%b %H:%M}"


STORM_OVER = "Lusha answers again. No key was retired."
STORM_VOID = "Taken back: every account got the same refusal at once."
NOT_TO_BLAME = "every account was refused at once, so it was not this key"


def waiting_for_key(at: datetime, now: datetime) -> str:
    return f"Every key rests. The first one is back in {max(1, round((at - now).total_seconds()))} s."


def waiting_for_window(at: datetime, now: datetime) -> str:
    return f"The request limit of every account is used up. It opens again in {max(1, round((at - now).total_seconds()))} s."


def not_in_plan(kinds: frozenset[Kind], said: str) -> str:
    return f"its Lusha plan does not allow {_WHAT[kinds][2]} look-ups" + (f' ("{said}")' if said else "")


def key_back(last4: str, why: str) -> str:
    return f"Key ...{last4} is back: {why}."


def pool_resting(until: datetime, now: datetime) -> str:
    return f"Every account got the same refusal at once, so no key is to blame. Everything rests {back(until, now)}."


def first_back(retry_at: datetime | None, waiting: int) -> str:
    """Second line when all keys are out."""
    rows = f"{waiting:,} {'row waits' if waiting == 1 else 'rows wait'}; nothing is lost." if waiting else "Nothing is lost."
    if retry_at is None:
        return rows
    return f"The first one is back {retry_at.astimezone():%d %b %H:%M}. {rows}"


# -- rows -------------------------------------------------------------------------------------------------------------
def not_found(kinds: frozenset[Kind], *, known: bool, linkedin: bool = True) -> str:
    """``known``: Lusha knows the person. ``linkedin``: the row had a LinkedIn URL, so that the tip would be no help."""
    if known:
        return f"No {_WHAT[kinds][2]} at Lusha for this person. Only the search was charged."
    return f"No match at Lusha. No credit used.{'' if linkedin else ' Tip: add the LinkedIn URL.'}"


PENDING = "Lusha is still working on this person. Try again later; what came is kept."
RESTRICTED = "Lusha may not provide this person (data-protection objection). Not asked again."
ON_THE_LIST_PART = "On your do-not-contact list: not written."
ABSENT = "Lusha's answer did not contain this row. Correct it or take it out: each try may cost a search."
EVERY_KEY_TRIED = "Every key was tried and none got an answer for this row. It may be charged."
UNPAID = "The account ran out of credits before this row."
STOPPED = "Not reached before the stop."
KEYS_OUT = "No key could be used. The row waits; nothing was spent for it."


def partly(missing: frozenset[Kind]) -> str:
    return f"No {_WHAT[missing][2]} at Lusha for this person."


def not_asked(kind: Kind, why: str) -> str:
    """``why`` a kind was left out of the question, as half a sentence ("the cell holds a formula")."""
    return f"{_WHAT[frozenset({kind})][0]} not looked up: {why}."


def from_store(paid_at: datetime) -> str:
    local = paid_at.astimezone()
    return f"From store: paid on {local.day} {local:%b %Y}. 0 credits."


def missed_earlier(kind: Kind, asked_at: datetime) -> str:
    local = asked_at.astimezone()
    return f"From store: no {_WHAT[frozenset({kind})][2]} found at Lusha on {local.day} {local:%b %Y}. 0 credits."


def refused_earlier(at: datetime) -> str:
    local = at.astimezone()
    return (
        f"Lusha refused this row as it stands on {local.day} {local:%b %Y}, free of charge."
        " Correct it, or it is asked for again after a week (at once: --replace older=0)."
    )


def duplicate_of(row: int) -> str:
    return f"Duplicate of row {row}. 0 credits."


def check_match(name: str, company: str) -> str:
    return f"Lusha knows this contact as {name or 'an unnamed person'}{f' at {company}' if company else ''}. Check it."


def lusha_failed(code: str) -> str:
    return f"Lusha could not answer for this person ({code})."


def cannot_look_up(said: str) -> str:
    return f"This row cannot be looked up: {said.rstrip('.')}."


def hidden_rows(count: int) -> str:
    return "1 hidden row is not included." if count == 1 else f"{count:,} hidden rows are not included."


def undone(count: int, edited: int = 0, *, later: int = 0, moved: int = 0, barred: int = 0, headings: int = 0) -> str:
    """After an undo: how many cells are as they were before, and why others were left; ``headings`` wait for their column."""
    left = (
        (edited, "edited since"),
        (later, "written by a later run"),
        (moved, "in rows that are gone"),
        (barred, "impossible to change"),
    )
    why = "".join(f", {many:,} {'was' if many == 1 else 'were'} {what}" for many, what in left if many)
    whole = count + sum(many for many, _ in left)
    stay = f" {headings:,} {'heading stays: its column holds' if headings == 1 else 'headings stay: their columns hold'}"
    return f"{count:,} of {whole:,} undone{why}." + (f"{stay} something else." if headings else "")


def run_anew(source: str, kinds: frozenset[Kind]) -> str:
    """How the file of a run that was undone is filled after all."""
    which = " ".join(f"--{kind.value}" for kind in sorted(kinds, reverse=True))
    return f'To fill the list after all, run it again (who is known costs nothing): lusha-enrich enrich "{source}" {which}'


def counted(rows: int, status: RowStatus) -> str:
    """``12 found``; a status that is no adjective is said as a sentence has it."""
    word = "cannot be looked up" if status is RowStatus.CANNOT_LOOK_UP else STATUS[status].lower()
    return f"{rows:,} {word}"


def requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count:,} requests"


def apart(others: str) -> str:
    """After a summary: ``others`` are the rows it does not count, "" for none."""
    return f"Apart from these: {others}." if others else ""


def left_alone(cells: int) -> str:
    """Cells of answers that were not written over."""
    which = "1 cell was left alone because it holds" if cells == 1 else f"{cells:,} cells were left alone because they hold"
    return f"{which} something; the answers are kept."


def nothing_changed(name: str) -> str:
    return f"Nothing changed: {name} was left as it was."


PRACTICE = "Practice server on this computer, not Lusha: people and credits are made up."


def may_be_charged(account: str) -> str:
    return f"No answer came for this row; it may be charged at {account}. That account is asked first next time."


# -- before anything is spent -------------------------------------------------------------------------------------------
def rows_with(reason: str, rows: list[int], most: int = 5) -> str:
    """A reason with the first rows it concerns."""
    shown = ", ".join(str(row) for row in rows[:most]) + (f" and {len(rows) - most:,} more" if len(rows) > most else "")
    return f"{'Row' if len(rows) == 1 else 'Rows'} {shown}: {reason}"


NO_HEADINGS = (
    "This list has no headings: a later run cannot see what is filled, and adds its columns anew. Put headings above it."
)


def stand_apart(what: str) -> str:
    """``what`` is ``the filter`` or a table."""
    return f"Results stand outside of {what}: sorting it leaves them where they are. Make room at its right, or sort all columns."


def other_reasons(rows: int) -> str:
    """After the commonest reasons."""
    return "1 more row for another reason." if rows == 1 else f"{rows:,} more rows for other reasons."


def cost_range(least: float, likely: float, most: float, *, assumed: bool) -> str:
    prices = " (prices assumed)" if assumed else ""
    return f"Credits: at least {amount(least)} - likely about {amount(round(likely))} - at most {amount(most)}{prices}"


def available(credits: float | None, keys: int, accounts: int) -> str:
    who = f"{keys} {'key' if keys == 1 else 'keys'}, {accounts} {'account' if accounts == 1 else 'accounts'}"
    if not keys:
        return "No key is ready."
    return f"{who}, credits not known yet: lusha-enrich keys check" if credits is None else f"{who}, {amount(credits)} credits."


def day_cap(name: str, limit: float, left: float) -> str:
    """Before a run: what a cap of today leaves, when that may not be enough."""
    who = "all keys" if name == "All keys" else name
    return f"Cap of today ({who}): {amount(left)} of {amount(limit)} credits left, until midnight."


def credits_end(near: int, rows: int, first: datetime | None, now: datetime) -> str:
    return (
        f"In the worst case this list of {rows:,} would end near row {near:,}."
        f"{'' if first is None else ' ' + first_key_back(first, now)}"
    )


def first_key_back(at: datetime, now: datetime) -> str:
    return f"First key back {clock_time(at, now)}."


def clock_time(at: datetime, now: datetime) -> str:
    """Local time; with the day when it is not today."""
    local = at.astimezone()
    return f"{local:%H:%M}" if local.date() == now.astimezone().date() else f"{local.day} {local:%b %H:%M}"


# -- what stops a run -------------------------------------------------------------------------------------------------
STOP: dict[str, tuple[str, str]] = {
    "E02": ("Lusha did not accept the request", "The request is the cause, not your keys. Nothing was charged."),
    "E05": (
        "The key did not arrive at Lusha",
        "Something on the way removed it (a proxy may drop the api_key header). Keys unchanged.",
    ),
    "E11": (
        "A proxy or sign-in page answered instead of Lusha",
        "Sign in to your network, then run it again. Keys unchanged.",
    ),
    "E12": (
        "The Lusha address did not answer as expected (404)",
        "Check the base address (LUSHA_ENRICH_API_URL). Keys unchanged.",
    ),
    "E13": ("The Lusha address sent the request elsewhere", "A redirect is never followed with a key. Keys unchanged."),
    "E22": ("Lusha has a problem right now", "Three accounts in a row got no answer. Keys unchanged; try again later."),
    "E24": ("No network", "Lusha could not be reached. Nothing was sent; nothing was spent."),
    "E25": (
        "The answer was not Lusha's",
        "Something else answered in place of Lusha, or Lusha changed its answers. Keys unchanged.",
    ),
    "UNIFORM": (
        "Stopped after 3 rows: every key got the same answer",
        "The rows or the request are the cause, not your keys. Check the columns that were read.",
    ),
    "STORM": (
        "Lusha refuses every account at the moment",
        "No key is to blame and none was retired. What was paid is kept; try again later.",
    ),
    "RETRIES": (
        "Too many doubtful answers",
        "The connection or Lusha is unreliable right now. What was paid is kept; try again later.",
    ),
    "CAP": ("The credit limit of this run is reached", "What was paid is kept. Raise --max-credits to go on."),
    "CAP_DAY": (
        "The credit limit of today is reached",
        "What was paid is kept. Raise the cap (keys cap, or cap_day in the settings) or go on tomorrow.",
    ),
    "KEYSTORE": ("The key store is locked", "Unlock it (sign in to your keyring) and try again. No key was lost."),
}


# -- the do-not-contact list ------------------------------------------------------------------------------------------
def on_the_list(since: datetime, reason: str, so: str) -> str:
    """Why a row was not asked for or not written, with the date and the reason of the list."""
    local = since.astimezone()
    why = f" ({reason})" if reason else ""
    return f"On your do-not-contact list since {local.day} {local:%b %Y}{why}. {so}"


def flagged(count: int) -> str:
    """Numbers that were left out by choice."""
    return f"{_many(count, 'number', 'numbers')} not written: flagged do-not-call at Lusha."


def forgotten_lines(answers: int, rows: int, cells: int, texts: int, payments: int, suppressed: int) -> list[str]:
    """What forgetting a person came to."""
    counts = [
        _many(answers, "answer", "answers"),
        _many(rows, "row of the history", "rows of the history"),
        _many(cells, "cell of undo", "cells of undo"),
        _many(texts, "line or message", "lines and messages"),
    ]
    said = ", ".join(count for count in counts if count)
    lines = [f"Removed: {said}." if said else "Nothing was kept about this person."]
    if payments:
        lines.append(f"Kept without the person: {_many(payments, 'record of credits', 'records of credits')}.")
    if suppressed:
        lines.append("The person is on the do-not-contact list, by hash only.")
    return lines


def _many(count: int, one: str, several: str) -> str:
    """``1 answer``, ``2 answers``, nothing for none."""
    return f"{count:,} {one if count == 1 else several}" if count else ""


def purged(answers: int, rows: int, cells: int, activity: int, files: int) -> str:
    """What was too old."""
    counts = [
        _many(answers, "answer", "answers"),
        _many(rows, "row of the history", "rows of the history"),
        _many(cells, "cell of undo", "cells of undo"),
        _many(activity, "line of activity", "lines of activity"),
        _many(files, "file of a run", "files of runs"),
    ]
    said = ", ".join(count for count in counts if count)
    return f"Removed: {said}." if said else "Nothing was too old."


def retention(found: int, not_found: int, journal: int, activity: int) -> str:
    """How long things are kept."""
    return (
        f"Kept: answers {found} days, misses {not_found} days, who was asked for and undo {journal} days, "
        f"activity of keys {activity} days. Credits are kept as numbers."
    )


def wiped(*, clean: bool, gone: bool) -> str:
    """The proof after a wipe."""
    if not clean:
        return "Looked again: something is left."
    folder = "the folder is gone" if gone else "the folder holds nothing of LushaEnrich"
    return f"Looked again: the key store holds no key of this folder, and {folder}."


def looked_at(name: str, age: Age) -> str:
    """What a look before a wipe says of a database that is not of this program's schema; empty for one that is."""
    return {
        Age.OURS: "",
        Age.OLDER: f"{name} was last used by an older LushaEnrich; it was read as it is and not brought up to date.",
        Age.NEWER: f"{name} is of a newer LushaEnrich; everything in it that looks like a key was counted, perhaps too many.",
        Age.UNREADABLE: f"{name} cannot be read; everything in it that looks like a key was counted, perhaps too many.",
    }[age]


UNTOUCHED = "These could not be cleaned (a link, another user's, or held by a program); look at them and remove them:"
SENT_ONLY = "Nothing else is sent: no file, no other column, no statistics. Asking for a balance sends the key alone."


# -- checking keys ----------------------------------------------------------------------------------------------------
KEY_ACCEPTED = "Accepted."
KEY_ACCEPTED_EMPTY = "Accepted, but the account has no credits left."
ACCEPTED_THOUGH_INVALID = "Accepted now, though it was refused before. Use it again with: lusha-enrich keys reactivate"
SECRET_MISSING = "It is missing from the key store. Enter it again or remove it."  # noqa: S105  # a sentence
KEY_REMOVED = "It was removed meanwhile."
CHECK_STOPPED = "Not asked before the stop."
USAGE_WAIT = "Lusha tells an account's balance only a few times a minute."
USAGE_BUSY = "Too many such questions just now. Nothing was changed; ask again in a minute."


def unclear_check(case: str, said: str, http: int) -> str:
    """Why a check says nothing about a key: the answer was not about it, or none came."""
    if case in STOP and case != "E22":
        return f"{STOP[case][0]}. The key is unchanged."
    if case == "E23" and not http:
        return f"No complete answer came ({said}). The key is unchanged."
    if http >= 500:
        return f"Lusha has a problem right now ({http}). The key is unchanged."
    return f'Lusha said: "{said}" ({http}). The key is unchanged.'


def ago(at: datetime, now: datetime) -> str:
    """How long ago something was heard, for times within some minutes."""
    return f"{max(0, round((now - at).total_seconds()))} s ago"


def same_account(last4s: Sequence[str], strangers: Sequence[str], left: float, total: float | None, name: str) -> str:
    """A hint that keys kept under several accounts look like one; ``strangers`` are not in the account ``name`` yet."""
    keys = f"{', '.join(f'...{last4}' for last4 in last4s[:-1])} and ...{last4s[-1]}"
    balance = amount(left) if total is None else f"{amount(left)} of {amount(total)}"
    commands = ", then ".join(f'lusha-enrich keys edit {last4} --account "{name}"' for last4 in strangers)
    return f"Keys {keys} look like one Lusha account: same balance ({balance}) and plan. Put them together: {commands}"


def off_hours(opens: datetime | None, now: datetime) -> str:
    """The state of a key that its schedule keeps from being used: "Off hours, from Mon 09:00"."""
    if opens is None:
        return "Off hours, its time is over"
    local, today = opens.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"Off hours, from {local:%H:%M}"
    if opens - now < timedelta(days=6):
        return f"Off hours, from {local:%a %H:%M}"
    return f"Off hours, from {local.day} {local:%b %Y %H:%M}"


# -- alerts -----------------------------------------------------------------------------------------------------------
def last_key_left(kind: Kind) -> str:
    return f"No {_WHAT[frozenset({kind})][2]} key is ready any more. Add or repair a key."


def one_key_left(kind: Kind) -> str:
    return f"Only one {_WHAT[frozenset({kind})][2]} key is ready. Add another before it is used up."


def credits_low(account: str, left: float, total: float) -> str:
    return f'Account "{account}" has {amount(left)} of {amount(total)} credits left.'


def forecast_short(rows: int, covered: int) -> str:
    return f"The credits at hand cover about {covered:,} of {rows:,} rows."


def spent(credits: float | None) -> str:
    """What something cost, as a sentence's end."""
    return "1 credit used." if credits == 1 else f"{amount(credits)} credits used."


def keys(count: int) -> str:
    """``1 key``, ``1,234 keys``."""
    return "1 key" if count == 1 else f"{count:,} keys"


def amount(value: float | None) -> str:
    """1,234 or 0.5; "an unknown number of" when Lusha did not say."""
    if value is None:
        return "an unknown number of"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def category_word(category: Category) -> str:
    return {Category.PHONE_ONLY: "Phones", Category.EMAIL_ONLY: "Emails", Category.ANY: "Phones and emails"}[category]


def moment(at: datetime | None) -> str:
    """Local date and time to the minute, `Never` for none."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}" if at else "Never"
