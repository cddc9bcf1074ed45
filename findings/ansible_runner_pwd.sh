#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ansible-runner runs ansible-playbook in the folder "project" of the private data directory, but its environment variable PWD is still the folder
# in which ansible-runner was started. A task that goes by PWD takes the wrong one.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
mkdir -p job/project job/inventory
echo 'localhost ansible_connection=local' > job/inventory/hosts
cat > job/project/play.yml <<'YAML'
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: "SAW PWD={{ lookup('ansible.builtin.env', 'PWD') }} CWD={{ lookup('ansible.builtin.pipe', 'readlink /proc/$PPID/cwd') }}."}
YAML
made=$(new_environment 12 ansible-core==2.21.5 ansible-runner==2.4.3) || exit 2
PATH=$made/bin:$PATH
ansible-playbook --version | sed -n 1p
echo "ansible-runner $(ansible-runner --version)"
said=$(ansible-runner run job --playbook play.yml 2>&1 | grep -oE 'SAW [^"]+' | sed "s|$folder|FOLDER|g")
echo "  $said"
if [ "$said" != "SAW PWD=FOLDER CWD=FOLDER/job/project." ]; then echo changed; exit 1; fi
