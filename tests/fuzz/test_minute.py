# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A minute of ``make fuzz``, with other inputs whenever the product changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.verdicts import product_digest
from tests.fuzz.product import ROUND
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60
#: Seconds of the processor for each target, also where there is not much of one to be had: by then they have reached
#: what is to be reached, by any seed.
LEAST = 3


def seed_of(product: str) -> int:
    """What is tried again is the same; another product, or another rig, is given other inputs."""
    return int(product[:8], 16)


def test_each_product_has_a_seed_of_its_own() -> None:
    assert seed_of(product_digest()) == seed_of(product_digest())
    assert seed_of("006b0b4f1122") == 0x006B0B4F != seed_of("dc148b3a1122")


@pytest.mark.timeout(600)
def test_inputs_that_are_nearly_right_are_read_or_refused_for_a_minute() -> None:
    command = [sys.executable, "-m", "tests.fuzz.product", f"--seconds={SECONDS}", f"--least={LEAST}"]
    command += [f"--seed={seed_of(product_digest())}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    inputs = int(done.stdout.partition(" inputs, 0 defects")[0].rpartition("\n")[2])
    assert inputs >= 4 * ROUND * len(TARGETS)
