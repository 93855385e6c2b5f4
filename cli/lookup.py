"""`lusha-enrich lookup`: one prospect."""

from __future__ import annotations

import argparse

from cli.opening import kinds_of, opened, stoppable
from cli.show import Steps, document
from core import words
from core.engine.batch import Result
from core.errors import UsageError
from core.model import Answer, Email, Kind, Phone, Prospect, RowStatus
from core.results.person import clean_email, clean_linkedin, split_name
from core.sheets.columns import phone_text


def lookup(args: argparse.Namespace) -> int:
    """Ask for one person; the answer goes to stdout."""
    kinds = kinds_of(phones=args.phones, emails=args.emails)
    prospect, problem = _prospect(args)
    with opened() as app, stoppable(app):
        result = Steps().follow(app.lookup(prospect, kinds, problem))
    return finish(result, kinds, as_json_=args.json)


def finish(result: Result, kinds: frozenset[Kind], *, as_json_: bool) -> int:
    """Tell the answer; the exit code of the command. UsageError for a run that goes on and has nobody left."""
    answer = result.answers.get(1)
    if answer is None:  # killed after it was told what is known: of that a job keeps nothing
        raise UsageError("Nobody is left in this look-up", "Look the person up again: whoever is known costs nothing.")
    if as_json_:
        document(as_json(answer, result))
    else:
        _show(answer, kinds, result)
    return 1 if result.stopped or answer.status is RowStatus.WAITING else 0


def _prospect(args: argparse.Namespace) -> tuple[Prospect, str]:
    """The person to ask for, and why not when it cannot be done."""
    if args.linkedin:
        link = clean_linkedin(args.linkedin)
        return (Prospect(linkedin=link.url), link.problem)
    if args.email:
        email = clean_email(args.email)
        return Prospect(email=email), "" if email else "this is not an e-mail address"
    if args.name and args.company:
        first, last = split_name(args.name)
        problem = "" if first and last else "first and last name needed"
        return Prospect(first_name=first, last_name=last, company=args.company.strip()), problem
    raise UsageError("Who should be looked up?", "Say --linkedin URL, --email E, or --name N with --company C.")


def as_json(answer: Answer, result: Result) -> dict[str, object]:
    """The document of the command-line contract."""
    person = answer.person
    said: dict[str, object] = {
        "status": answer.status.value,
        "phones": [_phone(phone) for phone in person.phones] if person and Kind.PHONES in answer.kinds else [],
        "emails": [_email(email) for email in person.emails] if person and Kind.EMAILS in answer.kinds else [],
        "matched_name": person.full_name if person else "",
        "matched_company": person.company if person else "",
        "key": answer.last4,
        "account": answer.account,
        "credits": result.credits if answer.credits is not None else None,
        "calls": result.calls,
        "from_store": answer.from_store,
        "reason": answer.reason,
    }
    if result.stopped:
        said["message"] = result.message
    if result.halt:
        said["error"] = {"code": result.halt.code, "title": result.halt.title, "message": result.halt.message}
    return said


def _phone(phone: Phone) -> dict[str, object]:
    return {"number": phone_text(phone.number), "type": phone.type, "do_not_call": phone.do_not_call}


def _email(email: Email) -> dict[str, object]:
    return {"email": email.address, "type": email.type, "confidence": email.confidence or None}


def _show(answer: Answer, kinds: frozenset[Kind], result: Result) -> None:
    status = words.STATUS[answer.status]
    print(answer.reason if answer.reason.startswith(status) else f"{status}: {answer.reason}" if answer.reason else status)
    if answer.person:
        person = answer.person
        print(", ".join(part for part in (person.full_name, person.title, person.company) if part))
        for phone in person.phones if Kind.PHONES in kinds else ():
            flag = {True: "DO NOT CALL", False: "", None: "do-not-call unknown"}[phone.do_not_call]
            print("  ".join(part for part in (phone_text(phone.number), phone.type, flag) if part))
        for email in person.emails if Kind.EMAILS in kinds else ():
            print("  ".join(part for part in (email.address, email.type, email.confidence) if part))
    if result.stopped:
        print(result.message)
        print(result.detail)
    else:
        print(words.spent(result.credits if answer.credits is not None else None))
