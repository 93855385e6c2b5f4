"""A key never prints itself, pasted keys come out clean, and a log handler shows the last four at most."""

from __future__ import annotations

import copy
import io
import logging
import pickle
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.secret import Redactor, Secret, clean_secret, is_practice_key, looks_like_key

Logged = tuple[logging.Logger, io.StringIO, Redactor]
PLAIN = f"00000000-0000-4000-8000-{uuid.uuid4().hex[:12]}"


def test_only_the_last_four_are_printed_whatever_prints_it() -> None:
    secret = Secret(PLAIN)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>40}", repr([secret]), "%s" % secret]  # noqa: UP031
    assert shown[0] == f"Secret(...{PLAIN[-4:]})"
    assert all(PLAIN[-4:] in text and PLAIN[-5:] not in text for text in shown)
    assert (secret.tail, secret.last4) == (PLAIN[-4:], PLAIN[-4:])


def test_a_short_key_shows_nothing_of_itself() -> None:
    assert repr(Secret("abcdefg")) == "Secret(...)"


def test_secrets_compare_by_value_and_never_equal_their_text() -> None:
    assert Secret(PLAIN) == Secret(PLAIN)
    assert Secret(PLAIN) != Secret(PLAIN[:-1] + "x")
    assert Secret(PLAIN) != PLAIN
    assert Secret("ä\ud800") == Secret("ä\ud800")


def test_a_secret_is_neither_hashed_nor_pickled_nor_copied() -> None:
    for act in (hash, pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError) as error:
            act(Secret(PLAIN))
        assert PLAIN not in str(error.value)


def test_a_fingerprint_depends_on_key_and_salt_and_does_not_hold_the_key() -> None:
    one = Secret(PLAIN).fingerprint(b"salt")
    assert one == Secret(PLAIN).fingerprint(b"salt")
    assert one != Secret(PLAIN).fingerprint(b"other")
    assert one != Secret(PLAIN.replace("4000", "4001")).fingerprint(b"salt")
    assert len(one) == 32
    assert PLAIN[-12:] not in one


@pytest.mark.parametrize("form", [PLAIN, PLAIN.upper(), PLAIN.replace("-", ""), PLAIN[-12:]])
def test_a_key_is_hidden_in_text_in_every_form_that_tells_it(form: str) -> None:
    assert Secret(PLAIN).hidden_in(f"key {form}.") == f"key ...{PLAIN[-4:]}."


def test_a_short_key_is_hidden_whole() -> None:
    assert Secret("legacy-key").hidden_in("the legacy-key") == "the ...-key"


def test_an_empty_secret_hides_nothing() -> None:
    assert Secret("").hidden_in("text") == "text"


@pytest.mark.parametrize(("text", "fits"), [(PLAIN, True), ("", False), ("a b", False), ("a\n", False), ("ä", False)])
def test_only_visible_ascii_can_be_sent(text: str, fits: bool) -> None:
    assert Secret(text).sendable is fits


@pytest.mark.parametrize(
    "around",
    [
        "  {}\r\n",
        '"{}"',
        "'{}',",
        "“{}”",
        "\ufeff{}",
        "\u200b{}\u00a0",
        "api_key: {}",
        'API-KEY="{}"',
        '"api_key": "{}"',
        "apikey={}",
        "<{}>",
        "api_key: api_key: {}",
        "`{}`",
    ],
)
def test_a_pasted_key_comes_out_clean(around: str) -> None:
    assert clean_secret(around.format(PLAIN)) == PLAIN


@given(st.text(max_size=60))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_secret(clean_secret(text)) == clean_secret(text)


def test_control_and_foreign_characters_inside_are_left_for_the_check_to_refuse() -> None:
    assert not Secret(clean_secret(f"{PLAIN[:9]}\x07{PLAIN[9:]}")).sendable
    assert not Secret(clean_secret(f"{PLAIN[:9]}é{PLAIN[9:]}")).sendable


def test_shapes_are_told_apart() -> None:
    assert looks_like_key(PLAIN)
    assert is_practice_key(PLAIN.upper())
    assert Secret(PLAIN).is_practice
    real = str(uuid.uuid4())
    assert looks_like_key(real)
    assert not is_practice_key(real)
    assert not looks_like_key(real + "0")
    assert not looks_like_key(f"{real}\n")
    assert not is_practice_key(PLAIN + "\n")


@pytest.fixture
def logged() -> Logged:
    stream, redactor = io.StringIO(), Redactor()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s %(name)s"))
    handler.addFilter(redactor)
    redactor.learn(Secret(PLAIN))
    redactor.learn(Secret(PLAIN))
    logger = logging.Logger("parent.child")  # noqa: LOG001  not in the global tree
    logger.addHandler(handler)
    return logger, stream, redactor


def test_a_handler_shows_no_learned_key_in_message_arguments_or_exceptions(logged: Logged) -> None:
    logger, stream, _ = logged
    logger.error("plain %s and %r in %s", PLAIN, PLAIN.encode(), {"api_key": PLAIN})
    logger.error(PLAIN)
    logger.error("object %s", Secret(PLAIN))
    try:
        raise ValueError(f"Illegal header value {PLAIN.encode()!r}")
    except ValueError:
        logger.exception("failed")
    logger.error("stack", stack_info=True)
    said = stream.getvalue()
    assert PLAIN[-5:] not in said
    assert said.count(f"...{PLAIN[-4:]}") >= 5
    assert "ValueError: Illegal header value" in said


def test_extra_fields_are_cleaned_and_the_exception_object_is_dropped(logged: Logged) -> None:
    _, _, redactor = logged
    record = logging.LogRecord("n", logging.INFO, "f", 1, "m", None, (ValueError, ValueError(PLAIN), None))
    record.header = PLAIN
    assert redactor.filter(record)
    assert PLAIN not in str(vars(record))


def test_a_log_call_with_wrong_arguments_is_cleaned_too(logged: Logged) -> None:
    logger, stream, _ = logged
    logger.error("one %d", PLAIN)
    assert PLAIN[-5:] not in stream.getvalue()
    assert stream.getvalue()


def test_text_without_keys_passes_unchanged(logged: Logged) -> None:
    assert logged[2].clean("Rotating to next account...") == "Rotating to next account..."
