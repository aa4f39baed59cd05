//! The whole way, as a client library goes it.

use axum::http::{StatusCode, header};
use serde_json::json;
use token::{JwkSet, Uuid};

use crate::cluster::{
    APPLICATION, APPLICATION_REDIRECT, APPLICATION_SECRET, Cluster, ISSUER, START, basic, query, redemption,
};
use authorization::{PHONE_CLIENT_ID, SOFTPHONE_CLIENT_ID};

#[tokio::test]
async fn a_softphone_signs_in_and_refreshes() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.node(), cluster.node());
    let answer = one.sign_in(&query(&[]), "Alice", "pw-alice").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.header(header::LOCATION).starts_with("http://127.0.0.1:49152/callback?code="));
    assert_eq!(answer.redirected("state").as_deref(), Some("af0ifjsldkj"));
    assert_eq!(answer.redirected("iss").as_deref(), Some(ISSUER));

    let code = answer.redirected("code").unwrap();
    let tokens = two.redeem(&code).await.tokens();
    assert_eq!((tokens.token_type.as_str(), tokens.expires_in), ("Bearer", 3600));
    assert_eq!(tokens.scope, "UnifiedCommunications:readwrite");
    assert_eq!(tokens.refresh_token_expires_in, Some(60 * 86_400));
    for node in [&one, &two] {
        let verified = node.tokens.verify(tokens.access_token.as_bytes(), cluster.now()).unwrap();
        assert_eq!(verified.user(), "alice");
        assert_eq!(verified.client_id(), SOFTPHONE_CLIENT_ID);
        assert_eq!(verified.device(), None);
        assert_eq!(verified.issued_at().0, START);
    }

    cluster.pass(2700);
    let next = one.refresh(&tokens.refresh_token.unwrap()).await.tokens();
    assert_eq!((next.expires_in, next.refresh_token_expires_in), (3600, Some(60 * 86_400 - 2700)));
    let verified = two.tokens.verify(next.access_token.as_bytes(), cluster.now()).unwrap();
    assert_eq!(verified.user(), "alice");
    let old = two.tokens.verify(tokens.access_token.as_bytes(), cluster.now());
    assert!(old.is_ok(), "renewal does not end the access token before");
}

#[tokio::test]
async fn a_token_can_be_bound_to_a_device_of_the_user() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let bound = query(&[("device", "csfalice")]);
    let code = node.sign_in(&bound, "alice", "pw-alice").await.redirected("code").unwrap();
    let tokens = node.redeem(&code).await.tokens();
    let verified = node.tokens.verify(tokens.access_token.as_bytes(), cluster.now()).unwrap();
    assert_eq!(verified.device(), Some("CSFALICE"));
    for (user, device) in [("bob", "CSFALICE"), ("alice", "CSFOTHER")] {
        let answer = node.sign_in(&query(&[("device", device)]), user, &format!("pw-{user}")).await;
        assert_eq!(answer.redirected("error").as_deref(), Some("access_denied"), "{user} {device}");
    }
}

#[tokio::test]
async fn a_confidential_client_authenticates() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let asking = query(&[("client_id", APPLICATION), ("redirect_uri", APPLICATION_REDIRECT)]);
    // RFC 6749 §2.3.1: the halves are form-encoded first.
    let credentials = basic(APPLICATION, "s3cret%3Aof+the+application");
    for way in 0..3 {
        let code = node.sign_in(&asking, "alice", "pw-alice").await.redirected("code").unwrap();
        let mut pairs = redemption(&code);
        pairs.retain(|(name, _)| *name != "client_id" && *name != "redirect_uri");
        pairs.push(("redirect_uri", APPLICATION_REDIRECT));
        let answer = match way {
            0 => node.post_as("/ssosp/oauth/token", Some(&credentials), &pairs).await,
            1 => {
                pairs.extend([("client_id", APPLICATION), ("client_secret", APPLICATION_SECRET)]);
                node.post("/ssosp/oauth/token", &pairs).await
            }
            _ => {
                pairs.push(("client_id", APPLICATION));
                node.post_as("/ssosp/oauth/token", Some(&credentials), &pairs).await
            }
        };
        let tokens = answer.tokens();
        let verified = node.tokens.verify(tokens.access_token.as_bytes(), cluster.now()).unwrap();
        assert_eq!(verified.client_id(), APPLICATION);
        assert_eq!(node.refresh(&tokens.refresh_token.unwrap()).await.error(), (400, "invalid_grant".to_owned()));
    }
}

#[tokio::test]
async fn oau_6_an_unknown_client_is_refused() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    for (authorization, client, expected) in [
        (None, "", (401, "invalid_client")),
        (None, "Cunknown", (401, "invalid_client")),
        (None, APPLICATION, (401, "invalid_client")),
        (Some(basic(APPLICATION, "wrong")), "", (401, "invalid_client")),
        (Some(basic("Cunknown", "x")), "", (401, "invalid_client")),
        (Some("Bearer abc".to_owned()), "", (401, "invalid_client")),
        (Some(basic(APPLICATION, "x")), SOFTPHONE_CLIENT_ID, (400, "invalid_request")),
    ] {
        let mut pairs = pairs.to_vec();
        pairs.extend(Some(("client_id", client)).filter(|_| !client.is_empty()));
        for path in ["/ssosp/oauth/token", "/ssosp/oauth/revoke"] {
            pairs.push(("token", "x"));
            let answer = node.post_as(path, authorization.as_deref(), &pairs).await;
            pairs.pop();
            assert_eq!(answer.error(), (expected.0, expected.1.to_owned()), "{authorization:?} {client} {path}");
            let challenged = !answer.header(header::WWW_AUTHENTICATE).is_empty();
            let due = authorization.is_some() && expected.0 == 401;
            assert_eq!(challenged, due, "{authorization:?} {client} {path}");
        }
    }
}

#[tokio::test]
async fn third_parties_share_the_softphones_client() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let third = query(&[("redirect_uri", "https://third.example/cb")]);
    let answer = node.sign_in(&third, "alice", "pw-alice").await;
    assert!(answer.header(header::LOCATION).starts_with("https://third.example/cb?code="));
    let phone = query(&[("redirect_uri", "https://third.example/cb"), ("client_id", PHONE_CLIENT_ID)]);
    let refused = node.get(&format!("/ssosp/oauth/authorize?{phone}")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn with_the_refresh_login_flow_disabled_there_are_no_refresh_tokens() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let before = node.tokens().await;
    cluster.disable_refresh_login_flow();
    let tokens = node.tokens().await;
    assert_eq!((tokens.refresh_token, tokens.expires_in), (None, 3600));
    let refused = node.refresh(&before.refresh_token.unwrap()).await;
    let expected = json!({
        "error": "unsupported_grant_type",
        "error_description": "the enterprise parameter 'OAuth with Refresh Login Flow' is Disabled",
    });
    assert_eq!((refused.status, refused.json()), (StatusCode::BAD_REQUEST, expected));
    let metadata = node.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["grant_types_supported"], json!(["authorization_code"]));
    let discovery = node.get("/ssosp/ws/public/singleSignOn?username=alice").await;
    assert!(discovery.body.contains("<RefreshLoginFlow enabled=\"false\"/>"));
}

#[tokio::test]
async fn the_metadata_say_where_everything_is() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let metadata = node.get("/.well-known/oauth-authorization-server").await.json();
    let expected = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/ssosp/oauth/authorize"),
        "token_endpoint": format!("{ISSUER}/ssosp/oauth/token"),
        "jwks_uri": format!("{ISSUER}/ssosp/oauth/keys"),
        "revocation_endpoint": format!("{ISSUER}/ssosp/oauth/revoke"),
        "introspection_endpoint": format!("{ISSUER}/ssosp/oauth/introspect"),
        "scopes_supported": ["UnifiedCommunications:readwrite"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    assert_eq!(metadata, expected);

    let jwks: JwkSet = serde_json::from_str(&node.get("/ssosp/oauth/keys").await.body).unwrap();
    let key = jwks.keys[0].to_verifying_key().unwrap();
    assert_eq!(key.hash(), node.tokens.keys().signing_hash());

    let discovery = node.get("/ssosp/ws/public/singleSignOn").await;
    assert_eq!(discovery.header(header::CONTENT_TYPE), "application/xml; charset=utf-8");
    for element in [
        "<SingleSignOn>\n      <Status enabled=\"false\"/>",
        "<RefreshLoginFlow enabled=\"true\"/>",
        "<Token uri=\"https://ucm-pub.example:8443/ssosp/oauth/token\"/>",
    ] {
        assert!(discovery.body.contains(element), "{element} in {}", discovery.body);
    }
}

#[tokio::test]
async fn a_token_is_introspected_by_who_may() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let tokens = node.tokens().await;
    let application = basic(APPLICATION, "s3cret%3Aof+the+application");
    for who in [application, basic("axl", "pw-axl")] {
        let about = [("token", tokens.access_token.as_str()), ("token_type_hint", "access_token")];
        let answer = node.post_as("/ssosp/oauth/introspect", Some(&who), &about).await;
        let expected = json!({
            "active": true, "scope": "UnifiedCommunications:readwrite", "client_id": SOFTPHONE_CLIENT_ID,
            "username": "alice", "sub": "alice", "token_type": "Bearer", "exp": START + 3600, "iat": START,
            "aud": "UnifiedCommunications", "iss": Uuid::from_u128(7),
        });
        assert_eq!((answer.status, answer.json()), (StatusCode::OK, expected));
        let about = [("token", tokens.refresh_token.as_deref().unwrap())];
        let answer = node.post_as("/ssosp/oauth/introspect", Some(&who), &about).await.json();
        assert_eq!((&answer["active"], &answer["exp"]), (&json!(true), &json!(START + 60 * 86_400)));
        assert_eq!(answer.get("token_type"), None);
        let answer = node.post_as("/ssosp/oauth/introspect", Some(&who), &[("token", "x")]).await;
        assert_eq!(answer.json(), json!({ "active": false }));
    }
    let about = [("token", tokens.access_token.as_str()), ("client_id", SOFTPHONE_CLIENT_ID)];
    assert_eq!(node.post("/ssosp/oauth/introspect", &about).await.status, StatusCode::UNAUTHORIZED);
    let bob = basic("bob", "pw-bob");
    let answer = node.post_as("/ssosp/oauth/introspect", Some(&bob), &about[..1]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);

    node.refresh(tokens.refresh_token.as_deref().unwrap()).await.tokens();
    let axl = basic("axl", "pw-axl");
    let about = [("token", tokens.refresh_token.as_deref().unwrap())];
    let answer = node.post_as("/ssosp/oauth/introspect", Some(&axl), &about).await;
    assert_eq!(answer.json(), json!({ "active": false }), "not the current one any more");
}
