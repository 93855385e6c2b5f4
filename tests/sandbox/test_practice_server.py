"""The practice server over a real socket: strict bodies, keys, windows, credits, odd answers, trouble on request."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.__main__ import main
from sandbox.people import CAST, Directory, invented, slug_of
from sandbox.scenarios import SCENARIOS, key
from sandbox.server import PracticeServer
from sandbox.world import Clock, World

TOP = Path(__file__).resolve().parents[2]
SEARCH, ENRICH, USAGE = "/v3/contacts/search-and-enrich", "/v3/contacts/enrich", "/v3/account/usage"
DAN = {"clientReferenceId": "a-0", "linkedinUrl": "https://www.linkedin.com/in/sb-dan-mobile"}


def person(slug: str, ref: str = "a-0") -> dict[str, str]:
    return {"clientReferenceId": ref, "linkedinUrl": f"https://www.linkedin.com/in/{slug}"}


class Caller:
    """Asks the server as a client would."""

    def __init__(self, server: PracticeServer, client: httpx.Client) -> None:
        self.server, self.client, self.world = server, client, server.world

    def __call__(self, body: Any, path: str = SEARCH, key_: str = key(1), **more: Any) -> httpx.Response:
        headers = {"api_key": key_} if key_ else {}
        return self.client.post(self.server.url + path, json=body, headers=headers | more.pop("headers", {}), **more)

    def ask(self, *contacts: dict[str, str], reveal: tuple[str, ...] = ("phones",)) -> Any:
        return self({"contacts": list(contacts), "reveal": list(reveal)}).json()

    def get(self, path: str = USAGE, key_: str = key(1)) -> httpx.Response:
        return self.client.get(self.server.url + path, headers={"api_key": key_})


@pytest.fixture
def call() -> Iterator[Caller]:
    world = World(Clock())
    world.account("Sales", [key(1), key(2)], credits=100.0)
    with PracticeServer(world) as server, httpx.Client(trust_env=False, timeout=60) as client:
        yield Caller(server, client)


# -- keys and routes
@pytest.mark.parametrize(
    ("header", "status", "words"),
    [
        ("not-a-key", 400, "Invalid API key format"),
        (key(99), 401, "Invalid API key"),
        ("12345678-1234-4123-8123-123456789012", 401, "Invalid API key"),
        ("", 401, "No API key found in request"),
    ],
)
def test_keys_are_checked_for_shape_and_then_for_being_known(call: Caller, header: str, status: int, words: str) -> None:
    answer = call({"contacts": [DAN], "reveal": ["phones"]}, key_=header)
    assert (answer.status_code, answer.json()["message"]) == (status, words)


def test_the_header_is_case_blind_and_a_bearer_token_is_no_key(call: Caller) -> None:
    body = {"contacts": [DAN], "reveal": ["phones"]}
    assert call(body, key_="", headers={"API_KEY": key(1)}).status_code == 200
    assert call(body, key_="", headers={"Authorization": f"Bearer {key(1)}"}).status_code == 401
    call.world.revoked.add(key(1))
    assert call(body).status_code == 401
    assert call(body, key_=key(2)).status_code == 200


@pytest.mark.parametrize("path", ["/v2/person", "/person/contact", "/v2/contacts/search", "/v3/contacts/search", "/"])
def test_every_other_route_is_the_gateways_404(call: Caller, path: str) -> None:
    answer = call({}, path)
    assert (answer.status_code, answer.json()["message"]) == (404, "no Route matched with those values")


# -- bodies
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], "body must be an object"),
        ({"firstName": "Ada", "lastName": "Sample"}, "property firstName should not exist"),
        ({"contacts": [DAN | {"fullName": "x"}], "reveal": ["phones"]}, "contacts.0.property fullName should not exist"),
        ({"contacts": [], "reveal": ["phones"]}, "contacts must contain at least 1 elements"),
        ({"contacts": [DAN] * 101, "reveal": ["phones"]}, "contacts must contain no more than 100 elements"),
        ({"contacts": [DAN], "reveal": []}, "reveal must contain at least 1 elements"),
        ({"contacts": [DAN], "reveal": ["faxes"]}, "each value in reveal must be one of the following values: emails, phones"),
        ({"contacts": [DAN], "reveal": ["phones"], "waterfallEnabled": False}, "property waterfallEnabled should not exist"),
        ({"contacts": ["x"], "reveal": ["phones"]}, "contacts.0 must be an object"),
        ({"contacts": [DAN, {"email": ""}], "reveal": ["phones"]}, "contacts.1.email must be a non-empty string"),
        ({"contacts": [{"email": "nobody"}], "reveal": ["phones"]}, "contacts.0.email must be an email"),
        (
            {"contacts": [{"linkedinUrl": "https://x.example"}], "reveal": ["phones"]},
            "contacts.0.linkedinUrl must be a LinkedIn URL",
        ),
        (
            {"contacts": [{"firstName": "Ada"}], "reveal": ["phones"]},
            "contacts.0.firstName, lastName and a company must be given together",
        ),
    ],
)
def test_bodies_are_strict(call: Caller, body: Any, words: str) -> None:
    answer = call(body)
    assert (answer.status_code, answer.json()["message"]) == (400, words)
    assert call.world.charged() == 0


def test_what_is_not_json_is_refused(call: Caller) -> None:
    answer = call.client.post(call.server.url + SEARCH, content=b"{", headers={"api_key": key(1)})
    assert answer.status_code == 400


def test_reveal_left_out_reveals_and_charges_everything(call: Caller) -> None:
    item = call({"contacts": [DAN]}).json()["results"][0]
    assert item["phones"]
    assert item["emails"]
    assert call.world.charged() == 7


# -- money
def test_a_search_covers_25_and_a_reveal_is_for_each_person_and_kind(call: Caller) -> None:
    call.world.accounts["Sales"].credits = 10_000
    found = [one for one in CAST if not one.error and one.phones][:26] * 1
    body = call.ask(*(person(one.slug, f"a-{n}") for n, one in enumerate(found)))
    searches = -(-len(found) // 25)
    assert body["billing"]["creditsCharged"] == searches + 5 * len(found)
    assert call.world.charged("Sales") == body["billing"]["creditsCharged"]


def test_nothing_found_costs_nothing_and_a_person_without_a_phone_the_search(call: Caller) -> None:
    assert call.ask(person("sb-notfound"))["billing"]["creditsCharged"] == 0
    assert call.ask(person("sb-ben-example"))["billing"]["creditsCharged"] == 1


def test_the_same_person_again_costs_the_search_and_by_id_nothing(call: Caller) -> None:
    first = call.ask(DAN)
    assert first["billing"]["creditsCharged"] == 6
    assert call.ask(DAN)["billing"]["creditsCharged"] == 1
    lusha_id = first["results"][0]["id"]
    again = call({"ids": [lusha_id], "reveal": ["phones"], "waterfallEnabled": False}, ENRICH).json()
    assert again["billing"]["creditsCharged"] == 0
    assert "clientReferenceId" not in again["results"][0]
    other = call({"ids": ["v1.nobody"], "reveal": ["phones"]}, ENRICH).json()
    assert other["results"][0]["error"]["code"] == "NOT_FOUND"
    call.world.waterfall_refused = True
    assert call({"ids": [lusha_id], "reveal": ["phones"], "waterfallEnabled": False}, ENRICH).status_code == 400


def test_an_empty_account_says_402_or_serves_what_it_can_pay(call: Caller) -> None:
    call.world.accounts["Sales"].credits = 0
    assert call({"contacts": [DAN], "reveal": ["phones"]}).status_code == 402
    call.world.accounts["Sales"].partial = True
    call.world.accounts["Sales"].credits = 7
    body = call.ask(DAN, person("sb-xena-new", "a-1"))
    assert body["status"] == "PARTIAL_OUT_OF_CREDITS"
    assert body["results"][0]["phones"]
    assert body["results"][1]["missingDataPoints"] == [{"type": "phone", "status": "BILLING_FAILED"}]
    call.world.accounts["Sales"].credits = 1
    assert call.ask(person("sb-zack-last"))["status"] == "OUT_OF_CREDITS"


def test_billing_can_be_odd(call: Caller) -> None:
    call.world.billing = "missing"
    assert "billing" not in call.ask(DAN)
    call.world.billing = "float"
    assert isinstance(call.ask(DAN)["billing"]["creditsCharged"], float)


def test_two_accounts_that_paid_for_one_person_are_seen(call: Caller) -> None:
    call.world.account("Other", [key(3)])
    call.ask(DAN)
    call({"contacts": [DAN], "reveal": ["phones"]}, key_=key(3))
    assert call.world.paid_twice() == [("sb-dan-mobile", "phones")]


# -- accounts and windows
@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"active": False}, 403, "Your account is not active"),
        ({"v3": False}, 403, "V3 API access is not enabled"),
        ({"forbids": "phones"}, 403, "Forbidden"),
        ({"trial_over": True}, 429, "trial limit"),
        ({"limits": {"minute": 0}}, 429, "Too many requests"),
        ({"limits": {"hourly": 0}}, 429, "Hourly API rate limit exceeded. Limit: 0 calls per hour. Reset in 3600 seconds."),
        ({"limits": {"daily": 0}}, 429, "Daily API rate limit exceeded."),
        ({"per_second": 0}, 429, "Too many requests"),
    ],
)
def test_accounts_refuse_in_lushas_words(call: Caller, change: dict[str, Any], status: int, words: str) -> None:
    call.world.clock.set(1_800_000_000.0)
    for name, value in change.items():
        setattr(call.world.accounts["Sales"], name, value)
    answer = call({"contacts": [DAN], "reveal": ["phones"]})
    assert answer.status_code == status
    assert words in answer.json()["message"]


@pytest.mark.parametrize("per_key", [True, False])
def test_windows_count_by_key_or_by_account_and_end_with_the_clock(call: Caller, per_key: bool) -> None:
    world, body = call.world, {"contacts": [DAN], "reveal": ["phones"]}
    world.clock.set(1_800_000_000.0)
    world.accounts["Sales"].limits, world.accounts["Sales"].per_key = {"hourly": 1}, per_key
    assert call(body).status_code == 200
    assert call(body).status_code == 429
    assert call(body, key_=key(2)).status_code == (200 if per_key else 429)
    world.clock.forward(3601)
    assert call(body).status_code == 200


@pytest.mark.parametrize(("style", "count"), [("nine", 9), ("six", 6), ("none", 0), ("garbage", 6)])
def test_the_window_headers_come_on_every_answer(call: Caller, style: str, count: int) -> None:
    call.world.headers = style
    for answer in (call({"contacts": [DAN], "reveal": ["phones"]}), call({"contacts": []})):
        found = [name for name in answer.headers if name.startswith("x-")]
        assert len(found) == count
    if style == "nine":
        assert answer.headers["x-minute-requests-left"] == "298"


def test_usage_tells_balance_windows_and_prices_five_times_a_minute(call: Caller) -> None:
    said = call.get().json()
    assert said["credits"] == {"total": 100.0, "used": 0.0, "remaining": 100.0}
    assert said["pricing"]["revealPhone"] == {"credits": 5, "perQuantity": 1}
    assert said["rateLimits"]["daily"]["limit"] == 18_000
    assert [call.get().status_code for _ in range(5)] == [200] * 4 + [429]


def test_the_usage_limit_is_the_accounts_whichever_key_asks_and_ends_after_a_minute(call: Caller) -> None:
    call.world.account("Other", [key(3)])
    call.world.clock.set(1_790_000_000.0)
    asked = [call.get(key_=key(1 + n % 2)).status_code for n in range(6)]
    assert asked == [200] * 5 + [429]
    assert call.get(key_=key(3)).status_code == 200
    call.world.clock.forward(60)
    assert call.get(key_=key(2)).status_code == 200


def test_the_balance_lags_behind_the_charges(call: Caller) -> None:
    call.world.clock.set(1_790_000_000.0)
    call.world.balance_lag_s = 10.0
    call.ask(DAN)
    assert call.world.accounts["Sales"].credits == 94
    assert call.get().json()["credits"] == {"total": 100.0, "used": 0.0, "remaining": 100.0}
    call.world.clock.forward(10)
    assert call.get().json()["credits"]["remaining"] == 94


def test_the_servers_clock_can_be_wrong_and_the_plan_another(call: Caller) -> None:
    call.world.clock.set(1_790_000_000.0)
    call.world.date_skew_s = 3600.0
    call.world.accounts["Sales"].plan = "premium"
    answer = call.get()
    assert answer.headers["date"] == "Mon, 21 Sep 2026 15:13:20 GMT"
    assert answer.json()["rateLimits"]["minute"]["resetsAt"] == "2026-09-21T15:14:20.000Z"
    assert answer.json()["plan"]["category"] == "premium"


def test_trouble_can_be_asked_for_usage_alone(call: Caller) -> None:
    call.world.fault("status", usage=True, status=503, body="")
    assert "results" in call.ask(DAN)
    assert [call.get().status_code for _ in range(2)] == [503, 200]


# -- people
def test_every_trait_of_the_cast_comes_over_the_wire(call: Caller) -> None:
    call.world.accounts["Sales"].credits = 10_000
    body = call.ask(*(person(one.slug, one.slug) for one in CAST), reveal=("phones", "emails"))
    by_ref: dict[str, list[Any]] = {}
    for item in body["results"]:
        by_ref.setdefault(item["clientReferenceId"], []).append(item)
    assert body["status"] == "partial"
    assert "sb-absent" not in by_ref
    assert len(by_ref["sb-twice"]) == 2
    assert "phones" not in by_ref["sb-cleo-quiet"][0]
    assert by_ref["sb-ben-example"][0]["phones"] == []
    assert by_ref["sb-gdpr"][0]["error"]["code"] == "COMPLIANCE_RESTRICTED"
    assert "doNotCall" not in by_ref["sb-dnc-missing"][0]["phones"][0]
    assert by_ref["sb-dnc-null"][0]["phones"][0]["doNotCall"] is None
    assert by_ref["sb-wrong-person"][0]["fullName"] == "Mila Wrongman"
    assert len(by_ref["sb-long-company"][0]["company"]["name"]) > 290


def test_everybody_else_is_the_same_every_time_and_spread_as_promised() -> None:
    people = [invented(f"in/somebody-{number}") for number in range(3000)]
    assert people == [invented(f"in/somebody-{number}") for number in range(3000)]
    phones = sum(bool(one.phones) for one in people) / 3000
    lost = sum(one.error == "NOT_FOUND" for one in people) / 3000
    assert phones == pytest.approx(0.45, abs=0.04)
    assert lost == pytest.approx(0.35, abs=0.04)


@pytest.mark.parametrize(
    "link",
    [
        "http://de.linkedin.com/in/SB-Dan-Mobile/?trk=x",
        "linkedin.com/in/sb-dan-mobile#top",
        "https://www.linkedin.com/in/sb-dan-mobile/en",
    ],
)
def test_spellings_of_a_link_are_one_person(link: str) -> None:
    assert slug_of(link) == "sb-dan-mobile"
    directory = Directory()
    by_mail = directory.find({"email": "dan-mobile@northwind-traders-inc.example"})
    by_name = directory.find({"firstName": "dan", "lastName": "MOBILE", "companyName": "Northwind"})
    assert directory.find({"linkedinUrl": link}) == by_mail == by_name
    assert directory.find({"firstName": "No", "lastName": "Body", "companyDomain": "x.example"}).first == "No"


# -- trouble
def test_a_fault_fits_by_key_account_person_and_every_so_often(call: Caller) -> None:
    body = {"contacts": [DAN], "reveal": ["phones"]}
    call.world.fault("status", times=-1, key=key(2), status=500, body={"message": "x"})
    assert [call(body).status_code, call(body, key_=key(2)).status_code] == [200, 500]
    call.world.faults.clear()
    call.world.fault("status", times=-1, account="Sales", every=2, status=503, body="<html>no</html>")
    answers = [call(body) for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 503, 200, 503]
    assert answers[1].headers["content-type"].startswith("text/html")
    call.world.faults.clear()
    call.world.fault("status", slug="sb-gdpr", status=451, body={"message": "GDPR"})
    assert [call(body).status_code, call({"contacts": [person("sb-gdpr")], "reveal": ["phones"]}).status_code] == [200, 451]


@pytest.mark.parametrize("how", ["close", "cut", "cut_headers", "reset"])
@pytest.mark.parametrize("charged", [True, False])
def test_answers_get_lost_with_and_without_the_charge(call: Caller, how: str, charged: bool) -> None:
    call.world.fault(how, charged=charged)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        call({"contacts": [DAN], "reveal": ["phones"]})
    assert call.world.charged() == (6 if charged else 0)
    assert call({"contacts": [DAN], "reveal": ["phones"]}).status_code == 200


def test_silence_lasts_and_the_server_still_ends_at_once(call: Caller) -> None:
    call.world.fault("silence")
    with pytest.raises(httpx.ReadTimeout):
        call({"contacts": [DAN], "reveal": ["phones"]}, timeout=0.1)


def test_slow_and_dripping_answers_arrive_whole(call: Caller) -> None:
    call.world.fault("slow", seconds=0.01)
    call.world.fault("drip", seconds=0.0)
    body = {"contacts": [DAN], "reveal": ["phones"]}
    assert call(body).json()["billing"]["creditsCharged"] == 6
    assert call(body).json()["billing"]["creditsCharged"] == 1


# -- journal and controls
def test_the_journal_keeps_four_characters_of_a_key_and_what_was_asked(call: Caller) -> None:
    call.ask(DAN, person("sb-notfound", "a-1"))
    entry = call.world.journal[-1]
    assert (entry.key, entry.rows, entry.status, entry.case, entry.charged) == ("0001", 2, 200, "R01", 6.0)
    assert "api_key" in entry.headers
    shown = call.get("/__sandbox/journal").text
    assert key(1) not in shown
    assert call.get("/__sandbox/ledger").json()["ledger"][0]["kind"] == "search"


def test_another_process_can_set_faults_clock_and_accounts(call: Caller) -> None:
    def control(what: str, body: Any) -> Any:
        return call.client.post(f"{call.server.url}/__sandbox/{what}", content=json.dumps(body)).json()

    control("faults", {"how": "status", "status": 500, "body": {"message": "x"}})
    assert call({"contacts": [DAN], "reveal": ["phones"]}).status_code == 500
    before = call.world.clock()
    control("clock", {"forward": 100})
    assert call.world.clock() >= before + 100
    assert control("accounts", {"label": "Sales", "set": {"credits": 5}})["accounts"]["Sales"]["credits"] == 5
    assert control("reset", {})["journal"] == 0


def test_a_look_up_waits_in_front_of_a_shut_gate_until_it_is_opened(call: Caller) -> None:
    def control(what: str, body: Any) -> Any:
        return httpx.post(f"{call.server.url}/__sandbox/{what}", content=json.dumps(body), trust_env=False).json()

    control("gate", {"open": False})
    got: list[Any] = []
    asking = threading.Thread(target=lambda: got.append(call.ask(DAN)))
    asking.start()
    while not control("stats", {})["stats"]["held"]:
        pass
    assert not got
    assert call.world.charged() == 0
    control("gate", {"open": True})
    asking.join(10)
    assert got[0]["billing"]["creditsCharged"] == 6
    assert control("stats", {})["stats"]["held"] == 0


def test_the_server_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    with PracticeServer(SCENARIOS["demo"]().world) as server, httpx.Client(trust_env=False) as client:
        client.get(server.url + USAGE)
    assert set(threading.enumerate()) <= before


def test_the_command_prints_address_and_keys_and_ends_when_told() -> None:
    command = [sys.executable, "-m", "sandbox", "--scenario", "demo"]
    with subprocess.Popen(
        command, cwd=TOP, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as run:
        assert run.stdout is not None
        lines = [run.stdout.readline() for _ in range(7)]
        run.send_signal(signal.SIGTERM)
        assert run.wait(120) == 0
    assert lines[0].startswith("Practice Lusha at http://127.0.0.1:")
    assert lines[2] == f"Key 1,{key(1)},Practice 1\n"


def test_it_ends_with_the_program_that_started_it() -> None:
    """The system closes the pipe of whoever is killed; nobody has to remember to stop the server."""
    command = [sys.executable, "-m", "sandbox", "--until-eof"]
    with subprocess.Popen(command, cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        run.stdout.readline()
        assert run.poll() is None
        run.stdin.close()
        assert run.wait(120) == 0


def test_a_port_that_is_taken_is_said(call: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    try:
        code = main(["--port", str(call.server.port)])
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
    assert code == 2
    assert "Choose another with --port" in capsys.readouterr().err


def test_calm_ends_trouble_and_silences_and_keeps_what_was_booked(call: Caller) -> None:
    call.world.fault("silence", times=-1, charged=True)
    with ThreadPoolExecutor(1) as pool:
        silent = pool.submit(call.ask, DAN)
        while not call.world.journal:
            time.sleep(0.01)
        call.client.post(f"{call.server.url}/__sandbox/calm", content="{}")
        with pytest.raises(httpx.RemoteProtocolError):
            silent.result(timeout=60)
    assert call.world.charged() == 6
    answer = call.ask(DAN)
    heard, lost = call.world.journal[-1], call.world.journal[0]
    assert (heard.request_id, heard.charged) == (answer["requestId"], 1)
    assert (lost.charged, lost.request_id != heard.request_id) == (6, True)
    assert [line.credits for line in call.world.ledger if line.request_id == heard.request_id] == [1, 0]  # free again
