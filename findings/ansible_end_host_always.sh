#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# A task in a block ends the play for a host with meta: end_host. The always of that block is not carried out for the host, and neither are the handlers
# that the block has notified, also under force_handlers; the run succeeds. A task that fails there gives both.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
cat > play.yml <<'YAML'
- hosts: all
  gather_facts: false
  force_handlers: true
  handlers:
    - name: restart
      ansible.builtin.debug: {msg: "SAW handler {{ inventory_hostname }}"}
  tasks:
    - block:
        - ansible.builtin.debug: {msg: "SAW change {{ inventory_hostname }}"}
          changed_when: true
          notify: restart
        - ansible.builtin.meta: end_host
          when: inventory_hostname == 'ended'
        - ansible.builtin.fail: {msg: failed}
          when: inventory_hostname == 'failed'
      always:
        - ansible.builtin.debug: {msg: "SAW always {{ inventory_hostname }}"}
YAML
look() { # LIMIT: what was carried out for these hosts
  "$made/bin/ansible-playbook" -i passed,failed,ended --limit "$1" play.yml > out.txt 2>&1
  echo "exit $?;$(for part in change always handler; do printf ' %s %s' "$part" "$(sed -n "s/.*\"SAW $part \(.*\)\".*/\1/p" out.txt | sort | paste -sd ,)"; done)"
}
seen() {
  "$made/bin/ansible-playbook" --version | sed -n 1p
  ended=$(look passed,ended)
  failed=$(look passed,failed)
  printf '  %s\n' "$ended" "$failed"
  if ! { [ "$ended" = "exit 0; change ended,passed always passed handler passed" ] &&
    [ "$failed" = "exit 2; change failed,passed always failed,passed handler failed,passed" ]; }; then echo changed; exit 1; fi
}
made=$(new_environment 10 ansible-core==2.16.19) || exit 2
seen
made=$(new_environment 12 ansible-core==2.21.5) || exit 2
seen
