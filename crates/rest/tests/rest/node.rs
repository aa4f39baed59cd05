//! A node with a database of its own, a clock that stands still, and a client that holds every answer against the document.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use authorization::{
    AccessTokens, ApiScope, ApiToken, ApiTokenRepository as _, ApiTokenSecret, AuthorizationServer, Clients,
    MemoryRepository, Password, PasswordError, PasswordVerifier, Random, Revocations, UnixTime,
};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use directory::*;
use observation::{Event, Timestamp};
use ringbearer_rest::{CallRecord, CallRecords, Kept, PREFIX, Rest, openapi, start};
use runtime::clock::Reading;
use runtime::observation::Observation;
use runtime::shutdown::Stop;
use serde_json::Value;
use store::Store;
use token::{Algorithm, KeyRing, Uuid, generate};
use tower::ServiceExt as _;
use web::TracingLog;
use web::passwords::HashQueue;
use web::registrations::{Registration, Registrations, Reset};

pub(crate) const ADDRESS: &str = "https://ucm-pub.example:8443";
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) struct Node {
    pub(crate) store: Store,
    observation: Arc<Observation>,
    pub(crate) stop: Stop,
    router: Router,
    milliseconds: Arc<AtomicU64>,
    pub(crate) here: Arc<Here>,
    document: Value,
    current: Arc<Mutex<Arc<Directory>>>,
    folder: PathBuf,
}

/// Everybody's password is `pw-` and the name.
struct Passwords;

#[async_trait]
impl PasswordVerifier for Passwords {
    async fn verify(&self, user: Option<&UserId>, password: Password) -> Result<bool, PasswordError> {
        Ok(user.is_some_and(|user| password.expose() == format!("pw-{user}")))
    }
}

/// With this node, CSFALICE is registered.
pub(crate) struct Here {
    node: NodeName,
    pub(crate) ended: Mutex<Vec<(String, Reset)>>,
}

impl Registrations for Here {
    fn node(&self) -> &NodeName {
        &self.node
    }

    fn all(&self) -> Vec<Registration> {
        let device = "CSFALICE".parse().unwrap();
        vec![Registration { device, address: [192, 0, 2, 1].into(), since: 1_700_000_000 }]
    }

    fn end(&self, device: &DeviceName, reset: Reset) -> bool {
        self.ended.lock().unwrap().push((device.to_string(), reset));
        true
    }
}

struct Calls;

#[async_trait]
impl CallRecords for Calls {
    async fn page(&self, behind: Option<(u64, String)>, most: usize) -> Result<Vec<CallRecord>, String> {
        let all = (0..5u64).rev().map(record);
        let start = behind.map_or(u64::MAX, |(ended, _)| ended);
        Ok(all.filter(|record| record.disconnect < start).take(most).collect())
    }

    async fn count(&self) -> Result<usize, String> {
        Ok(5)
    }
}

fn record(number: u64) -> CallRecord {
    CallRecord {
        id: format!("record-{number}"),
        call: format!("1-{number}"),
        node: "ucm-pub".into(),
        calling_device: "CSFALICE".into(),
        calling_number: "2001".into(),
        calling_user: Some("alice".into()),
        original_called: "2002".into(),
        final_called: "2002".into(),
        connected_device: None,
        start: number,
        connect: None,
        disconnect: number + 10,
        duration_seconds: 0,
        cause: 17,
        ended_by: "called".into(),
        status: Some(486),
        security: "NotAuthenticated".into(),
        cipher_suites: Vec::new(),
    }
}

struct NotRandom;

impl Random for NotRandom {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

pub(crate) fn author() -> Author {
    Author { name: "test".into(), surface: Surface::System }
}

fn office() -> Vec<Object> {
    let node = |name: &str, address: &str, usage| {
        Object::Node(ProcessNode::new(name.parse().unwrap(), address.parse().unwrap(), usage))
    };
    let user = |name: &str, roles: &[Role]| {
        Object::User(EndUser { roles: roles.to_vec(), ..EndUser::new(name.parse().unwrap()) })
    };
    let profile = SecurityProfile {
        device_security_mode: DeviceSecurityMode::Encrypted,
        transport_type: TransportType::Tls,
        oauth_authentication: true,
        ..SecurityProfile::new("CSF OAuth".parse().unwrap())
    };
    let phone = |name: &str, owner: Option<&str>| {
        Object::Device(Device {
            name: name.parse().unwrap(),
            description: format!("of {name}"),
            product: Product::ClientServicesFramework,
            security_profile: "CSF OAuth".parse().unwrap(),
            device_pool: "Default".parse().unwrap(),
            owner: owner.map(|owner| owner.parse().unwrap()),
            associated_users: Vec::new(),
            lines: vec![LineAppearance::new(
                1,
                "2001".parse().unwrap(),
                Uuid::from_u128(u128::from(name.as_bytes()[0])),
            )],
            digest_user: None,
        })
    };
    vec![
        node("ucm-pub", "127.0.0.11", NodeUsage::Publisher),
        node("ucm-sub", "127.0.0.12", NodeUsage::Subscriber),
        Object::Profile(profile),
        user("admin", &[Role::Administrator]),
        user("axl", &[Role::AxlAccess]),
        user("alice", &[]),
        user("bob", &[]),
        Object::Group(CallManagerGroup {
            name: "Default".parse().unwrap(),
            members: vec!["ucm-pub".parse().unwrap(), "ucm-sub".parse().unwrap()],
        }),
        Object::Pool(DevicePool { name: "Default".parse().unwrap(), group: "Default".parse().unwrap() }),
        Object::Line(Line::new("2001".parse().unwrap())),
        phone("CSFALICE", Some("alice")),
        phone("TCTALICE", None),
        Object::Expressway(ExpresswayC {
            host: "exp-c".parse().unwrap(),
            description: "edge".into(),
            subject_names: "exp-c.example,example".into(),
        }),
    ]
}

impl Node {
    pub(crate) async fn new(test: &str) -> Self {
        runtime::tls::install_provider();
        let folder = std::env::temp_dir().join(format!("ringbearer-rest-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let store = Store::open(&folder.join("cluster.db")).unwrap();
        for object in office() {
            store.put(&author(), vec![(object, Precondition::None)]).await.unwrap();
        }
        let keys = KeyRing::new(
            Uuid::from_u128(7),
            generate::signing_key(Algorithm::Es256).unwrap(),
            generate::encryption_key().unwrap(),
        );
        let tokens = Arc::new(AccessTokens::new(Arc::new(keys), Revocations::new(), 10));
        let (repository, log) = (Arc::new(MemoryRepository::default()), Arc::new(TracingLog));
        let server = AuthorizationServer::new(repository, tokens, Clients::default(), Arc::new(NotRandom), log);
        let milliseconds = Arc::new(AtomicU64::new(0));
        let (began, passed) = (Instant::now(), Arc::clone(&milliseconds));
        let here = Arc::new(Here { node: "ucm-pub".parse().unwrap(), ended: Mutex::default() });
        let current = Current::follow(&store).await;
        let followed = Arc::clone(&current.0);
        let observation = Arc::new(Observation::default());
        let (stop, stopping) = runtime::shutdown::channel();
        let (router, telling) = start(Rest {
            server: Arc::new(server),
            passwords: Arc::new(Passwords),
            hashes: Arc::new(HashQueue::new(1, 8)),
            directory: Box::new(move || current.get()),
            repository: Arc::new(store.clone()),
            tokens: Arc::new(store.clone()),
            registrations: here.clone(),
            call_records: Arc::new(Calls),
            observation: Arc::clone(&observation),
            webhooks: Arc::new(store.clone()),
            webhook_addresses: Arc::from(["169.254.10.1".parse().unwrap()]),
            webhook_authorities: Vec::new(),
            stopping,
            kept: Kept::default(),
            address: ADDRESS.to_owned(),
            clock: Box::new(move || {
                let milliseconds = passed.load(Ordering::Relaxed);
                let monotonic = began + Duration::from_millis(milliseconds);
                Reading { monotonic, unix_seconds: NOW + milliseconds / 1000 }
            }),
        });
        tokio::spawn(telling);
        Self {
            observation,
            stop,
            store,
            router,
            milliseconds,
            here,
            document: openapi(ADDRESS),
            current: followed,
            folder,
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: u64) {
        self.milliseconds.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    /// Something happens, and followers are told.
    pub(crate) async fn happen(&self, event: Event) {
        self.observation.record_at(Timestamp(NOW * 1_000_000), event);
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }

    /// An answer that goes on.
    pub(crate) async fn stream(&self, mut request: Request<Body>) -> axum::response::Response {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 10], 40_000))));
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Undoes what the next request lets pass.
    pub(crate) fn take_back_time(&self) {
        self.milliseconds.fetch_sub(50, Ordering::Relaxed);
    }

    /// Whether the node's own directory shows a write.
    pub(crate) fn has_seen(&self, sequence: u64) -> bool {
        self.current.lock().unwrap().sequence() >= sequence
    }

    /// A token of a user with these scopes.
    pub(crate) async fn token(&self, owner: &str, scopes: &[ApiScope]) -> String {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut random = [0; 32];
        random[..8].copy_from_slice(&number.to_be_bytes());
        let secret = ApiTokenSecret::new(random);
        let whose = (Uuid::from_u128(u128::from(number)), format!("token {number}"), owner.parse().unwrap());
        let token = ApiToken::new((whose.0, &whose.1, whose.2), scopes, 30, UnixTime(NOW)).unwrap();
        self.store.add_api_token(&author(), token, secret.hash()).await.unwrap();
        secret.expose().to_owned()
    }

    /// A token of the administrator that may do everything.
    pub(crate) async fn all_powerful(&self) -> String {
        self.token("admin", &ApiScope::all().collect::<Vec<_>>()).await
    }

    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        // Far enough from the last one for the throttle.
        self.milliseconds.fetch_add(50, Ordering::Relaxed);
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 10], 40_000))));
        let asked = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 16 << 20).await.unwrap();
        assert_eq!(parts.headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(parts.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        self.check_documented(&asked, &answer);
        answer
    }

    /// Every answer is one of those that the document names, of the type that it names.
    fn check_documented(&self, (method, path): &(Method, String), answer: &Answer) {
        let Some(operation) = self.operation(method, path) else { return };
        let status = answer.status.as_str();
        let mut documented = &operation["responses"][status];
        assert!(documented.is_object(), "{method} {path} answers {status}: {}", answer.body);
        if documented["$ref"] == "#/components/responses/Problem" {
            documented = &self.document["components"]["responses"]["Problem"];
        }
        let types: Vec<_> =
            documented["content"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        match answer.headers.get(header::CONTENT_TYPE) {
            Some(media_type) => assert_eq!(types, [media_type.to_str().unwrap()], "{method} {path} {status}"),
            None => assert!(types.is_empty(), "{method} {path} {status} has no body"),
        }
    }

    fn operation(&self, method: &Method, path: &str) -> Option<&Value> {
        let path = path.strip_prefix(PREFIX)?;
        let parts: Vec<_> = path.split('/').collect();
        let paths = self.document["paths"].as_object().unwrap();
        let matches = |template: &str| {
            let template: Vec<_> = template.split('/').collect();
            template.len() == parts.len()
                && template.iter().zip(&parts).all(|(own, part)| own == part || own.starts_with('{'))
        };
        let exact = paths.get(path);
        let found = exact.or_else(|| paths.iter().find(|(template, _)| matches(template)).map(|(_, item)| item))?;
        found.get(method.as_str().to_ascii_lowercase())
    }

    pub(crate) fn document(&self) -> &Value {
        &self.document
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(request(Method::GET, path, token).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        let request = request(Method::POST, path, token).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    pub(crate) async fn put(&self, token: &str, path: &str, if_match: &str, body: &Value) -> Answer {
        let request = request(Method::PUT, path, token).header(header::CONTENT_TYPE, "application/json");
        self.send(request.header(header::IF_MATCH, if_match).body(body.to_string().into()).unwrap()).await
    }

    pub(crate) async fn patch(&self, token: &str, path: &str, if_match: &str, body: &Value) -> Answer {
        let request = request(Method::PATCH, path, token).header(header::CONTENT_TYPE, "application/merge-patch+json");
        self.send(request.header(header::IF_MATCH, if_match).body(body.to_string().into()).unwrap()).await
    }

    pub(crate) async fn delete(&self, token: &str, path: &str, if_match: &str) -> Answer {
        let request = request(Method::DELETE, path, token).header(header::IF_MATCH, if_match);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// The newest acts of the audit log.
    pub(crate) async fn acts(&self, most: usize) -> Vec<(String, String, String)> {
        let records = self.store.audit_records(most).await.unwrap().into_iter();
        records.map(|row| (format!("{} ({})", row.author.name, row.author.surface), row.action, row.object)).collect()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The directory as the node would hold it, kept up with the database.
struct Current(Arc<Mutex<Arc<Directory>>>, tokio::task::JoinHandle<()>);

impl Current {
    async fn follow(store: &Store) -> Self {
        let first = store.load().await.unwrap();
        let current = Arc::new(Mutex::new(first));
        let (kept, own) = (Arc::clone(&current), store.clone());
        let task = tokio::spawn(async move {
            loop {
                let seen = kept.lock().unwrap().sequence();
                if own.wait_change(seen).await.is_err() {
                    return;
                }
                let next = own.load().await.unwrap();
                *kept.lock().unwrap() = next;
            }
        });
        Self(current, task)
    }

    fn get(&self) -> Arc<Directory> {
        Arc::clone(&self.0.lock().unwrap())
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        self.1.abort();
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn ok(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn etag(&self) -> &str {
        self.headers[header::ETAG].to_str().unwrap()
    }

    /// The status and the last word of the type of a problem.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, &str) {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json", "{}", self.body);
        assert_eq!(self.body["status"], self.status.as_u16());
        let kind = self.body["type"].as_str().unwrap();
        (self.status.as_u16(), kind.strip_prefix("urn:ringbearer:problem:").unwrap())
    }
}

pub(crate) fn request(method: Method, path: &str, token: &str) -> axum::http::request::Builder {
    let builder = Request::builder().method(method).uri(format!("{PREFIX}{path}"));
    match token {
        "" => builder,
        token => builder.header(header::AUTHORIZATION, format!("Bearer {token}")),
    }
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")))
}
