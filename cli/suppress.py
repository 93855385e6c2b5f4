"""`lusha-enrich suppress ...`: whom not to contact."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from cli.opening import opened
from cli.show import document, table
from core.errors import UsageError
from core.model import Prospect
from core.results import listing
from core.results.listing import Bad
from core.results.person import clean_email, clean_linkedin, split_name
from core.results.suppression import Added, Entry

KIND = {"PERSON": "Person", "DOMAIN": "Domain", "PHONE": "Phone"}


def add(args: argparse.Namespace) -> int:
    """People, domains and numbers from the arguments; every identity that is given counts."""
    with opened() as app:
        entries = _given(args, app.clock())
        added, withheld = app.suppress(entries)
    return _added(added, (), withheld, as_json=args.json)


def remove(args: argparse.Namespace) -> int:
    """Take entries off the list again; exit 2 when none of them is on it."""
    with opened() as app:
        gone = app.suppressions.remove([entry.mark for entry in _given(args, 0.0)])
    if not gone:
        raise UsageError("Nobody was taken off the list", "It is not on it. See: lusha-enrich suppress list")
    if args.json:
        document({"removed": [public(entry) for entry in gone]})
    else:
        print("Taken off the list: " + ", ".join(entry.shown for entry in gone))
    return 0


def list_(args: argparse.Namespace) -> int:
    """Everybody on the list, the latest first."""
    with opened() as app:
        found = app.suppressions.list()
    if args.json:
        document([public(entry) for entry in found])
    elif not found:
        print("The do-not-contact list is empty. Add to it: lusha-enrich suppress add ada@sample.example")
    else:
        print(table(["Kind", "Who", "Since", "Reason"], [_row(entry) for entry in found]))
    return 0


def import_(args: argparse.Namespace) -> int:
    """Entries of a .csv or .txt file; lines nobody can be recognised by are named."""
    with opened() as app:
        read = listing.read_file(Path(args.file), app.clock())
        added, withheld = app.suppress(read.entries)
    return _added(added, read.bad, withheld, as_json=args.json)


def export(args: argparse.Namespace) -> int:
    """The list as CSV that can be imported elsewhere."""
    with opened() as app:
        many = listing.write_file(Path(args.to), app.suppressions.list(), force=args.force)
    if args.json:
        document({"file": args.to, "entries": many})
    else:
        print(f"Written: {args.to} ({many} entries)")
    return 0


def person_of(args: argparse.Namespace) -> Prospect:
    """The person that ``--linkedin``, ``--email``, ``--name`` and ``--company`` describe. Raises UsageError."""
    link, email = clean_linkedin(args.linkedin or ""), clean_email(args.email or "")
    if args.linkedin and link.problem:
        raise UsageError("This is not a person's profile", link.problem)
    if args.email and not email:
        raise UsageError("This is not an e-mail address", f'"{args.email}": write it like ada@sample.example.')
    if bool(args.name) != bool(args.company):
        raise UsageError("A name needs a company", "Say --name and --company together: a name alone means many people.")
    first, last = split_name(args.name or "")
    if args.name and not (first and last):
        raise UsageError("First and last name are needed", f'"{args.name}" is one word.')
    return Prospect(linkedin=link.url, email=email, first_name=first, last_name=last, company=args.company or "")


def public(entry: Entry) -> dict[str, object]:
    return {
        "kind": entry.what.value.lower(),
        "value": entry.shown,
        "masked": entry.masked,
        "reason": entry.reason,
        "since": datetime.fromtimestamp(entry.at, UTC).isoformat(),
    }


def _given(args: argparse.Namespace, at: float) -> list[Entry]:
    reason = getattr(args, "reason", "") or ""
    entries = listing.of_people(person_of(args), reason=reason, at=at)
    for text in args.who:
        entry = listing.of_text(text, reason=reason, at=at)
        if entry is None:
            raise UsageError(
                f'"{text}" names nobody',
                "Write an e-mail address, a LinkedIn profile, a domain, or a phone number with country code.",
            )
        entries.append(entry)
    if not entries:
        raise UsageError("Who is meant?", "Name an e-mail address, a profile, a domain or a number, or say --name and --company.")
    return entries


def _added(added: Added, bad: tuple[Bad, ...], withheld: int, *, as_json: bool) -> int:
    if as_json:
        document(
            {
                "new": [public(entry) for entry in added.new],
                "already_here": added.already_here,
                "answers_removed": withheld,
                "malformed": [{"line": one.line, "reason": one.why} for one in bad],
            }
        )
    else:
        print(f"{len(added.new)} added, {added.already_here} already on the list. They are not sent to Lusha and not written.")
        if withheld:
            print(f"{withheld} answers that were kept here hold nothing of them any more. Your workbooks are as they were.")
        for one in bad:
            print(f"Line {one.line}: {one.why}", file=sys.stderr)
    return 2 if bad and not added.new and not added.already_here else 0


def _row(entry: Entry) -> list[str]:
    since = datetime.fromtimestamp(entry.at, UTC).astimezone()
    return [KIND[entry.what.value], entry.shown, f"{since:%Y-%m-%d}", entry.reason]
