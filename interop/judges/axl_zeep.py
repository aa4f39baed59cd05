"""Provisions an Expressway-C as any SOAP client would that is given a WSDL: ours, strictly read.

usage: axl_zeep.py ADDRESS CA_FILE USER NOBODY < password
ADDRESS is https://host:port. USER may use AXL, NOBODY may not; both have the same password. Prints one JSON object.
"""

import json
import sys

import requests
from lxml import etree
from zeep import Client, Plugin, Settings
from zeep.exceptions import Fault, TransportError
from zeep.helpers import serialize_object
from zeep.transports import Transport

SERVICE = "{http://www.cisco.com/AXLAPIService/}AXLAPIBinding"
NAMES = "X509SubjectNameorSubjectAlternateName"


class Validator(Plugin):
    """Holds what comes and goes against the schema, which zeep reads with more patience."""

    def __init__(self, schema):
        self.schema = etree.XMLSchema(etree.fromstring(schema))
        self.answers = 0

    def egress(self, envelope, http_headers, operation, binding_options):
        self.check(envelope)
        return envelope, http_headers

    def ingress(self, envelope, http_headers, operation):
        self.answers += self.check(envelope)
        return envelope, http_headers

    def check(self, envelope):
        (entry,) = envelope.find("{http://schemas.xmlsoap.org/soap/envelope/}Body")
        if etree.QName(entry).localname == "Fault":
            return False
        self.schema.assertValid(entry)
        return True


def service(address, ca, user, password, folder="", plugins=()):
    session = requests.Session()
    session.trust_env = False
    session.verify = ca
    session.auth = (user, password)
    transport = Transport(session=session, timeout=10, operation_timeout=10)
    wsdl = f"{address}/axl/{folder}AXLAPI.wsdl"
    client = Client(wsdl, transport=transport, settings=Settings(strict=True), plugins=list(plugins))
    return client.create_service(SERVICE, f"{address}/axl/")


def refusal(call, *arguments, **parameters):
    """What kind of refusal a call gets."""
    try:
        call(*arguments, **parameters)
    except Fault as fault:
        detail = fault.detail.find("axlError") if fault.detail is not None else None
        return {
            "fault": fault.code,
            "axlcode": detail.findtext("axlcode") if detail is not None else None,
            "axlmessage": detail.findtext("axlmessage") if detail is not None else None,
            "request": detail.findtext("request") if detail is not None else None,
        }
    except TransportError as error:
        return {"status": error.status_code, "page": "<html" in (error.content or b"").decode()}
    raise AssertionError("it was not refused")


def plain(answer):
    return json.loads(json.dumps(serialize_object(answer["return"]), default=str))


def main():
    address, ca, user, nobody = sys.argv[1:]
    password = sys.stdin.readline().rstrip("\n")
    schema = requests.get(f"{address}/axl/AXLSoap.xsd", verify=ca, timeout=10)
    validator = Validator(schema.content)
    axl = service(address, ca, user, password, plugins=[validator])
    row = {"HostNameOrIP": "exp-c", "description": "this is added through axl", NAMES: "exp-c.judged.test,judged.test"}
    found = {
        "version": plain(axl.getCCMVersion())["componentVersion"]["version"],
        "nodes": plain(axl.listProcessNode({"name": "%"}, {"name": "", "nodeUsage": ""}))["processNode"],
        "managers": plain(axl.listCallManager({"name": "%"}, {"name": ""}))["callManager"],
    }
    manager = plain(axl.getCallManager(name=found["managers"][0]["name"]))["callManager"]
    found["ports"] = manager["ports"]["sipPorts"]
    found["profile"] = plain(axl.getPhoneSecurityProfile(name="Softphone - OAuth"))["phoneSecurityProfile"]
    found["added"] = axl.addExpresswayCConfiguration(row)["return"]
    found["duplicate"] = refusal(axl.addExpresswayCConfiguration, row)
    found["read"] = plain(axl.getExpresswayCConfiguration(HostNameOrIP="exp-c"))["expresswayCConfiguration"]
    found["updated"] = axl.updateExpresswayCConfiguration(
        uuid=found["added"], newHostNameOrIP="exp-d", **{NAMES: "exp-d.judged.test"}
    )["return"]
    listed = axl.listExpresswayCConfiguration({"HostNameOrIP": "exp%"}, {"HostNameOrIP": "", NAMES: ""})
    found["listed"] = plain(listed)["expresswayCConfiguration"]
    sql = axl.executeSQLQuery("select hostnameorip, x509subjectnameoraltname from expresswaycconfiguration")
    found["sql"] = [{column.tag: column.text for column in row["_value_1"]} for row in sql["return"]["row"]]
    found["removed"] = axl.removeExpresswayCConfiguration(HostNameOrIP="EXP-D")["return"]
    found["empty"] = plain(axl.listExpresswayCConfiguration({"HostNameOrIP": "%"}))
    found["gone"] = refusal(axl.getExpresswayCConfiguration, uuid=found["added"])
    found["bad"] = refusal(axl.addExpresswayCConfiguration, {"HostNameOrIP": "no host", NAMES: "x"})
    found["secret"] = refusal(axl.executeSQLQuery, "select * from credential")
    found["wrong_password"] = refusal(service(address, ca, user, password + "x").getCCMVersion)
    found["no_role"] = refusal(service(address, ca, nobody, password).getCCMVersion)
    older = service(address, ca, user, password, "12.5/")
    found["older"] = plain(older.getCCMVersion())["componentVersion"]["version"]
    found["valid"] = validator.answers
    print(json.dumps(found))


main()
