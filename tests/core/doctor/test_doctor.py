"""The doctor under real conditions: a full disk, a folder of somebody else, sign-in pages, damaged files, locked stores."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.database import Database
from core.doctor import data, examination, network, place, store, system
from core.doctor.examination import examine, home_of
from core.doctor.faults import FAULTS
from core.doctor.finding import Finding, Verdict
from core.errors import DatabaseTrouble, KeyStoreTrouble
from core.keys.store import KeyStore
from core.keys.vault import MemoryVault, Vault, translate
from core.looking import read_only
from core.model import Category, Kind
from core.owner import Owner
from core.runs import Action, Phase, Runs, State
from core.schema import STEPS
from core.secret import Secret
from core.settings import API_URL, Settings
from sandbox.scenarios import SCENARIOS
from sandbox.server import PracticeServer

TOP = Path(__file__).resolve().parents[3]
KEY = "00000000-0000-4000-8000-00000000a41f"
ROOT = os.name == "posix" and os.geteuid() == 0
NOBODY = 65534


def ids(found: Iterator[Finding]) -> set[str]:
    return {one.id for one in found if one.state is not Verdict.OK}


# -- where the data lies ----------------------------------------------------------------------------------------------
@pytest.mark.skipif(not ROOT, reason="only root may mount a small disk")
def test_a_full_disk_is_found_by_writing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
    try:
        assert ids(place.writing(disk)) == {"disk.full"}  # a megabyte is less than a run needs
        (disk / "fill").write_bytes(b"x" * (900 * 1024))
        (found,) = place.writing(disk)
        assert (found.id, "No space left" in found.seen) == ("disk.full", True)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_little_room_is_a_hint_and_nothing_is_left_behind(tmp_path: Path) -> None:
    assert ids(place.writing(tmp_path, free=place.LOW - 1)) == {"disk.low"}
    assert ids(place.writing(tmp_path, free=place.FULL - 1)) == {"disk.full"}
    assert ids(place.writing(tmp_path, free=place.LOW)) == set()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not ROOT, reason="only root can become somebody else")
def test_a_folder_of_somebody_else_is_found() -> None:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    try:
        os.seteuid(NOBODY)
        try:
            found = ids(place.writing(folder))
        finally:
            os.seteuid(0)
        assert found == {"data.rights"}
    finally:
        folder.rmdir()


def test_a_folder_others_can_read_is_a_hint(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert "data.open" in ids(place.data_folder(tmp_path, {}, ""))
    tmp_path.chmod(0o700)
    assert "data.open" not in ids(place.data_folder(tmp_path, {}, ""))


@pytest.mark.parametrize(
    ("folder", "env", "mounts", "kind"),
    [
        ("/mnt/team/data", {}, "server:/x /mnt/team nfs4 rw 0 0", "network"),
        ("/mnt/team/data", {}, "//server/x /mnt/team cifs rw 0 0", "network"),
        ("/mnt/team/data", {}, "/dev/sda1 /mnt/team ext4 rw 0 0", ""),
        ("//server/share/data", {}, "", "network"),
        ("/u/anna/OneDrive - Contoso/data", {}, "", "synced"),
        ("/u/anna/Dropbox/data", {}, "", "synced"),
        ("/u/anna/Library/Mobile Documents/data", {}, "", "synced"),
        ("/u/anna/Library/CloudStorage/GoogleDrive-a/data", {}, "", "synced"),
        ("/g/My Drive/data", {}, "", "synced"),
        ("/u/anna/Work/data", {"OneDriveCommercial": "/u/anna/Work"}, "", "synced"),
        ("/u/anna/Work/data", {"OneDrive": "/u/anna/Other"}, "", ""),
        ("/u/anna/.local/share/LushaEnrich", {}, "", ""),
    ],
)
def test_network_and_cloud_folders_are_told_apart(folder: str, env: dict[str, str], mounts: str, kind: str) -> None:
    assert place.kind_of_place(Path(folder), env, mounts) == kind


def test_a_folder_a_sync_program_has_marked_and_a_network_drive_letter_are_found(tmp_path: Path) -> None:
    (tmp_path / ".dropbox.cache").mkdir()
    inside = tmp_path / "data"
    inside.mkdir()
    assert ids(place.data_folder(inside, {}, "")) >= {"data.synced"}
    assert place.kind_of_place(Path("/z"), {}, "", lambda _: True) == "network"


# -- the database -----------------------------------------------------------------------------------------------------
def looked_at(path: Path) -> set[str]:
    return ids(data.database(path, data.Inside()))


def test_a_database_that_is_not_there_yet_is_fine_and_stays_away(tmp_path: Path) -> None:
    assert looked_at(tmp_path / "lusha.sqlite3") == set()
    assert list(tmp_path.iterdir()) == []


def test_damaged_newer_and_busy_databases_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "lusha.sqlite3"
    path.write_bytes(b"not a database at all" * 100)
    assert looked_at(path) == {"database.damaged"}
    path.unlink()
    with Database(path), closing(sqlite3.connect(path)) as con:
        con.execute(f"PRAGMA user_version={len(STEPS) + 3}")
    assert looked_at(path) == {"database.newer"}
    with closing(sqlite3.connect(path, isolation_level=None)) as con:
        con.execute(f"PRAGMA user_version={len(STEPS)}")
        con.execute("PRAGMA journal_mode=DELETE")
        con.execute("BEGIN EXCLUSIVE")
        assert looked_at(path) == {"database.busy"}
        con.execute("ROLLBACK")
    assert looked_at(path) == {"keys.none"}


def test_a_torn_page_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "lusha.sqlite3"
    with Database(path) as db, db.write() as con:
        con.executemany("INSERT INTO meta(key, value) VALUES(?, ?)", [(f"k{n}", "x" * 500) for n in range(200)])
    whole = bytearray(path.read_bytes())
    whole[8192:40960] = b"\xff" * 32768
    path.write_bytes(whole)
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    assert looked_at(path) == {"database.damaged"}


def test_an_old_database_is_not_upgraded_by_looking(tmp_path: Path) -> None:
    path = tmp_path / "lusha.sqlite3"
    with Database(path, steps=STEPS[:1]):
        pass
    before = path.read_bytes()
    looked_at(path)
    assert path.read_bytes() == before


def test_nothing_can_be_written_while_looking(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        read_only(tmp_path / "none.sqlite3")
    assert data.key_ids(tmp_path / "none.sqlite3") == set()
    assert list(tmp_path.iterdir()) == []
    path = tmp_path / "lusha.sqlite3"
    with Database(path):
        pass
    with closing(read_only(path)) as con, pytest.raises(sqlite3.OperationalError, match="readonly"):
        con.execute("DELETE FROM meta")


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[tuple[Path, KeyStore, MemoryVault]]:
    path, vault = tmp_path / "practice.sqlite3", MemoryVault()
    with Database(path) as db:
        made = KeyStore(db, vault, lambda: 1_790_000_000.0, origin="practice")
        made.add_many([f"one,{KEY}"], Category.ANY)
        yield path, made, vault


def test_keys_and_the_key_store_are_compared_in_both_directions(keys: tuple[Path, KeyStore, MemoryVault]) -> None:
    path, made, vault = keys
    inside = data.Inside()
    assert ids(data.database(path, inside)) == set()
    assert ids(store.key_store(inside, lambda: vault)) == set()
    vault.set("f" * 32, Secret(KEY))
    assert ids(store.key_store(inside, lambda: vault)) == {"keys.orphans"}
    vault.delete(made.list()[0].id)
    assert ids(store.key_store(inside, lambda: vault)) == {"keys.orphans", "keys.missing"}


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE keys SET secret='MISSING'", "keys.missing"),
        ("UPDATE keys SET secret='DELETING'", "keys.unfinished"),
        ("UPDATE keys SET status='EXHAUSTED'", "keys.none_ready"),
        ("UPDATE keys SET paused=1", "keys.none_ready"),
        (
            "INSERT INTO jobs(id, kinds, source, state, created_at) VALUES('a', 'phones', 'x.xlsx', 'PAUSED', 1)",
            "jobs.waiting",
        ),
    ],
)
def test_keys_and_jobs_in_a_bad_state_are_named(keys: tuple[Path, KeyStore, MemoryVault], sql: str, fault: str) -> None:
    with closing(sqlite3.connect(keys[0], isolation_level=None)) as con:
        con.execute(sql)
    assert fault in looked_at(keys[0])


def test_a_job_whose_program_is_gone_waits_and_one_at_work_does_not(keys: tuple[Path, KeyStore, MemoryVault]) -> None:
    path = keys[0]
    running = "INSERT INTO jobs(id, kinds, source, state, created_at, owner) VALUES(?, 'phones', 'x.xlsx', 'RUNNING', 1, ?)"
    with Owner(path.parent / "running") as owner, closing(sqlite3.connect(path, isolation_level=None)) as con:
        con.execute(running, ("a", alive := owner.claim()))
        assert looked_at(path) == set()
        con.execute(running, ("b", "0" * 32))
        assert looked_at(path) == {"jobs.waiting"}
        assert (path.parent / "running" / f"{alive}.lock").exists()


def test_results_that_wait_for_excel_are_counted(tmp_path: Path) -> None:
    assert ids(data.open_workbook_runs(tmp_path)) == set()
    assert not (tmp_path / "runs").exists()
    runs = Runs(tmp_path)
    run = runs.start(Action.ENRICH, frozenset({Kind.PHONES}), book="a.xlsx", sheet="A")
    assert ids(data.open_workbook_runs(tmp_path)) == set()
    runs.tell(State(run.id, Phase.WAITING, unwritten=12))
    (found,) = data.open_workbook_runs(tmp_path)
    assert (found.id, found.seen) == ("jobs.unwritten", "12 results of 1 runs")


# -- the key store ----------------------------------------------------------------------------------------------------
class Forgetful(MemoryVault):
    def get(self, key_id: str) -> Secret | None:
        return None


def refusing(error: Exception) -> Callable[[], Vault]:
    def find() -> Vault:
        raise error

    return find


def locked() -> Vault:
    vault = MemoryVault()
    vault.locked = {"set", "get", "delete"}
    return vault


@pytest.mark.parametrize(
    ("find", "fault"),
    [
        (locked, "store.locked"),
        (Forgetful, "store.forgets"),
        (refusing(KeyStoreTrouble("No key store found", "x")), "store.none"),
        (refusing(translate(OSError("boom"))), "store.unreachable"),
        (refusing(translate(type("PasswordSetError", (Exception,), {})())), "store.refused"),
    ],
)
def test_every_trouble_of_a_key_store_has_a_name(find: Callable[[], Vault], fault: str) -> None:
    assert ids(store.key_store(data.Inside(), find)) == {fault}


def doctor(env: dict[str, str], *before: str) -> tuple[int, dict[str, dict[str, str]]]:
    """The command as a process, with nothing of the D-Bus that is there."""
    clean = {name: value for name, value in os.environ.items() if name not in {"DBUS_SESSION_BUS_ADDRESS", "DISPLAY"}}
    words = [*before, sys.executable, "-m", "cli", "doctor", "--offline", "--json"]
    done = subprocess.run(words, env=clean | env, cwd=TOP, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, {one["id"]: one for one in json.loads(done.stdout)}


def test_no_secret_service_at_all_is_exit_3(tmp_path: Path) -> None:
    env = {
        "LUSHA_ENRICH_HOME": str(tmp_path / "home"),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere",
    }
    code, found = doctor(env)
    assert (code, found["store.none"]["state"]) == (3, "problem")


@pytest.mark.skipif(shutil.which("gnome-keyring-daemon") is None, reason="needs gnome-keyring")
def test_a_real_secret_service_is_ok_and_locked_it_is_exit_3(tmp_path: Path) -> None:
    script = ["bash", str(TOP / "tests" / "secret_service.sh")]
    env = {"KEEP": str(tmp_path / "desktop"), "LUSHA_ENRICH_HOME": str(tmp_path / "home"), "PASS": "practice"}
    code, found = doctor(env, *script)
    assert "key_store.ok" in found
    assert code != 3
    code, found = doctor(env | {"PASS": "wrong"}, *script)
    assert (code, found["store.locked"]["todo"]) == (3, "Unlock it (sign in to your keyring) and try again.")


# -- the network ------------------------------------------------------------------------------------------------------
@contextmanager
def answering(status: int, headers: dict[str, str], *, tls: tuple[Path, Path] | None = None) -> Iterator[str]:
    """A small server that answers everything so; the keys it is sent are kept, and there must be none."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            assert "api_key" not in self.headers
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        do_CONNECT = do_HEAD  # noqa: N815  http.server's name

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


HTML = {"Content-Type": "text/html; charset=utf-8"}
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("status", "headers", "fault"),
    [
        (200, HTML, "network.portal"),
        (302, {"Location": "http://login.example/"}, "network.portal"),
        (403, HTML, "network.portal"),
        (511, HTML, "network.portal"),
        (407, HTML, "network.proxy_refused"),
        (503, HTML, "network.trouble"),
        (401, JSON, ""),
        (401, HTML, ""),
        (404, JSON, ""),
    ],
)
def test_who_answers_in_place_of_lusha_is_named(tmp_path: Path, status: int, headers: dict[str, str], fault: str) -> None:
    with answering(status, headers) as url:
        assert ids(network.network(Settings(tmp_path, url), {})) == ({fault} if fault else set())


def test_a_certificate_nobody_vouches_for_is_named(tmp_path: Path) -> None:
    with answering(200, JSON, tls=self_signed(tmp_path)) as url:
        assert ids(network.network(Settings(tmp_path, url), {})) == {"network.certificate"}


def test_an_address_where_nobody_listens_is_a_problem(tmp_path: Path) -> None:
    with answering(200, JSON) as url:
        pass
    assert ids(network.network(Settings(tmp_path, url), {})) == {"network.unreachable"}


def test_a_proxy_that_lets_nothing_through_is_named_without_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(407, HTML) as url:
        proxy = url.replace("http://", "http://anna:geheim@")
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy)
        for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        found = list(network.network(Settings(tmp_path, API_URL), os.environ))
    assert {one.id for one in found} == {"network.proxy", "network.proxy_refused"}
    assert "geheim" not in str(found)


@pytest.mark.parametrize(("hours", "said"), [(3, "3 h behind"), (-3, "3 h ahead"), (0.1, "6 min behind")])
def test_a_wrong_clock_is_seen_by_the_date_of_the_answer(tmp_path: Path, hours: float, said: str) -> None:
    here = datetime(2026, 11, 24, 8, tzinfo=UTC)
    date = (here + timedelta(hours=hours)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    with answering(401, JSON | {"Date": date}) as url:
        found = [one for one in network.network(Settings(tmp_path, url), {}, now=lambda: here) if one.check == "Clock"]
    assert [(one.id, one.seen) for one in found] == [("network.clock", said)]


def test_the_practice_server_has_the_right_time_and_remembers_no_knock(tmp_path: Path) -> None:
    shown = SCENARIOS["seed1"]()
    with PracticeServer(shown.world) as server:
        found = list(network.network(Settings(tmp_path, server.url), {}))
    assert [one.id for one in found] == ["network.ok", "clock.ok"]
    assert shown.world.journal == []


def test_offline_asks_nobody(tmp_path: Path) -> None:
    def never(_url: str) -> network.Knock:
        raise AssertionError

    assert ids(network.network(Settings(tmp_path), {"HTTPS_PROXY": "http://proxy:3128"}, offline=True, ask=never)) == {
        "network.proxy"
    }


# -- Python and the window --------------------------------------------------------------------------------------------
def test_old_pythons_and_missing_packages_are_named() -> None:
    assert ids(system.python((3, 10, 2), (3, 34, 0))) == {"python.old", "python.sqlite"}
    assert ids(system.python()) == set()
    assert ids(system.packages(["httpx", "no-such-package"])) == {"python.package"}
    assert ids(system.packages()) == set()
    assert ids(system.window({}, "linux", "no_such_package")) == {"window.package"}
    assert ids(system.window({}, "win32")) == set()


def test_a_missing_library_of_the_window_is_named_by_the_systems_loader(tmp_path: Path) -> None:
    broken = tmp_path / "libqxcb.so"
    broken.write_bytes(b"not a library")
    assert "libqxcb.so" in system.missing_library([broken])
    (found,) = system._linux_window({"DISPLAY": ":0"}, broken)
    assert (found.id, "libqxcb.so" in found.seen) == ("window.library", True)
    assert ids(system._linux_window({}, broken)) == {"window.library", "window.screen"}
    assert ids(system._linux_window({"QT_QPA_PLATFORM": "offscreen"}, broken)) == set()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux needs libraries of the system")
def test_the_window_of_this_computer_has_its_libraries_and_fonts() -> None:
    assert ids(system.window({"DISPLAY": ":0"})) == set()


def test_a_computer_without_fonts_gets_a_hint(tmp_path: Path) -> None:
    assert ids(system.fonts([str(tmp_path)])) == {"window.fonts"}
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.TTF").touch()
    assert ids(system.fonts([str(tmp_path)])) == set()


# -- all of it --------------------------------------------------------------------------------------------------------
def test_unusable_settings_are_a_finding_and_the_rest_is_checked_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('policy = "best"\n', "utf-8")
    home = home_of({"LUSHA_ENRICH_HOME": str(tmp_path)})
    found = list(examine(home, {"QT_QPA_PLATFORM": "offscreen"}, offline=True, vault=MemoryVault))
    assert "line 1: policy must be one of" in next(one.seen for one in found if one.id == "settings.wrong")
    assert {"key_store.ok", "database.ok", "disk.ok"} <= {one.id for one in found}
    wrong = home_of({"LUSHA_ENRICH_HOME": str(tmp_path / "new"), "LUSHA_ENRICH_API_URL": "https://evil.example"})
    assert (wrong.settings.api_url, wrong.findings[0].id) == (API_URL, "settings.wrong")


def test_a_data_folder_that_cannot_be_made_is_a_finding_too(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home = home_of({"LUSHA_ENRICH_HOME": str(tmp_path / "file" / "home")})
    found = {one.id for one in examine(home, {"QT_QPA_PLATFORM": "offscreen"}, offline=True, vault=MemoryVault)}
    assert {"settings.wrong", "data.rights", "key_store.ok"} <= found


@pytest.mark.skipif(os.name != "posix", reason="rights and links of POSIX")
@pytest.mark.parametrize("what", ["settings are a link", "home is open", "settings are a folder", "a run is a link"])
def test_what_may_not_be_trusted_is_a_finding_and_the_rest_is_checked_all_the_same(tmp_path: Path, what: str) -> None:
    home = tmp_path / "home"
    (home / "runs").mkdir(parents=True, mode=0o700)
    home.chmod(0o700)
    match what:
        case "settings are a link":
            (home / "settings.toml").symlink_to(tmp_path / "elsewhere")
        case "home is open":
            (home / "something-else").touch()
            home.chmod(0o777)
        case "settings are a folder":
            (home / "settings.toml").mkdir()
        case _:
            (home / "runs" / "a.request.json").touch()
            (home / "runs" / "a.state.json").symlink_to(tmp_path / "elsewhere")
    env = {"LUSHA_ENRICH_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    found = {one.id for one in examine(home_of(env), env, offline=True, vault=MemoryVault)}
    assert {"data.refused", "disk.ok", "database.ok", "key_store.ok"} <= found


def test_a_check_that_may_not_look_is_a_finding_and_no_end() -> None:
    def refused() -> Iterator[Finding]:
        raise PermissionError(13, "Permission denied", "/a/file")
        yield

    def busy() -> Iterator[Finding]:
        raise DatabaseTrouble("The data is busy", "Wait.")
        yield

    assert [(one.id, one.seen) for check in (refused, busy) for one in examination._ended(check)] == [
        ("data.rights", "/a/file: Permission denied"),
        ("data.rights", "The data is busy. Wait."),
    ]


def test_keys_of_the_other_database_of_a_home_are_no_orphans(keys: tuple[Path, KeyStore, MemoryVault]) -> None:
    path, _, vault = keys
    found = examine(
        home_of({"LUSHA_ENRICH_HOME": str(path.parent)}), {"QT_QPA_PLATFORM": "offscreen"}, offline=True, vault=lambda: vault
    )
    assert "keys.orphans" not in {one.id for one in found}


def test_every_fault_is_hint_or_problem_and_says_what_it_means_and_what_to_do() -> None:
    for name, (check, verdict, means, todo) in FAULTS.items():
        assert verdict in {"hint", "problem"}, name
        assert check, name
        assert means.endswith((".", ")")), name
        assert todo, name


def self_signed(folder: Path) -> tuple[Path, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(days=1)).sign(key, hashes.SHA256())
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, private
