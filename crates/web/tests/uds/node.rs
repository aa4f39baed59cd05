//! A node with two users, a disabled one, and a clock that stands still.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use authorization::{
    AccessTokens, AuthorizationServer, Clients, MemoryRepository, Password, PasswordError, PasswordVerifier, Random,
    Revocations,
};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, header};
use directory::{
    Contents, Device, Directory, EndUser, Line, LineAppearance, NodeUsage, Object, ProcessNode, Product, UserId,
    Version,
};
use ringbearer_web::TracingLog;
use ringbearer_web::uds::{Uds, router};
use runtime::clock::Reading;
use soap::{Element, Limits};
use token::{AccessTokenClaims, Algorithm, KeyRing, UnixTime, Uuid, generate};
use tower::ServiceExt as _;

pub(crate) const SCOPE: &str = "UnifiedCommunications:readwrite";
const NOW: u64 = 1_800_000_000;

pub(crate) struct Node {
    router: Router,
    tokens: Arc<AccessTokens>,
}

/// Everybody's password is `pw-` and the name.
struct Passwords;

#[async_trait]
impl PasswordVerifier for Passwords {
    async fn verify(&self, user: Option<&UserId>, password: Password) -> Result<bool, PasswordError> {
        Ok(user.is_some_and(|user| password.expose() == format!("pw-{user}")))
    }
}

struct NotRandom;

impl Random for NotRandom {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn directory() -> Directory {
    let node = |name: &str, address: &str, usage| {
        Object::Node(ProcessNode::new(name.parse().unwrap(), address.parse().unwrap(), usage))
    };
    let user = |name: &str| EndUser::new(name.parse().unwrap());
    let device = |name: &str, number: &str, owner: &str| {
        Object::Device(Device {
            name: name.parse().unwrap(),
            description: String::new(),
            product: Product::ClientServicesFramework,
            security_profile: "p".parse().unwrap(),
            device_pool: "p".parse().unwrap(),
            owner: Some(owner.parse().unwrap()),
            associated_users: Vec::new(),
            lines: vec![LineAppearance::new(1, number.parse().unwrap(), Uuid::from_u128(1))],
            digest_user: None,
        })
    };
    let objects = vec![
        node("ucm-sub", "127.0.0.12", NodeUsage::Subscriber),
        node("ucm-pub", "127.0.0.11", NodeUsage::Publisher),
        Object::User(EndUser { first_name: "Alice".into(), mail: "alice@example.com".into(), ..user("alice") }),
        Object::User(user("bob")),
        Object::User(EndUser { active: false, ..user("gone") }),
        Object::Line(Line::new("2001".parse().unwrap())),
        device("CSFALICE", "2001", "alice"),
        device("CSFBOB", "2001", "bob"),
    ];
    let objects = objects.into_iter().map(|object| (object, Version(1))).collect();
    Directory::new(Contents { objects, ..Contents::default() })
}

impl Node {
    pub(crate) fn new() -> Self {
        let signing = generate::signing_key(Algorithm::Es256).unwrap();
        let keys = KeyRing::new(Uuid::from_u128(7), signing, generate::encryption_key().unwrap());
        let tokens = Arc::new(AccessTokens::new(Arc::new(keys), Revocations::new(), 10));
        let server = AuthorizationServer::new(
            Arc::new(MemoryRepository::default()),
            Arc::clone(&tokens),
            Clients::default(),
            Arc::new(NotRandom),
            Arc::new(TracingLog),
        );
        let (directory, start) = (Arc::new(directory()), Instant::now());
        let router = router(Uds {
            server: Arc::new(server),
            passwords: Arc::new(Passwords),
            directory: Box::new(move || Arc::clone(&directory)),
            address: "https://ucm-pub.example:8443".to_owned(),
            config_files: vec!["http://127.0.0.11:6970".to_owned(), "https://127.0.0.11:6972".to_owned()],
            clock: Box::new(move || Reading { monotonic: start, unix_seconds: NOW }),
        });
        Self { router, tokens }
    }

    pub(crate) fn token(&self, user: &str, scope: &str) -> String {
        let claims = AccessTokenClaims {
            user: user.to_owned(),
            client_id: "C1".to_owned(),
            scope: scope.to_owned(),
            family: Uuid::from_u128(1),
            device: None,
            issued_at: UnixTime(NOW),
            expires_at: UnixTime(NOW + 3600),
        };
        self.tokens.keys().mint(&claims, [1; 16]).unwrap()
    }

    pub(crate) async fn get(&self, target: &str, authorization: Option<&str>) -> Answer {
        let mut request = Request::get(target);
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 10], 40_000))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        assert_eq!(parts.headers.get(header::CACHE_CONTROL).unwrap(), "no-store");
        let body = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn element(&self) -> Element {
        Element::parse(self.body.as_bytes(), &Limits::ANSWER).unwrap()
    }
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")))
}
