//! Arriving through a whole edge: Expressway-E's 8443, the tunnel, Expressway-C's HTTP side, and a node behind them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{RawForm, State};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use edge::MraAccessControl;
use edge_http::tunnel::{TunnelLimits, serve};
use edge_http::{EdgeServer, ExpresswayCView, ExpresswayE, Tunnel, UnifiedCmNode, expressway_c, expressway_e};
use oauth::Parameters;
use phone::discovery::{Discovery, Known, Server, Side};
use phone::{Access, EdgeAccess};
use runtime::identity::{Identity, IdentityRequest, KeyKind};
use runtime::shutdown::{Stop, Stopping};
use rustls::{ClientConfig, RootCertStore};
use token::{AccessTokenClaims, Algorithm, KeyRing, TokenError, UnixTime, Uuid, VerifiedAccessToken};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::{Arrival, NotArrived, Scout};
use crate::lab::dns::{DnsServer, View};
use crate::phone::config_file::ConfigPorts;
use crate::phone::exit::Exit;
use crate::phone::http;
use crate::phone::keeper::Keeper;
use crate::phone::names::Names;
use crate::phone::reporter::Reporter;
use crate::phone::search::Search;
use crate::phone::secret::Secret;
use crate::phone::sign_in::{Client, Credentials};
use crate::phone::tokens::TokenFile;

const FILE: &str = "<device><devicePool><callManagerGroup><members><member priority=\"0\"><callManager>\
    <name>127.0.0.1</name></callManager></member></members></callManagerGroup></devicePool><sipProfile><sipLines>\
    <line button=\"1\"><featureID>9</featureID><name>2001</name></line></sipLines></sipProfile>\
    <sipOAuthMode>1</sipOAuthMode></device>";

/// What the node and the edge know.
struct Cluster {
    keys: KeyRing,
    settings: Mutex<MraAccessControl>,
    port: u16,
    tls: Arc<ClientConfig>,
    /// Sign-ins, then refreshes.
    counts: [AtomicU32; 2],
}

impl Cluster {
    fn access_token(&self) -> String {
        let now = runtime::clock::unix_seconds();
        let claims = AccessTokenClaims {
            user: "ana".to_owned(),
            client_id: "C1".to_owned(),
            scope: "UnifiedCommunications:readwrite".to_owned(),
            family: Uuid::nil(),
            device: Some("CSFANA".to_owned()),
            issued_at: UnixTime(now),
            expires_at: UnixTime(now + 600),
        };
        self.keys.mint(&claims, [7; 16]).unwrap()
    }

    fn counts(&self) -> [u32; 2] {
        [0, 1].map(|index| self.counts[index].load(Ordering::Relaxed))
    }
}

impl ExpresswayCView for Cluster {
    fn serves(&self, domain: &str) -> bool {
        domain == "example.com"
    }
    fn access_control(&self) -> MraAccessControl {
        self.settings.lock().unwrap().clone()
    }
    fn nodes(&self) -> Vec<UnifiedCmNode> {
        let (https_port, config_https_port) = (self.port, self.port);
        vec![UnifiedCmNode { https_port, config_https_port, ..UnifiedCmNode::new("127.0.0.1", "127.0.0.1") }]
    }
    fn edge_server(&self) -> EdgeServer {
        EdgeServer::new("127.0.0.22")
    }
    fn sip_route(&self) -> String {
        "sip:127.0.0.21:5061;transport=tls;zone-id=1;directed;lr".to_owned()
    }
    fn verify_access_token(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, TokenError> {
        self.keys.verify(token, now)
    }
    fn node_tls(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.tls)
    }
}

fn node(cluster: Arc<Cluster>) -> Router {
    Router::new()
        .route("/ssosp/oauth/authorize", get(login_page).post(login))
        .route("/ssosp/oauth/token", post(token))
        .route("/cucm-uds/user/ana/device/CSFANA", get(|| async { "<device/>" }))
        .route("/CSFANA.cnf.xml", get(|| async { FILE }))
        .with_state(cluster)
}

/// A page whose addresses are relative, as those of a node are.
async fn login_page(uri: Uri) -> Response {
    let action = format!("?{}", uri.query().unwrap().replace('&', "&amp;"));
    let page = format!("<form method=post action=\"{action}\"><input name=u><input type=password name=p></form>");
    ([("set-cookie", "__Host-ssosp=c; Path=/; Secure; HttpOnly")], Html(page)).into_response()
}

async fn login(State(cluster): State<Arc<Cluster>>, uri: Uri, RawForm(form): RawForm) -> Response {
    let (form, query) =
        (Parameters::parse(&form).unwrap(), Parameters::parse(uri.query().unwrap().as_bytes()).unwrap());
    if (form.get("u"), form.get("p")) != (Some("ana"), Some("right")) {
        return (StatusCode::FORBIDDEN, Html("<p role=\"alert\">Wrong.</p>")).into_response();
    }
    cluster.counts[0].fetch_add(1, Ordering::Relaxed);
    let (redirect, state) = (query.get("redirect_uri").unwrap(), query.get("state").unwrap());
    (StatusCode::SEE_OTHER, [("location", format!("{redirect}?code=x&state={state}"))]).into_response()
}

async fn token(State(cluster): State<Arc<Cluster>>, RawForm(form): RawForm) -> String {
    let form = Parameters::parse(&form).unwrap();
    if form.get("grant_type") == Some("refresh_token") {
        cluster.counts[1].fetch_add(1, Ordering::Relaxed);
    }
    let access = cluster.access_token();
    format!(r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":600,"refresh_token":"r","scope":"a"}}"#)
}

/// A node, the edge in front of it, and the folder of a phone.
struct World {
    cluster: Arc<Cluster>,
    edge: SocketAddr,
    tunnel: Tunnel,
    trust: Arc<ClientConfig>,
    folder: PathBuf,
    /// Ends Expressway-C.
    core: Stop,
    _stop: Stop,
}

impl World {
    async fn start() -> Self {
        static WORLDS: AtomicU32 = AtomicU32::new(0);
        let number = WORLDS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ringbearer-arrival-{}-{number}", std::process::id()));
        let request = IdentityRequest {
            common_name: "all".to_owned(),
            alternative_names: vec!["127.0.0.1".to_owned(), "edge.example.com".to_owned()],
            key: KeyKind::EcdsaP256,
        };
        let identity = Identity::regenerate(&folder.join("identity"), &request).unwrap();
        let tls = Arc::new(runtime::tls::server_config(&identity).unwrap());
        let mut roots = RootCertStore::empty();
        roots.add(identity.chain()[0].clone()).unwrap();
        let trust = Arc::new(runtime::tls::client_config(Arc::new(roots)).unwrap());
        let (stop, stopping) = runtime::shutdown::channel();
        let listen = || async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            (listener.local_addr().unwrap(), listener)
        };
        let (inside, listener) = listen().await;
        let signing = token::generate::signing_key(Algorithm::Es256).unwrap();
        let cluster = Arc::new(Cluster {
            keys: KeyRing::new(Uuid::nil(), signing, token::generate::encryption_key().unwrap()),
            settings: Mutex::default(),
            port: inside.port(),
            tls: Arc::clone(&trust),
            counts: [AtomicU32::new(0), AtomicU32::new(0)],
        });
        let limits = web::serve::Limits::default();
        let tls_of = || Some(Arc::clone(&tls));
        tokio::spawn(web::serve::serve(listener, tls_of(), node(Arc::clone(&cluster)), limits, stopping.clone()));
        let (edge, listener) = listen().await;
        let tunnel = Tunnel::new();
        let is_own_name = Box::new(|name: &str| ["127.0.0.1", "edge.example.com"].contains(&name));
        let public = expressway_e::router(ExpresswayE { tunnel: tunnel.clone(), is_own_name });
        tokio::spawn(web::serve::serve(listener, tls_of(), public, limits, stopping.clone()));
        let (core, core_stopping) = runtime::shutdown::channel();
        let world = Self { cluster, edge, tunnel, trust, folder, core, _stop: stop };
        world.open_tunnel(core_stopping).await;
        world
    }

    async fn open_tunnel(&self, stopping: Stopping) {
        let (outer, inner) = tokio::io::duplex(64 * 1024);
        let view: Arc<dyn ExpresswayCView> = Arc::<Cluster>::clone(&self.cluster);
        let limits = TunnelLimits::default();
        tokio::spawn(serve(inner, expressway_c::router(view), limits, stopping));
        let tunnel = self.tunnel.clone();
        tokio::spawn(async move { tunnel.run(outer).await });
        while !self.tunnel.is_up() {
            tokio::task::yield_now().await;
        }
    }

    fn scout(&self, names: &Names, password: &str) -> Scout {
        let client = http::client(&self.trust, names).unwrap();
        let (demands, demanded) = mpsc::channel(16);
        let (news, _) = mpsc::channel(16);
        let keeper = Keeper {
            http: client.clone(),
            client: Client { id: "C1".to_owned(), device: "CSFANA".to_owned() },
            credentials: Credentials::Password { user: "ana".to_owned(), password: Secret::from(password.to_owned()) },
            file: TokenFile::new(&self.folder.join("phone"), "CSFANA").unwrap(),
            reporter: Reporter::start(true),
        };
        tokio::spawn(keeper.run(demanded, news));
        Scout {
            http: client,
            demands,
            device: "CSFANA".to_owned(),
            domain: Some("example.com".to_owned()),
            user: Some("ana".to_owned()),
            ports: ConfigPorts { https: self.cluster.port, http: 1 },
            oauth_port: self.cluster.port,
            sip_oauth_mode: None,
            inside: Access::OnPremises,
        }
    }

    fn outside(&self) -> Vec<Server> {
        vec![Server { host: "127.0.0.1".to_owned(), port: self.edge.port() }]
    }

    fn inside(&self) -> Vec<Server> {
        vec![Server { host: "127.0.0.1".to_owned(), port: self.cluster.port }]
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn through_the_edge(arrival: &Arrival) -> &EdgeAccess {
    match &arrival.access {
        Access::Edge(edge) => edge,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_phone_outside_signs_in_through_the_edge_and_learns_its_way() {
    let world = World::start().await;
    let scout = world.scout(&Names::new(None).unwrap(), "right");
    let arrival = scout.arrive(Side::Outside, &world.outside()).await.unwrap();
    let edge = through_the_edge(&arrival);
    assert_eq!(edge.route, "<sip:127.0.0.21:5061;transport=tls;zone-id=1;directed;lr>");
    assert_eq!((edge.servers[0].host.as_str(), edge.servers[0].port), ("127.0.0.22", 5061));
    assert_eq!(arrival.file.config.lines[0].directory_number, "2001");
    assert!(arrival.file.url.starts_with(&format!("https://127.0.0.1:{}/", world.edge.port())));
    assert!(arrival.file.url.ends_with("/CSFANA.cnf.xml"));
    assert_eq!(world.cluster.counts(), [1, 0]);
    assert!(scout.fetch(&arrival.files).await.is_some());
}

#[tokio::test]
async fn a_phone_moves_with_the_same_token_and_starts_anew_with_the_same_refresh_token() {
    let world = World::start().await;
    let names = Names::new(None).unwrap();
    let scout = world.scout(&names, "right");
    let outside = scout.arrive(Side::Outside, &world.outside()).await.unwrap();
    let inside = scout.arrive(Side::Inside, &world.inside()).await.unwrap();
    assert_eq!((inside.access, inside.file.text), (Access::OnPremises, outside.file.text));
    scout.arrive(Side::Outside, &world.outside()).await.unwrap();
    assert_eq!(world.cluster.counts(), [1, 0], "one sign-in for all");
    // Another start: the refresh token of the first is good through the edge, and no password is asked for.
    let later = world.scout(&names, "wrong");
    later.arrive(Side::Outside, &world.outside()).await.unwrap();
    assert_eq!(world.cluster.counts(), [1, 1]);
}

#[tokio::test]
async fn what_keeps_a_phone_from_arriving_is_told() {
    let world = World::start().await;
    let names = Names::new(None).unwrap();
    let wrong = world.scout(&names, "wrong").arrive(Side::Outside, &world.outside()).await.unwrap_err();
    assert!(matches!(&wrong, NotArrived::Refused { exit: Exit::Refused, .. }), "{wrong:?}");
    assert_eq!(wrong.to_string(), "sign-in refused: Wrong.");
    world.cluster.settings.lock().unwrap().authorize_by_oauth_token_with_refresh = false;
    let off = world.scout(&names, "right").arrive(Side::Outside, &world.outside()).await.unwrap_err();
    assert_eq!(off.to_string(), "the edge 127.0.0.1 takes no access tokens of this user");
    let nobody = [Server { host: "127.0.0.1".to_owned(), port: 1 }];
    let silent = world.scout(&names, "right").arrive(Side::Outside, &nobody).await.unwrap_err();
    assert!(matches!(&silent, NotArrived::Silent { exit: Exit::Unreachable, .. }), "{silent:?}");
    // Expressway-C goes away.
    world.core.now();
    while world.tunnel.is_up() {
        tokio::task::yield_now().await;
    }
    let silent = world.scout(&names, "right").arrive(Side::Outside, &world.outside()).await.unwrap_err();
    let why = ": HTTP 503 Service Unavailable: Expressway-C has not connected to this Expressway-E";
    assert!(silent.to_string().ends_with(why), "{silent}");
}

#[tokio::test]
async fn the_dns_says_where_a_phone_is() {
    let world = World::start().await;
    let localhost = "127.0.0.1".parse().unwrap();
    let nodes = View::default()
        .service("_cisco-uds._tcp.example.com", world.cluster.port, "ucm.example.com")
        .address("ucm.example.com", localhost);
    let edges = View::default()
        .service("_collab-edge._tls.example.com", world.edge.port(), "edge.example.com")
        .address("edge.example.com", localhost);
    let domain = || Known::Domain("example.com".to_owned());
    for (view, side) in [(edges, Some(Side::Outside)), (nodes, None), (View::default(), None)] {
        let server = DnsServer::start("127.0.0.1:0".parse().unwrap(), view).unwrap();
        let names = Names::new(Some(server.address())).unwrap();
        let scout = world.scout(&names, "right");
        let discovery = Discovery::new(domain(), domain(), Box::new(runtime::random::fill));
        let found = Search::new(discovery, names, scout).first().await;
        match found {
            Ok(arrival) => assert_eq!(Some(arrival.side), side),
            // The certificate of the test has no name of a node, and the last view no service.
            Err(fault) => assert!(side.is_none(), "{fault}"),
        }
    }
}
