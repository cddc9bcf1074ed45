# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords of external accounts as they lie in the database: encrypted with the key in option ``XtkSecretKey``.

The form is the one that Adobe's JavaScript client decrypts (campaign_facts, Rights and Call sequences): ``@`` and the
base64 of AES-256-CBC, with an initialisation vector of zeros, over the UTF-8 text, two bytes of salt and one check
byte. How a server makes salt and check byte is not known, and that client drops them: they are zeros here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

KEY_OPTION = "XtkSecretKey"
KEY_BYTES = 32
_MARKER = "@"
_TRAILER = bytes(3)
_BLOCK_BITS = 128


def make_key(seed: int, instance: str) -> str:
    """The key of an instance whose fleet file gives none: the same at each start."""
    return base64.b64encode(hashlib.sha256(f"{seed}:{instance}:{KEY_OPTION}".encode()).digest()).decode()


def is_key(text: str) -> bool:
    """Whether a text can be the value of the option: the base64 of 32 bytes."""
    try:
        return len(base64.b64decode(text, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def encrypt(password: str, key: str) -> str:
    """The text for ``nms:extAccount/@password``. "" stays "". ValueError for a key that is none."""
    if not password:
        return ""
    padder = PKCS7(_BLOCK_BITS).padder()
    padded = padder.update(password.encode() + _TRAILER) + padder.finalize()
    encryptor = _cipher(key).encryptor()
    return _MARKER + base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def _cipher(key: str) -> Cipher[modes.CBC]:
    if not is_key(key):
        raise ValueError(f"'{KEY_OPTION}' is not the base64 of {KEY_BYTES} bytes")
    return Cipher(algorithms.AES(base64.b64decode(key)), modes.CBC(bytes(_BLOCK_BITS // 8)))
