#!/usr/bin/env bash
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# zeep gives an element of type xsd:string that is there and empty as None, as if it were not sent; an empty attribute stays a text. A dateTime at
# 24:00:00, which XML Schema allows, is None as well: the error goes to a log, and the call succeeds.
# shellcheck source=findings/_python.sh
. "$(dirname "$0")/_python.sh"
cat > service.wsdl <<'XML'
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
    xmlns:t="urn:t" targetNamespace="urn:t" name="t">
  <types><xsd:schema targetNamespace="urn:t" elementFormDefault="qualified">
    <xsd:element name="Get"><xsd:complexType/></xsd:element>
    <xsd:element name="GetResponse"><xsd:complexType><xsd:sequence>
      <xsd:element name="label" type="xsd:string" minOccurs="0"/>
      <xsd:element name="tag" type="xsd:string" minOccurs="0" maxOccurs="unbounded"/>
      <xsd:element name="until" type="xsd:dateTime" minOccurs="0"/>
    </xsd:sequence><xsd:attribute name="folder" type="xsd:string"/></xsd:complexType></xsd:element>
  </xsd:schema></types>
  <message name="in"><part name="parameters" element="t:Get"/></message>
  <message name="out"><part name="parameters" element="t:GetResponse"/></message>
  <portType name="p"><operation name="Get"><input message="t:in"/><output message="t:out"/></operation></portType>
  <binding name="b" type="t:p"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Get"><input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>
  <service name="s"><port name="p" binding="t:b"><soap:address location="http://127.0.0.1/"/></port></service>
</definitions>
XML
made=$(new_environment 9 zeep==4.3.3) || exit 2
"$made/bin/python" - <<'PYTHON'
import logging
from importlib.metadata import version

import requests
import zeep

BODY = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
<GetResponse xmlns="urn:t" folder=""><label></label><tag>a</tag><tag/><until>{until}</until></GetResponse></e:Body></e:Envelope>"""


class Answers(zeep.Transport):
    def post(self, address, message, headers):
        answer = requests.Response()
        answer.status_code, answer._content = 200, BODY.format(until=until).encode()
        return answer


logging.basicConfig(filename="log.txt", format="%(name)s: %(message)s")
service = zeep.Client("service.wsdl", transport=Answers()).service
print("zeep", version("zeep"))
seen = {}
for until in ("2026-12-01T00:00:00", "2026-11-30T24:00:00"):
    got = service.Get()
    seen[until] = got.folder, got.label, got.tag, got.until and str(got.until)
    print(f"  folder={got.folder!r} label={got.label!r} tag={got.tag!r}; until {until}: {seen[until][3]}")
print("  logged:", open("log.txt").readline().strip())
rest = ("", None, ["a", None])
assert seen == {"2026-12-01T00:00:00": (*rest, "2026-12-01 00:00:00"), "2026-11-30T24:00:00": (*rest, None)}, "changed"
PYTHON
