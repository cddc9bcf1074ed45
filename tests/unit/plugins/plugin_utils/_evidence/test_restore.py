# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines with old values in a job's output, as somebody has copied them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from ansible.parsing.splitter import parse_kv

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._core.text import visible
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.restore import old_value_line, read_restore

OPTION, OTHER = "NmsMidSourcing_LastDelivery_eu", "NmsMidSourcing_LastDelivery_us"
OLD, SHOWN = "2020-03-01 10:00:00.000Z", "2020-03-01T10:00:00.000Z"
LINE, SECOND = f"OLD VALUE mkt1,{OPTION},{SHOWN}", f"OLD VALUE mkt2,{OPTION},{SHOWN}"


def test_line_that_is_shown_is_the_line_that_is_read() -> None:
    assert old_value_line("mkt1", OPTION, OLD) == LINE
    assert [one["value"] for one in read_restore(old_value_line("mkt1", OPTION, OLD))] == [OLD]


@pytest.mark.parametrize(
    "value",
    [
        OLD,
        SHOWN,
        " 2020-03-01 10:00:00.000Z",
        "2020-03-01 10:00:00,000Z",
        "2020-03-01 12:00:00.000 +02:00",
        "2020-03-01 10:00:00 Z",
        "2020-03-01T10:00Z",
    ],
)
def test_a_moment_is_read_back_however_the_server_has_written_it(value: str) -> None:
    assert CursorValue.read(value).moment is not None
    assert old_value_line("mkt1", OPTION, value) == LINE
    assert [one["value"] for one in read_restore(LINE)] == [OLD]


def test_value_that_would_forge_a_line_stays_on_its_own() -> None:
    line = old_value_line("mkt1", OPTION, f"{OLD}\n{SECOND}")
    assert line.startswith(LINE) and "\n" not in line
    with pytest.raises(ValidationError):
        read_restore(line)


@pytest.mark.parametrize(
    "given",
    [
        f"mkt1,{OPTION},2020-03-01T10:00:00.000Z",
        f"mkt1 {OPTION} 2020-03-01 10:00:00.000Z",
        f"\n  mkt1, {OPTION}, 2020-03-01T12:00:00+02:00\n\n",
        [f"mkt1,{OPTION},2020-03-01T10:00:00Z"],
    ],
)
def test_line_of_a_jobs_output_is_enough(given: Any) -> None:
    expected = {"host": "mkt1", "option": OPTION, "value": OLD, "workflow": "defaultMidSourcingDlv"}
    assert read_restore(given) == [expected]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "is empty"),
        ([], "is empty"),
        ("mkt1", "does not name host, option and value"),
        (f"mkt1,{OPTION}", "does not name host, option and value"),
        (f"mkt1,{OPTION},yesterday", "is not a date"),
        (f"mkt1,{OPTION},2020-03-01T10:00:00", "no time zone"),
        ("mkt1,NmsMidSourcing_LastBroadLog_eu,2020-03-01T10:00:00Z", "no cursor that this collection moves"),
        ("mkt1,XtkDatabaseId,2020-03-01T10:00:00Z", "no cursor that this collection moves"),
    ],
)
def test_line_that_cannot_be_right_is_refused(given: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        read_restore(given)


@pytest.mark.parametrize(
    "given",
    [
        LINE,
        f'"{LINE}"',
        f'    "{LINE}",',
        f"        '{LINE}'\r\n",
        f"\t{LINE}\t",
        f"- {LINE}",
        f"msg: {LINE}",
        f'ok: [mkt1] => {{\n    "msg": "{LINE}"\n}}',
        f'ok: [mkt1] => (item={OPTION}) => {{\r\n    "msg": "{LINE}"\r\n}}\r\n',
        f"ok: [mkt1] => (item={OPTION}) => {{'msg': '{LINE}'}}",
        f"ok: [mkt1 -> localhost] => {LINE}",
        f"02:11:05 {LINE}",
        f"2026-11-28 02:11:05,123 p=12 u=ops n=ansible INFO| ok: [mkt1] => {LINE}",
        f'2026-11-28T02:11:05.1234567Z     "msg": "{LINE}"',
        f"  17 | {LINE}",
        f'\x1b[0;32mok: [mkt1] => {{\x1b[0m\n\x1b[0;32m    "msg": "{LINE}"\x1b[0m\n\x1b[0;32m}}\x1b[0m',
        f"TASK [campaign.classic.mid_sourcing : Detect | Say the old values] *****\n{LINE}\n\nskipping: [mkt3]\n",
        f"{LINE}\n{LINE}",
        f'"{LINE}\\n"',
        json.dumps({"msg": LINE}),
        json.dumps(json.dumps(LINE)),
        f"\ufeff{LINE}\u200b",
        LINE.replace("OLD VALUE ", "OLD\u00a0 VALUE\t"),
        f"\x1b[0K{LINE}\x1b[0;m",
        f"\\033[0;32m{LINE}\\033[0m",
        f"^[[0;32m{LINE}^[[0m",
        f"\x1b]8;;https://awx.example.com\x07{LINE}\x1b]8;;\x07",
        f"[2026-11-28T02:11:05.123Z] {LINE}",
        f'2026-11-28T02:11:05.123456789Z stdout F     "msg": "{LINE}"',
        f'ok: [localhost] => (item=mkt1) => {{"changed": false, "msg": "{LINE}"}}',
        f"included: roles/x.yml for mkt1\n{LINE}\nPLAY RECAP *****\nmkt1   : ok=5    changed=0    failed=0\n",
        f'"mkt1,{OPTION},{SHOWN}",',
        f"mkt1,{OPTION},{SHOWN},",
    ],
)
def test_whole_line_is_taken_as_it_was_copied(given: str) -> None:
    assert read_restore(given) == [
        {"host": "mkt1", "option": OPTION, "value": OLD, "workflow": "defaultMidSourcingDlv"}
    ]


@pytest.mark.parametrize(
    "given",
    [
        f"{LINE}\n{SECOND}\n",
        f'[\n    "{LINE}",\n    "{SECOND}"\n]',
        f'["{LINE}", "{SECOND}"]',
        f"['{LINE}', '{SECOND}']",
        json.dumps({"msg": [LINE, SECOND]}),
        f"{LINE}\\n{SECOND}",
        [LINE, f'"{SECOND}",'],
        json.dumps([f"mkt1,{OPTION},{SHOWN}", f"mkt2,{OPTION},{SHOWN}"]),
    ],
)
def test_several_lines_at_once(given: Any) -> None:
    assert [one["host"] for one in read_restore(given)] == ["mkt1", "mkt2"]


@pytest.mark.parametrize(
    ("typed", "hosts"),
    [
        (f"mid_sourcing_restore={LINE}", ["mkt1"]),
        (f"mid_sourcing_restore={LINE} mid_sourcing_apply=true", ["mkt1"]),
        (f"mid_sourcing_restore={LINE}\n{SECOND}\n", ["mkt1", "mkt2"]),
        (f'mid_sourcing_restore="{LINE}", "{SECOND}"', ["mkt1", "mkt2"]),
        (f'mid_sourcing_restore=    "{LINE}",', ["mkt1"]),
        (f"mid_sourcing_restore=ok: [mkt1] => {LINE}", ["mkt1"]),
        (f"mid_sourcing_restore='{LINE}'", ["mkt1"]),
        (f"mid_sourcing_restore=mkt1,{OPTION},{SHOWN} else", ["mkt1"]),
        (f"mid_sourcing_restore=mkt1 {OPTION} {OLD}", ["mkt1"]),
    ],
)
def test_what_ansible_cuts_at_spaces_on_the_command_line_is_put_together(typed: str, hosts: list[str]) -> None:
    seen = parse_kv(typed)
    found = read_restore(seen["mid_sourcing_restore"], seen.get("_raw_params", ""))
    assert [one["host"] for one in found] == hosts


@pytest.mark.parametrize(
    "given",
    [
        f"please put {LINE}",
        f"{LINE} and more",
        f"{LINE} -> {SHOWN}",
        f"{LINE},{SHOWN}",
        f"{LINE}{SHOWN}",
        f"OLD VALUE {LINE}",
        f"OLD VALUE mkt1 {OPTION} {SHOWN}",
        f"OLD VALUE mkt1,{OPTION}",
        f"OLD VALUE mkt1,{OPTION},",
        f"OLD VALUE mkt1,{OPTION},2020-03-01T10:00:00.0",
        f"OLD VALUE mkt1,{OPTION[:12]}\n{OPTION[12:]},{SHOWN}",
        f"OLD\\x20VALUE mkt1,{OPTION},{SHOWN}",
        f"OLD VALUEmkt1,{OPTION},{SHOWN}",
        # What a server can make of the words, once it is visible.
        *(
            visible(LINE.replace("OLD", f"O{code}LD"))
            for code in ("\x1b[m", "\\x1b[m", "\\u001b[0K", "^[[m", "\\033[m", "\\e[m")
        ),
        *(visible(LINE.replace(" V", f"{code}V")) for code in (" \x1b[m", "\u00a0", "\t", "\u200b ", " ^[[m")),
        f"ok: [mkt2] => {LINE}",
        f"fatal: [mkt1]: FAILED! => {LINE}",
        f"{LINE}\nwhat is this",
        f"{LINE}\nOLD VALUE mkt1,{OPTION},2021-03-01T10:00:00.000Z",
    ],
)
def test_what_could_mean_something_else_is_refused_with_its_line(given: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read_restore(given)
    said = str(caught.value)
    wrong = [
        line for line in given.splitlines() if line.replace("OLD VALUE", "OLD-VALUE").replace("\\\\", "\\") in said
    ]
    assert wrong and "Nothing was written" in said, said


def test_a_long_line_of_noise_is_judged_at_once() -> None:
    started = time.monotonic()
    for noise in ('"' * 5000, '"msg": ' * 2000, "1:" * 5000, "n=a " * 2000, "[" * 5000, "- " * 5000):
        with pytest.raises(ValidationError):
            read_restore(f"{noise}x {LINE}")
    assert time.monotonic() - started < 5
