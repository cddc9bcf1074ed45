# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import directions: the tree follows the table of tools/layers.py, and the check of it can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import layers

ROOT = Path(__file__).resolve().parents[2]
XTK = "plugins/module_utils/_xtk.py"


def test_tree_follows_the_table() -> None:
    assert layers.check_tree(ROOT) == []


def test_every_file_of_module_utils_is_in_exactly_one_layer() -> None:
    stems = [file.stem for file in (ROOT / "plugins/module_utils").glob("*.py")]
    assert stems, "no file was looked at"
    unknown = [stem for stem in stems if layers.layer_of(stem) is None]
    assert unknown == []
    named = [name for _layer, names in layers.LAYERS for name in names]
    assert len(named) == len(set(named))


@pytest.mark.parametrize(
    ("path", "source", "says"),
    [
        pytest.param(XTK, "from ._session import Session", "_session (session)", id="relative-name"),
        pytest.param(XTK, "from . import _session", "_session (session)", id="relative-module"),
        pytest.param(XTK, "from ..module_utils._cure import Cure", "_cure (cure)", id="through-the-parent"),
        pytest.param(XTK, f"import {layers.COLLECTION}.plugins.module_utils._cure", "_cure (cure)", id="absolute"),
        pytest.param(XTK, "def f():\n    from ._cure import Cure", "_cure (cure)", id="inside-a-function"),
        pytest.param(
            XTK,
            "import typing as t\nif t.TYPE_CHECKING:\n    from ._cure import Cure",
            "_cure (cure)",
            id="for-types-only",
        ),
        pytest.param("plugins/module_utils/_cure.py", "from ._op_option import run", "(operations)", id="pattern"),
        pytest.param(XTK, "import requests", "know the network", id="requests"),
        pytest.param(XTK, "from requests.adapters import HTTPAdapter", "know the network", id="part-of-requests"),
        pytest.param(XTK, "importlib.import_module('requests')", "know the network", id="dynamic"),
        pytest.param(XTK, "__import__('requests')", "know the network", id="dunder-import"),
        pytest.param(XTK, "from ansible.module_utils.basic import AnsibleModule", "knows Ansible", id="ansible"),
        pytest.param(XTK, "from ..plugin_utils._action import WorkerAction", "stands above", id="plugin-utils-below"),
        pytest.param(
            "plugins/modules/option.py", "from ..plugin_utils import _action", "stands above", id="module-sent-away"
        ),
        pytest.param(
            "plugins/plugin_utils/_action.py", "from ..action.option import ActionModule", "stands above", id="action"
        ),
        pytest.param("plugins/filter/x.py", "import simulator", "must not import simulator", id="simulator-in-plugins"),
        pytest.param("plugins/action/x.py", "from tests.unit import x", "must not import tests", id="tests-in-plugins"),
        pytest.param(
            "extensions/eda/plugins/event_source/x.py",
            "import simulator",
            "must not import simulator",
            id="event-source",
        ),
        pytest.param("simulator/wire.py", "from plugins.module_utils import _soap", "must not import", id="plugins"),
        pytest.param(
            "simulator/wire.py",
            f"from {layers.COLLECTION}.plugins.module_utils import _soap",
            "must not import",
            id="plugins-by-their-full-name",
        ),
        pytest.param("simulator/wire.py", "from ..plugins import x", "must not import", id="plugins-from-the-parent"),
        pytest.param("plugins/module_utils/_new.py", "", "is in no layer", id="file-without-layer"),
    ],
)
def test_violation_is_found(path: str, source: str, says: str) -> None:
    found = [str(violation) for violation in layers.check_source(path, source)]
    assert len(found) == 1
    assert found[0].startswith(f"{path}:")
    assert says in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        pytest.param("plugins/module_utils/_soap.py", "from ._xtk import encode", id="same-layer"),
        pytest.param("plugins/module_utils/_http.py", "import requests", id="transport-knows-requests"),
        pytest.param("plugins/module_utils/_module.py", "import ansible.module_utils.basic", id="shell-knows-ansible"),
        pytest.param("plugins/module_utils/_op_option.py", "from ._module import Answer", id="operation-on-the-shell"),
        pytest.param("plugins/modules/option.py", "from ..module_utils._op_option import OPTION", id="module"),
        pytest.param("plugins/action/option.py", "from ..plugin_utils._action import WorkerAction", id="action"),
        pytest.param("simulator/server.py", "from .wire import Call\nimport aiohttp", id="simulator-itself"),
    ],
)
def test_allowed_import_is_let_through(path: str, source: str) -> None:
    assert layers.check_source(path, source) == []


def test_line_of_the_violation_is_named() -> None:
    (violation,) = layers.check_source(XTK, "import re\n\nimport requests\n")
    assert violation.line == 3


def test_circle_within_a_layer_is_found() -> None:
    sources = {
        "plugins/module_utils/_soap.py": "from ._xtk import encode",
        "plugins/module_utils/_xtk.py": "from . import _querydef",
        "plugins/module_utils/_querydef.py": "from ._soap import Output",
        "plugins/module_utils/_http.py": "from ._soap import Reply",
    }
    assert layers.find_cycles(sources) == ["_soap -> _xtk -> _querydef -> _soap"]


def test_violation_in_a_tree_is_found(tmp_path: Path) -> None:
    file = tmp_path / "plugins/module_utils/_errors.py"
    file.parent.mkdir(parents=True)
    file.write_text("from ._http import HttpTransport\n", encoding="utf-8")
    (found,) = layers.check_tree(tmp_path)
    assert found.startswith("plugins/module_utils/_errors.py:1: _errors (errors) must not import _http")
