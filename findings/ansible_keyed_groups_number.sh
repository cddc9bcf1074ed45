#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The inventory plugin constructed, a keyed group over a variable that is a number on one host. A bare name as key has always failed for a number;
# a key with a filter was a text under ansible-core 2.16 and is a number under 2.21. It fails at that host: hosts after it get no group, exit 0.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
cat > hosts.yml <<'YAML'
all:
  hosts:
    a: {site: north}
    b: {site: 7}
    c: {site: south}
YAML
look() { # KEY: which groups are there
  printf 'plugin: ansible.builtin.constructed\nkeyed_groups:\n  - {prefix: site, key: "%s"}\n' "$1" > groups.constructed.yml
  "$made/bin/ansible-inventory" -i hosts.yml -i groups.constructed.yml --list > out.json 2> err.txt
  echo "exit $? $("$made/bin/python" -c 'import json; print(",".join(sorted(g for g in json.load(open("out.json")) if g.startswith("site_"))))')"
}
seen() { "$made/bin/ansible-inventory" --version | sed -n 1p; bare=$(look site); filtered=$(look "site | default('none')"); echo "  site: $bare; site | default('none'): $filtered"; }
made=$(new_environment 10 ansible-core==2.16.19) || exit 2
seen
old="$bare $filtered"
made=$(new_environment 12 ansible-core==2.21.5) || exit 2
seen
new="$bare $filtered"
if ! { [ "$old" = "exit 0 site_north exit 0 site_7,site_north,site_south" ] && [ "$new" = "exit 0 site_north exit 0 site_north" ]; }; then echo changed; exit 1; fi
