"""Takes tokens as any OAuth client would: discovery, code with PKCE, refresh, and the signature by the published keys.

usage: authlib_token.py ISSUER CA_FILE CLIENT_ID USER < password
Prints one JSON object.
"""

import html
import json
import re
import sys
from urllib.parse import parse_qs, urljoin, urlparse

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jws
from joserfc.jwk import KeySet

REDIRECT = "http://127.0.0.1:8123/callback"
SCOPE = "UnifiedCommunications:readwrite"


def trust_only(session, ca):
    """Trusts the node's certificate, whatever bundle the environment names."""
    session.trust_env = False
    session.verify = ca


def sign_in(url, ca, user, password):
    """What the browser does: fetch the page, fill in the form, take the redirect."""
    browser = requests.Session()
    trust_only(browser, ca)
    page = browser.get(url, timeout=10)
    page.raise_for_status()
    action = re.search(r'<form method="post" action="([^"]*)"', page.text).group(1)
    key = re.search(r'name="form_key" value="([^"]*)"', page.text).group(1)
    form = {"form_key": html.unescape(key), "username": user, "password": password}
    answer = browser.post(urljoin(url, html.unescape(action)), data=form, allow_redirects=False, timeout=10)
    assert answer.status_code in (302, 303), f"{answer.status_code}: {answer.text}"
    return answer.headers["Location"], list(browser.cookies.values()) + [form["form_key"]]


def main():
    issuer, ca, client_id, user = sys.argv[1:]
    password = sys.stdin.readline().rstrip("\n")
    metadata = requests.get(f"{issuer}/.well-known/oauth-authorization-server", verify=ca, timeout=10).json()
    assert metadata["issuer"] == issuer, metadata
    session = OAuth2Session(
        client_id,
        redirect_uri=REDIRECT,
        scope=SCOPE,
        code_challenge_method="S256",
        token_endpoint_auth_method="none",
    )
    trust_only(session, ca)
    verifier = generate_token(48)
    url, state = session.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    location, secrets = sign_in(url, ca, user, password)
    query = parse_qs(urlparse(location).query)
    assert query["iss"] == [issuer], query
    first = session.fetch_token(
        metadata["token_endpoint"], authorization_response=location, state=state, code_verifier=verifier
    )
    second = session.refresh_token(metadata["token_endpoint"], refresh_token=first["refresh_token"])
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], verify=ca, timeout=10).json())
    verified = jws.deserialize_compact(second["access_token"], keys, algorithms=["RS256", "ES256"])
    print(
        json.dumps(
            {
                "token_type": second["token_type"],
                "expires_in": second["expires_in"],
                "access_token": second["access_token"],
                "secrets": secrets
                + [query["code"][0], verifier, first["access_token"], first["refresh_token"], second["refresh_token"]],
                "rotated": first["refresh_token"] != second["refresh_token"],
                "payload": json.loads(verified.payload),
            }
        )
    )


main()
