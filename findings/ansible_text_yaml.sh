#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# A filter of one's own gets a text of a playbook and reads it as YAML. Ansible's texts are subclasses of str (2.16 and 2.21 alike), which PyYAML's
# SafeLoader reads and its CSafeLoader, the faster form of the same, refuses as no string.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
mkdir filter_plugins
cat > filter_plugins/reading.py <<'PY'
import yaml


def reading(text, loader):
    try:
        return yaml.load(text, Loader=getattr(yaml, loader))["a"]
    except TypeError as error:
        return f"TypeError {error}"


class FilterModule:
    def filters(self):
        return {"reading": reading}
PY
cat > play.yml <<'YAML'
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: "SAW {{ '{a: 7}' | reading('SafeLoader') }} {{ text | reading('SafeLoader') }} {{ text | reading('CSafeLoader') }}"}
      vars: {text: "{a: 7}"}
YAML
look() {
  "$made/bin/ansible-playbook" --version | sed -n 1p
  said=$("$made/bin/ansible-playbook" play.yml 2>&1 | grep -oE 'SAW [^"]+')
  echo "  PyYAML $("$made/bin/python" -c 'import yaml; print(yaml.__version__, "with" if yaml.__with_libyaml__ else "without", "libyaml")'): $said"
}
made=$(new_environment 10 ansible-core==2.16.19 PyYAML==6.0.3) || exit 2
look
old=$said
made=$(new_environment 12 ansible-core==2.21.5 PyYAML==6.0.3) || exit 2
look
if ! { [ "$old" = "SAW 7 7 TypeError a string or stream input is required" ] && [ "$said" = "$old" ]; }; then echo changed; exit 1; fi
