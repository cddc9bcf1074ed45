#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# --start-at-task leaves out every task before the named one, tagged always or not. A name that no static task has is said in an error line,
# and the exit status is 0 all the same.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
made=$(new_environment 12 ansible-core==2.21.5) || exit 2
cat > play.yml <<'YAML'
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Guard
      ansible.builtin.debug: {msg: guard-ran}
      tags: always
    - name: Write
      ansible.builtin.debug: {msg: written}
YAML
run() { "$made/bin/ansible-playbook" -i localhost, -c local play.yml "$@" > out.txt 2>&1; echo $?; }
"$made/bin/ansible-playbook" --version | sed -n 1p
tagged=$(run --tags none); tagged_ran=$(grep -c guard-ran out.txt)
started=$(run --start-at-task Write); started_ran=$(grep -c guard-ran out.txt) started_wrote=$(grep -c written out.txt)
nowhere=$(run --start-at-task Nowhere); said=$(grep -c 'No matching task' out.txt)
echo "--tags none: exit $tagged, the task tagged always ran $tagged_ran times"
echo "--start-at-task Write: exit $started, it ran $started_ran times, and what comes after it $started_wrote times"
echo "--start-at-task Nowhere: exit $nowhere, 'No matching task' was said $said times"
if ! { [ "$tagged $tagged_ran $started $started_ran $started_wrote $nowhere $said" = "0 1 0 0 1 0 1" ]; }; then echo changed; exit 1; fi
