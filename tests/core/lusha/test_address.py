"""Keys go to Lusha over https or to this computer, and each sort only to its own place."""

from __future__ import annotations

import uuid

import pytest

from core.errors import UsageError
from core.lusha.address import check_api_url, check_pairing
from core.secret import Secret
from core.settings import API_URL

PRACTICE = "00000000-0000-4000-8000-7c1e5a90b3d2"
REAL = str(uuid.uuid4())


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", API_URL),
        ("https://api.lusha.com", API_URL),
        (" https://API.lusha.com:443/ ", API_URL),
        ("http://127.0.0.1:8123/", "http://127.0.0.1:8123"),
        ("http://localhost:1", "http://localhost:1"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_lusha_and_this_computer_are_accepted(text: str, url: str) -> None:
    assert check_api_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "http://api.lusha.com",
        "https://api.lusha.com:8443",
        "https://api.lusha.com.evil.example",
        "https://evil.example",
        "https://api.lusha.com@evil.example",
        "https://user:pass@api.lusha.com",
        "https://api.lusha.com/v3",
        "https://api.lusha.com?x=1",
        "https://api.lusha.com#x",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1\\@evil.example",
        "http://127.0.0.1:80 80",
        "http://0.0.0.0:80",
        "http://192.168.0.4:80",
        "ftp://127.0.0.1",
        "127.0.0.1:8000",
        "http://127.0.0.1:99999",
        "http://[::1",
        "api.lusha.com",
    ],
)
def test_every_other_address_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(UsageError) as error:
        check_api_url(text)
    assert "https://api.lusha.com" in error.value.message


@pytest.mark.parametrize(("url", "plain"), [(API_URL, REAL), (API_URL, "legacy-key"), ("http://localhost:1", PRACTICE)])
def test_a_key_may_go_where_it_belongs(url: str, plain: str) -> None:
    check_pairing(url, Secret(plain))


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        (API_URL, PRACTICE),
        ("http://127.0.0.1:1", REAL),
        ("http://127.0.0.1:1", "legacy-key"),
        (API_URL, ""),
        (API_URL, REAL + " "),
        (API_URL, REAL + "\n"),
        (API_URL, "schlüssel-schlüssel"),
    ],
)
def test_every_other_pairing_is_refused_without_showing_the_key(url: str, plain: str) -> None:
    with pytest.raises(UsageError) as error:
        check_pairing(url, Secret(plain))
    assert not plain or plain.strip()[-12:] not in f"{error.value} {error.value.message}"
