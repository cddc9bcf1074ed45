#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# set_stats adds up what hosts report, unless told not to, and it adds with Python's +: a flag that three hosts set is the number 3, a text is that text
# three times.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
cat > play.yml <<'YAML'
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.set_stats: {data: {healthy: true, region: eu}}
    - ansible.builtin.set_stats: {data: {healthy_replaced: true, region_replaced: eu}, aggregate: false}
YAML
look() { # the statistics of the run
  "$made/bin/ansible-playbook" --version | sed -n 1p
  said=$(ANSIBLE_SHOW_CUSTOM_STATS=1 "$made/bin/ansible-playbook" -i a,b,c play.yml 2>&1 | sed -n 's/.*RUN: //p' | tr -s ' ')
  echo "  $said"
}
made=$(new_environment 10 ansible-core==2.16.19) || exit 2
look
old=$said
made=$(new_environment 12 ansible-core==2.21.5) || exit 2
look
expected='{ "healthy": 3, "healthy_replaced": true, "region": "eueueu", "region_replaced": "eu"}'
if ! { [ "$old" = "$expected" ] && [ "$said" = "$expected" ]; }; then echo changed; exit 1; fi
