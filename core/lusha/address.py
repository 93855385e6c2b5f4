"""Where requests may go: Lusha itself over https, or this computer. Each with keys of its own."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from core.errors import UsageError
from core.secret import Secret
from core.settings import API_HOST, API_URL, is_loopback

_HTTPS_PORT = 443


def check_api_url(text: str) -> str:
    """The base address without a trailing slash; empty text is Lusha's own.

    Raises UsageError for any other host, for plain http to anything but this computer, and for addresses with a
    user, path, query or fragment.
    """
    bare = text.strip()
    if not bare:
        return API_URL
    try:
        parts = urlsplit(bare)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused() from None
    if _has_more_than_a_host(parts, bare):
        raise _refused()
    if is_loopback(host) and parts.scheme in {"http", "https"}:
        return f"{parts.scheme}://{parts.netloc}"
    if host == API_HOST and parts.scheme == "https" and port in {None, _HTTPS_PORT}:
        return API_URL
    raise _refused()


def check_pairing(base_url: str, secret: Secret) -> None:
    """Raise UsageError unless this key may be sent to this (checked) address. Nothing has been sent by then."""
    if not secret.sendable:
        raise UsageError(
            "This key cannot be used",
            "It contains blanks, control characters or letters outside ASCII. Copy it again from Lusha.",
        )
    here = is_loopback(urlsplit(base_url).hostname or "")
    if here and not secret.is_practice:
        raise UsageError(
            "A real key is not sent to the practice server",
            f"The key ...{secret.last4} was not used. Practise with the practice server's own keys.",
        )
    if not here and secret.is_practice:
        raise UsageError(
            "A practice key is not sent to Lusha",
            f"The key ...{secret.last4} works with the practice server only. Add a key from your Lusha account.",
        )


def _has_more_than_a_host(parts: SplitResult, text: str) -> bool:
    extra = parts.username is not None or parts.password is not None or parts.path not in {"", "/"}
    return extra or "?" in text or "#" in text or "\\" in text or any(char.isspace() for char in text)


def _refused() -> UsageError:
    return UsageError(
        "Keys are not sent to this address",
        f"Use {API_URL}, or http://127.0.0.1:PORT for the practice server on this computer.",
    )
