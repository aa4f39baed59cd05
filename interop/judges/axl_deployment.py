"""Sets up a deployment from nothing with ciscoaxl, reads it back with zeep by our own descriptions, and asks who is registered.

usage: axl_deployment.py HOST USER < password
USER may use AXL. REQUESTS_CA_BUNDLE names whom to trust. Prints one JSON object.
"""

import json
import os
import sys

import requests
from ciscoaxl import axl
from lxml import etree
from zeep import Client, Plugin, Settings
from zeep.exceptions import Fault
from zeep.helpers import serialize_object
from zeep.transports import Transport

AXL = "{http://www.cisco.com/AXLAPIService/}AXLAPIBinding"
ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
SOFTPHONE = "Cisco Unified Client Services Framework"


class Validator(Plugin):
    """Holds answers against our schema, which zeep reads with more patience."""

    def __init__(self, schema):
        self.schema = etree.XMLSchema(etree.fromstring(schema))

    def ingress(self, envelope, http_headers, operation):
        (entry,) = envelope.find(f"{ENVELOPE}Body")
        self.schema.assertValid(entry)
        return envelope, http_headers


def done(answer):
    """The identifier of what was done. The library returns faults instead of raising them."""
    assert not isinstance(answer, Fault), answer
    return answer["return"]


def set_up(ucm, password):
    client = ucm.client
    profile = {
        "phoneType": SOFTPHONE,
        "protocol": "SIP",
        "name": "Judged",
        "deviceSecurityMode": "Encrypted",
        "transportType": "TLS",
        "EnableOAuthAuthentication": True,
    }
    done(client.addPhoneSecurityProfile(profile))
    pool = {
        "name": "Judged",
        "dateTimeSettingName": "CMLocal",
        "callManagerGroupName": "Default",
        "regionName": "Default",
        "srstName": "Disable",
        "aarNeighborhoodName": "",
    }
    done(client.addDevicePool(pool))
    done(ucm.add_user("erin", "Jones", "Erin"))
    done(ucm.update_user_credentials("erin", password=password))
    done(ucm.add_directory_number("4001", description="by ciscoaxl", alerting_name="Erin"))
    # The library's own add_phone has no place for the profile, and a phone of ours needs one.
    phone = {
        "name": "CSFERIN",
        "product": SOFTPHONE,
        "class": "Phone",
        "protocol": "SIP",
        "protocolSide": "User",
        "devicePoolName": "Judged",
        "commonPhoneConfigName": "Standard Common Phone Profile",
        "locationName": "Hub_None",
        "securityProfileName": "Judged",
        "phoneTemplateName": "Standard Client Services Framework",
        "primaryPhoneName": "",
        "useTrustedRelayPoint": "Default",
        "builtInBridgeStatus": "Default",
        "packetCaptureMode": "None",
        "certificateOperation": "No Pending Operation",
        "deviceMobilityMode": "Default",
        "ownerUserName": "erin",
        "lines": {"line": [{"index": 1, "label": "Erin", "dirn": {"pattern": "4001", "routePartitionName": ""}}]},
    }
    done(client.addPhone(phone))
    done(ucm.update_user(userid="erin", associatedDevices={"device": ["CSFERIN"]}))
    parameter = {"processNodeName": "EnterpriseWideData", "name": "OAuthRefreshLoginFlow", "service": "Enterprise Wide"}
    done(client.updateServiceParameter(**parameter, value="1"))
    done(client.applyPhone(name="CSFERIN"))
    done(ucm.do_device_reset("CSFERIN"))
    return client.doAuthenticateUser(userid="erin", password=password)["return"]["userAuthenticated"]


def read_back(address, session):
    schema = session.get(f"{address}/axl/AXLSoap.xsd", timeout=10).content
    client = Client(
        f"{address}/axl/AXLAPI.wsdl",
        transport=Transport(session=session),
        settings=Settings(strict=True),
        plugins=[Validator(schema)],
    )
    service = client.create_service(AXL, f"{address}/axl/")
    plain = lambda answer: json.loads(json.dumps(serialize_object(answer["return"]), default=str))
    phone = plain(service.getPhone(name="CSFERIN"))["phone"]
    parameter = service.getServiceParameter(
        processNodeName="EnterpriseWideData", name="OAuthRefreshLoginFlow", service="Enterprise Wide"
    )
    return {
        "phone": [phone[name] for name in ("name", "securityProfileName", "devicePoolName", "ownerUserName")],
        "line": phone["lines"]["line"][0]["dirn"]["pattern"],
        "alerting": plain(service.getLine(pattern="4001"))["line"]["alertingName"],
        "user": plain(service.getUser(userid="erin"))["user"]["associatedDevices"]["device"],
        "pool": plain(service.listDevicePool({"name": "judg%"}, {"callManagerGroupName": ""}))["devicePool"],
        "group": plain(service.getCallManagerGroup(name="Default"))["callManagerGroup"]["members"]["member"],
        "parameter": plain(parameter)["serviceParameter"]["value"],
    }


def registered(address, session):
    ris = Client(
        f"{address}/realtimeservice2/services/RISService70?wsdl",
        transport=Transport(session=session),
        settings=Settings(strict=True),
    )
    criteria = {"MaxReturnedDevices": 1000, "Model": 255, "Status": "Any", "NodeName": "Any", "SelectBy": "Name"}
    answer = ris.service.selectCmDevice(
        StateInfo="", CmSelectionCriteria=criteria | {"SelectItems": {"item": [{"Item": "*"}]}}
    )
    (node,) = answer["SelectCmDeviceResult"]["CmNodes"]["item"]
    (device,) = node["CmDevices"]["item"]
    number = {"total": answer["SelectCmDeviceResult"]["TotalDevicesFound"], "node": node["Name"]}
    return number | {name: device[name] for name in ("Name", "DirNumber", "Model", "Status", "Protocol")}


def main():
    host, user = sys.argv[1:]
    password = sys.stdin.readline().rstrip("\n")
    session = requests.Session()
    session.trust_env = False
    session.verify, session.auth = os.environ["REQUESTS_CA_BUNDLE"], (user, password)
    address = f"https://{host}:8443"
    found = {"authenticated": set_up(axl(user, password, host, "12.5", strict_ssl=True), password)}
    found |= {"read": read_back(address, session), "registered": registered(address, session)}
    print(json.dumps(found))


main()
