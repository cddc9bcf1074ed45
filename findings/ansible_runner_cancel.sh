#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ansible-runner ends a job that is cancelled by killing the process group of ansible-playbook, and says "canceled". The workers of a newer ansible-core
# have left that group: outside a container the task that was being carried out goes on, and does what it does after its job has ended.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
# The task waits for a file, a minute at most, and then makes another.
cat > play.yml <<'YAML'
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.shell: "touch {{ place }}/began; for _ in $(seq 600); do [ -e {{ place }}/go ] && break; sleep 0.1; done; touch {{ place }}/done"
YAML
wait_for() { for _ in $(seq "$2"); do [ -e "$1" ] && return; sleep 0.1; done; return 1; }
cancelled() { # CORE MINOR: whether the task of a cancelled job has done its work
  local made place status after=no
  made=$(new_environment "$2" "ansible-core==$1" ansible-runner==2.4.3) || return 2
  place=$(mktemp -d "$folder/job.XXXXXX")
  mkdir -p "$place/project" "$place/inventory" "$place/env"
  cp play.yml "$place/project"
  echo "localhost ansible_connection=local ansible_python_interpreter=$made/bin/python" > "$place/inventory/hosts"
  echo '{"pexpect_timeout": 0.1}' > "$place/env/settings"
  PATH=$made/bin:$PATH ansible-runner run "$place" --playbook play.yml --ident 1 --cmdline "-e place=$place" > "$place.log" 2>&1 &
  wait_for "$place/began" 300 || return 2
  kill -TERM $!
  wait $!
  status=$(cat "$place/artifacts/1/status")
  touch "$place/go"
  wait_for "$place/done" 50 && after=yes
  echo "ansible-core $1, ansible-runner $("$made/bin/ansible-runner" --version): the job is $status; its task went on to its end: $after"
}
said=$(cancelled 2.18.6 11 && cancelled 2.21.5 12) || exit 2
echo "$said"
expected="ansible-core 2.18.6, ansible-runner 2.4.3: the job is canceled; its task went on to its end: no
ansible-core 2.21.5, ansible-runner 2.4.3: the job is canceled; its task went on to its end: yes"
if [ "$said" != "$expected" ]; then echo changed; exit 1; fi
