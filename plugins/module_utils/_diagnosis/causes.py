# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Which cause a journal text names: by a site's own patterns, by codes, and by words. Pure.

No text of Campaign's journal is certain, and a server writes in its own language. So codes come before words, and an
unknown text names no cause. **What rules a cursor out wins over a slow answer**, within a text and within a run: only a
slow answer allows us to move a cursor, and it does not rule out a refused logon beside it.

Quoted text is no cause: SQL statements, addresses, paths, names and settings are removed before the search.
"""

from __future__ import annotations

import re
import typing as t
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from .._core.errors import ValidationError
from .._core.lazy_pattern import LazyPattern
from .cause_codes import (
    BY_ID,
    CAMPAIGN,
    CAUSES,
    CURL,
    DB2,
    ERRNO,
    HTTP,
    KINDS,
    NUMBERS,
    ORACLE,
    SQLSTATE,
    WRAPPER_STATUS,
    Cause,
    CauseKind,
)
from .cause_patterns import HOW, pattern_of
from .cause_words import ASKED, BEFORE, NO_EVENT, SLOW, TIME_RAN_OUT, WORDS

__all__ = ["BUILT_IN", "CAUSES", "KINDS", "SEARCH_LIMIT", "Cause", "CauseKind", "Causes", "causes_of", "quoted_code"]

#: A text is searched up to here: a gateway's page in the journal must not cost more than an error line.
SEARCH_LIMIT = 8000

# -- what is quoted ----------------------------------------------------------------------------------------------------

_QUOTES = {
    "'": "'",
    '"': '"',
    "`": "`",
    "«": "»",
    "»": "«",
    "„": "\u201c\u201d",
    "\u201c": "\u201d",
    "\u2018": "\u2019",
    "「": "」",
    "『": "』",
}
_APOSTROPHES = "'\u2019"
_SQL = (
    r"(?:select|insert\s+into|update|delete\s+from|merge\s+into|with\s+\w+\s+as|create|alter|drop|truncate|declare|call"
    r"|exec(?:ute)?|begin|set)\b"
)
_SQL_QUOTED = LazyPattern(rf"\s*\(*\s*{_SQL}", re.IGNORECASE)
#: A statement that is not quoted goes on to the end of its line, to a semicolon, to a code, or to a colon that is
#: no cast.
_SQL_BARE = LazyPattern(
    r"\b(?:select\b[^\n;]{1,400}?\bfrom|insert\s+into|update\s+\S+\s+set|delete\s+from|merge\s+into)\b(?:(?!:\s|\b[A-Z]{2,4}-\d{5,6}\b)[^\n;])*",
    re.IGNORECASE,
)
#: Before a quote that opens a text within a statement.
_OPENS = LazyPattern(
    r"(?:[=(,<>|+-]|\b(?:like|in|values|and|or|between|then|else|when|select|concat))\s*$", re.IGNORECASE
)
#: A quoted word that is not a name.
_PLAIN = LazyPattern(r"(?:locks?|(?:bearertoken)?logo[nf]f?|login|pool|session)$", re.IGNORECASE)
#: What is quoted after such a word is a name, whatever it looks like.
_NAMING = LazyPattern(
    r"\b(?:deliver(?:y|ies)|campaign|workflow|label|folder|recipient|activity|operation|named|called|livraison|diffusion"
    r"|campagne|versand|kampagne|entrega|campaña|consegna|envio|campanha|dossier|ordner)\s*$|(?:配信|フォルダー?|ワークフロー)\s*$",
    re.IGNORECASE,
)
#: None of them begins in the middle of what it takes out, nor repeats without a bound: a text without a space must not
#: be searched once for each of its letters.
_TAKEN_OUT = (
    LazyPattern(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s'\"<>]*", re.IGNORECASE),
    LazyPattern(r"(?<!\S)\S+@[\w.-]+"),
    LazyPattern(r"(?<!\S)\S*\?\w+=\S*"),
    # the line of a statement that PostgreSQL points at
    LazyPattern(r"\b(?:LINE|LIGNE|ZEILE|L[ÍI]NEA|LINHA|RIGA) ?\d+ ?: [^\n]*|行 ?\d+ ?: [^\n]*"),
    LazyPattern(r"\b[A-Za-z]:\\[^:*?\"<>|\n]{1,300}\\[^\s\\]*"),
    # paths, files, names of hosts and of classes
    LazyPattern(r"(?<![\w/\\])(?:[A-Za-z]:)?(?:[/\\][^\s/\\:*?\"'<>|,;()]+){1,40}[/\\]?"),
    LazyPattern(
        r"\b[\w-]{1,80}(?:/[\w.-]{1,80}){0,40}\.(?:log|jssp?|jsp|xml|conf|txt|sql|dat|csv|html?|properties|sh|cnf|ini)\b"
    ),
    # settings
    LazyPattern(
        r"(?<![\w.-])[\w.-]*time[_ -]?out[\w.-]{0,80}\s*[:=]\s*[\"']?\d+\s?(?:ms|s|sec|seconds|milliseconds|min)?\b",
        re.IGNORECASE,
    ),
    LazyPattern(r"\b\w*[a-z_]timeouts?\w{0,80}\s*=\s*\S+", re.IGNORECASE),
)


#: Nested quotes are searched to this depth, such as a fault in XML in JSON.
_DEEPEST = 3


def unquoted(text: str, depth: int = 0) -> str:
    """The text without its quotes; an ellipsis replaces each."""
    kept: list[str] = []
    unclosed: set[str] = set()
    at = 0
    while at < len(text):
        end = _end_of_quote(text, at, unclosed) if text[at] in _QUOTES else None
        if end is None:
            kept.append(text[at])
            at += 1
            continue
        inner = text[at + 1 : end]
        named = _is_name(inner, text[max(0, at - 40) : at])
        kept.append("…" if named else f" {unquoted(inner, depth + 1) if depth < _DEEPEST else inner} ")
        at = end + 1
    bare = _SQL_BARE.sub("…", "".join(kept))
    for pattern in _TAKEN_OUT:
        bare = pattern.sub("…", bare)
    return bare


def _is_name(inner: str, before: str) -> bool:
    if _SQL_QUOTED.match(inner) and " " in inner.strip():
        return True
    if _NAMING.search(before):
        return True
    return not re.search(r"\s", inner) and not _PLAIN.match(inner)


def _end_of_quote(text: str, at: int, unclosed: set[str]) -> int | None:
    """Where a quote that opens at this place ends, or None where no quote opens.

    :param unclosed: quotes that are never closed: nothing searches for their ends again. It is added to.
    """
    opening = text[at]
    # An apostrophe within a word opens no quote.
    if opening in unclosed or (opening in _APOSTROPHES and at and text[at - 1].isalnum()):
        return None
    if not _SQL_QUOTED.match(text[at + 1 : at + 40]):
        return _end_of_words(text, at, _QUOTES[opening])
    end = _end_of_statement(text, at, _QUOTES[opening])
    if end is None:
        unclosed.add(opening)
    return end


def _end_of_words(text: str, at: int, closing: str) -> int | None:
    end = min((where for where in (text.find(one, at + 1) for one in closing) if where != -1), default=-1)
    # An apostrophe within a word closes no quote, and a quote spans few lines.
    while end != -1 and text[end] in _APOSTROPHES and text[end + 1 : end + 2].isalnum():
        end = text.find(text[end], end + 1)
    return end if end != -1 and "\n" not in text[at:end] else None


def _end_of_statement(text: str, at: int, closing: str) -> int | None:
    """The same for a statement, within which texts are quoted too."""
    within = False
    where = at + 1
    while where < len(text):
        if text[where] not in closing:
            pass
        elif not within and not _OPENS.search(text[max(0, where - 20) : where]):
            return where
        elif within and text[where : where + 2] == 2 * text[where]:
            # A doubled quote within a text belongs to the text.
            where += 1
        else:
            within = not within
        where += 1
    return None


# -- codes -------------------------------------------------------------------------------------------------------------

_ERROR_WORD = r"(?:error|msg|errno|native ?error|fehler|erreur|erro|errore|エラー)"
_CAMPAIGN_CODE = LazyPattern(r"(?<![A-Za-z0-9-])[A-Z]{2,4}-\d{6}(?!\d)")
_ORACLE_CODE = LazyPattern(r"\bORA-?(\d{3,5})(?!\d)")
_SQLSTATE_CODE = (
    LazyPattern(r"\bsql[ -]?state\b\W{0,4}([0-9A-Z]{5})\b", re.IGNORECASE),
    # ERROR:  57014: canceling statement; [HYT00]; (55P03)
    LazyPattern(r"(?:\b[A-ZÀ-Ü]{4,8}|エラー)\s?:\s{0,3}([0-9A-Z]{5})\b(?!\s+[^\W\dA-Z])"),
    LazyPattern(r"\[([0-9A-Z]{5})\]"),
    # A word with a letter in it can only be a code.
    LazyPattern(r"(?<![\w-])((?:HYT0[01]|[0-9]{2}[PS]\d{2}|[0-9]{2}S\d{2}|25P0\d|2200H|3[DF]000|XX00\d))(?![\w-])"),
    LazyPattern(
        rf"\b{_ERROR_WORD}(?: code)?\W{{1,3}}(57014|42501|53[0-4]00|57P0\d|0800\d|40001|25006)\b(?!\s+[^\W\d])",
        re.IGNORECASE,
    ),
)
_NUMBER = LazyPattern(
    rf"\b{_ERROR_WORD}\b\.?(?: ?(?:code|number|no\.?|nr\.?|n°|numéro|nummer|número|numero))?"
    r"\s?[:#=(\[]{0,2}\s?(-?\d{1,5})(?!\d)",
    re.IGNORECASE,
)
_NUMBER_BARE = LazyPattern(r"[(\[](1205|1222|1213|3024|1969|1100[14]|1006[015]|1005[34])[,)\]]")
_ERROR_KIND = r"(?:error|erreur|fehler|errore|erro|エラー|status|statut|code|código|codice|ステータス|コード)"
_STATUS_WORD = (
    rf"(?:{_ERROR_KIND}|état|type|typ|tipo|response|query|returned|answer(?:ed|s)?|repl(?:y|ied)|with|by|réponse"
    r"|antwort|respuesta|risposta|resposta|estado|stato|d'état|de|di|応答)"
)
_HTTP_PHRASE = (
    r"(?:gateway|bad gateway|service (?:temporarily )?unavailable|proxy auth|request entity|request[ -]time|payload"
    r"|content too|not found|forbidden|unauthori[sz]ed|bad request|internal server|origin|a timeout occurred)"
)
#: A number of things is not a status.
_NO_COUNT = r"(?![\d.])(?!\s+(?:rows?|deliver|record|bytes?|ms\b|messages?|lines?|times?|items?|lignes?|zeilen|filas))"
_STATUS = (
    # The HTTP query returned a '...' type error (504), in any language
    LazyPattern(r"\bINT-150012\b[^\n]{0,300}?\((\d{3})\)"),
    LazyPattern(rf"\bHTTPS?(?![A-Za-z:])[^\n()]{{0,120}}?{_ERROR_KIND}[^\n()]{{0,60}}\((\d{{3}})\)", re.IGNORECASE),
    LazyPattern(
        rf"\bHTTPS?(?:/\d(?:\.\d)?)?(?:[\s_:=#-]{{0,3}}{_STATUS_WORD}){{0,5}}[\s:=#(]{{0,3}}([1-5]\d\d){_NO_COUNT}",
        re.IGNORECASE,
    ),
    LazyPattern(
        r"(?:\b(?:status|response|return)[ _-]?code|statuscode|code (?:d'état|de statut|de estado)|código de estado"
        r"|codice di stato|ステータス ?コード|requested URL returned error)[\s:=#(]{0,3}([1-5]\d\d)(?![\d.])",
        re.IGNORECASE,
    ),
    LazyPattern(rf"(?<![\w.-])([45]\d\d):? {_HTTP_PHRASE}", re.IGNORECASE),
    LazyPattern(r"\b(?:error type|error code) ?[(:]? ?([1-5]\d\d)\b", re.IGNORECASE),
)
_CURL_CODE = LazyPattern(r"\bcurl\w*(?: error)?\W{0,3}\(?(\d{1,2})\)?(?!\d)", re.IGNORECASE)
_DB2_CODE = LazyPattern(r"\bSQL(\d{4,5})[NC]\b")
_ERRNO_CODE = LazyPattern(r"\berrno\W{0,2}(\d{1,3})\b", re.IGNORECASE)
#: HYT00 is the timeout of a query, of a logon or of a lock. The words beside it tell which, if they are in a language
#: that we read here, or if they are those for a query in another language.
_ODBC_TIMEOUT = LazyPattern(r"(?<![\w-])(?:HYT00|S1T00)(?![\w-])")
_ODBC_QUERY = LazyPattern(r"limit czasu zapytania|querytime-out|查询超时|查詢逾時|쿼리 (?:제한 )?시간", re.IGNORECASE)
_OPENS_CONNECTION = LazyPattern(r"SQL(?:Driver)?Connect|SQLBrowseConnect")


#: Where a code is found, and the id of the cause that it names.
_CODES: tuple[tuple[tuple[LazyPattern, ...], t.Callable[[str], str]], ...] = (
    ((_CAMPAIGN_CODE,), lambda code: CAMPAIGN.get(code, "")),
    ((_ORACLE_CODE,), lambda code: ORACLE.get(int(code), "")),
    (_SQLSTATE_CODE, lambda state: SQLSTATE.get(state.upper(), SQLSTATE.get(state[:2].upper(), ""))),
    ((_NUMBER, _NUMBER_BARE), lambda code: NUMBERS.get(int(code), "")),
    ((_DB2_CODE,), lambda code: DB2.get(int(code), "")),
    ((_CURL_CODE,), lambda code: CURL.get(int(code), "")),
    ((_ERRNO_CODE,), lambda code: ERRNO.get(int(code), "")),
)


def _coded(text: str) -> t.Iterator[str]:
    """The ids of the causes that the codes of a text name."""
    for patterns, id_of in _CODES:
        for pattern in patterns:
            yield from map(id_of, pattern.findall(text))
    for status in _statuses(text):
        yield HTTP.get(status, "http_error" if status >= 300 and status != WRAPPER_STATUS else "")
    if _ODBC_TIMEOUT.search(text):
        yield _odbc_timeout(text)


def _odbc_timeout(text: str) -> str:
    if _OPENS_CONNECTION.search(text):
        return "logon_timeout"
    if any(pattern.search(text) for name, pattern in BEFORE if name in ("logon_timeout", "not_connected")):
        return "logon_timeout"
    return "timeout" if TIME_RAN_OUT.search(text) or _ODBC_QUERY.search(text) else ""


#: A status in JSON. Its name is quoted, and a word such as ``code`` may be anything's: so it only rules out.
_JSON_STATUS = LazyPattern(
    r"\\?\"(?:http)?_?(?:status|statusCode|status_code|code)\\?\"\s*:\s*\\?\"?([45]\d\d)\b", re.IGNORECASE
)


def _json_statuses(text: str) -> t.Iterator[str]:
    for status in {int(found) for found in _JSON_STATUS.findall(text)} - {WRAPPER_STATUS}:
        name = HTTP.get(status, "http_error")
        if BY_ID[name].rules_out:
            yield name


def _statuses(text: str) -> set[int]:
    return {int(status) for place in _STATUS for status in place.findall(text)}


#: Oracle's numbers that only say where: the rest of the text decides.
_ORACLE_WRAPPERS = frozenset({604, 2063, 6512, 6508, 4088, 20000, 29902, 12801, 3150, 28500, 29273, 29024})


def _unknown_verdict(text: str) -> bool:
    """Whether a database gave its reason in a code that is in no table: then words do not make it a slow answer."""
    oracle = {int(number) for number in _ORACLE_CODE.findall(text)}
    return bool(oracle - set(ORACLE) - _ORACLE_WRAPPERS)


# -- words -------------------------------------------------------------------------------------------------------------

#: Sentences. A full stop within a number or a name does not end one; a code begins one.
_SENTENCE = LazyPattern(r"[.;!?](?=\s|$)|[。\n]|(?=\b[A-Z]{2,4}-0\b)")
_CLAUSE = LazyPattern(r":\s|,\s|、")


_DIGITS = LazyPattern(r"\d+")


@lru_cache(maxsize=4096)
def _worded(text: str) -> frozenset[str]:
    """The ids of the causes that the words of a text name. All numbers in it are replaced by the same one: they are not
    words.

    The texts of a journal differ only in their numbers, so most of them are cached and not searched.
    """
    found = set(_named_by(WORDS, text))
    for sentence in _SENTENCE.split(text):
        if sentence.strip():
            found.update(_timed(sentence))
    return frozenset(found)


def _timed(sentence: str) -> t.Iterator[str]:
    """What a sentence says about a timeout: of what precedes the query, or of the query."""
    ran_out = TIME_RAN_OUT.search(sentence)
    slow = _named_by(SLOW, sentence)
    if not ran_out and not slow:
        return
    before = _named_by(BEFORE, sentence)
    if not before:
        yield from _question_was_slow(sentence, slow)
    elif ran_out or slow != ["statement_cancelled"]:
        yield before[0]
    # A statement that was cancelled because of a lock was not slow.
    elif "lock_timeout" not in before:
        yield from slow


def _named_by(patterns: t.Iterable[tuple[str, LazyPattern]], text: str) -> list[str]:
    return [name for name, pattern in patterns if pattern.search(text)]


def _question_was_slow(sentence: str, slow: t.Sequence[str]) -> t.Iterator[str]:
    yield from (name for name in slow if name == "statement_cancelled")
    if NO_EVENT.search(sentence):
        return
    yield from slow
    english, others = ASKED
    if english.search(sentence) or any(
        TIME_RAN_OUT.search(clause) and others.search(clause) for clause in _CLAUSE.split(sentence)
    ):
        yield "timeout"


# -- a cause -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _built_in(text: str) -> Cause | None:
    plain = unicodedata.normalize("NFKC", text[:SEARCH_LIMIT]).replace("\u2019", "'")
    bare = unquoted(plain)
    codes = {name for name in (*_coded(bare), *_json_statuses(plain)) if name}
    named = codes | _worded(_DIGITS.sub("0", bare))
    if {"XSV-350012", "SCR-160012"} <= set(_CAMPAIGN_CODE.findall(bare)):
        # A script reports a disabled operator as refused (KA-19458); another server refuses without a script.
        named.add("operator_disabled")
    found = first(map(BY_ID.__getitem__, named))
    if found is None:
        return BY_ID["http_error"] if WRAPPER_STATUS in _statuses(bare) else None
    only_words = found.is_slow and not any(BY_ID[name].is_slow for name in codes)
    return None if only_words and _unknown_verdict(bare) else found


def first(causes: t.Iterable[Cause]) -> Cause | None:
    """The cause that counts: what rules a cursor out before a slow answer, then the order of the table."""
    return min(causes, key=lambda cause: (cause.is_slow, _PLACE.get(cause.id, -1)), default=None)


_PLACE = {cause.id: place for place, cause in enumerate(CAUSES)}


@dataclass(frozen=True)
class Causes:
    """The known causes: a site's own, in their order, then the built-in ones."""

    own: tuple[tuple[re.Pattern[str], Cause], ...] = ()

    def of(self, *texts: str) -> Cause | None:
        """The cause that these texts name together, or None. They are readings of one message."""
        return first(cause for cause in map(self._of, texts) if cause is not None)

    def _of(self, text: str) -> Cause | None:
        found = self._of_part(text[:SEARCH_LIMIT])
        if found is None or not found.is_slow or len(text) <= SEARCH_LIMIT:
            return found
        # The end of a long text may rule out what its beginning says.
        end = self._of_part(text[-SEARCH_LIMIT:])
        return end if end is not None and end.rules_out else found

    def _of_part(self, text: str) -> Cause | None:
        return next((cause for pattern, cause in self.own if pattern.search(text)), None) or _built_in(text)


BUILT_IN = Causes()


# -- a site's own ------------------------------------------------------------------------------------------------------


def causes_of(given: t.Sequence[t.Mapping[str, t.Any]], option: str = "causes") -> Causes:
    """The causes with those that a site adds before them.

    :param given: mappings with ``pattern`` (a regular expression, searched without regard to case), ``class`` (one of
        ``KINDS``), ``remedy`` and optionally ``id``.
    :param option: the name of the option, for the message.
    :raises ValidationError: one of them is not usable; the message names its place.
    """
    if not isinstance(given, (list, tuple)):
        raise ValidationError(f"{option}: a list is expected.", next_step=HOW)
    return Causes(tuple(_own(one, f"{option}[{number}]", number) for number, one in enumerate(given)))


def _own(given: t.Any, place: str, number: int) -> tuple[re.Pattern[str], Cause]:
    if not isinstance(given, t.Mapping):
        raise ValidationError(f"{place}: a mapping is expected.", next_step=HOW)
    unknown = sorted(str(name) for name in given if name not in ("pattern", "class", "remedy", "id"))
    if unknown:
        raise ValidationError(f"{place}: unknown: {', '.join(unknown)}.", next_step=HOW)
    kind = given.get("class")
    if kind not in KINDS:
        raise ValidationError(f"{place}.class: must be one of {', '.join(KINDS)}, and is {kind!r}.", next_step=HOW)
    name = str(given.get("id") or "").strip() or f"site_{number + 1}"
    cause = Cause(name, kind, _remedy(given, kind, place), "site")
    return pattern_of(given.get("pattern"), f"{place}.pattern"), cause


def _remedy(given: t.Mapping[str, t.Any], kind: CauseKind, place: str) -> str:
    remedy = str(given.get("remedy") or "").strip()
    if not remedy and kind == "other":
        raise ValidationError(
            f"{place}.remedy: a cause of class 'other' needs one.", next_step="Say what the operator should do."
        )
    return remedy or _REMEDIES[kind]


_REMEDIES: t.Mapping[str, str] = {"slow": BY_ID["timeout"].remedy, "never_asked": BY_ID["not_connected"].remedy}


# -- display -----------------------------------------------------------------------------------------------------------

_REPEATED = LazyPattern(r"\b([A-Z]{2,4}-\d{6})(?:[\s:,]+\1\b)+")


def quoted_code(text: str) -> str:
    """The text, with a repeated code shown once."""
    return _REPEATED.sub(r"\1", text)
