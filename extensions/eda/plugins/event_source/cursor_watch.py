# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
short_description: Watches Adobe Campaign Classic instances, and tells when the verdict of one changes
description:
  - Reads all instances at once, again and again, and makes an event of each transition, such as from V(healthy) to
    V(stuck), from V(stuck) to V(healthy), or to V(unreachable). What stays the same is no event.
  - The first time, an instance that is not healthy is an event, with V(unknown) as the verdict before.
  - V(not_asked) is no verdict, since it says nothing of the instance. Neither is one of O(ignore).
  - An event is delivered at least once. It has the same id whenever it is delivered again, as after a kill between its
    delivery and the note of it on disk.
  - A sweep that cannot be made, such as for a broken list, is an event with the verdict V(watch_failed) and no host;
    V(watching) follows when it works again. Until then the time between two attempts grows.
  - The sessions of the source cannot write. A sweep costs each instance one logon, at most four queries and one logoff.
    A mid is never asked.
  - Credentials come from the environment of ansible-rulebook (E(CAMPAIGN_USER), E(CAMPAIGN_PASSWORD) and so on), or
    from the file that E(CAMPAIGN_CREDENTIALS_FILE) names. No event and no file has any.
options:
  instances:
    description:
      - The instances, as in the inventory plugin P(campaign.classic.instances#inventory). C(name) and C(url) are
        required.
    type: list
    elements: dict
  instances_from:
    description:
      - Files and directories with such lists, read again in each sweep. A relative path begins in the working
        directory.
    type: list
    elements: str
  state_file:
    description:
      - The file of this watch, for its user alone. Each source needs a file of its own, which a restart finds again.
    type: str
    required: true
  interval:
    description:
      - Seconds from the beginning of one sweep to the beginning of the next.
    type: float
    default: 300
  longest_interval:
    description:
      - Seconds between two attempts, at most, while sweeps cannot be made. By default an hour, or O(interval).
    type: float
    default: 3600
  remind_after:
    description:
      - Seconds after which an event is made again, with the same id and a higher C(reminder), while its verdict lasts.
        It covers what ansible-rulebook does not report, such as a playbook that failed, or was killed together with it.
      - Without it there are no reminders.
    type: float
  ignore:
    description:
      - Verdicts that are no news. The instance keeps the verdict before.
    type: list
    elements: str
    default: [running]
  concurrency:
    description:
      - How many instances are read at the same time, at most. A whole number, or V(auto), which is 512.
    type: str
    default: auto
  instance_timeout:
    description:
      - Timeout of one instance, in seconds. ansible-rulebook ends so much later, at most, if a server hangs then.
    type: float
    default: 30
  deadline:
    description:
      - Timeout of a sweep, in seconds.
    type: float
    default: 300
  max_age:
    description:
      - As in M(campaign.classic.sync_cursor_info), as are O(remediate_after), O(max_run), O(engine_grace),
        O(min_failed_runs), O(cursor_map) and O(causes).
    type: str
    default: 6h
  remediate_after:
    description: [See O(max_age).]
    type: str
    default: 7d
  max_run:
    description: [See O(max_age).]
    type: str
    default: 2h
  engine_grace:
    description: [See O(max_age).]
    type: str
    default: 15m
  min_failed_runs:
    description: [See O(max_age).]
    type: int
    default: 1
  cursor_map:
    description: [See O(max_age).]
    type: dict
    default: {}
  causes:
    description: [See O(max_age).]
    type: list
    elements: dict
    default: []
  feedback:
    description:
      - Count an event as delivered when the rule engine has taken it, and not before. ansible-rulebook allows it with
        its persistence only.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Stuck cursors
  hosts: localhost
  sources:
    - name: cursors
      campaign.classic.cursor_watch:
        instances_from: [/etc/campaign/instances.yml]
        state_file: /var/lib/campaign/watch.json
        interval: 300
  rules:
    - name: Show which instance is stuck
      condition: event.campaign.verdict == "stuck"
      action:
        debug:
          msg: "{{ event.campaign.instance }}: {{ event.campaign.reason }}"
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
import typing as t
from pathlib import Path

_NAME = ("ansible_collections", "campaign", "classic")


def _find_collection() -> None:
    """Make the collection importable in which this file is.

    ansible-rulebook runs the file by its path, so that it has no package. The name of each import begins with that of
    the collection: another collection's ``plugins`` is another package.

    :raises RuntimeError: the file is in no installed collection.
    """
    # Not resolved: where the collection is a link, its target has other parents.
    root = Path(__file__).absolute().parents[7]
    if not root.joinpath(*_NAME, "extensions").is_dir():
        raise RuntimeError(f"{__file__} is in no installed collection. Install campaign.classic with ansible-galaxy.")
    if str(root) not in sys.path:
        sys.path.append(str(root))
    # Where the package ``ansible`` is installed, ansible_collections is a package of its own, and looks nowhere else.
    import ansible_collections  # noqa: PLC0415  # it is found only now

    here = str(root / _NAME[0])
    if here not in list(ansible_collections.__path__):
        ansible_collections.__path__.append(here)


_find_collection()

from ansible_collections.campaign.classic.plugins.plugin_utils._watch.arguments import read_arguments
from ansible_collections.campaign.classic.plugins.plugin_utils._watch.state_file import StateFile
from ansible_collections.campaign.classic.plugins.plugin_utils._watch.sweeping import WatchSweep
from ansible_collections.campaign.classic.plugins.plugin_utils._watch.watcher import Watcher, to_its_end

#: The signals by which ansible-rulebook is ended.
_ENDING = (signal.SIGTERM, signal.SIGINT)
#: What ansible-rulebook adds to the arguments.
_FEEDBACK_QUEUE = "eda_feedback_queue"
_SCHEMA = Path(__file__).with_name("cursor_watch.schema.json")


async def main(queue: asyncio.Queue[t.Any], args: dict[str, t.Any]) -> None:
    """Watch until it is cancelled.

    :param queue: where events go.
    :param args: the arguments of the source in the rulebook.
    :raises ValidationError: an argument, a list, or the state is not what it should be. Nothing was asked then.
    """
    taken: asyncio.Queue[t.Any] | None = args.get(_FEEDBACK_QUEUE)
    given = {name: value for name, value in args.items() if name != _FEEDBACK_QUEUE}
    settings = read_arguments(given, json.loads(_SCHEMA.read_text(encoding="utf-8")))
    look = WatchSweep(settings, str(Path.cwd()), os.environ)
    await to_its_end(look.instances)

    async def deliver(event: dict[str, t.Any]) -> None:
        await queue.put(event)
        if taken is not None:
            await taken.get()

    store = StateFile(settings.state_file)
    try:
        await Watcher(settings, look, store, deliver, before_sweep=_keep_signals).run()
    finally:
        store.close()


def _keep_signals() -> None:
    """Put back the handlers of ansible-rulebook, which end it in order.

    The Java machine of its rule engine replaces them when it starts, and would end the process at once: the sessions of
    a sweep would stay open. Python still knows its own.
    """
    if threading.current_thread() is threading.main_thread():
        for number in _ENDING:
            handler = signal.getsignal(number)
            if callable(handler):
                signal.signal(number, handler)


if __name__ == "__main__":

    class _Printing(asyncio.Queue[t.Any]):
        """Prints each event as a line of JSON."""

        async def put(self, event: t.Any) -> None:
            print(json.dumps(event), flush=True)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(_Printing(), json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}))
