//! The address of a client outside, as Expressway-C states it when it passes a request on.
//!
//! To a node, everybody outside has the address of Expressway-C. Failed sign-ins are counted by user and source; without more,
//! one stranger's guesses would lock a user's sign-in for the whole outside. So C states the client's address, proves by the
//! cluster's keys, which it holds since its last refresh, that the statement is its own, and the node counts by that
//! address. A statement is good for a minute, and one that is not good is passed over: the request then comes from C. Our choice, all of it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderName;
use axum::middleware::{Next, from_fn};
use token::{KeyRing, UnixTime};

/// The field that carries statements, one for each cluster that C knows.
pub const FIELD: HeaderName = HeaderName::from_static("x-ringbearer-edge-client");

/// Keeps this use of the keys apart from others.
const LABEL: &str = "edge client address";
/// How far the clocks of C and the node may differ, in seconds; as in SIP over the edge.
const FRESH: u64 = 60;
/// So many statements are looked at.
const STATEMENTS: usize = 8;

/// A statement under a cluster's keys: address, time, proof.
#[must_use]
pub fn statement(keys: &KeyRing, client: IpAddr, now: UnixTime) -> String {
    let stated = format!("{client} {}", now.0);
    let proof: String = keys.derive(LABEL, stated.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{stated} {proof}")
}

/// Lets a router see the stated address of a client in place of Expressway-C's.
pub fn believe(
    router: Router,
    keys: impl Fn() -> Arc<KeyRing> + Clone + Send + Sync + 'static,
    now: impl Fn() -> UnixTime + Clone + Send + Sync + 'static,
) -> Router {
    router.layer(from_fn(move |mut request: Request, next: Next| {
        let (keys, now) = (keys.clone(), now.clone());
        async move {
            if request.headers().contains_key(FIELD)
                && let Some(client) = stated(&request, &keys(), now())
            {
                request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, 0)));
            }
            request.headers_mut().remove(FIELD);
            next.run(request).await
        }
    }))
}

/// The address of the first statement that is good.
fn stated(request: &Request, keys: &KeyRing, now: UnixTime) -> Option<IpAddr> {
    request.headers().get_all(FIELD).iter().take(STATEMENTS).find_map(|value| {
        let text = value.to_str().ok()?;
        let mut parts = text.split(' ');
        let client: IpAddr = parts.next()?.parse().ok()?;
        let at: u64 = parts.next()?.parse().ok()?;
        // Compared by their hashes, so that timing tells nothing about the value itself.
        let expected = authorization::TokenHash::of(statement(keys, client, UnixTime(at)).as_bytes());
        let is_ours = expected == authorization::TokenHash::of(text.as_bytes());
        (is_ours && now.0.abs_diff(at) <= FRESH).then_some(client)
    })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use token::{Algorithm, Uuid, generate};
    use tower::ServiceExt as _;

    use super::*;

    fn ring() -> Arc<KeyRing> {
        let signing = generate::signing_key(Algorithm::Es256).unwrap();
        Arc::new(KeyRing::new(Uuid::nil(), signing, generate::encryption_key().unwrap()))
    }

    async fn seen(keys: &Arc<KeyRing>, fields: &[&str]) -> String {
        let handler = |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request| async move {
            format!("{} {}", peer.ip(), request.headers().contains_key(FIELD))
        };
        let keys = Arc::clone(keys);
        let router = believe(Router::new().route("/", get(handler)), move || Arc::clone(&keys), || UnixTime(1_000));
        let mut request = axum::http::Request::new(Body::empty());
        let expressway: SocketAddr = "192.0.2.21:40000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(expressway));
        for field in fields {
            request.headers_mut().append(FIELD, field.parse().unwrap());
        }
        let answer = router.oneshot(request).await.unwrap();
        String::from_utf8(axum::body::to_bytes(answer.into_body(), 1024).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_client_outside_counts_by_its_own_address() {
        let (keys, other) = (ring(), ring());
        let client: IpAddr = "203.0.113.9".parse().unwrap();
        let good = statement(&keys, client, UnixTime(1_000));
        let foreign = statement(&other, client, UnixTime(1_000));
        assert_eq!(seen(&keys, &[&good]).await, "203.0.113.9 false");
        assert_eq!(seen(&keys, &[&foreign, &good]).await, "203.0.113.9 false", "one for each cluster");
        assert_eq!(seen(&keys, &[&statement(&keys, client, UnixTime(940))]).await, "203.0.113.9 false");
    }

    #[tokio::test]
    async fn oau_6_nobody_else_says_where_a_request_comes_from() {
        let (keys, other) = (ring(), ring());
        let client: IpAddr = "203.0.113.9".parse().unwrap();
        let good = statement(&keys, client, UnixTime(1_000));
        for field in [
            statement(&other, client, UnixTime(1_000)),
            statement(&keys, client, UnixTime(939)),
            statement(&keys, client, UnixTime(1_061)),
            good.replace("203.0.113.9", "203.0.113.8"),
            good.replace(" 1000 ", " 1001 "),
            format!("{good} x"),
            "203.0.113.9".to_owned(),
            String::new(),
        ] {
            assert_eq!(seen(&keys, &[&field]).await, "192.0.2.21 false", "{field}");
        }
        assert_eq!(seen(&keys, &[]).await, "192.0.2.21 false");
    }
}
