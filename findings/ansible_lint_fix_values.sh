#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ansible-lint finds nothing in a playbook, and its --fix changes what Ansible reads from it: the key y becomes true, the text n becomes false, and a
# binary number becomes a text of other digits. ansible-core reads y and n as texts; what writes the file back takes them for booleans.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
cat > play.yml <<'YAML'
---
- name: Values
  hosts: localhost
  gather_facts: false
  vars:
    point: {x: 1, y: 2}
    answer: n
    mask: 0b1010
  tasks:
    - name: Show them
      ansible.builtin.debug:
        msg: "SAW {{ [point, answer, mask] | to_json | b64encode }}"
YAML
values() { ansible-playbook play.yml 2> err.txt | sed -n 's/.*"msg": "SAW \(.*\)".*/\1/p' | base64 -d; }
made=$(new_environment 12 ansible-core==2.21.5 ansible-lint==26.10.1) || exit 2
PATH=$made/bin:$PATH
ansible-playbook --version | sed -n 1p
ansible-lint --offline --version --nocolor | sed -n 's/ using.*//p'
before=$(values)
lint() { ansible-lint --offline --nocolor "$@" play.yml > lint.txt 2>&1; echo $?; }
found=$(lint)
fixed=$(lint --fix)
after=$(values)
again=$(lint)
echo "  exit status of ansible-lint: $found, with --fix: $fixed, and after it: $again"
echo "  before: $before"
echo "  after:  $after"
grep -E '(point|answer|mask):' play.yml
[ "$found$fixed$again" = 080 ] && [ "$before" = '[{"x": 1, "y": 2}, "n", 10]' ] && [ "$after" = '[{"x": 1, "true": 2}, false, "012"]' ] && exit 0
echo changed
exit 1
