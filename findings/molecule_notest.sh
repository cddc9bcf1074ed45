#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# A scenario of molecule names no tags, and yet ansible-playbook runs with --skip-tags: a task tagged notest, or molecule-notest, is left out of
# converge, verify and every other step, and the step succeeds.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
mkdir -p molecule/default
cat > molecule/default/molecule.yml <<'YAML'
driver: {name: default, options: {managed: false}}
platforms: [{name: localhost}]
provisioner:
  name: ansible
  inventory: {host_vars: {localhost: {ansible_connection: local}}}
YAML
cat > molecule/default/converge.yml <<'YAML'
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: "SAW {{ ansible_skip_tags | sort | join(',') }}"}
    - ansible.builtin.debug: {msg: SAW the task with the tag}
      tags: [notest]
YAML
made=$(new_environment 12 ansible-core==2.21.5 molecule==26.10.0) || exit 2
PATH=$made/bin:$PATH
ansible-playbook --version | sed -n 1p
NO_COLOR=1 molecule --version | sed -n 1p
said=$(timeout 120 molecule converge 2>&1 | tee out.txt | grep -oE 'SAW [a-z ,-]+' | tr '\n' ';')
alone=$(ansible-playbook molecule/default/converge.yml 2>&1 | grep -oE 'SAW [a-z ,-]*' | tr '\n' ';')
echo "  ansible-playbook: $alone"
echo "  molecule:         $said"
if ! { [ "$alone" = "SAW ;SAW the task with the tag;" ] && [ "$said" = "SAW molecule-notest,notest;" ]; }; then echo changed; exit 1; fi
