"""What the imitated API accepts, strictly, and the words of its refusals."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sandbox.people import Json

TOP = {"contacts", "reveal", "options"}
TOP_BY_ID = {"ids", "reveal", "waterfallEnabled"}
CONTACT = {"clientReferenceId", "id", "linkedinUrl", "email", "firstName", "lastName", "companyName", "companyDomain"}
REVEAL = {"emails", "phones"}
MOST = 100
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class BadRequest(Exception):
    """A body that is refused, with the words Lusha uses."""


def check(body: object, *, by_id: bool, waterfall_refused: bool = False) -> tuple[list[Json], list[str]]:
    """The contacts (or ``{"id": ...}``) and the kinds of a body, or BadRequest."""
    if not isinstance(body, dict):
        raise BadRequest("body must be an object")
    allowed = TOP_BY_ID - ({"waterfallEnabled"} if waterfall_refused else set()) if by_id else TOP
    for name in body:
        if name not in allowed:
            raise BadRequest(f"property {name} should not exist")
    rows = body.get("ids" if by_id else "contacts")
    what = "ids" if by_id else "contacts"
    if not isinstance(rows, list) or not rows:
        raise BadRequest(f"{what} must contain at least 1 elements")
    if len(rows) > MOST:
        raise BadRequest(f"{what} must contain no more than {MOST} elements")
    reveal = _reveal(body)
    if by_id:
        return [{"id": str(one)} for one in rows], reveal
    for at, row in enumerate(rows):
        _contact(at, row)
    return rows, reveal


def _reveal(body: Json) -> list[str]:
    if "reveal" not in body:
        return sorted(REVEAL)  # omitted: everything is revealed, and charged
    kinds = body["reveal"]
    if not isinstance(kinds, list) or not kinds:
        raise BadRequest("reveal must contain at least 1 elements")
    for kind in kinds:
        if kind not in REVEAL:
            raise BadRequest("each value in reveal must be one of the following values: emails, phones")
    return [str(kind) for kind in kinds]


def _contact(at: int, row: object) -> None:
    if not isinstance(row, dict):
        raise BadRequest(f"contacts.{at} must be an object")
    for name, value in row.items():
        if name not in CONTACT:
            raise BadRequest(f"contacts.{at}.property {name} should not exist")
        if not isinstance(value, str) or not value:
            raise BadRequest(f"contacts.{at}.{name} must be a non-empty string")
    if "email" in row and not _MAIL.fullmatch(row["email"]):
        raise BadRequest(f"contacts.{at}.email must be an email")
    if "linkedinUrl" in row and "linkedin.com/" not in row["linkedinUrl"]:
        raise BadRequest(f"contacts.{at}.linkedinUrl must be a LinkedIn URL")
    named = row.get("firstName") and row.get("lastName") and (row.get("companyName") or row.get("companyDomain"))
    if not (row.get("linkedinUrl") or row.get("email") or row.get("id") or named):
        raise BadRequest(f"contacts.{at}.firstName, lastName and a company must be given together")


# -- the bodies of refusals -------------------------------------------------------------------------------------------
def feathers(message: str) -> Json:
    """The envelope seen for unknown properties."""
    return {"name": "BadRequest", "message": message, "code": 400, "className": "bad-request", "errors": {}}


def plain(status: int, message: str, error: str = "") -> Json:
    """The envelope of the gateway's own refusals."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"statusCode": status, "timestamp": stamp, "message": message} | ({"error": error} if error else {})


BAD_FORMAT = "Invalid API key format"
BAD_KEY = "Invalid API key"
NO_KEY = "No API key found in request"
NO_CREDITS = "Insufficient credits for this operation"
INACTIVE = "Your account is not active. Please reach out to support at support@lusha.com"
NO_V3 = "V3 API access is not enabled for your account"
TRIAL = "You've reached your trial limit, please contact support for upgrade"
TOO_MANY = "Too many requests. Please wait before making another request."
NO_ROUTE = {"message": "no Route matched with those values", "request_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9"}


def full_window(name: str, limit: int, seconds: float) -> str:
    """What a full window says: minute and burst are generic, hour and day name the reset."""
    per = {"hourly": "hour", "daily": "day"}.get(name)
    if per is None:
        return TOO_MANY
    return (
        f"{name.capitalize()} API rate limit exceeded. Limit: {limit} calls per {per}. Reset in {max(1, int(seconds))} seconds."
    )
