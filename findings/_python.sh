#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# To be sourced: a folder that goes away, and virtual environments in it with the newest Python that fits.
pythons=(python3.14 python3.13 python3.12 python3.11 python3.10 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python)
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
export HOME=$folder ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false ANSIBLE_NOCOLOR=1
cd "$folder" || exit 2

new_environment() { # MINOR PACKAGE...: the folder of an environment with these packages, on Python 3.MINOR or newer
  local minor=$1 candidate made
  shift
  made=$(mktemp -d "$folder/venv.XXXXXX")
  for candidate in "${pythons[@]}"; do
    if "$candidate" -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, $minor))" 2> /dev/null; then
      "$candidate" -m venv "$made" || return
      "$made/bin/python" -m pip --quiet --disable-pip-version-check install "$@" > /dev/null 2>&1 || return
      echo "$made"
      return
    fi
  done
  echo "no Python 3.$minor or newer with venv" >&2
  return 2
}
