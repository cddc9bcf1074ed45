# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m simulator --fleet FILE --listen 127.0.0.1:PORT``: serve a fleet until SIGTERM or Ctrl-C.

Prints one line of JSON when the fleet is ready: {"ready": true, "url": ..., "instances": {NAME: URL}}.
Exit status 2 for a fleet file or an option that cannot be used.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from .config.spec import FleetSpec
from .fleet import load_fleet
from .http import views
from .http.server import Server, loopback
from .simulator import Simulator
from .soap.errors import FleetError


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description="A simulator of Adobe Campaign Classic.")
    parser.add_argument("--fleet", required=True, metavar="FILE", help="the fleet file (YAML)")
    parser.add_argument(
        "--listen", default="127.0.0.1:0", metavar="HOST:PORT", help="loopback address; port 0 = any (the default)"
    )
    parser.add_argument("--state", metavar="DIR", type=Path, help="keep the data here; default: in memory only")
    parser.add_argument(
        "--time-scale", type=float, default=0.0, metavar="N", help="virtual seconds per second; 0 = the clock stands"
    )
    parser.add_argument("--check", action="store_true", help="read the fleet file, say what it holds, and end")
    return parser.parse_args(argv)


def listen_address(text: str) -> tuple[str, int]:
    """'127.0.0.1:8080' or '[::1]:0' as (address, port); ValueError for anything else, or not loopback."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"'{text}' is not HOST:PORT, such as 127.0.0.1:8080")
    try:
        return loopback(host), int(port)
    except ValueError as error:
        raise ValueError(f"--listen {text}: {error}") from None


def summary(fleet: FleetSpec) -> str:
    """What a fleet holds, in one line."""
    roles = [spec.role for spec in fleet.instances.values()]
    workflows = sum(len(spec.workflows) for spec in fleet.instances.values())
    return (
        f"{fleet.source}: {roles.count('marketing')} marketing and {roles.count('mid')} mid instances,"
        f" {workflows} workflows; starts at {fleet.start.isoformat()} after a warm-up of {fleet.warm_up:g} s"
    )


async def serve(fleet: FleetSpec, host: str, port: int, *, time_scale: float, state: Path | None) -> None:
    """Serve until a signal to end comes."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    server = Server(Simulator(fleet, time_scale=time_scale, state=state))
    starting = asyncio.create_task(server.start(host, port))
    waiting = asyncio.create_task(ended.wait())
    await asyncio.wait((starting, waiting), return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        starting.result()
        print(json.dumps(views.ready(server.simulator)), flush=True)
        await waiting
    else:
        starting.cancel()
        await asyncio.wait((starting,))
    await server.stop()


def main(argv: Sequence[str] | None = None) -> int:
    """The command. Returns the exit status."""
    options = _arguments(argv)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # it reports each malformed HTTP request
    try:
        if options.time_scale < 0 or options.time_scale != options.time_scale:
            raise ValueError("--time-scale must be a number from 0")
        host, port = listen_address(options.listen)
        fleet = load_fleet(options.fleet)
        if options.check:
            print(summary(fleet))
            return 0
        _raise_file_limit()
        asyncio.run(serve(fleet, host, port, time_scale=options.time_scale, state=options.state))
    except (FleetError, ValueError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"simulator: cannot listen on {options.listen}: {error}. Choose another port, with "
            "--listen 127.0.0.1:PORT or make simulator LISTEN=127.0.0.1:PORT.",
            file=sys.stderr,
        )
        return 1
    return 0


def _raise_file_limit() -> None:
    """A connection is a file, and so is the data of each instance with --state: ask for as many as are allowed."""
    _unused, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
