#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# A filter plugin of a collection is used in three tasks. Its file is compiled and executed once for each task, in the worker, and no bytecode
# is kept. Once a lookup that Ansible asks in its main process has used the filter, the workers have it already.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
plugins=$folder/ansible_collections/some/where/plugins
mkdir -p "$plugins/filter"
printf 'namespace: some\nname: where\nversion: 1.0.0\n' > "$folder/ansible_collections/some/where/galaxy.yml"
cat > "$plugins/filter/same.py" <<'PYTHON'
import os
with open(os.environ["LOADS"], "a") as loads:
    loads.write("%d\n" % os.getpid())
class FilterModule:
    def filters(self):
        return {"same": lambda value: value}
PYTHON
tasks='
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: "{{ 1 | some.where.same }}"}
    - ansible.builtin.debug: {msg: "{{ 2 | some.where.same }}"}
    - ansible.builtin.debug: {msg: "{{ 3 | some.where.same }}"}'
printf -- '- hosts: localhost%s\n' "$tasks" > workers.yml
printf -- '- hosts: "{{ %s | some.where.same }}"%s\n' "'localhost'" "$tasks" > first_in_main.yml
look() { # how often the file was executed, in how many processes, and whether bytecode is kept
  "$made/bin/ansible-playbook" --version | sed -n 1p
  said=
  for play in workers first_in_main; do
    rm -rf "$plugins/filter/__pycache__" loads.txt
    LOADS=$folder/loads.txt ANSIBLE_COLLECTIONS_PATH=$folder "$made/bin/ansible-playbook" "$play.yml" > out.txt 2>&1 || { cat out.txt; exit 1; }
    kept=no
    [ -e "$plugins/filter/__pycache__" ] && kept=yes
    said="$said$play: $(wc -l < loads.txt | tr -d ' ') executions in $(sort -u loads.txt | wc -l | tr -d ' ') processes, bytecode kept: $kept;"
  done
  echo "  $said"
}
made=$(new_environment 10 ansible-core==2.16.19) || exit 2
look
old=$said
made=$(new_environment 12 ansible-core==2.21.5) || exit 2
look
expected="workers: 3 executions in 3 processes, bytecode kept: no;first_in_main: 1 executions in 1 processes, bytecode kept: no;"
if ! { [ "$said" = "$expected" ] && [ "$old" = "$expected" ]; }; then echo changed; exit 1; fi
