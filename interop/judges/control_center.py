"""Acts on services through the SOAP control center, by our own description, and asks who is registered.

usage: control_center.py HOST USER NODE ACT... < password
ACT is status, Start, Stop, Restart, products or registered. REQUESTS_CA_BUNDLE names whom to trust. Prints one JSON list, an item an act.
"""

import json
import os
import sys

import requests
from zeep import Client, Settings
from zeep.helpers import serialize_object
from zeep.transports import Transport

CALL_MANAGER = "Cisco CallManager"


def plain(answer):
    return json.loads(json.dumps(serialize_object(answer), default=str))


def services(answer):
    """Return code, reason code, and each service with its status, its reason and whether it has a time of start."""
    items = answer["ServiceInfoList"]["item"]
    told = [[one["ServiceName"], one["ServiceStatus"], one["ReasonCodeString"] or "", bool(one["StartTime"])] for one in items]
    return {"code": [answer["ReturnCode"], answer["ReasonCode"]], "services": told}


def registered(address, transport):
    ris = Client(f"{address}/realtimeservice2/services/RISService70?wsdl", transport=transport, settings=Settings(strict=True))
    criteria = {"MaxReturnedDevices": 1000, "Model": 255, "Status": "Any", "NodeName": "Any", "SelectBy": "Name"}
    answer = ris.service.selectCmDevice(
        StateInfo="", CmSelectionCriteria=criteria | {"SelectItems": {"item": [{"Item": "*"}]}}
    )
    nodes = plain(answer)["SelectCmDeviceResult"]["CmNodes"]["item"]
    return sorted(device["Name"] for node in nodes for device in (node["CmDevices"] or {}).get("item") or [])


def main():
    host, user, node, *acts = sys.argv[1:]
    password = sys.stdin.readline().rstrip("\n")
    session = requests.Session()
    session.trust_env = False
    session.verify, session.auth = os.environ["REQUESTS_CA_BUNDLE"], (user, password)
    address, transport = f"https://{host}:8443", Transport(session=session)
    wsdl = f"{address}/controlcenterservice2/services/ControlCenterServices?wsdl"
    center = Client(wsdl, transport=transport, settings=Settings(strict=True)).service
    found = []
    for act in acts:
        if act == "status":
            found.append(services(plain(center.soapGetServiceStatus(ServiceStatus={"item": [CALL_MANAGER]}))))
        elif act == "products":
            found.append(plain(center.getProductInformationList(ServiceInfo=""))["Products"]["item"][0]["ProductName"])
        elif act == "registered":
            found.append(registered(address, transport))
        else:
            request = {"NodeName": node, "ControlType": act, "ServiceList": {"item": [CALL_MANAGER]}}
            found.append(services(plain(center.soapDoControlServices(ControlServiceRequest=request))))
    print(json.dumps(found))


main()
