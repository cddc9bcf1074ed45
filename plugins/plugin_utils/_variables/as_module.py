# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a module in a process of its own would see, for operations in the worker: arguments and environment.

Ansible passes a module its arguments as JSON. On the controller they are more than that: vaulted texts, tagged texts,
dates, tuples, keys that are not text. They go through the same encoder and decoder here, so that no value is readable
in one place and not in the other.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import typing as t
from collections.abc import Iterator, Mapping

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

from ...module_utils._core.errors import ValidationError
from ...module_utils._core.text import visible
from ...module_utils._operations.runner import Operation, masking_of

ENCODER: dict[str, t.Any]
DECODER: dict[str, t.Any]
try:
    from ansible.module_utils.common.json import Direction, get_module_decoder, get_module_encoder
except ImportError:  # before ansible-core 2.19
    from ansible.module_utils.common.json import AnsibleJSONEncoder

    ENCODER, DECODER = {"cls": AnsibleJSONEncoder, "vault_to_text": True}, {}
else:
    # "legacy" is the profile of every module that names none.
    ENCODER = {"cls": get_module_encoder("legacy", Direction.CONTROLLER_TO_MODULE)}
    DECODER = {"cls": get_module_decoder("legacy", Direction.CONTROLLER_TO_MODULE)}


def as_module_sees(arguments: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The arguments as a module's process would read them: texts, numbers, booleans, lists and dictionaries.

    :raises ValidationError: one of them cannot be passed to a module, such as a vaulted text without its password.
    """
    try:
        return _through_json(arguments)
    except Exception:  # a vault or an undefined value may raise anything
        for name, value in arguments.items():
            try:
                _through_json({name: value})
            except Exception as error:
                raise ValidationError(
                    f"The argument {name} cannot be read: {str(error).rstrip('. ')}.",
                    next_step="Nothing was sent. Correct it.",
                ) from None
        raise


def _through_json(arguments: Mapping[str, t.Any]) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads(json.dumps(dict(arguments), **ENCODER), **DECODER)
    return found


class Unfit(Exception):
    """Arguments that a module refuses; the text says why, without a secret."""


class Validator:
    """Reads arguments according to a module's argument spec."""

    def __init__(self, operation: Operation) -> None:
        constraints = dict(operation.constraints)
        exclusive = constraints.pop("mutually_exclusive", None)
        self._name = operation.name
        self._spec = ArgumentSpecValidator(operation.argument_spec, mutually_exclusive=exclusive, **constraints)

    def read(self, arguments: Mapping[str, t.Any], environ: Mapping[str, str]) -> dict[str, t.Any]:
        """The validated parameters.

        :raises Unfit: the arguments do not fit.
        """
        checked = self._spec.validate(dict(arguments))
        if checked.error_messages:
            instance = str(arguments.get("instance") or "")
            message = f"{instance}: " * bool(instance) + " ".join(map(self._sentence, checked.errors.errors))
            raise Unfit(visible(masking_of(arguments, environ).others(f"{message} Nothing was sent.")))
        found: dict[str, t.Any] = checked.validated_parameters
        return found

    def _sentence(self, error: t.Any) -> str:
        """One error as Ansible's modules word it, with its full stop: of an unknown option Ansible's validator has no
        more than its name."""
        words = str(error.msg).rstrip(". ")
        if isinstance(error, UnsupportedError):
            words = f"Unsupported parameters for (campaign.classic.{self._name}) module: {words}"
        return f"{words}."


@contextlib.contextmanager
def environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """Run with this environment, to the last variable, in place of the process's own.

    Our own code gets its environment as an argument. This is for libraries: OpenSSL reads ``SSL_CERT_FILE`` and
    ``SSL_CERT_DIR``, Python ``HOME`` and the variables within a path. A worker of Ansible runs one task at a time.

    :raises ValidationError: a name or a value that no process can have.
    """
    before = dict(os.environ)
    try:
        _become(wanted)
        yield
    finally:
        _become(before)


def _become(wanted: Mapping[str, str]) -> None:
    if dict(os.environ) == wanted:
        return
    zone = os.environ.get("TZ")
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    for name, value in wanted.items():
        try:
            os.environ[name] = value
        except (ValueError, OSError):
            raise ValidationError(
                f"The environment has a variable that no process can have: {name}.", next_step="Nothing was sent."
            ) from None
    if os.environ.get("TZ") != zone:
        time.tzset()
