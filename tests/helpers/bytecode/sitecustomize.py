# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the bytecode of collections, in each Python that a test starts with this folder on PYTHONPATH.

Ansible's loader compiles every file of a collection in every run. That is a quarter of the processor time of a short
play, and the tests start hundreds of them. What is compiled, and from what, stays the same.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

LOADER = "ansible.utils.collection_loader._collection_finder"
FOLDER = os.environ.get("TESTS_BYTECODE", "")


def kept(source: str | bytes, filename: str) -> CodeType:
    """The bytecode of a file, compiled once for each content of it."""
    text = source.encode() if isinstance(source, str) else source
    key = hashlib.blake2b(f"{sys.implementation.cache_tag}\0{filename}\0".encode() + text).hexdigest()[:40]
    file = Path(FOLDER, key)
    try:
        return marshal.loads(file.read_bytes())  # type: ignore[no-any-return]
    except (OSError, ValueError, EOFError, TypeError):
        code = compile(source, filename, "exec", flags=0, dont_inherit=True)
    own = file.with_name(f"{key}.{os.getpid()}")
    own.write_bytes(marshal.dumps(code))
    own.replace(file)
    return code


class Finder:
    """Finds Ansible's loader as Python does, and has it keep what it compiles."""

    @staticmethod
    def find_spec(name: str, path: Any = None, _target: Any = None) -> ModuleSpec | None:
        """Only for that one module."""
        spec = PathFinder.find_spec(name, path) if name == LOADER else None
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def changed(module: ModuleType) -> None:
            execute(module)
            _keep(module._AnsibleCollectionPkgLoaderBase)

        spec.loader.exec_module = changed  # type: ignore[method-assign]
        return spec


def _keep(loader: Any) -> None:
    compiled = loader.get_code

    def get_code(self: Any, fullname: str) -> CodeType | None:
        source, filename = self.get_source(fullname), self.get_filename(fullname)
        if self._compiled_code is None and source is not None and filename:
            self._compiled_code = kept(source, filename)
        code: CodeType | None = compiled(self, fullname)
        return code

    loader.get_code = get_code


if FOLDER:
    sys.meta_path.insert(0, Finder)
if os.environ.get("TESTS_WATCHED"):
    import watched  # type: ignore[import-not-found]  # noqa: F401  # of this folder, which is on the path then
