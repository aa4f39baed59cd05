//! The pages through the real router, over Expressways that run without a peer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use authorization::Password;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use directory::{Author, Surface as From, UserId};
use edge::CoreSettings;
use edge_net::administration::{
    Administrators, AuditLog, Certificates, CoreControl, Discoveries, ExpresswayControl, Folders, Half, LinkLine,
    NodeFacts, Operations, Role, ZoneLine,
};
use edge_net::expressway_c::{CoreState, CoreView, ExpresswayCConfig, ExpresswayCService, UnifiedCmServers};
use edge_net::{Hosts, Monitor, NoMedia, Plane};
use http_body_util::BodyExt as _;
use runtime::identity::{Identity, IdentityRequest, KeyKind};
use tower::ServiceExt as _;
use web::passwords::HashQueue;

use super::{LocalAccounts, surface};
use crate::account::Permission;
use crate::set_up_code::SetUpCode;
use crate::surface::Route;
use crate::{Settings, router};

/// An address of which nobody listens.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 15, 0, 21));
const HOST: &str = "exp.example:7443";
const PASSWORD: &str = "CANARY-correct-horse";

struct Node {
    facts: NodeFacts,
    core: Option<Arc<CoreControl>>,
    monitor: Monitor,
    certificates: Certificates,
    administrators: Arc<Administrators>,
    audit_log: AuditLog,
    set_up_code: SetUpCode,
}

impl ExpresswayControl for Node {
    fn facts(&self) -> &NodeFacts {
        &self.facts
    }

    fn monitor(&self) -> &Monitor {
        self.core.as_ref().map_or(&self.monitor, |core| core.service.monitor())
    }

    fn zones(&self) -> Vec<ZoneLine> {
        vec![ZoneLine {
            name: "CEOAuth-ucm-pub".into(),
            kind: "Neighbor",
            peer: "ucm-pub:5091".into(),
            calls: None,
            phones: Some(2),
            sip_status: "Failed: connection refused".into(),
            handshake: None,
        }]
    }

    fn links(&self) -> Vec<LinkLine> {
        vec![LinkLine { name: "SIP", status: "Active".into(), handshake: None }]
    }

    fn phones(&self) -> usize {
        3
    }

    fn media_sessions(&self) -> Vec<(&'static str, String)> {
        vec![("Streams open", "4".into())]
    }

    fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    fn administrators(&self) -> &Arc<Administrators> {
        &self.administrators
    }

    fn set_up_code(&self) -> std::io::Result<String> {
        self.set_up_code.read_or_make()
    }

    fn audit_log(&self) -> &AuditLog {
        &self.audit_log
    }

    fn core(&self) -> Option<&Arc<CoreControl>> {
        self.core.as_ref()
    }
}

/// An Expressway with its pages.
struct Expressway {
    node: Arc<Node>,
    hashes: Arc<HashQueue>,
    router: Router,
    routes: Vec<Route>,
    folder: PathBuf,
    _stop: runtime::shutdown::Stop,
}

impl Drop for Expressway {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn request(name: &str) -> IdentityRequest {
    IdentityRequest { common_name: name.into(), alternative_names: vec![name.into()], key: KeyKind::EcdsaP256 }
}

impl Expressway {
    /// One at its first start.
    async fn first_start(half: Half) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ringbearer-edge-pages-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let folders = Folders::at(&folder, request("exp.example"));
        let (stop, stopping) = runtime::shutdown::channel();
        let core = (half == Half::Core).then(|| {
            let settings =
                CoreSettings { host: HERE.to_string(), port: 5061, aliases: Vec::new(), realm: "ccmsipline".into() };
            let config = ExpresswayCConfig {
                address: HERE,
                edge: "127.15.0.22".into(),
                edge_port: 7001,
                edge_name: "exp-e.example".into(),
                settings,
                identity: folders.identity().unwrap(),
                trusted: Vec::new(),
                hosts: Hosts::new([("ucm-pub".to_owned(), "127.15.0.11".parse().unwrap())]),
                danger_tls_key_log: None,
            };
            let plane = Plane::new(NoMedia);
            let service = Arc::new(ExpresswayCService::start(config, CoreView::default(), plane, &stopping).unwrap());
            let state = CoreState::read(&folder).unwrap();
            let servers = UnifiedCmServers::new(folder.clone(), "exp-c".into(), Arc::clone(&service), state);
            Arc::new(CoreControl { servers, service, discoveries: Discoveries::default() })
        });
        let node = Arc::new(Node {
            facts: NodeFacts {
                half,
                name: "exp".into(),
                address: HERE,
                domain: "example.com".into(),
                ports: vec![("these pages", "127.15.0.21:7443".into())],
                started_at: 0,
            },
            core,
            monitor: Monitor::default(),
            certificates: Certificates::new(folders, |_, _| Ok(())),
            administrators: Arc::new(Administrators::open(&folder).unwrap()),
            audit_log: AuditLog::open(&folder).unwrap(),
            set_up_code: SetUpCode::in_folder(&folder),
        });
        let hashes = Arc::new(HashQueue::new(2, 64));
        let surface = surface(Arc::<Node>::clone(&node), Arc::clone(&hashes));
        let settings = Settings {
            product: "Ringbearer Expressway",
            node: "exp".into(),
            home: "/overview",
            sessions: Default::default(),
            set_up_code: node.set_up_code.clone(),
            clock: Box::new(runtime::clock::now),
        };
        let accounts = LocalAccounts::new(Arc::<Node>::clone(&node), Arc::clone(&hashes)).await.unwrap();
        let routes = surface.routes().to_vec();
        let router = router(settings, Arc::new(accounts), surface);
        Self { node, hashes, router, routes, folder, _stop: stop }
    }

    /// One with the accounts `root` and `reader`.
    async fn new(half: Half) -> Self {
        let expressway = Self::first_start(half).await;
        for (name, role) in [("root", Role::Administrator), ("reader", Role::ReadOnly)] {
            let hash = expressway.hashes.hash(Password::new(PASSWORD.into())).await.unwrap();
            expressway.operations().add_administrator(UserId::new(name).unwrap(), role, hash).unwrap();
        }
        expressway
    }

    fn operations(&self) -> Operations {
        Operations::new(Arc::<Node>::clone(&self.node), Author { name: "test".into(), surface: From::Cli })
    }

    fn browser(&self) -> Browser<'_> {
        Browser { expressway: self, cookies: Mutex::default() }
    }

    async fn signed_in(&self, name: &str) -> Browser<'_> {
        let browser = self.browser();
        let fields = [("user", name), ("password", PASSWORD)];
        let answer = browser.submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/overview"), "{}", answer.body);
        browser
    }

    /// The rows of the audit log, oldest first: who, action, object, detail.
    fn audit(&self) -> Vec<String> {
        let rows = self.node.audit_log.recent(100).unwrap().into_iter().rev();
        rows.map(|(row, _)| format!("{} {} {} {}", row.administrator, row.action, row.object, row.detail)).collect()
    }
}

struct Browser<'e> {
    expressway: &'e Expressway,
    cookies: Mutex<Vec<(String, String)>>,
}

struct Answer {
    status: StatusCode,
    location: String,
    policy: String,
    body: String,
    octets: Vec<u8>,
}

impl Answer {
    fn value_of(&self, name: &str) -> String {
        let found = self.body.split(&format!("name=\"{name}\"")).nth(1);
        let found = found.and_then(|rest| rest.split('>').next()?.split("value=\"").nth(1)?.split('"').next());
        found.unwrap_or_else(|| panic!("no field {name} in {}", self.body)).to_owned()
    }
}

impl Browser<'_> {
    async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    async fn submit(&self, from: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.get(from).await.value_of("csrf");
        self.post(path, &token, fields).await
    }

    async fn post(&self, path: &str, token: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", token).extend_pairs(fields);
        let request = self.request(Method::POST, path).header("origin", format!("https://{HOST}"));
        let request = request.header("sec-fetch-site", "same-origin");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body.finish())).unwrap()).await
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let cookies = self.cookies.lock().unwrap();
        let cookies = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        Request::builder().method(method).uri(path).header(header::HOST, HOST).header(header::COOKIE, cookies)
    }

    async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 10], 40_000))));
        let response = self.expressway.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            cookies.retain(|(own, _)| own != name);
            if !cookie.contains("Max-Age=0") {
                cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let text = |name: &str| parts.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let (location, policy) = (text("location"), text("content-security-policy"));
        let octets = body.collect().await.unwrap().to_bytes().to_vec();
        let body = String::from_utf8_lossy(&octets).into_owned();
        Answer { status: parts.status, location, policy, body, octets }
    }
}

/// A path of a route, with something in each place that varies.
fn path_of(route: &Route) -> String {
    route.path.replace("{number}", "1").replace("{name}", "root")
}

#[tokio::test]
async fn adm_1_every_route_asks_for_its_permission_and_every_form_for_its_token() {
    for half in [Half::Core, Half::Edge] {
        let expressway = Expressway::new(half).await;
        let (stranger, reader) = (expressway.browser(), expressway.signed_in("reader").await);
        let root = expressway.signed_in("root").await;
        let token = reader.get("/overview").await.value_of("csrf");
        assert!(expressway.routes.len() > 25);
        let before = expressway.audit();
        for route in &expressway.routes {
            let path = path_of(route);
            let answer = stranger.get(&path).await;
            assert!(answer.location.starts_with("/sign-in"), "{path} is shown to a stranger: {}", answer.status);
            let (read, posted) = (reader.get(&path).await.status, reader.post(&path, &token, &[]).await.status);
            match route.permission {
                Permission::Read => {
                    assert!(
                        matches!(read, StatusCode::OK | StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST),
                        "{path}: {read}"
                    );
                    assert_eq!(posted, StatusCode::METHOD_NOT_ALLOWED, "{path}");
                }
                Permission::Write => {
                    assert_eq!((read, posted), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN), "{path}")
                }
            }
            for token in ["", "x", &token] {
                assert_eq!(
                    root.post(&path, token, &[]).await.status,
                    StatusCode::FORBIDDEN,
                    "{path} takes another's form"
                );
            }
        }
        assert_eq!(expressway.audit(), before, "nothing was done");
    }
}

#[tokio::test]
async fn an_expressway_e_has_no_inside() {
    let expressway = Expressway::new(Half::Edge).await;
    let root = expressway.signed_in("root").await;
    for path in ["/access-control", "/unified-cm-servers", "/search-rules"] {
        assert_eq!(root.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let overview = root.get("/overview").await;
    assert_eq!(overview.status, StatusCode::OK);
    assert!(!overview.body.contains("/access-control") && overview.body.contains("Expressway-E exp"));
    assert!(root.get("/phones").await.body.contains("<p class=\"figure\">3</p>"));
}

#[tokio::test]
async fn adm_1_the_first_administrator_needs_the_set_up_code_and_guesses_are_locked_out() {
    let expressway = Expressway::first_start(Half::Core).await;
    let browser = expressway.browser();
    let code = expressway.node.set_up_code().unwrap();
    let set_up = |code: &'static str| [("code", code), ("user", "root"), ("password", PASSWORD), ("again", PASSWORD)];
    let refused = browser.submit("/sign-in", "/set-up", &set_up("AAAAA-AAAAA-AAAAA-AAAAA")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(expressway.node.administrators.needs_first());
    let done = browser.submit("/sign-in", "/set-up", &set_up(Box::leak(code.into_boxed_str()))).await;
    assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, "/overview"));
    assert_eq!(expressway.audit(), ["root set up administrator root Administrator"]);
    let guesser = expressway.browser();
    let guess = [("user", "root"), ("password", "wrong")];
    for _ in 0..5 {
        let answer = guesser.submit("/sign-in", "/sign-in", &guess).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(!answer.body.contains(PASSWORD));
    }
    let right = [("user", "root"), ("password", PASSWORD)];
    assert_eq!(guesser.submit("/sign-in", "/sign-in", &right).await.status, StatusCode::TOO_MANY_REQUESTS);
    // Who is signed in stays so.
    assert_eq!(browser.get("/overview").await.status, StatusCode::OK);
}

/// The form of MRA access control.
fn access_control<'a>(version: &'a str, oauth: &'a str, credential: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("version", version),
        ("authentication_path", "UCM/LDAP basic authentication"),
        ("oauth", oauth),
        ("credential", credential),
        ("safari", "off"),
        ("internal", "off"),
        ("onboarding", "off"),
    ]
}

#[tokio::test]
async fn of_two_administrators_the_second_is_told_and_nothing_is_lost() {
    let expressway = Expressway::new(Half::Core).await;
    let (one, two) = (expressway.signed_in("root").await, expressway.signed_in("root").await);
    let (seen, page) = (one.get("/access-control").await, two.get("/access-control").await);
    let version = page.value_of("version");
    let saved = one.post("/access-control/save", &seen.value_of("csrf"), &access_control(&version, "off", "off")).await;
    assert_eq!(saved.location, "/access-control");
    let token = page.value_of("csrf");
    let second = two.post("/access-control/save", &token, &access_control(&version, "on", "on")).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert!(
        second
            .body
            .contains("In force now: Authorize by OAuth token with refresh: Off; Authorize by user credential: Off")
    );
    assert!(
        second.body.contains("You wanted: Authorize by OAuth token with refresh: On; Authorize by user credential: On")
    );
    let core = expressway.node.core.as_ref().unwrap();
    assert!(!core.servers.access_control().authorize_by_oauth_token_with_refresh, "the first one's holds");
    let again = second.value_of("version");
    let saved = two.post("/access-control/save", &token, &access_control(&again, "on", "on")).await;
    assert_eq!(saved.location, "/access-control");
    assert!(core.servers.access_control().authorize_by_user_credential);
    let audit = expressway.audit();
    let changes: Vec<_> = audit.iter().filter(|row| row.contains("MRA access control")).collect();
    assert_eq!(
        changes,
        [
            "root set MRA access control Authorize by OAuth token with refresh: Off",
            "root set MRA access control Authorize by OAuth token with refresh: On; Authorize by user credential: On",
        ]
    );
    assert_eq!(CoreState::read(&expressway.folder).unwrap().access_control, core.servers.access_control());
    let nonsense = two.post("/access-control/save", &token, &access_control(&again, "perhaps", "on")).await;
    assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn sec_1_a_discovery_shows_the_step_that_failed_and_never_the_password() {
    let expressway = Expressway::new(Half::Core).await;
    let root = expressway.signed_in("root").await;
    let fields =
        |publisher| [("publisher", publisher), ("username", "axl"), ("password", "CANARY-axl"), ("verify", "on")];
    let refused = root.submit("/unified-cm-servers/add", "/unified-cm-servers/add", &fields("<b>")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("aria-invalid=\"true\"") && !refused.body.contains("CANARY"));
    let begun = root.submit("/unified-cm-servers/add", "/unified-cm-servers/add", &fields("ucm-pub")).await;
    assert_eq!(begun.location, "/unified-cm-servers/discovery?publisher=ucm-pub");
    let core = expressway.node.core.as_ref().unwrap();
    while core.discoveries.of("ucm-pub").is_none() {
        tokio::task::yield_now().await;
    }
    core.discoveries.ended("ucm-pub").await;
    let page = root.get(&begun.location).await;
    assert!(page.body.contains("It failed, and nothing was changed."), "{}", page.body);
    assert!(
        page.body.contains("<strong>getCCMVersion</strong>") && page.body.contains("check that the publisher runs")
    );
    assert!(core.servers.list().is_empty());
    assert!(!page.body.contains("CANARY"));
    assert!(
        expressway
            .audit()
            .iter()
            .any(|row| row.starts_with("root add Unified CM server ucm-pub failed: getCCMVersion"))
    );
    assert!(!std::fs::read_to_string(expressway.node.audit_log.path()).unwrap().contains("CANARY"));
}

#[tokio::test]
async fn a_capture_is_taken_and_downloaded_by_an_administrator_alone() {
    let expressway = Expressway::new(Half::Core).await;
    let (root, reader) = (expressway.signed_in("root").await, expressway.signed_in("reader").await);
    assert_eq!(root.get("/diagnostics/capture.pcapng").await.status, StatusCode::NOT_FOUND);
    root.submit("/diagnostics", "/diagnostics/start", &[("minutes", "0"), ("megabytes", "1")]).await;
    assert!(root.get("/diagnostics").await.body.contains("outside their limits"));
    root.submit("/diagnostics", "/diagnostics/start", &[("minutes", "5"), ("megabytes", "1")]).await;
    assert!(expressway.node.monitor().diagnostics().status().is_running);
    assert!(reader.get("/diagnostics").await.body.contains("running"));
    assert_eq!(reader.get("/diagnostics/capture.txt").await.status, StatusCode::FORBIDDEN);
    root.submit("/diagnostics", "/diagnostics/stop", &[]).await;
    let file = root.get("/diagnostics/capture.pcapng").await;
    assert_eq!(file.octets.get(..4), Some(&[0x0a, 0x0d, 0x0d, 0x0a][..]));
    assert!(root.get("/diagnostics/capture.txt").await.body.starts_with("# Diagnostic logging of exp"));
    let audit = expressway.audit();
    let acts: Vec<_> = audit.iter().filter(|row| row.contains("diagnostic logging")).map(String::as_str).collect();
    assert_eq!(
        acts,
        [
            "root start diagnostic logging 1048576 octets, 300 s",
            "root stop diagnostic logging ",
            "root download diagnostic logging pcapng",
            "root download diagnostic logging text",
        ]
    );
}

#[tokio::test]
async fn the_trusted_ca_list_takes_and_gives_certificates() {
    let expressway = Expressway::new(Half::Edge).await;
    let root = expressway.signed_in("root").await;
    let folder = expressway.folder.join("other");
    let other = Identity::regenerate(&folder, &request("other.example")).unwrap();
    let pem = std::fs::read_to_string(folder.join("certificate.pem")).unwrap();
    let nonsense = root.submit("/trusted-ca", "/trusted-ca/add", &[("pem", "nonsense")]).await;
    assert_eq!(nonsense.status, StatusCode::UNPROCESSABLE_ENTITY);
    root.submit("/trusted-ca", "/trusted-ca/add", &[("pem", &pem)]).await;
    let listed = root.get("/trusted-ca").await;
    assert!(listed.body.contains(&other.facts().fingerprint));
    let name = listed.value_of("name");
    root.submit("/trusted-ca", "/trusted-ca/remove", &[("name", &name)]).await;
    assert!(expressway.node.certificates.trusted().unwrap().is_empty());
    let gone = root.submit("/trusted-ca", "/trusted-ca/remove", &[("name", "../../x")]).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let before = expressway.node.certificates.pem().unwrap();
    root.submit("/server-certificate", "/server-certificate/regenerate", &[]).await;
    assert_eq!(expressway.node.certificates.pem().unwrap(), before, "not without the confirmation");
    root.submit("/server-certificate", "/server-certificate/regenerate", &[("sure", "yes")]).await;
    let page = root.get("/server-certificate").await;
    assert_ne!(expressway.node.certificates.pem().unwrap(), before);
    assert!(page.body.contains("BEGIN CERTIFICATE") && !page.body.contains("PRIVATE KEY"));
}

#[tokio::test]
async fn adm_1_what_an_attacker_wrote_stays_text() {
    let expressway = Expressway::new(Half::Core).await;
    expressway.operations().note("add", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>");
    let root = expressway.signed_in("root").await;
    let page = root.get("/audit-log").await;
    assert!(!page.body.contains("<script>alert") && !page.body.contains("<img src=x"));
    assert!(page.body.contains("script&#62;alert(1)") || page.body.contains("script&gt;alert(1)"), "{}", page.body);
    assert!(page.policy.contains("script-src 'self'") && !page.policy.contains("unsafe"));
    for path in ["/overview", "/zones/CEOAuth-ucm-pub", "/diagnostics", "/access-control"] {
        let body = root.get(path).await.body;
        assert!(!body.contains(" style=") && !body.contains("<script>") && !body.contains(" onclick="), "{path}");
    }
}

#[tokio::test]
async fn accounts_are_made_changed_and_removed_and_the_last_administrator_stays() {
    let expressway = Expressway::new(Half::Core).await;
    let root = expressway.signed_in("root").await;
    let anna = |again| [("name", "anna"), ("role", "ReadOnly"), ("password", PASSWORD), ("again", again)];
    let refused = root.submit("/administrators/add", "/administrators/add", &anna("other")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.body.contains("CANARY"));
    root.submit("/administrators/add", "/administrators/add", &anna(PASSWORD)).await;
    let reader = expressway.signed_in("anna").await;
    assert_eq!(reader.get("/overview").await.status, StatusCode::OK);
    root.submit("/administrators/anna", "/administrators/anna/role", &[("role", "Administrator")]).await;
    assert!(reader.get("/overview").await.location.starts_with("/sign-in"), "its sessions have ended");
    root.submit("/administrators/anna", "/administrators/anna/remove", &[]).await;
    assert!(expressway.node.administrators.find("anna").is_none());
    root.submit("/administrators/root", "/administrators/root/role", &[("role", "ReadOnly")]).await;
    assert!(root.get("/administrators").await.body.contains("root is the last account that may change anything"));
    let new = [("password", "CANARY-battery-staple"), ("again", "CANARY-battery-staple")];
    root.submit("/administrators/root", "/administrators/root/password", &new).await;
    assert!(root.get("/overview").await.location.starts_with("/sign-in"));
}
