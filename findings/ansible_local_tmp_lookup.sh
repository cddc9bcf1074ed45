#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# DEFAULT_LOCAL_TMP is the directory of a run on the controller. Read through the config lookup it is a new one each time, and the run's own is
# never among them: what an action plugin has put there cannot be found that way.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
made=$(new_environment 12 ansible-core==2.21.5) || exit 2
mkdir lookup_plugins
cat > lookup_plugins/own_tmp.py <<'PYTHON'
from ansible import constants as C
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        return [C.DEFAULT_LOCAL_TMP]
PYTHON
cat > play.yml <<'YAML'
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "seen {{ [lookup('own_tmp'), lookup('own_tmp'), lookup('config', 'DEFAULT_LOCAL_TMP'), lookup('config', 'DEFAULT_LOCAL_TMP')] | unique | length }}"
    - ansible.builtin.debug:
        msg: "own {{ [lookup('own_tmp'), lookup('own_tmp')] | unique | length }}"
YAML
"$made/bin/ansible-playbook" --version | sed -n 1p
"$made/bin/ansible-playbook" -i localhost, -c local play.yml > out.txt 2>&1
grep -oE '"(seen|own) [0-9]"' out.txt
if ! { grep -q '"seen 3"' out.txt && grep -q '"own 1"' out.txt; }; then echo changed; exit 1; fi
