# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a cursor is judged, whether its mid is asked, where it is moved, and what is known of earlier attempts."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``sync_cursor`` and ``sync_cursor_info``."""

    DOCUMENTATION = r"""
options:
  cursor_map:
    description:
      - For cursors whose name does not end in the internal name of an account, the account of each option.
    type: dict
    default: {}
  start_stopped:
    description:
      - Treat a workflow that somebody has stopped or paused, or that was never started, as if it were started.
      - Only the incident itself is cured then. If the cure fails, the workflow is left stopped.
    type: bool
    default: false
  small_gap:
    description:
      - A cursor is not moved if the mid-sourcing server counts no more changed deliveries than this since its value,
        or if the new value would leave more than half of them. A run from the current value can fetch them, and
        then nothing is lost.
      - How much a mid-sourcing server can serve in one run is not documented. V(0) turns this check off.
    type: int
    default: 500
  ask_mid:
    description:
      - Whether the mid-sourcing server of a cursor that looks stuck is asked before anything is moved. It is asked only
        then, by one logon, a few counting queries and one logoff, and never written to.
      - With V(auto) it is asked if there are credentials for it, from O(mids), a host of the inventory, or an
        instance of the credentials file, with the URL that the account names. With V(require) nothing is moved without
        its figures. With V(never) it is not asked.
      - A server that does not answer makes the verdict V(failing_other), with the cause V(mid_unreachable), since no
        run could succeed. If the server refuses this logon, that says nothing about the logon in the
        account, and is a warning.
      - All deliveries that changed are counted, of every customer of the server, as far as the operator there sees
        them. The condition that the workflow itself uses is not published.
      - What an earlier attempt has begun is resumed without asking.
    type: str
    choices: [auto, never, require]
    default: auto
  ask_mid_timeout:
    description:
      - Timeout of asking one mid-sourcing server, in seconds. A count that exceeds its share of it is evidence, too.
    type: float
    default: 30.0
  strategy:
    description:
      - How the new value of the cursor is chosen.
      - V(lookback) is the time minus O(lookback), so that deliveries that changed recently are fetched again.
      - V(now) is the time minus ten minutes.
      - The time is that of the earliest clock, of the server, the controller, and the mid-sourcing server where it was
        asked, since it is not known whose clock the workflow uses. A value that is too early only has more fetched.
      - V(explicit) is O(value). It must not lie in the future of the server, nor by more than ten minutes in that of
        another of these clocks.
    type: str
    choices: [lookback, now, explicit]
    default: lookback
  lookback:
    description:
      - How far back the cursor is set with O(strategy=lookback). A duration.
    type: str
    default: 1d
  value:
    description:
      - The value to set with O(strategy=explicit), with its time zone.
    type: str
"""

    #: The connections to mids: for a backfill, too.
    MIDS = r"""
options:
  mids:
    description:
      - How to log on to mid-sourcing servers that are not hosts of the inventory.
      - The environment and the credentials file complete what is left out, with O(mids[].name) as the instance.
    type: list
    elements: dict
    default: []
    suboptions:
      server:
        description:
          - The URL by which accounts name the server. Host, port and path are compared.
        type: str
        required: true
      name:
        description:
          - Its name in messages.
        type: str
      url:
        description:
          - Its URL as seen from the host of the module. Without it, O(mids[].server).
        type: str
      user:
        description:
          - An operator of that server who may read deliveries.
        type: str
      password:
        description:
          - The operator's password.
        type: str
      access_token:
        description:
          - An access token of Adobe's identity service, instead of user and password.
        type: str
      client_id:
        description:
          - A technical account of Adobe's identity service.
        type: str
      client_secret:
        description:
          - The secret of the technical account.
        type: str
      scope:
        description:
          - The scopes of the technical account, separated by commas.
        type: str
      token_url:
        description:
          - The URL that issues the token of the technical account.
        type: str
      validate_certs:
        description:
          - Whether the server's certificate is checked.
        type: bool
      ca_path:
        description:
          - File or directory of the authorities to trust.
        type: path
      client_cert:
        description:
          - File with the client certificate.
        type: path
      client_key:
        description:
          - File of that certificate's key.
        type: path
      proxy:
        description:
          - URL of a proxy.
        type: str
      timeout:
        description:
          - Seconds for one request.
        type: float
"""

    #: The thresholds of verdicts: for the inventory plugin, too.
    JUDGING = r"""
options:
  max_age:
    description:
      - A cursor older than this is V(stale). A duration such as V(90s), V(15m), V(6h) or V(7d). Each needs its unit.
    type: str
    default: 6h
  remediate_after:
    description:
      - Only a cursor older than this can be V(stuck), or one that an unfinished cure has written.
    type: str
    default: 7d
  max_run:
    description:
      - A run that has taken less time than this is left alone, unless an earlier run has already failed on this value.
    type: str
    default: 2h
  engine_grace:
    description:
      - How long an order or a due time may be waiting before the workflow engine counts as down.
    type: str
    default: 15m
  min_failed_runs:
    description:
      - How many runs must have failed on the unchanged cursor because an answer was too slow. Each run that failed on
        it must have, or the cursor is not V(stuck).
    type: int
    default: 1
  causes:
    description:
      - The causes of texts in your journals that the collection does not know or classifies wrongly. These come
        before its own.
      - Only runs that failed because an answer was too slow show that a cursor is V(stuck). An unknown text
        proves nothing, however many runs fail with it.
      - See the guide to verdicts, "What counts as proof".
    type: list
    elements: dict
    default: []
    suboptions:
      pattern:
        description:
          - A regular expression, searched in the text, case-insensitive. One that matches the empty text or a
            single character is refused, and so is one with nested repetitions.
        type: str
        required: true
      class:
        description:
          - V(slow) when the other server was asked and did not answer in time.
          - V(never_asked) when the query did not get so far, as with a failed connection or a lock.
          - V(other) for any other reason.
        type: str
        choices: [slow, never_asked, other]
        required: true
      remedy:
        description:
          - What the operator should do. It is the proposal of the diagnosis, and needed for V(other).
        type: str
      id:
        description:
          - A name for the cause.
        type: str
"""

    EARLIER = r"""
options:
  earlier:
    description:
      - Earlier attempts to cure this instance. The action plugin fills it from the evidence on the
        controller; you do not need to set it.
      - With it a cure that was killed is resumed. The Stop of such an attempt is not mistaken for that of a
        person, and its value is not mistaken for the old one.
      - An attempt counts only while the cursor has the value before or after it.
    type: list
    elements: dict
    default: []
    suboptions:
      run_id:
        description:
          - The name of the run.
        type: str
        required: true
      started:
        description:
          - When the attempt began, by the controller's clock, with its time zone. Nothing was sent before.
        type: str
        required: true
      outcome:
        description:
          - How it ended. Leave it out when that is not known, as after a kill.
        type: str
      workflow:
        description:
          - The workflow that it treated.
        type: str
        default: defaultMidSourcingDlv
      strategy:
        description:
          - How it chose the new value.
        type: str
        choices: [lookback, now, explicit]
        default: lookback
      lookback:
        description:
          - How far back, with the strategy V(lookback).
        type: str
        default: 1d
      value:
        description:
          - The value of the strategy V(explicit).
        type: str
      cursors:
        description:
          - The cursors that it intended to move.
        type: list
        elements: dict
        required: true
        suboptions:
          cursor:
            description:
              - The option.
            type: str
            required: true
          expected_value:
            description:
              - Its value before the attempt.
            type: str
            required: true
          written:
            description:
              - What the attempt wrote, when its result says so.
            type: str
          unsure:
            description:
              - Whether the answer to that write was lost, so that it may never have arrived, or the answer to the one
                that was to put the old value back.
            type: bool
            default: false
      orders:
        description:
          - What it did, in its sequence, when its result says so; the actions of
            RV(campaign.classic.sync_cursor#module:steps). The last of V(stop), V(kill) and V(start) counts.
        type: list
        elements: str
        default: []
      left_stopped:
        description:
          - Whether it left the workflow stopped by an order of its own, when its result says so. Without this,
            O(earlier[].orders) tells.
        type: bool
      starts:
        description:
          - When its orders to start the workflow were answered, by the server's clock, when its result says so. A later
            start is somebody else's.
        type: list
        elements: str
        default: []
      runs:
        description:
          - When it began to have the workflow run as it stood, by the server's clock, when its result says so.
        type: list
        elements: str
        default: []
      stood:
        description:
          - Where it saw the cursors that the workflow asks for, before it sent anything, by option, when its result
            says so. A cure that finds them so need not run the workflow as it stands again.
        type: dict
        default: {}
      found_stopped:
        description:
          - Whether somebody had stopped the workflow before it, or may have, when its result does not say so and it was
            allowed to treat such a workflow. A workflow that stands still is nobody's but theirs then.
        type: bool
        default: false
      writes:
        description:
          - How many of its calls may have changed the instance, when its result says so. V(0) makes it count for
            nothing.
        type: int
      put_back:
        description:
          - When a later task, such as a rollback, has set its cursors, by the controller's clock. If the workflow has
            run since, whoever has stopped it then is somebody else.
        type: str
      undone:
        description:
          - Whether a later task, such as a rollback, has put one of its cursors back, also one that is not told here
            any more. To complete it for the others is a new change then, which needs an open change window.
        type: bool
        default: false
"""
