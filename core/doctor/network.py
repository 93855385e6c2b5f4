"""What answers at Lusha's address: asked once, by HEAD, without a key. It costs nothing and names nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from core.doctor.finding import Finding, fine, found
from core.lusha.call import Arrived
from core.lusha.client import Knock, knock
from core.lusha.headers import read_date
from core.settings import Settings, is_loopback

SKEW = timedelta(minutes=2)
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_TLS, _PROXY = "TLS", "the proxy"  # words of core.lusha.call


def network(
    home: Settings,
    env: Mapping[str, str],
    *,
    offline: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ask: Callable[[str], Knock] = knock,
) -> Iterator[Finding]:
    """The proxy, the answer, and the clock by the answer's date. ``offline``: the proxy only."""
    yield from _proxy(home, env)
    if offline:
        yield fine("Network", "not asked (--offline)")
        return
    came = ask(home.api_url)
    if not isinstance(came, Arrived):
        yield _nothing_came(home.api_url, came.why)
        return
    yield _answered(home.api_url, came)
    there = read_date(came.headers)
    if there is not None:
        yield _clock(now() - there)


def _proxy(home: Settings, env: Mapping[str, str]) -> Iterator[Finding]:
    named = next((name for name in _PROXIES if env.get(name)), "")
    if named and not is_loopback(urlsplit(home.api_url).hostname or ""):
        parts = urlsplit(env[named])
        yield found("network.proxy", f"{named}: {parts.hostname or 'unreadable'}{f':{parts.port}' if parts.port else ''}")


def _nothing_came(url: str, why: str) -> Finding:
    words = ((_TLS, "network.certificate"), (_PROXY, "network.proxy_refused"), ("", "network.unreachable"))
    return found(next(fault for word, fault in words if word in why), f"{url}: {why}")


def _answered(url: str, came: Arrived) -> Finding:
    """Lusha says 401 in JSON to a question without a key. A page or a redirect is somebody else's."""
    seen = f"{url} answered with {came.http}"
    if came.http == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return found("network.proxy_refused", seen)
    if _is_somebody_else(came):
        return found("network.portal", f"{seen}, {came.headers.get('content-type') or 'a redirect'}")
    if came.http >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return found("network.trouble", seen)
    return fine("Network", f"{url} can be reached")


def _is_somebody_else(came: Arrived) -> bool:
    moved = HTTPStatus.MULTIPLE_CHOICES <= came.http < HTTPStatus.BAD_REQUEST
    signs_in = came.http == HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED
    page = "text/html" in came.headers.get("content-type", "") and came.http < HTTPStatus.INTERNAL_SERVER_ERROR
    return moved or signs_in or (page and came.http != HTTPStatus.UNAUTHORIZED)


def _clock(ahead: timedelta) -> Finding:
    if abs(ahead) <= SKEW:
        return fine("Clock", "right within two minutes")
    seconds = abs(round(ahead.total_seconds()))
    much = f"{seconds // 60:,} min" if seconds < 7200 else f"{seconds // 3600:,} h"
    return found("network.clock", f"{much} {'ahead' if ahead > timedelta(0) else 'behind'}")
