//! Codes and refresh tokens are spent once, whoever is first, on whichever node.

use authorization::{RevocationReason, SOFTPHONE_CLIENT_ID, SecurityEvent};
use axum::http::StatusCode;

use crate::cluster::{Cluster, Node, query, redemption, refreshment};

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");

async fn assert_dead(node: &Node, refresh_token: &str) {
    let (status, error) = node.refresh(refresh_token).await.error();
    assert_eq!((status, error.as_str()), INVALID_GRANT);
}

fn reasons(cluster: &Cluster) -> Vec<RevocationReason> {
    let events = cluster.events.take().into_iter();
    events
        .filter_map(|event| match event {
            SecurityEvent::FamilyRevoked { reason, .. } => Some(reason),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn oau_2_a_replayed_code_ends_what_the_first_got() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.node(), cluster.node());
    let code = one.code().await;
    let tokens = one.redeem(&code).await.tokens();
    let (status, error) = two.redeem(&code).await.error();
    assert_eq!((status, error.as_str()), INVALID_GRANT);
    assert_dead(&one, &tokens.refresh_token.unwrap()).await;
    let here = two.tokens.verify(tokens.access_token.as_bytes(), cluster.now());
    assert!(here.is_err(), "at once where the replay came");
    cluster.synchronize(&one).await;
    assert!(one.tokens.verify(tokens.access_token.as_bytes(), cluster.now()).is_err(), "then everywhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oau_2_fifty_parallel_redemptions_have_one_winner() {
    let cluster = Cluster::new();
    let nodes = [cluster.node(), cluster.node()];
    let code = nodes[0].code().await;
    let attempts: Vec<_> = (0..50)
        .map(|number| {
            let (node, code) = (nodes[number % 2].clone(), code.clone());
            tokio::spawn(async move { node.redeem(&code).await })
        })
        .collect();
    let mut won = Vec::new();
    for attempt in attempts {
        let answer = attempt.await.unwrap();
        match answer.status {
            StatusCode::OK => won.push(answer.tokens()),
            _ => assert_eq!(answer.error(), (400, "invalid_grant".to_owned())),
        }
    }
    assert_eq!(won.len(), 1);
    // The others were replays, and end what the winner got.
    let won = won.remove(0);
    assert_dead(&nodes[0], &won.refresh_token.unwrap()).await;
    for node in &nodes {
        cluster.synchronize(node).await;
        let access = node.tokens.verify(won.access_token.as_bytes(), cluster.now());
        assert_eq!(access.unwrap_err(), authorization::AccessTokenError::Revoked);
    }
}

#[tokio::test]
async fn oau_2_a_code_lives_for_a_minute() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let (in_time, late) = (node.code().await, node.code().await);
    cluster.pass(60);
    assert_eq!(node.redeem(&in_time).await.status, StatusCode::OK);
    cluster.pass(1);
    assert_eq!(node.redeem(&late).await.error().1, "invalid_grant");
}

#[tokio::test]
async fn oau_3_a_code_needs_its_verifier_client_and_address() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let other = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for (name, value) in [
        ("code_verifier", ""),
        ("code_verifier", other),
        ("redirect_uri", "http://127.0.0.1:49153/callback"),
        ("redirect_uri", ""),
        ("client_id", authorization::PHONE_CLIENT_ID),
    ] {
        let code = node.code().await;
        let mut pairs = redemption(&code);
        pairs.retain(|(other, _)| *other != name);
        pairs.extend(Some((name, value)).filter(|_| !value.is_empty()));
        let (status, error) = node.post("/ssosp/oauth/token", &pairs).await.error();
        assert_eq!((status, error.as_str()), INVALID_GRANT, "{name}={value}");
        assert_eq!(node.redeem(&code).await.error().1, "invalid_grant", "spent");
    }
    let code = node.code().await;
    let mut pairs = redemption(&code);
    pairs.retain(|(name, _)| *name != "code_verifier");
    pairs.push(("code_verifier", "short"));
    assert_eq!(node.post("/ssosp/oauth/token", &pairs).await.error().1, "invalid_request");
}

#[tokio::test]
async fn oau_4_a_lost_reply_is_given_again() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.node(), cluster.node());
    let first = one.tokens().await.refresh_token.unwrap();
    let family = |node: &Node, token: &str| {
        let keys = node.tokens.keys();
        let verified = keys.verify_refresh_token(token.as_bytes(), cluster.now()).unwrap();
        (verified.claims().family, verified.identity())
    };
    let second = one.refresh(&first).await.tokens().refresh_token.unwrap();
    cluster.pass(60);
    let again = two.refresh(&first).await.tokens().refresh_token.unwrap();
    assert_eq!(family(&one, &second), family(&two, &again), "the same successor");
    let after_restart = cluster.node().refresh(&first).await.tokens().refresh_token.unwrap();
    assert_eq!(family(&one, &second), family(&two, &after_restart));
    assert_eq!(two.refresh(&again).await.status, StatusCode::OK);
    assert_eq!(reasons(&cluster), []);
}

#[tokio::test]
async fn oau_4_reuse_ends_the_family_with_an_event() {
    for (pause, uses_successor) in [(61, false), (0, true), (30, true)] {
        let cluster = Cluster::new();
        let (one, two) = (cluster.node(), cluster.node());
        let tokens = one.tokens().await;
        let first = tokens.refresh_token.unwrap();
        let mut last = one.refresh(&first).await.tokens();
        if uses_successor {
            last = one.refresh(&last.refresh_token.unwrap()).await.tokens();
        }
        cluster.pass(pause);
        assert_dead(&two, &first).await;
        assert_eq!(reasons(&cluster), [RevocationReason::RefreshTokenReused]);
        assert_dead(&one, &last.refresh_token.unwrap()).await;
        assert!(two.tokens.verify(last.access_token.as_bytes(), cluster.now()).is_err());
        cluster.synchronize(&one).await;
        for access in [&tokens.access_token, &last.access_token] {
            assert!(one.tokens.verify(access.as_bytes(), cluster.now()).is_err());
        }
    }
}

/// Goal G12 in small: every round has one lineage, and a token from before ends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oau_4_fifty_parallel_refreshes_on_two_nodes_have_one_lineage() {
    let cluster = Cluster::new();
    let nodes = [cluster.node(), cluster.node()];
    let first = nodes[0].tokens().await.refresh_token.unwrap();
    let mut current = first.clone();
    for _ in 0..4 {
        let attempts: Vec<_> = (0..50)
            .map(|number| {
                let (node, token) = (nodes[number % 2].clone(), current.clone());
                tokio::spawn(async move { node.refresh(&token).await.tokens().refresh_token.unwrap() })
            })
            .collect();
        let mut identities = std::collections::HashSet::new();
        for attempt in attempts {
            current = attempt.await.unwrap();
            let keys = nodes[0].tokens.keys();
            identities.insert(keys.verify_refresh_token(current.as_bytes(), cluster.now()).unwrap().identity());
        }
        assert_eq!(identities.len(), 1);
    }
    assert_dead(&nodes[1], &first).await;
    assert_dead(&nodes[0], &current).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oau_4_refresh_against_revoke_leaves_nothing_alive() {
    let cluster = Cluster::new();
    let nodes = [cluster.node(), cluster.node()];
    for _ in 0..20 {
        let tokens = nodes[0].tokens().await;
        let (refresher, revoker) = (nodes[0].clone(), nodes[1].clone());
        let (refresh, access) = (tokens.refresh_token.unwrap(), tokens.access_token);
        let (refresh_again, access_again) = (refresh.clone(), access.clone());
        let refreshing = tokio::spawn(async move { refresher.refresh(&refresh).await });
        let revoking = tokio::spawn(async move {
            let pairs = [("token", access.as_str()), ("client_id", SOFTPHONE_CLIENT_ID)];
            revoker.post("/ssosp/oauth/revoke", &pairs).await
        });
        let (refreshed, revoked) = (refreshing.await.unwrap(), revoking.await.unwrap());
        assert_eq!(revoked.status, StatusCode::OK);
        cluster.synchronize(&nodes[0]).await;
        let mut alive = vec![access_again];
        if refreshed.status == StatusCode::OK {
            let tokens = refreshed.tokens();
            assert_dead(&nodes[0], &tokens.refresh_token.unwrap()).await;
            alive.push(tokens.access_token);
        }
        for node in &nodes {
            for access in &alive {
                assert!(node.tokens.verify(access.as_bytes(), cluster.now()).is_err());
            }
        }
        assert_dead(&nodes[1], &refresh_again).await;
    }
}

#[tokio::test]
async fn oau_5_a_refresh_token_is_its_clients_and_its_devices() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let bound = query(&[("device", "CSFALICE")]);
    for (name, value) in [("client_id", authorization::PHONE_CLIENT_ID), ("device", "CSFMALLORY")] {
        let code = node.sign_in(&bound, "alice", "pw-alice").await.redirected("code").unwrap();
        let token = node.redeem(&code).await.tokens().refresh_token.unwrap();
        let mut pairs = refreshment(&token);
        pairs.retain(|(other, _)| *other != name);
        pairs.push((name, value));
        let (status, error) = node.post("/ssosp/oauth/token", &pairs).await.error();
        assert_eq!((status, error.as_str()), INVALID_GRANT, "{name}");
        assert_eq!(reasons(&cluster), [RevocationReason::RefreshTokenStolen]);
        assert_dead(&node, &token).await;
    }
}

#[tokio::test]
async fn oau_5_scope_is_never_widened() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let token = node.tokens().await.refresh_token.unwrap();
    for scope in ["admin", "UnifiedCommunications:readwrite admin", "a  b"] {
        let mut pairs = refreshment(&token);
        pairs.push(("scope", scope));
        let (status, error) = node.post("/ssosp/oauth/token", &pairs).await.error();
        assert_eq!((status, error.as_str()), (400, "invalid_scope"), "{scope}");
    }
    let mut pairs = refreshment(&token);
    pairs.push(("scope", "UnifiedCommunications:readwrite"));
    assert_eq!(node.post("/ssosp/oauth/token", &pairs).await.status, StatusCode::OK, "asking did not spend it");
}

#[tokio::test]
async fn a_family_ends_when_it_was_said_to() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let mut token = node.tokens().await.refresh_token.unwrap();
    for _ in 0..59 {
        cluster.pass(86_400);
        token = node.refresh(&token).await.tokens().refresh_token.unwrap();
    }
    cluster.pass(86_400 - 100);
    let last = node.refresh(&token).await.tokens();
    assert_eq!((last.expires_in, last.refresh_token_expires_in), (100, Some(100)), "no token outlives its family");
    cluster.pass(100);
    assert_dead(&node, &last.refresh_token.unwrap()).await;
}
