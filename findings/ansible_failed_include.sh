#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# A block includes a file of tasks that is not there, and a rescue shows ansible_failed_result. The include has failed, yet the variable is that of
# an earlier task that failed and was rescued before; where no task has failed before, it is not defined.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
cat > play.yml <<'YAML'
- hosts: localhost
  gather_facts: false
  tasks:
    - block:
        - ansible.builtin.include_tasks: not-there.yml
      rescue:
        - ansible.builtin.debug: {msg: "FIRST {{ ansible_failed_result.msg | default('undefined') }}"}
    - block:
        - ansible.builtin.fail: {msg: of an earlier task}
      rescue:
        - ansible.builtin.debug: {msg: rescued}
    - block:
        - ansible.builtin.include_tasks: not-there.yml
      rescue:
        - ansible.builtin.debug: {msg: "SECOND {{ ansible_failed_result.msg | default('undefined') }}"}
YAML
look() { # what the two rescues saw
  "$made/bin/ansible-playbook" --version | sed -n 1p
  "$made/bin/ansible-playbook" play.yml > out.txt 2>&1
  said=$(grep -oE '(FIRST|SECOND) [a-z ]+' out.txt | tr '\n' ';')
  echo "  exit $?: $said"
}
made=$(new_environment 10 ansible-core==2.16.19) || exit 2
look
old=$said
made=$(new_environment 12 ansible-core==2.21.5) || exit 2
look
if ! { [ "$old" = "FIRST undefined;SECOND of an earlier task;" ] && [ "$said" = "$old" ]; }; then echo changed; exit 1; fi
