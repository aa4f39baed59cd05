"""Provisions an Expressway-C with the library that the vendor's customers use, with the description that it brings along.

usage: axl_ciscoaxl.py HOST USER NOBODY < password
USER may use AXL, NOBODY may not; both have the same password. REQUESTS_CA_BUNDLE names whom to trust. Prints one JSON object.
"""

import json
import sys

from ciscoaxl import axl
from zeep.exceptions import Fault

NAMES = "X509SubjectNameorSubjectAlternateName"


def refusal(call, *arguments, **parameters):
    """What kind of refusal a call gets. The library returns some faults and raises others."""
    try:
        answer = call(*arguments, **parameters)
    except Fault as fault:
        answer = fault
    except Exception as error:
        return str(error)
    assert isinstance(answer, Fault), answer
    return [answer.message, answer.detail.findtext("axlError/axlcode")]


def main():
    host, user, nobody = sys.argv[1:]
    password = sys.stdin.readline().rstrip("\n")
    ucm = axl(user, password, host, "12.5", strict_ssl=True)
    row = {"HostNameOrIP": "exp-c", "description": "by ciscoaxl", NAMES: "exp-c.judged.test"}
    found = {
        "nodes": [node["name"] for node in ucm.list_process_nodes()],
        "managers": [
            manager["name"]
            for manager in ucm.client.listCallManager({"name": "%"}, {"name": ""})["return"]["callManager"]
        ],
        "version": ucm.client.getCCMVersion()["return"]["componentVersion"]["version"],
        "mode": ucm.run_sql_query("select paramvalue from processconfig where paramname = 'ClusterSIPOAuthMode'"),
        "none": ucm.run_sql_query("select hostnameorip from expresswaycconfiguration"),
        "added": ucm.client.addExpresswayCConfiguration(row)["return"],
        "duplicate": refusal(ucm.client.addExpresswayCConfiguration, row),
    }
    get = ucm.client.getExpresswayCConfiguration(HostNameOrIP="exp-c")["return"]["expresswayCConfiguration"]
    found["read"] = {"uuid": get["uuid"], "description": get["description"], "names": get[NAMES]}
    found["updated"] = ucm.client.updateExpresswayCConfiguration(HostNameOrIP="exp-c", description="changed")["return"]
    listed = ucm.client.listExpresswayCConfiguration(
        {"HostNameOrIP": "%"}, {"HostNameOrIP": "", "description": ""}
    )
    rows = listed["return"]["expresswayCConfiguration"]
    found["listed"] = [[row["uuid"], row["HostNameOrIP"], row["description"]] for row in rows]
    profile = ucm.client.getPhoneSecurityProfile(name="Softphone - OAuth")["return"]["phoneSecurityProfile"]
    found["oauth"] = profile["EnableOAuthAuthentication"]
    found["removed"] = ucm.client.removeExpresswayCConfiguration(HostNameOrIP="exp-c")["return"]
    found["gone"] = refusal(ucm.client.removeExpresswayCConfiguration, HostNameOrIP="exp-c")
    found["bad"] = refusal(ucm.client.addExpresswayCConfiguration, {"HostNameOrIP": "no host", NAMES: "x"})
    found["syntax"] = refusal(ucm.sql_query, "selec")
    found["update"] = refusal(ucm.sql_update, "delete from enduser")
    found["wrong_password"] = refusal(axl, user, password + "x", host, "12.5", strict_ssl=True)
    found["no_role"] = refusal(axl, nobody, password, host, "12.5", strict_ssl=True)
    print(json.dumps(found))


main()
