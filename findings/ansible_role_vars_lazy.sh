#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# A variable that names another one only in the branch that is not taken. Jinja is lazy, and ansible-core 2.21 is too; 2.16 works out the other
# variable all the same, and its lookup ends the task.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
cat > play.yml <<'YAML'
- hosts: localhost
  gather_facts: false
  vars:
    other: "{{ lookup('ansible.builtin.file', 'not-there') }}"
    one: "{{ other if false else 'not asked' }}"
  tasks:
    - ansible.builtin.debug: {msg: "SAW {{ one }}"}
YAML
look() {
  "$made/bin/ansible-playbook" --version | sed -n 1p
  "$made/bin/ansible-playbook" play.yml > out.txt 2>&1
  status=$?
  said="$status $(grep -oE 'SAW not asked|not-there' out.txt | head -1)"
  echo "  exit $said"
}
made=$(new_environment 10 ansible-core==2.16.19) || exit 2
look
old=$said
made=$(new_environment 12 ansible-core==2.21.5) || exit 2
look
if ! { [ "$old" = "2 not-there" ] && [ "$said" = "0 SAW not asked" ]; }; then echo changed; cat out.txt; exit 1; fi
