//! A node under test: a database in a folder of its own, a clock that stands still, and browsers.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use administration::{Administration, NodeControl};
use authorization::{AccessTokens, AuthorizationServer, Clients, Random, Revocations};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use directory::{
    AuditRecord, Author, CallManagerGroup, DevicePool, Directory, DirectoryRepository, EndUser, NodeUsage, Object,
    Precondition, ProcessNode, Role, SecurityProfile, Surface, UserId,
};
use http_body_util::BodyExt as _;
use ringbearer_admin_web::ccmadmin::{self, CcmAdmin};
use ringbearer_admin_web::{
    DirectoryAccounts, Route, Services, SetUpCode, Settings, ccmservice, cmplatform, router, sip_oauth,
};
use runtime::clock::Reading;
use runtime::observation::Observation;
use runtime::surroundings::Process;
use store::Store;
use testkit::controlled_node::ControlledNode;
use token::{Algorithm, KeyRing, Uuid, generate};
use tower::ServiceExt as _;
use web::TracingLog;
use web::passwords::{DirectoryPasswords, HashQueue};

use crate::what_happens_is_seen::Fake;

pub(crate) const HOST: &str = "ucm-pub.example:8443";
pub(crate) const START: u64 = 1_800_000_000;

struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        runtime::random::fill(bytes);
    }
}

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The node.
pub(crate) struct Node {
    pub(crate) store: Store,
    pub(crate) routes: Vec<Route>,
    pub(crate) observation: Arc<Observation>,
    pub(crate) watched: Arc<Fake>,
    pub(crate) controlled: Arc<ControlledNode>,
    pub(crate) administration: Administration,
    router: Router,
    elapsed: Arc<AtomicU64>,
    hashes: Arc<HashQueue>,
    folder: Folder,
}

impl Node {
    /// A node at its first start: there is no user.
    pub(crate) async fn first_start() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ringbearer-pages-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let folder = Folder(folder);
        let store = Store::open(&folder.0.join("cluster.db")).unwrap();
        let repository: Arc<dyn DirectoryRepository> = Arc::new(store.clone());
        let keys = KeyRing::new(
            Uuid::from_u128(7),
            generate::signing_key(Algorithm::Es256).unwrap(),
            generate::encryption_key().unwrap(),
        );
        let tokens = Arc::new(AccessTokens::new(Arc::new(keys), Revocations::default(), 16));
        let (random, log) = (Arc::new(SystemRandom), Arc::new(TracingLog));
        let families = store.clone();
        let server = Arc::new(AuthorizationServer::new(Arc::new(families), tokens, Clients::default(), random, log));
        let hashes = Arc::new(HashQueue::new(2, 64));
        let passwords = DirectoryPasswords::new(Arc::clone(&repository), Arc::clone(&hashes)).await.unwrap();
        let judges: (_, Arc<dyn authorization::PasswordVerifier>) = (Arc::clone(&server), Arc::new(passwords));
        let accounts = DirectoryAccounts::new(judges, Arc::clone(&hashes), Arc::clone(&repository));
        let elapsed = Arc::new(AtomicU64::new(0));
        let (seconds, start) = (Arc::clone(&elapsed), Instant::now());
        let settings = Settings {
            product: "Ringbearer Unified CM",
            node: "ucm-pub".into(),
            home: "/ccmadmin/",
            sessions: Default::default(),
            set_up_code: SetUpCode::in_folder(&folder.0),
            clock: Box::new(move || {
                let passed = seconds.load(Ordering::Relaxed);
                Reading { monotonic: start + Duration::from_secs(passed), unix_seconds: START + passed }
            }),
        };
        let pages = CcmAdmin { repository, server, hashes: Arc::clone(&hashes) };
        let (observation, watched) = (Arc::new(Observation::default()), Fake::new());
        let live = crate::what_happens_is_seen::live(&observation, &watched);
        let controlled = Arc::new(ControlledNode::new("ucm-pub".parse().unwrap()));
        let control: Arc<dyn NodeControl> = controlled.clone();
        let administration = Administration::new(control, Arc::new(store.clone()), Arc::new(Process));
        let services =
            Services { administration: administration.clone(), repository: Arc::new(store.clone()), port: 8443 };
        let surface = ringbearer_admin_web::live::surface(live)
            .merge(ccmadmin::surface(pages))
            .merge(ccmservice::surface(services.clone()))
            .merge(cmplatform::surface(services.clone()))
            .merge(sip_oauth::surface(services));
        let routes = surface.routes().to_vec();
        let router = router(settings, Arc::new(accounts), surface);
        Self { store, routes, observation, watched, controlled, administration, router, elapsed, hashes, folder }
    }

    /// A node with a small office: `admin`, `reader`, `axl` and `alice`, whose passwords are `pw-` and the name.
    pub(crate) async fn office() -> Self {
        let node = Self::first_start().await;
        let user = |name: &str, roles: &[Role]| {
            Object::User(EndUser { roles: roles.to_vec(), ..EndUser::new(UserId::new(name).unwrap()) })
        };
        node.put(vec![
            user("admin", &[Role::Administrator]),
            user("reader", &[Role::ReadOnly]),
            user("axl", &[Role::AxlAccess]),
            user("alice", &[]),
            server("ucm-pub", "127.0.0.11", NodeUsage::Publisher),
            server("ucm-sub", "127.0.0.12", NodeUsage::Subscriber),
            Object::Group(CallManagerGroup {
                name: "Default".parse().unwrap(),
                members: vec!["ucm-pub".parse().unwrap()],
            }),
            Object::Pool(DevicePool { name: "Default".parse().unwrap(), group: "Default".parse().unwrap() }),
            Object::Profile(SecurityProfile::new("Standard SIP Non-Secure Profile".parse().unwrap())),
        ])
        .await;
        for name in ["admin", "reader", "axl", "alice"] {
            node.set_password(name, &password(name)).await;
        }
        node
    }

    pub(crate) async fn put(&self, objects: Vec<Object>) {
        let objects = objects.into_iter().map(|object| (object, Precondition::None)).collect();
        self.store.put(&author(), objects).await.unwrap();
    }

    pub(crate) async fn set_password(&self, user: &str, password: &str) {
        let hash = self.hashes.hash(authorization::Password::new(password.to_owned())).await.unwrap();
        self.store.set_password_hash(&author(), &UserId::new(user).unwrap(), hash).await.unwrap();
    }

    pub(crate) async fn directory(&self) -> Arc<Directory> {
        self.store.load().await.unwrap()
    }

    /// The newest rows of the audit log, oldest first.
    pub(crate) async fn audit(&self, most: usize) -> Vec<AuditRecord> {
        let mut records = self.store.audit_records(most).await.unwrap();
        records.reverse();
        records
    }

    pub(crate) fn set_up_code(&self) -> SetUpCode {
        SetUpCode::in_folder(&self.folder.0)
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.elapsed.fetch_add(time.as_secs(), Ordering::Relaxed);
    }

    /// A browser that has never been here.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { node: self, cookies: Mutex::default(), source: [192, 0, 2, 10] }
    }

    /// A browser in which somebody has signed in.
    pub(crate) async fn signed_in(&self, name: &str) -> Browser<'_> {
        let browser = self.browser();
        let page = browser.sign_in(name, &password(name)).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/ccmadmin/"), "{}", page.body);
        browser
    }
}

pub(crate) fn password(name: &str) -> String {
    format!("pw-{name}")
}

pub(crate) fn author() -> Author {
    Author { name: "test".into(), surface: Surface::System }
}

fn server(name: &str, address: &str, usage: NodeUsage) -> Object {
    Object::Node(ProcessNode::new(name.parse().unwrap(), address.parse().unwrap(), usage))
}

/// A browser: it keeps cookies, and says where its forms come from.
pub(crate) struct Browser<'n> {
    node: &'n Node,
    pub(crate) cookies: Mutex<Vec<(String, String)>>,
    pub(crate) source: [u8; 4],
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// The token of the page's forms.
    pub(crate) fn form_token(&self) -> String {
        self.value_of("csrf")
    }

    /// The value of the first field of a name.
    pub(crate) fn value_of(&self, name: &str) -> String {
        let found = self.body.split(&format!("name=\"{name}\"")).nth(1);
        let found = found.and_then(|rest| rest.split('>').next()?.split("value=\"").nth(1)?.split('"').next());
        found.unwrap_or_else(|| panic!("no field {name} in {}", self.body)).to_owned()
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.body.contains(text)
    }
}

impl Browser<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form of the page at `from`.
    pub(crate) async fn submit(&self, from: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.get(from).await.form_token();
        self.post(path, &token, fields).await
    }

    /// Sends a form with a token.
    pub(crate) async fn post(&self, path: &str, token: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(Method::POST, path).header("origin", format!("https://{HOST}"));
        let request = request.header("sec-fetch-site", "same-origin");
        self.send(form(request, token, fields)).await
    }

    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> Answer {
        self.submit("/sign-in", "/sign-in", &[("user", name), ("password", password)]).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let cookies = self.cookies.lock().unwrap();
        let cookies = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        Request::builder().method(method).uri(path).header(header::HOST, HOST).header(header::COOKIE, cookies)
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.cookies.lock().unwrap();
        cookies.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.lock().unwrap();
        cookies.retain(|(own, _)| own != name);
        cookies.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((self.source, 40_000))));
        let response = self.node.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            match cookie.contains("Max-Age=0") {
                true => self.cookies.lock().unwrap().retain(|(own, _)| own != name),
                false => self.set_cookie(name, value),
            }
        }
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }
}

/// A request with a form of these fields.
pub(crate) fn form(request: axum::http::request::Builder, token: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.append_pair("csrf", token).extend_pairs(fields);
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.body(Body::from(body.finish())).unwrap()
}
