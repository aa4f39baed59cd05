//! A cluster under test: one database, any number of nodes, a clock that stands still, and a browser.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use authorization::{
    AccessTokens, AuthorizationServer, Client, ClientKind, Clients, Endpoint, Marks, MemoryRepository, Password,
    PasswordError, PasswordVerifier, Random, Revocations, SOFTPHONE_CLIENT_ID, SecurityEvent, SecurityLog, TokenHash,
    UnixTime, synchronize,
};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use directory::{
    AuditRecord, Contents, Device, DeviceName, Directory, EndUser, EnterpriseParameters, Object, PoolName, Product,
    ProfileName, RepositoryError, Role, UserId, Version,
};
use oauth::{CodeVerifier, TokenResponse};
use ringbearer_web::AuditLog;
use ringbearer_web::ssosp::{Ssosp, router};
use runtime::clock::Reading;
use serde_json::Value;
use token::{Algorithm, KeyRing, Uuid, generate};
use tower::ServiceExt as _;

pub(crate) const ISSUER: &str = "https://ucm-pub.example:8443";
pub(crate) const REDIRECT: &str = "http://127.0.0.1:49152/callback";
pub(crate) const START: u64 = 1_800_000_000;
pub(crate) const APPLICATION: &str = "Capp";
pub(crate) const APPLICATION_SECRET: &str = "s3cret:of the application";
pub(crate) const APPLICATION_REDIRECT: &str = "https://app.example/callback";
pub(crate) const ADDRESS: [u8; 4] = [192, 0, 2, 10];

/// One database and what all nodes share.
pub(crate) struct Cluster {
    pub(crate) repository: Arc<MemoryRepository>,
    keys: Vec<u8>,
    directory: Arc<Mutex<Arc<Directory>>>,
    clock: Arc<Clock>,
    pub(crate) events: Arc<Events>,
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) audit: Arc<Audit>,
}

struct Clock {
    start: Instant,
    elapsed: AtomicU64,
}

#[derive(Default)]
pub(crate) struct Events(Mutex<Vec<SecurityEvent>>);

impl SecurityLog for Events {
    fn record(&self, event: SecurityEvent) {
        self.0.lock().unwrap().push(event);
    }
}

impl Events {
    pub(crate) fn take(&self) -> Vec<SecurityEvent> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// The rows of the audit log.
#[derive(Default)]
pub(crate) struct Audit {
    rows: Mutex<Vec<AuditRecord>>,
    pub(crate) full: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl AuditLog for Audit {
    async fn append(&self, record: AuditRecord) -> Result<(), RepositoryError> {
        if self.full.load(Ordering::Relaxed) {
            return Err(RepositoryError::Unavailable("the disk is full".to_owned()));
        }
        self.rows.lock().unwrap().push(record);
        Ok(())
    }
}

impl Audit {
    pub(crate) fn take(&self) -> Vec<AuditRecord> {
        std::mem::take(&mut self.rows.lock().unwrap())
    }
}

/// Everybody's password is `pw-` and the name.
#[derive(Default)]
pub(crate) struct Passwords {
    pub(crate) asked: AtomicU64,
    pub(crate) busy: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl PasswordVerifier for Passwords {
    async fn verify(&self, user: Option<&UserId>, password: Password) -> Result<bool, PasswordError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.busy.load(Ordering::Relaxed) {
            return Err(PasswordError::Busy);
        }
        Ok(user.is_some_and(|user| password.expose() == format!("pw-{user}")))
    }
}

struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        runtime::random::fill(bytes);
    }
}

fn contents(refresh_login_flow: &str) -> Contents {
    let mut parameters = EnterpriseParameters::default();
    parameters.set("OAuthRefreshLoginFlow", refresh_login_flow).unwrap();
    parameters.set("RedirectURIsForThirdPartySSOClient", "https://third.example/cb, https://other.example/cb").unwrap();
    parameters.set("ClusterFullyQualifiedDomainName", "cluster.example").unwrap();
    let user = |name: &str| EndUser::new(UserId::new(name).unwrap());
    let users = [
        user("alice"),
        user("bob"),
        EndUser { roles: vec![Role::AxlAccess], ..user("axl") },
        EndUser { active: false, ..user("gone") },
    ];
    let device = Device {
        name: DeviceName::new("CSFALICE").unwrap(),
        description: String::new(),
        product: Product::ALL[0],
        security_profile: ProfileName::new("p").unwrap(),
        device_pool: PoolName::new("p").unwrap(),
        owner: Some(UserId::new("alice").unwrap()),
        associated_users: Vec::new(),
        lines: Vec::new(),
        digest_user: None,
    };
    let objects = users.map(Object::User).into_iter().chain([Object::Device(device)]);
    let objects = objects.map(|object| (object, Version(1))).collect();
    Contents { parameters, objects, ..Contents::default() }
}

impl Cluster {
    pub(crate) fn new() -> Self {
        let signing = generate::signing_key(Algorithm::Es256).unwrap();
        let keys = KeyRing::new(Uuid::from_u128(7), signing, generate::encryption_key().unwrap());
        Self {
            repository: Arc::default(),
            keys: keys.export().unwrap().to_vec(),
            directory: Arc::new(Mutex::new(Arc::new(Directory::new(contents("Enabled"))))),
            clock: Arc::new(Clock { start: Instant::now(), elapsed: AtomicU64::new(0) }),
            events: Arc::default(),
            passwords: Arc::default(),
            audit: Arc::default(),
        }
    }

    pub(crate) fn disable_refresh_login_flow(&self) {
        *self.directory.lock().unwrap() = Arc::new(Directory::new(contents("Disabled")));
    }

    pub(crate) fn deactivate(&self, name: &str) {
        let mut contents = contents("Enabled");
        for (object, _) in &mut contents.objects {
            if let Object::User(user) = object
                && user.user_id == *name
            {
                user.active = false;
            }
        }
        *self.directory.lock().unwrap() = Arc::new(Directory::new(contents));
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.elapsed.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> UnixTime {
        UnixTime(START + self.clock.elapsed.load(Ordering::Relaxed))
    }

    /// A node of the cluster, or the same one after a restart.
    pub(crate) fn node(&self) -> Node {
        let tokens =
            Arc::new(AccessTokens::new(Arc::new(KeyRing::import(&self.keys).unwrap()), Revocations::new(), 1000));
        let application = Client {
            id: APPLICATION.to_owned(),
            name: "Application <1>".to_owned(),
            kind: ClientKind::Confidential(TokenHash::of(APPLICATION_SECRET.as_bytes())),
            endpoint: Endpoint::Softphone,
            redirect_uris: vec![APPLICATION_REDIRECT.to_owned()],
            shared: false,
        };
        let server = Arc::new(AuthorizationServer::new(
            self.repository.clone(),
            Arc::clone(&tokens),
            Clients::default().with(application),
            Arc::new(SystemRandom),
            self.events.clone(),
        ));
        let (directory, clock) = (Arc::clone(&self.directory), Arc::clone(&self.clock));
        let router = router(Ssosp {
            server,
            directory: Box::new(move || Arc::clone(&directory.lock().unwrap())),
            passwords: self.passwords.clone(),
            audit: self.audit.clone(),
            issuer: ISSUER.to_owned(),
            clock: Box::new(move || {
                let elapsed = clock.elapsed.load(Ordering::Relaxed);
                Reading { monotonic: clock.start + Duration::from_secs(elapsed), unix_seconds: START + elapsed }
            }),
        });
        Node { router, tokens }
    }

    pub(crate) async fn synchronize(&self, node: &Node) {
        synchronize(&*self.repository, &node.tokens, Marks::default(), self.now()).await.unwrap();
    }
}

/// A node's web surface.
#[derive(Clone)]
pub(crate) struct Node {
    router: Router,
    pub(crate) tokens: Arc<AccessTokens>,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("JSON, not {}", self.body))
    }

    /// Status and error code of an error.
    pub(crate) fn error(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["error"].as_str().unwrap_or_default().to_owned())
    }

    pub(crate) fn tokens(&self) -> TokenResponse {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }

    /// A parameter of the address that this redirects to.
    pub(crate) fn redirected(&self, name: &str) -> Option<String> {
        let location = self.header(header::LOCATION);
        let (_, query) = location.split_once('?')?;
        oauth::Parameters::parse(query.as_bytes()).unwrap().get(name).map(str::to_owned)
    }
}

pub(crate) fn request(method: Method, target: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(target).header(header::HOST, "ucm-pub.example:8443")
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        oauth::encode(name, &mut out);
        out.push('=');
        oauth::encode(value, &mut out);
    }
    out
}

impl Node {
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        self.send_from(ADDRESS, request).await
    }

    pub(crate) async fn send_from(&self, source: [u8; 4], mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((source, 40_000))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        assert_eq!(parts.headers.get(header::CACHE_CONTROL).unwrap(), "no-store");
        assert_eq!(parts.headers.get(header::X_CONTENT_TYPE_OPTIONS).unwrap(), "nosniff");
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.send(request(Method::GET, target).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, target: &str, pairs: &[(&str, &str)]) -> Answer {
        self.post_as(target, None, pairs).await
    }

    pub(crate) async fn post_as(&self, target: &str, authorization: Option<&str>, pairs: &[(&str, &str)]) -> Answer {
        let mut request =
            request(Method::POST, target).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        self.send(request.body(Body::from(form(pairs))).unwrap()).await
    }

    /// Opens the login page and submits it.
    pub(crate) async fn sign_in(&self, query: &str, user: &str, password: &str) -> Answer {
        let page = self.get(&format!("/ssosp/oauth/authorize?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        self.submit(query, &Browser::of(&page), user, password).await
    }

    pub(crate) async fn submit(&self, query: &str, browser: &Browser, user: &str, password: &str) -> Answer {
        let body = form(&[("form_key", &browser.form_key), ("username", user), ("password", password)]);
        let request = request(Method::POST, &format!("/ssosp/oauth/authorize?{query}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &browser.cookie);
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        self.post("/ssosp/oauth/token", &redemption(code)).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Answer {
        self.post("/ssosp/oauth/token", &refreshment(refresh_token)).await
    }

    /// A code for alice's softphone.
    pub(crate) async fn code(&self) -> String {
        let answer = self.sign_in(&query(&[]), "alice", "pw-alice").await;
        answer.redirected("code").unwrap_or_else(|| panic!("a code, not {} {}", answer.status, answer.body))
    }

    /// Tokens for alice's softphone.
    pub(crate) async fn tokens(&self) -> TokenResponse {
        self.redeem(&self.code().await).await.tokens()
    }
}

/// What the browser keeps of the login page.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) cookie: String,
    pub(crate) form_key: String,
}

impl Browser {
    pub(crate) fn of(page: &Answer) -> Self {
        let cookie = page.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
        let form_key = page.body.split("name=\"form_key\" value=\"").nth(1).unwrap();
        Self { cookie, form_key: form_key.split('"').next().unwrap().to_owned() }
    }
}

pub(crate) fn verifier() -> CodeVerifier {
    CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap()
}

/// The query of an authorization request, with some parameters replaced or, by an empty value, left out.
pub(crate) fn query(changes: &[(&str, &str)]) -> String {
    let challenge = verifier().challenge();
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", SOFTPHONE_CLIENT_ID),
        ("redirect_uri", REDIRECT),
        ("scope", "UnifiedCommunications:readwrite"),
        ("state", "af0ifjsldkj"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    pairs.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    pairs.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    form(&pairs)
}

pub(crate) fn redemption(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("client_id", SOFTPHONE_CLIENT_ID),
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    ]
}

pub(crate) fn refreshment(refresh_token: &str) -> Vec<(&str, &str)> {
    vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("client_id", SOFTPHONE_CLIENT_ID)]
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let text = format!("{user}:{password}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
}
