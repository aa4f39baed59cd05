//! A node with a database of its own, a clock that stands still, and a client.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use administration::{Administration, NodeControl, Surroundings, Work};
use async_trait::async_trait;
use authorization::{
    AccessTokens, AuthorizationServer, Clients, MemoryRepository, Password, PasswordError, PasswordVerifier, Random,
    Revocations,
};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use directory::{
    Author, CallManagerGroup, Device, DeviceName, DevicePool, DeviceSecurityMode, DirectoryRepository, EndUser,
    ExpresswayC, Line, LineAppearance, NodeName, NodeUsage, Object, Precondition, ProcessNode, Product, Role,
    SecurityProfile, Surface, TransportType, UserId,
};
use ringbearer_web::TracingLog;
use ringbearer_web::axl::{Axl, Queries, QueryError, Rows, router};
use ringbearer_web::passwords::HashQueue;
use ringbearer_web::registrations::{Registration, Registrations, Reset};
use runtime::clock::Reading;
use runtime::surroundings::Process;
use soap::axl::{self, AxlError, Version};
use soap::{AnswerError, Call, Element, Fault, Limits};
use store::{SqlError, Store};
use testkit::controlled_node::ControlledNode;
use token::{Algorithm, KeyRing, Uuid, generate};
use tower::ServiceExt as _;

pub(crate) struct Node {
    pub(crate) store: Store,
    router: Router,
    clock: Arc<Clock>,
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) registrations: Arc<Here>,
    pub(crate) controlled: Arc<ControlledNode>,
    folder: PathBuf,
}

struct Clock {
    start: Instant,
    milliseconds: AtomicU64,
}

/// Everybody's password is `pw-` and the name.
#[derive(Default)]
pub(crate) struct Passwords {
    pub(crate) asked: AtomicU64,
    pub(crate) busy: AtomicBool,
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

/// With this node, every phone is registered whose name begins with `CSF`.
pub(crate) struct Here {
    node: NodeName,
    pub(crate) ended: Mutex<Vec<(String, Reset)>>,
}

impl Registrations for Here {
    fn node(&self) -> &NodeName {
        &self.node
    }

    fn all(&self) -> Vec<Registration> {
        let registration = |(device, last): (&str, u8)| Registration {
            device: device.parse().unwrap(),
            address: [192, 0, 2, last].into(),
            since: 1_700_000_000,
        };
        [("CSFALICE", 1), ("CSFBOB", 2)].map(registration).to_vec()
    }

    fn end(&self, device: &DeviceName, reset: Reset) -> bool {
        let here = device.as_str().starts_with("CSF");
        if here {
            self.ended.lock().unwrap().push((device.to_string(), reset));
        }
        here
    }
}

struct NotRandom;

impl Random for NotRandom {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

struct StoreQueries(Store);

#[async_trait]
impl Queries for StoreQueries {
    async fn query(&self, sql: &str) -> Result<Rows, QueryError> {
        match self.0.run_sql(sql).await {
            Ok(table) => Ok(Rows { columns: table.columns, rows: table.rows }),
            Err(error @ SqlError::Refused(_)) => Err(QueryError::Refused(error.to_string())),
            Err(error @ SqlError::Limit(_)) => Err(QueryError::Limit(error.to_string())),
            Err(error @ SqlError::Store(_)) => Err(QueryError::Unavailable(error.to_string())),
        }
    }
}

pub(crate) fn author() -> Author {
    Author { name: "test".into(), surface: Surface::System }
}

fn device(name: &str) -> Object {
    let line = LineAppearance::new(1, "2001".parse().unwrap(), uuid::Uuid::nil());
    Object::Device(Device {
        name: name.parse().unwrap(),
        description: format!("of {name}"),
        product: Product::ClientServicesFramework,
        security_profile: "CSF OAuth".parse().unwrap(),
        device_pool: "Default".parse().unwrap(),
        owner: None,
        associated_users: Vec::new(),
        lines: if name == "CSFALICE" { vec![line] } else { Vec::new() },
        digest_user: None,
    })
}

fn office() -> Vec<Object> {
    let node = |name: &str, address: &str, usage| {
        Object::Node(ProcessNode::new(name.parse().unwrap(), address.parse().unwrap(), usage))
    };
    let user = |name: &str| EndUser::new(name.parse().unwrap());
    let profile = SecurityProfile {
        device_security_mode: DeviceSecurityMode::Encrypted,
        transport_type: TransportType::Tls,
        oauth_authentication: true,
        ..SecurityProfile::new("CSF OAuth".parse().unwrap())
    };
    vec![
        node("ucm-pub", "127.0.0.11", NodeUsage::Publisher),
        node("ucm-sub", "127.0.0.12", NodeUsage::Subscriber),
        Object::Profile(profile),
        Object::User(EndUser { roles: vec![Role::AxlAccess], ..user("axl") }),
        Object::User(EndUser { roles: vec![Role::AxlAccess], active: false, ..user("gone") }),
        Object::User(user("alice")),
        Object::Group(CallManagerGroup {
            name: "Default".parse().unwrap(),
            members: vec!["ucm-pub".parse().unwrap(), "ucm-sub".parse().unwrap()],
        }),
        Object::Pool(DevicePool { name: "Default".parse().unwrap(), group: "Default".parse().unwrap() }),
        Object::Line(Line::new("2001".parse().unwrap())),
        device("CSFALICE"),
        device("CSFBOB"),
        device("CSFCAL"),
    ]
}

impl Node {
    pub(crate) async fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("ringbearer-web-axl-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let store = Store::open(&folder.join("cluster.db")).unwrap();
        let objects = office().into_iter().map(|object| (object, Precondition::None)).collect();
        store.put(&author(), objects).await.unwrap();
        let keys = KeyRing::new(
            Uuid::from_u128(7),
            generate::signing_key(Algorithm::Es256).unwrap(),
            generate::encryption_key().unwrap(),
        );
        let tokens = Arc::new(AccessTokens::new(Arc::new(keys), Revocations::new(), 10));
        let repository = Arc::new(MemoryRepository::default());
        let server =
            AuthorizationServer::new(repository, tokens, Clients::default(), Arc::new(NotRandom), Arc::new(TracingLog));
        let server = Arc::new(server);
        let passwords = Arc::new(Passwords::default());
        let clock = Arc::new(Clock { start: Instant::now(), milliseconds: AtomicU64::new(0) });
        let registrations = Arc::new(Here { node: "ucm-pub".parse().unwrap(), ended: Mutex::default() });
        let directory = store.load().await.unwrap();
        let reading = Arc::clone(&clock);
        let router = router(Axl {
            server: Arc::clone(&server),
            passwords: passwords.clone(),
            hashes: Arc::new(HashQueue::new(1, 8)),
            registrations: registrations.clone(),
            directory: Box::new(move || Arc::clone(&directory)),
            repository: Arc::new(store.clone()),
            queries: Arc::new(StoreQueries(store.clone())),
            address: "https://ucm-pub.example:8443".to_owned(),
            clock: Box::new(move || {
                let milliseconds = reading.milliseconds.load(Ordering::Relaxed);
                Reading { monotonic: reading.start + Duration::from_millis(milliseconds), unix_seconds: 1_800_000_000 }
            }),
        });
        let router = router.merge(ris(&store, &clock, (&server, &passwords), &registrations).await);
        let controlled = Arc::new(ControlledNode::new("ucm-pub".parse().unwrap()));
        let router = router.merge(control_center(&store, &clock, (&server, &passwords), &controlled).await);
        Self { store, router, clock, passwords, registrations, controlled, folder }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, milliseconds: u64) {
        self.clock.milliseconds.fetch_add(milliseconds, Ordering::Relaxed);
    }

    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 10], 40_000))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 16 << 20).await.unwrap();
        assert_eq!(parts.headers.get(header::CACHE_CONTROL).unwrap(), "no-store");
        assert_eq!(parts.headers.get(header::X_CONTENT_TYPE_OPTIONS).unwrap(), "nosniff");
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    pub(crate) async fn post(&self, body: impl Into<Body>) -> Answer {
        self.send(post("axl", "pw-axl").body(body.into()).unwrap()).await
    }

    /// Calls an operation of the newest version.
    pub(crate) async fn call(
        &self,
        operation: &str,
        parameters: impl IntoIterator<Item = Element>,
    ) -> Result<Element, Fault> {
        let call = axl::request(Version::LATEST, operation, parameters);
        self.answer(&call).await
    }

    pub(crate) async fn answer(&self, call: &Call) -> Result<Element, Fault> {
        // Far enough from the last one for the throttle.
        self.pass(1000);
        let request = post("axl", "pw-axl").header("SOAPAction", &call.soap_action);
        let answer = self.send(request.body(call.to_document().into()).unwrap()).await;
        assert_eq!(answer.header(header::CONTENT_TYPE), "text/xml; charset=utf-8");
        match call.read_answer(answer.status.as_u16(), answer.body.as_bytes(), &Limits::ANSWER) {
            Ok(element) => Ok(element.child("return").unwrap().clone()),
            Err(AnswerError::Fault(fault)) => {
                assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
                Err(*fault)
            }
            Err(other) => panic!("{other}: {}", answer.body),
        }
    }

    /// The code of the fault that an operation gets.
    pub(crate) async fn refusal(
        &self,
        operation: &str,
        parameters: impl IntoIterator<Item = Element>,
    ) -> (i32, String) {
        let fault = self.call(operation, parameters).await.unwrap_err();
        let error = AxlError::of(&fault).unwrap();
        assert_eq!((error.request.as_str(), error.message.as_str()), (operation, fault.string.as_str()));
        (error.code, error.message)
    }

    pub(crate) async fn expressways(&self) -> Vec<ExpresswayC> {
        self.store.load().await.unwrap().expressways().into_iter().map(|row| ExpresswayC::clone(row)).collect()
    }
}

/// The real-time information of the same node.
async fn ris(
    store: &Store,
    clock: &Arc<Clock>,
    (server, passwords): (&Arc<AuthorizationServer>, &Arc<Passwords>),
    registrations: &Arc<Here>,
) -> Router {
    let (directory, clock) = (store.load().await.unwrap(), Arc::clone(clock));
    ringbearer_web::ris::router(ringbearer_web::ris::Ris {
        server: Arc::clone(server),
        passwords: passwords.clone(),
        directory: Box::new(move || Arc::clone(&directory)),
        repository: Arc::new(store.clone()),
        registrations: registrations.clone(),
        address: "https://ucm-pub.example:8443".to_owned(),
        clock: Box::new(move || {
            let milliseconds = clock.milliseconds.load(Ordering::Relaxed);
            Reading { monotonic: clock.start + Duration::from_millis(milliseconds), unix_seconds: 1_800_000_000 }
        }),
    })
}

/// A time that stands still, but for what the throttle reads.
struct Standing;

#[async_trait]
impl Surroundings for Standing {
    fn unix_seconds(&self) -> u64 {
        1_800_000_000
    }

    async fn pause(&self, time: Duration) {
        Process.pause(time).await;
    }

    fn go_on(&self, work: Work) {
        Process.go_on(work);
    }
}

/// The control center of the same node.
async fn control_center(
    store: &Store,
    clock: &Arc<Clock>,
    (server, passwords): (&Arc<AuthorizationServer>, &Arc<Passwords>),
    controlled: &Arc<ControlledNode>,
) -> Router {
    let (directory, clock) = (store.load().await.unwrap(), Arc::clone(clock));
    let node: Arc<dyn NodeControl> = controlled.clone();
    ringbearer_web::controlcenter::router(ringbearer_web::controlcenter::ControlCenter {
        server: Arc::clone(server),
        passwords: passwords.clone(),
        directory: Box::new(move || Arc::clone(&directory)),
        administration: Administration::new(node, Arc::new(store.clone()), Arc::new(Standing)),
        address: "https://ucm-pub.example:8443".to_owned(),
        clock: Box::new(move || {
            let milliseconds = clock.milliseconds.load(Ordering::Relaxed);
            Reading { monotonic: clock.start + Duration::from_millis(milliseconds), unix_seconds: 1_800_000_000 }
        }),
    })
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
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

    /// The fault, which has no detail.
    pub(crate) fn fault(&self) -> (u16, String) {
        let envelope = soap::Envelope::parse(self.body.as_bytes(), &Limits::ANSWER).unwrap();
        let fault = Fault::read(&envelope.entry).unwrap();
        assert_eq!(fault.detail, []);
        (self.status.as_u16(), fault.to_string())
    }
}

pub(crate) fn post(user: &str, password: &str) -> axum::http::request::Builder {
    Request::post("/axl/")
        .header(header::AUTHORIZATION, basic(user, password))
        .header(header::CONTENT_TYPE, "text/xml; charset=utf-8")
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let text = format!("{user}:{password}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
}

pub(crate) fn text(name: &str, text: &str) -> Element {
    Element::new(name).with_own_text(text)
}

/// A request as text, with the operation's element as it stands.
pub(crate) fn envelope(inside: &str) -> String {
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:a=\"http://www.cisco.com/AXL/API/15.0\"><e:Body>{inside}</e:Body></e:Envelope>"
    )
}
