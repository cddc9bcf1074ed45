#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes .venv with the newest working Python, and the link through which Ansible finds this clone as a collection.
# Does nothing, quickly, when both are there and no lock has changed. PYTHON=... chooses the Python.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
venv=$root/.venv
oldest=11
newest=14

# The collection as Ansible wants it: <path>/ansible_collections/campaign/classic. A relative link survives a move.
link=.build/collections/ansible_collections/campaign/classic
mkdir -p "$(dirname "$link")"
[ "$(readlink "$link" 2>/dev/null)" = ../../../.. ] || ln -sfn ../../../.. "$link"

# Two makes in one clone must not build the same environment at once.
exec 9>.build/setup.lock
if command -v flock >/dev/null; then flock 9; fi

# A virtual environment works only where it was made: the path is part of what must not have changed.
stamp="$(cat requirements/{build,dev}.lock.txt tools/setup.sh | cksum) ${PYTHON:-} $root"
if [ "$(cat "$venv/.stamp" 2>/dev/null)" = "$stamp" ] && "$venv/bin/python" -c '' 2>/dev/null; then
  exit 0
fi

# pyenv keeps its Pythons beside its shims; a shim for a version that is not chosen does not run.
pyenv_root() {
  local shim
  shim=$(command -v pyenv || command -v python3 || true)
  case "$shim" in
    */shims/* | */bin/pyenv) echo "${shim%/*/*}" ;;
    *) echo "$HOME/.pyenv" ;;
  esac
}

candidates() {
  local minor versions
  versions=${PYENV_ROOT:-$(pyenv_root)}/versions
  if [ -n "${PYTHON:-}" ]; then
    echo "$PYTHON"
    return
  fi
  for ((minor = newest; minor >= oldest; minor--)); do
    command -v "python3.$minor" || true
    find "$versions" -maxdepth 3 -path "*/3.$minor.*/bin/python" 2>/dev/null | sort -rV
  done
  command -v python3 || true
}

# A candidate counts only if it runs: shims of version managers are on PATH for versions that they do not serve. For the
# Python of a virtual environment, which may be the one to be replaced, the one that it was made with is taken.
find_python() {
  local candidate
  while read -r candidate; do
    if "$candidate" - "$oldest" 2>/dev/null <<'PROBE'
import ensurepip, sqlite3, ssl, sys, venv
print(getattr(sys, "_base_executable", sys.executable))
sys.exit(sys.version_info < (3, int(sys.argv[1])))
PROBE
    then return 0; fi
  done < <(candidates)
  return 1
}

if ! python=$(find_python | tail -n 1) || [ -z "$python" ]; then
  echo "No working Python 3.$oldest or newer with venv was found${PYTHON:+ at PYTHON=$PYTHON}." >&2
  echo "Install one (on Debian also its package python3-venv), or name one: make setup PYTHON=/path/to/python3" >&2
  exit 1
fi

echo "Making .venv with $("$python" --version) ($python) and installing the development tools; this happens once."
rm -rf "$venv"
"$python" -m venv "$venv"
install() {
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes "$@"
}
# Without isolation, what must be built is built by what the first lock has, and pip downloads no other program for it.
install --requirement requirements/build.lock.txt
install --no-build-isolation --requirement requirements/dev.lock.txt
echo "$stamp" >"$venv/.stamp"
