"""What Schemathesis is told beside the document, and what is noted of its requests.

The judge does not saw off the branch that it sits on: its own user and its own token stay what they are, and the certificate that
it trusts is not replaced while it asks. Every second request that may name anything names something that is there.

RINGBEARER_JUDGE_TOKEN, RINGBEARER_JUDGE_TOKEN_ID, RINGBEARER_JUDGE_USER: the judge. RINGBEARER_JUDGE_NOTES: the file that gets a
line of JSON for each answer.
"""

import json
import os

import schemathesis

TOKEN = os.environ["RINGBEARER_JUDGE_TOKEN"]
TOKEN_ID = os.environ["RINGBEARER_JUDGE_TOKEN_ID"]
USER = os.environ["RINGBEARER_JUDGE_USER"]
NOTES = open(os.environ["RINGBEARER_JUDGE_NOTES"], "a", encoding="utf-8", buffering=1)

# What is there, by the first word of the address.
THERE = {
    "nodes": "judged",
    "parameters": "OAuthRefreshLoginFlow",
    "security-profiles": "Softphone - OAuth",
    "callmanager-groups": "Default",
    "device-pools": "Default",
    "lines": "2001",
    "users": "alice",
    "phones": "CSFALICE",
    "expressways": "exp-c.example",
}
turn = 0


@schemathesis.hook
def before_call(context, case, kwargs):
    global turn
    turn += 1
    names = case.path_parameters or {}
    first = case.operation.path.strip("/").split("/")[0]
    fuzzed = case.meta is not None and case.meta.phase.name.value == "fuzzing"
    positive = fuzzed and case.meta.generation.mode.is_positive
    # What is deleted is not there any more.
    if positive and turn % 2 == 0 and "name" in names and first in THERE and case.method.upper() != "DELETE":
        names["name"] = THERE[first]
    if first == "users" and str(names.get("name", "")).lower() == USER:
        names["name"] = "nobody"
    if first == "tokens" and str(names.get("id", "")).lower() == TOKEN_ID:
        names["id"] = "00000000-0000-0000-0000-000000000000"
    if names.get("service") == "Tomcat" and case.method.upper() == "POST":
        names["service"] = "Tftp"


@schemathesis.hook
def after_call(context, case, response):
    shown = response.request.headers.get("Authorization")
    note = {
        "operation": case.operation.definition.raw.get("operationId"),
        "method": response.request.method,
        "path": response.request.path_url,
        "status": response.status_code,
        "token": shown == f"Bearer {TOKEN}",
    }
    NOTES.write(json.dumps(note) + "\n")
