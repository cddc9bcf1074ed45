# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in other people's text, in each form and place; and our own data, which no secret changes."""

from __future__ import annotations

import base64
import html
import json
import quopri
import threading
import tracemalloc
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core import masking as masking_module
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import DeniedError, FaultError, shorten
from ansible_collections.campaign.classic.plugins.module_utils._core.forms import WINDOW
from ansible_collections.campaign.classic.plugins.module_utils._core.masking import (
    LONGEST_KNOWN,
    MASK,
    MOST_KNOWN,
    Masking,
    Secret,
    is_distinct,
    masked,
    masked_data,
)
from tests.helpers.masking import FORMS

SECRETS = ["CANARY&x<y", "ims+se/cret=88", "tëst-Pässwort-9", "two  words 4711", "quo\"te's\\slash-1", "plainsecret42"]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_secret_is_masked_in_every_form(form: Callable[[str], str], secret: str) -> None:
    text = f"The server said so: {form(secret)} and no more."
    shown = Masking([Secret(secret, "ops")]).others(text)
    assert MASK in shown, shown
    assert shown.startswith("The server said so: ") and shown.endswith(" and no more."), shown
    left = shown.replace("The server said so: ", "").replace(" and no more.", "")
    assert left.strip("\"' b\n") == MASK


@pytest.mark.parametrize("form", [str, html.escape, quote_plus], ids=["as it is", "xml", "form"])
@pytest.mark.parametrize("broken", ["\n", "\r\n", "\n    "])
def test_secret_that_a_broken_line_divides_is_masked(broken: str, form: Callable[[str], str]) -> None:
    secret = form("CANARY&x<y/1234567890")
    masking = Masking([Secret("CANARY&x<y/1234567890")])
    for place in range(1, len(secret)):
        shown = masking.others(f"It is {secret[:place]}{broken}{secret[place:]} here.")
        assert shown == f"It is {MASK} here.", (place, shown)


def test_letter_that_grows_when_it_is_made_small_moves_no_mask() -> None:
    shown = Masking([Secret("CANARY-1234")]).others("İİİ " + b"CANARY-1234".hex() + " end")
    assert shown == f"İİİ {MASK} end"


@pytest.mark.parametrize("user", ["ops", "a", "operator", "x" * 20])
@pytest.mark.parametrize("secret", ["1", "stuck", "CANARY&x<y"])
def test_user_and_password_of_basic_authorization_are_masked_together(secret: str, user: str) -> None:
    header = base64.b64encode(f"{user}:{secret}".encode()).decode()
    masking = Masking([Secret(secret, user)])
    assert masking.others(f"Proxy-Authorization: Basic {header}").endswith(f": Basic {MASK}")
    assert header.rstrip("=")[-6:] not in masking.others(f"Basic {header[:8]}\r\n {header[8:]}")


@pytest.mark.parametrize("secret", ["CANARY&x<y/1234567890", "ims-secret-of-20-char"])
@pytest.mark.parametrize("form", [str, html.escape, quote_plus, lambda text: json.dumps(text)[1:-1]])
@pytest.mark.parametrize("behind", ["", "...", '"', "…", " "])
def test_beginning_of_a_secret_is_masked_where_a_text_was_cut(
    secret: str, form: Callable[[str], str], behind: str
) -> None:
    masking = Masking([Secret(secret)])
    whole = form(secret)
    for length in range(form(secret[:4]).__len__(), len(whole)):
        shown = masking.others(f"It is {whole[:length]}{behind}")
        assert shown == f"It is {MASK}", (length, shown)


def test_end_of_a_secret_is_masked_where_a_text_begins_in_it() -> None:
    secret = "CANARY&x<y/1234567890"
    masking = Masking([Secret(secret)])
    for length in range(4, len(secret)):
        assert masking.others(f"{html.escape(secret[-length:])} is wrong") == f"{MASK} is wrong"


def test_base64_that_was_cut_is_masked() -> None:
    header = base64.b64encode(b"ops:CANARY-of-some-length").decode()
    for length in range(14, len(header)):
        assert Masking([Secret("CANARY-of-some-length", "ops")]).others(f"Basic {header[:length]}") == f"Basic {MASK}"


@pytest.mark.parametrize("place", range(1980, 2012))
def test_nothing_is_cut_before_it_is_masked(place: int) -> None:
    text = "." * place + "CANARY-of-some-length" + "." * 50
    with Masking([Secret("CANARY-of-some-length")]).active():
        shown = shorten(text)
    assert "CAN" not in shown


def test_long_text_is_cut_with_the_number_of_what_is_left_out() -> None:
    with Masking([Secret("e")]).active():
        assert shorten("x" * 300_000, 10) == f"{'x' * 10} [299990 more characters]"


def test_text_without_a_secret_stays_as_it_is() -> None:
    text = "Basic training, 100% of &amp; a\\b = c; Zm9vYmFyYmF6 %2F\r\n"
    assert Masking([Secret("another-secret-1", "ops"), Secret("stuck", "ops")]).others(text) == text
    assert Masking().others(text) == text


@pytest.mark.parametrize("secret", ["", " ", "*", "********"])
def test_what_is_no_secret_masks_nothing(secret: str) -> None:
    assert Masking([Secret(secret)]).others("a * b ********") == "a * b ********"


def test_masking_is_quick_whatever_a_server_sends() -> None:
    masking = Masking([Secret(secret, "ops") for secret in SECRETS])
    # Base64 in one long run, in which a secret is found at every step.
    run = base64.b64encode(b"CANARY-of-18-chars").decode() * 2700
    masking.add([Secret("CANARY-of-18-chars"), Secret("\0" * 6)])
    texts = ("a%41&amp;\\u0041=41 " * 3000, "%25" * 20_000, "\\" * 60_000, "&amp;" * 12_000, "A" * 60_000, run)
    for text in (*texts, "43 41 " * 10_000, "a\n" * 30_000):
        masking.others(text)  # a test has a time limit, and each of these takes a moment


# -- our own fields ----------------------------------------------------------------------------------------------------

OWN = {
    "verdict": "stuck",
    "option": "NmsMidSourcing_LastDelivery_mkt-1",
    "server_time": "2026-11-23T02:00:00.000Z",
    "digest": "e1" * 32,
    "count": 1,
    "reason": "The cursor 'NmsMidSourcing_LastDelivery_mkt-1' of campaign stands at 2026-01-01, and is stuck.",
    "plan": {"old_value": "2020-03-01 10:00:00.000Z", "workflow": "defaultMidSourcingDlv"},
}


@pytest.mark.parametrize(
    "secret",
    ["1", "e", "stuck", "2026", "campaign", "NmsMidSourcing", "NmsMidSourcing_LastDelivery_mkt-1", "mkt-1",
     "2026-11-23T02:00:00.000Z", "defaultMidSourcingDlv", "LastDelivery_mkt-1"],
)  # fmt: skip
def test_secret_that_is_part_of_our_data_does_not_change_it(secret: str) -> None:
    masking = Masking([Secret(secret, "ops")])
    assert masking.result(OWN) == OWN
    assert masking.result({**OWN, "text": f"not {secret}!"})["text"] == masking.others(f"not {secret}!")
    assert secret not in masking.others(f"not {secret}!")
    assert not masking.distinct(OWN)


def test_distinct_secret_is_masked_in_our_sentences_too() -> None:
    masking = Masking([Secret("ops-canary-7f3a")])
    result = masking.result({"msg": "Not ops-canary-7f3a.", "deep": [{"more": "ops-canary-7f3a"}], **OWN})
    assert "ops-canary-7f3a" not in json.dumps(result)
    assert masking.distinct(result) == {"ops-canary-7f3a"}


@pytest.mark.parametrize("secret", ["a", "hunter2", "correcthorsebattery", "12345678", "2026-11-23", "snake_case_word"])
def test_word_or_number_is_not_distinct(secret: str) -> None:
    assert not is_distinct(secret)


def test_error_keeps_its_codes_when_the_words_are_masked() -> None:
    error = FaultError("It failed.", fault_string="XSV-350012 not 1", detail="1")
    error.mask(Masking([Secret("1")]))
    assert error.codes == ["XSV-350012"] and error.detail == MASK
    assert error.to_result()["error"]["codes"] == ["XSV-350012"]
    denied = DeniedError("No.", server_text="password stuck")
    denied.mask(Masking([Secret("stuck")]))
    assert str(denied) == f'No. The server said: "password {MASK}".'


def test_rows_of_a_server_keep_keys_and_figures() -> None:
    rows = [{"id": "1001", "at": "2026-01-01T00:00:00Z", "label": "Label 1", "none": None}]
    with Masking([Secret("1")]).active():
        assert masked_data(rows) == [{**rows[0], "label": f"Label {MASK}"}]
    assert masked_data(rows) is rows


def test_each_thread_has_the_secrets_of_its_own_operation() -> None:
    on_order: list[str] = []
    with Masking([Secret("stuck")]).active():
        thread = threading.Thread(target=lambda: on_order.append(masked("stuck")))
        thread.start()
        thread.join()
        assert masked("stuck") == MASK
    assert on_order == ["stuck"] and masked("stuck") == "stuck"


def test_secret_that_becomes_known_later_is_masked_too() -> None:
    masking = Masking()
    masking.add([Secret("___token-2")])
    assert masking.others("___token-2") == MASK


def test_secret_is_masked_in_a_text_that_was_seen_before_it_was_known() -> None:
    masking, text = Masking([Secret("plainsecret42")]), "The token is ___late-token-77 today."
    assert masking.others(text) == masking.others(text) == text
    masking.add([Secret("___late-token-77")])
    assert masking.others(text) == f"The token is {MASK} today."


def test_a_text_that_is_said_again_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    inner = masking_module.find
    monkeypatch.setattr(masking_module, "find", lambda text, *more: looked.append(text) or inner(text, *more))
    masking = Masking([Secret("plainsecret42")])
    lines = [masking.others("It was plainsecret42.") for _run in range(36)]
    assert set(lines) == {f"It was {MASK}."}
    assert looked == ["It was plainsecret42."]


def test_few_and_short_texts_are_kept() -> None:
    masking = Masking([Secret("plainsecret42")])
    for number in range(3 * MOST_KNOWN):
        masking.others(f"line {number} " + "x" * (LONGEST_KNOWN if number < MOST_KNOWN else 0))
    kept = masking._known
    assert len(kept) == MOST_KNOWN
    assert max(map(len, kept)) < LONGEST_KNOWN


def test_quoted_printable_is_read() -> None:
    secret = "tëst=Pässwort-9"
    assert Masking([Secret(secret)]).others(quopri.encodestring(secret.encode()).decode()) == MASK
    assert quote(secret) != secret


# -- long texts, and texts that cost more than they should -------------------------------------------------------------


@pytest.mark.parametrize("form", [str, quote, lambda text: base64.b64encode(text.encode()).decode()])
@pytest.mark.parametrize("place", [-30, -7, 0, 7, 30])
def test_secret_is_masked_where_two_windows_of_a_long_text_meet(form: Callable[[str], str], place: int) -> None:
    before = "x y, " * 40_000
    for edge in (WINDOW, 2 * WINDOW, WINDOW + 4096):
        text = f"{before[: edge + place]} {form('CANARY+pass/word-1')} {before[: 3 * WINDOW]}"
        shown = Masking([Secret("CANARY+pass/word-1")]).others(text)
        assert shown.count(MASK) == 1
        assert shown.replace(MASK, "").replace(" ", "") == f"{before[: edge + place]}{before[: 3 * WINDOW]}".replace(
            " ", ""
        )


def test_beginning_of_a_secret_at_the_edge_of_a_window_is_no_secret() -> None:
    text = "x" * (WINDOW - 4) + "CANA" + "y" * WINDOW
    assert Masking([Secret("CANARY+pass/word-1")]).others(text) == text


def test_text_of_escapes_alone_is_not_shown_and_takes_little() -> None:
    masking = Masking([Secret("plainsecret42")])
    text = "%2526amp;\\u0026\\x3d=3D+&amp;#37;26 %5Cu0025=26amp;" * 20_000
    tracemalloc.start()
    shown = masking.others(text)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert shown == f"[{len(text)} characters, not shown: they have too many escapes to be searched for secrets]"
    assert peak < 20 * 1024 * 1024
    # What follows is searched as before: one text costs others only what it has used.
    assert masking.others("plain%73ecret42") == MASK


def test_operation_resolves_so_many_escapes_and_then_shows_only_what_has_none() -> None:
    masking = Masking([Secret("plainsecret42")])
    masking._effort.left = 10
    assert masking.others("%41" * 20).startswith("[60 characters, not shown")
    assert masking.others("It was plainsecret42.") == f"It was {MASK}."


def test_script_of_a_megabyte_is_shown() -> None:
    script = "if (a < b && c['x'] == 1) { url = base + encode(d); } // a comment of some length, as scripts have\n"
    text = script * (1_000_000 // len(script))
    assert Masking([Secret("plainsecret42")]).others(text) == text


def test_capital_letters_of_other_languages_hide_nothing() -> None:
    assert Masking([Secret("plainsecret42")]).others("\u0130 PLAINSECRET42 \u0130") == f"\u0130 {MASK} \u0130"
