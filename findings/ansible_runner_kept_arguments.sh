#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ansible_runner.run writes its extravars, envvars, settings and cmdline into env/ of the private data folder, if no such file is there, and leaves them: they
# are part of each later call there. Of a later call's arguments the extravars win over the file, and the envvars lose to it.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
mkdir -p data/project
cat > data/project/play.yml <<'YAML'
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "SAW target={{ target | default('-') }} remove={{ remove | default('-') }} STAGE={{ lookup('env', 'STAGE') }} skipped={{ ansible_skip_tags | join }} ."
YAML
made=$(new_environment 12 ansible-core==2.21.5 ansible-runner==2.4.3) || exit 2
PATH=$made/bin:$PATH
ansible-playbook --version | sed -n 1p
echo "ansible-runner $(ansible-runner --version)"
python - <<'PYTHON'
import re

import ansible_runner


def call(**arguments):
    job = ansible_runner.run(private_data_dir="data", playbook="play.yml", quiet=True, **arguments)
    said = re.search(r"SAW (.*?) \.", "".join(event["stdout"] for event in job.events)).group(1)
    print(f"  {arguments}: {said}")
    return said


seen = [
    call(extravars={"target": "a", "remove": True}, envvars={"STAGE": "test"}, cmdline="--skip-tags slow"),
    call(extravars={"target": "b"}, envvars={"STAGE": "live"}),
    call(),
]
assert seen == [f"target={target} remove=True STAGE=test skipped=slow" for target in "aba"], "changed"
PYTHON
