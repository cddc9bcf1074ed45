# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The newest Python of at least the given minor version, and a virtual environment with it in a folder that goes away.
new_environment() { # MINOR PACKAGE...
  local minor=$1 candidate; shift
  for candidate in python3.14 python3.13 python3.12 python3.11 python3.10 python3 $pyenvs; do
    if "$candidate" -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, $minor))" 2>/dev/null; then
      "$candidate" -m venv "$folder/venv-$minor-$#$RANDOM" && made=$(ls -td "$folder"/venv-* | head -1)
      "$made/bin/python" -m pip --quiet --disable-pip-version-check install "$@" 2>/dev/null || { echo "pip failed"; exit 2; }
      return
    fi
  done
  echo "no Python 3.$minor or newer with venv"; exit 2
}
pyenvs=$(ls -rd "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python 2>/dev/null)
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
export HOME=$folder ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false ANSIBLE_NOCOLOR=1
cd "$folder" || exit 2
