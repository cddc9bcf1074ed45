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
      - Only the incident itself is treated then. If the cure fails, the workflow is left stopped.
    type: bool
    default: false
  small_gap:
    description:
      - A cursor is not moved where the mid-sourcing server says that no more deliveries than this changed since it, or
        that moving would leave more than half of them to be asked for. A run from where it stands could fetch them, and
        then nothing is lost.
      - What a mid-sourcing server can tell in one run is known nowhere. V(0) leaves the question out.
    type: int
    default: 500
  ask_mid:
    description:
      - Whether the mid-sourcing server of a cursor that looks stuck is asked before anything is moved. It is asked only
        then, by one logon, three counting queries and one logoff, and never written to.
      - With V(auto) it is asked where it is known how to log on there, by O(mids), or by a host of the inventory, or an
        instance of the credentials file, with the URL that the account names. With V(require) nothing is moved without
        its figures. With V(never) it is not asked.
      - A server that does not answer makes the verdict V(failing_other), with the cause V(mid_unreachable), since no
        run could succeed. A server that refuses this logon says nothing of the one in the account. That is a warning.
      - All deliveries that changed are counted, of every customer of the server, as far as the operator there sees
        them. The condition that the workflow itself uses is not published.
      - What an earlier attempt has begun is resumed without asking.
    type: str
    choices: [auto, never, require]
    default: auto
  ask_mid_timeout:
    description:
      - How long asking one mid-sourcing server may take, in seconds. A count that does not come within its share of
        that is a finding too.
    type: float
    default: 30.0
  mids:
    description:
      - How to log on to mid-sourcing servers that are no hosts of the inventory.
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
          - What it is called in messages.
        type: str
      url:
        description:
          - The URL by which it is reached from where the module runs. Without it, O(mids[].server).
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
          - An access token of Adobe's identity service, in place of user and password.
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
          - Where the technical account's token is fetched.
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
          - File of the certificate that the server is shown.
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
  strategy:
    description:
      - Where the cursor is to be moved.
      - V(lookback) is the server's time minus O(lookback), so that deliveries that changed recently are
        fetched again.
      - V(now) is the server's time minus ten minutes, since it is not known whose clock the workflow uses.
      - V(explicit) is O(value).
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
  earlier:
    description:
      - What is known of earlier attempts to cure this instance. The action plugin fills it from the evidence on the
        controller; there is no need to give it by hand.
      - With it a cure that was killed is resumed. A stop that was sent by such an attempt is not taken for a
        person's, and the value that it wrote is not taken for the old one.
      - An attempt counts only as long as the cursor stands where it found it or where it moved it.
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
          - Where it meant to move the cursor.
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
          - The cursors that it meant to move.
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
      orders:
        description:
          - What it did, in its sequence, when its result says so; the actions of
            RV(campaign.classic.sync_cursor#module:steps). The last of V(stop), V(kill) and V(start) counts.
        type: list
        elements: str
        default: []
      writes:
        description:
          - How many of its calls may have changed the instance, when its result says so. V(0) makes it count for
            nothing.
        type: int
"""

    #: When a cursor is what: what the inventory plugin judges by, too.
    JUDGING = r"""
options:
  max_age:
    description:
      - A cursor older than this is V(stale). A duration such as V(90s), V(15m), V(6h) or V(7d). Each needs its unit.
    type: str
    default: 6h
  remediate_after:
    description:
      - Only a cursor older than this can be V(stuck).
    type: str
    default: 7d
  max_run:
    description:
      - A run that is on for less than this is left alone.
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
      - What texts of your journals mean, where the collection does not know them or is wrong about them. These come
        before its own.
      - Only runs that failed because an answer was too slow show that a cursor is V(stuck). A text that nobody knows
        shows nothing, however many runs fail with it.
      - See the README, "What counts as proof".
    type: list
    elements: dict
    default: []
    suboptions:
      pattern:
        description:
          - A regular expression, searched in the text without regard to case. One that matches the empty text or a
            single sign is refused, and one that repeats what repeats.
        type: str
        required: true
      class:
        description:
          - V(slow) when the other server was asked and did not answer in time.
          - V(never_asked) when the question did not get so far, as with a connection that did not come about or a lock.
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
