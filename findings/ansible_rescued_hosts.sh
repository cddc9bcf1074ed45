#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# A task in a block fails for all hosts. With run_once, ansible-core 2.16 rescues all; 2.21 rescues the one that ran it: the others get the always, then
# nothing more. With any_errors_fatal, 2.16 rescues the one that failed; 2.21 all, and the next play leaves the others out. The recap says failed=0.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
plays() { # KEYWORD OF THE TASK, KEYWORD OF THE PLAY
  cat << YAML
- hosts: all
  gather_facts: false
  $2
  tasks:
    - block:
        - ansible.builtin.fail: {msg: for a}
          $1
      rescue:
        - ansible.builtin.debug: {msg: "SAW rescue {{ inventory_hostname }}"}
      always:
        - ansible.builtin.debug: {msg: "SAW always {{ inventory_hostname }}"}
    - ansible.builtin.debug: {msg: "SAW later {{ inventory_hostname }}"}
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: "SAW next {{ inventory_hostname }}"}
YAML
}
plays 'run_once: true' 'any_errors_fatal: false' > once.yml
plays "when: inventory_hostname == 'a'" 'any_errors_fatal: true' > fatal.yml
look() { # PLAYBOOK: which hosts were where
  local part said
  "$made/bin/ansible-playbook" -i a,b,c "$1" > out.txt 2>&1
  said="exit $?, failed=0 for $(grep -cE '^[abc] .* failed=0 ' out.txt):"
  for part in rescue always later next; do said+=" $part $(sed -n "s/.*\"SAW $part \(.*\)\".*/\1/p" out.txt | sort | tr -d '\n')"; done
  echo "$said"
}
seen() {
  "$made/bin/ansible-playbook" --version | sed -n 1p
  once=$(look once.yml)
  fatal=$(look fatal.yml)
  printf '  run_once          %s\n  any_errors_fatal  %s\n' "$once" "$fatal"
}
made=$(new_environment 10 ansible-core==2.16.19) || exit 2
seen
all="exit 0, failed=0 for 3: rescue abc always abc later abc next abc"
old=$([ "$once" = "$all" ] && [ "$fatal" = "${all/rescue abc/rescue a}" ] && echo as found)
made=$(new_environment 12 ansible-core==2.21.5) || exit 2
seen
[ "$old" ] && [ "$once" = "exit 2, failed=0 for 3: rescue a always abc later a next a" ] &&
  [ "$fatal" = "exit 2, failed=0 for 3: rescue abc always abc later abc next a" ] && exit 0
echo changed
exit 1
