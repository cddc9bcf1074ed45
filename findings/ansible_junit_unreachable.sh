#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The callback junit writes no case for a host that cannot be reached. ansible-playbook ends with exit status 4, and the JUnit file says that every case
# passed: the host is in none of them.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
cat > play.yml <<'YAML'
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.ping:
YAML
look() { # what the run and its JUnit file say
  "$made/bin/ansible-playbook" --version | sed -n 1p
  # A host on which no temporary folder can be made is unreachable.
  printf 'up\ndown ansible_remote_tmp=/dev/null/x\n[all:vars]\nansible_connection=local\nansible_python_interpreter=%s\n' "$made/bin/python" > hosts
  rm -rf junit
  ANSIBLE_CALLBACKS_ENABLED=junit JUNIT_OUTPUT_DIR=$folder/junit "$made/bin/ansible-playbook" -i hosts play.yml > out.txt 2>&1
  said="exit $?, $(grep -oE '^down .*' out.txt | grep -oE 'unreachable=[0-9]'); $("$made/bin/python" - junit/*.xml <<'PY'
import sys
from xml.etree import ElementTree
suites = ElementTree.parse(sys.argv[1]).getroot()
print("errors", suites.get("errors"), "failures", suites.get("failures"), "cases", [case.get("name") for case in suites.iter("testcase")])
PY
)"
  echo "  $said"
}
made=$(new_environment 10 ansible-core==2.16.19) || exit 2
look
old=$said
made=$(new_environment 12 ansible-core==2.21.5) || exit 2
look
expected="exit 4, unreachable=1; errors 0 failures 0 cases ['[up] all: ansible.builtin.ping']"
if ! { [ "$old" = "$expected" ] && [ "$said" = "$expected" ]; }; then echo changed; exit 1; fi
