# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Campaign server answers when a call fails (campaign_facts, Failures).

Three shapes exist on the wire, hence three exceptions:

* ``SoapFault``: an envelope with a ``Fault``, complete as it will be sent.
* ``MethodFailure``: the inner cause only. The store and the engine raise it, because they do not know under which
  service name they were called; the router wraps it in the generic SOP-330011 fault.
* ``PlainRefusal``: one line of plain text and an HTTP status, no XML (refused logon, expired session, refused address).

``FleetError`` is not an answer: it says what is wrong in the fleet file.
"""

from __future__ import annotations

SERVER = "SOAP-ENV:Server"
CLIENT = "SOAP-ENV:Client"


class SoapFault(Exception):
    """A fault as it goes on the wire. `code` is SERVER (execution) or CLIENT (a bad call)."""

    def __init__(self, code: str, string: str, detail: str | None = None) -> None:
        super().__init__(f"{string} {detail or ''}".strip())
        self.code = code
        self.string = string
        self.detail = detail


class MethodFailure(SoapFault):
    """The cause of a failed execution: one line a layer, the innermost first, each beginning with its code."""

    def __init__(self, *lines: str) -> None:
        super().__init__(SERVER, lines[0] if lines else "", "\n".join(lines))

    def wrapped(self, service: str, method: str) -> SoapFault:
        """The SOP-330011 fault that carries this cause as its detail."""
        return method_failed(service, method, self.detail)


class PlainRefusal(Exception):
    """An answer of one plain-text line with an HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class FleetError(Exception):
    """The fleet file cannot be used. The text names the file, the place in it and what is allowed there."""

    def __init__(self, source: str, place: str, problem: str) -> None:
        super().__init__(f"{source}: {place}: {problem}" if place else f"{source}: {problem}")
        self.source = source
        self.place = place
        self.problem = problem


# -- complete faults ----------------------------------------------------------------------------------------------


def method_failed(service: str, method: str, detail: str | None) -> SoapFault:
    """SOP-330011, the generic wrapper of every failed execution."""
    return SoapFault(SERVER, f"SOP-330011 Error while executing the method '{method}' of service '{service}'.", detail)


def undefined_method(service: str, method: str) -> SoapFault:
    """SOP-330006: the service has no such method."""
    return SoapFault(CLIENT, f"SOP-330006 The method '{method}' is not defined in SOAP service '{service}'.")


def unreadable_parameters(service: str, method: str, detail: str) -> SoapFault:
    """The call's parameters are missing or cannot be read as the method's types."""
    return SoapFault(CLIENT, f"Error while reading parameters of method '{method}' of service '{service}'.", detail)


def invalid_message(reason: str) -> SoapFault:
    """The body is no SOAP message: broken XML, a DTD, no Body, too large."""
    return SoapFault(CLIENT, f"The XML SOAP message is invalid ({reason}).")


# -- causes, to be wrapped ----------------------------------------------------------------------------------------


def library_unspecified(service: str, method: str) -> MethodFailure:
    """SOP-330024: a method of xtk:persist was called under the service name xtk:session (campaign_facts, Calls)."""
    return MethodFailure(
        "SOP-330024 Unspecified function library ('library' attribute) for JavaScript SOAP call "
        f"('{method}' method of '{service}' service)."
    )


def unparsable_expression(expression: str, reason: str = "") -> MethodFailure:
    """XTK-170036: syntax, function or attribute that the expression language does not know."""
    text = f"XTK-170036 Unable to parse expression '{expression}'."
    return MethodFailure(f"{reason}", text) if reason else MethodFailure(text)


def unknown_attribute(attribute: str, schema_label: str, expression: str) -> MethodFailure:
    """XTK-170036 because of an attribute. `schema_label` is 'Label (ns:name)'."""
    return unparsable_expression(
        expression, f"Attribute '{attribute}' unknown (see definition of schema '{schema_label}')."
    )


def record_missing(document_type: str) -> MethodFailure:
    """No such row, or no rights on its folder: Campaign does not tell which (campaign_facts, Rights, KA-19400)."""
    return MethodFailure(
        "The requested database record does not exist.", f"Cannot load document of type '{document_type}'."
    )


def save_failed(document_type: str, *causes: str) -> MethodFailure:
    """XSV-350023: a Write that the database or a rule refused. `document_type` is 'Label (ns:name)'."""
    return MethodFailure(*causes, f"XSV-350023 Unable to save document of type '{document_type}'.")


def no_folder_rights(folder_id: int) -> MethodFailure:
    """QUE-370030: the operator may not use what lies in this folder."""
    return MethodFailure(f"QUE-370030 You do not have the rights needed on folder of identifier {folder_id}.")


def no_write_right(document_type: str) -> MethodFailure:
    """QUE-370023: the operator may not write rows of this type. The exact text is not known (campaign_facts, unknown
    11)."""
    return MethodFailure(f"QUE-370023 You do not have the right to write documents of type '{document_type}'.")


def no_read_right(document_type: str) -> MethodFailure:
    """The operator may not read rows of this type at all. Code and text are not known (campaign_facts, unknown 11)."""
    return MethodFailure(f"QUE-370030 You do not have the rights needed to read documents of type '{document_type}'.")


def missing_named_right(right: str) -> MethodFailure:
    """The operator lacks a named right. Code and text are not known (campaign_facts, unknown 11)."""
    return MethodFailure(f"QUE-370030 You do not have the rights needed: named right '{right}'.")


def wrong_status(action: str, name: str) -> MethodFailure:
    """BAS-010003: an order that the present state does not allow (one of two modes: campaign_facts, unknown 6)."""
    return MethodFailure(f"BAS-010003 Unable to complete operation '{action}' in current status of '{name}'.")


def no_template(name: str) -> MethodFailure:
    """Only a template can be spawned. Code and text are not known."""
    return MethodFailure(f"The workflow '{name}' is no template.")


def technical_workflow(method: str, name: str) -> MethodFailure:
    """Execute is not for technical workflows. Code and text are not known."""
    return MethodFailure(f"The method '{method}' is not for technical workflows such as '{name}'.")


def undocumented(method: str) -> MethodFailure:
    """A method that exists but whose parameters are in no public source: the simulator refuses it (campaign_facts,
    Calls)."""
    return MethodFailure(f"The simulator does not serve the method '{method}': its parameters are not documented.")


# -- plain answers ------------------------------------------------------------------------------------------------

EXPIRED_TEXT = "XSV-350008 Session has expired or is invalid. Please reconnect."
LOGON_TEXT = "XSV-350012 Invalid login or password. Connection denied."


def logon_refused() -> PlainRefusal:
    """403 and one line of text, no XML: what a live server does (campaign_facts, Failures)."""
    return PlainRefusal(403, LOGON_TEXT)


def address_refused(address: str, *, status: int = 403) -> PlainRefusal | SoapFault:
    """The caller's address is in no zone of the operator: 403 with XSV-350013, 500 with XSV-350014, or a fault (200).

    Both codes were reported, each with its status; the fault is a guess (campaign_facts, Failures and unknown 7).
    """
    code = "XSV-350014" if status == 500 else "XSV-350013"
    text = (
        f"{code} The '{address}' IP address via which you are accessing the server is not accepted. Connection refused."
    )
    return SoapFault(SERVER, text) if status == 200 else PlainRefusal(status, text)


def http_refused() -> PlainRefusal:
    """A zone without allowHTTP opens no session over plain HTTP (campaign_facts, Authentication). Status, code and text
    are guesses."""
    return PlainRefusal(403, "A session cannot be created over plain HTTP. Connection refused.")
