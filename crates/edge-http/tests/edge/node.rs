//! A node as the edge sees it: its OAuth server, its directory service and its configuration files, over TLS.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;

/// What reached the node: method, target, and the fields that matter.
pub(crate) type Seen = Arc<Mutex<Vec<(String, HeaderMap, String)>>>;

/// A node on a loopback port.
pub(crate) struct Node {
    pub(crate) port: u16,
    pub(crate) seen: Seen,
    pub(crate) certificate: CertificateDer<'static>,
    _stop: runtime::shutdown::Stop,
}

pub(crate) fn identity() -> (CertificateDer<'static>, ServerConfig) {
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap().der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let server = ServerConfig::builder_with_provider(runtime::tls::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    (certificate, server)
}

impl Node {
    pub(crate) async fn start() -> Self {
        let (certificate, tls) = identity();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let (stop, stopping) = runtime::shutdown::channel();
        let seen = Seen::default();
        let router = Router::new().fallback(answer).with_state((Arc::clone(&seen), address.port()));
        let limits = web::serve::Limits::default();
        tokio::spawn(web::serve::serve(listener, Some(Arc::new(tls)), router, limits, stopping));
        Self { port: address.port(), seen, certificate, _stop: stop }
    }

    /// The targets that reached the node.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(target, ..)| target.clone()).collect()
    }

    /// A field of the last request.
    pub(crate) fn last(&self, name: &str) -> Option<String> {
        let seen = self.seen.lock().unwrap();
        Some(seen.last()?.1.get(name)?.to_str().unwrap().to_owned())
    }
}

async fn answer(
    State((seen, port)): State<(Seen, u16)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    seen.lock().unwrap().push((format!("{method} {uri}"), headers.clone(), body.clone()));
    let authorization = headers.get(header::AUTHORIZATION).map_or("", |value| value.to_str().unwrap());
    let own = format!("https://127.0.0.1:{port}");
    match uri.path() {
        "/ssosp/oauth/authorize" if method == Method::POST && body.contains("password=right") => {
            (StatusCode::SEE_OTHER, [(header::LOCATION, "http://127.0.0.1:4915/callback?code=x&state=y")])
                .into_response()
        }
        "/ssosp/oauth/authorize" if method == Method::POST => {
            (StatusCode::FORBIDDEN, "<p role=\"alert\">no</p>").into_response()
        }
        "/ssosp/oauth/authorize" => {
            let cookies = [(header::SET_COOKIE, "a=b; Path=/ssosp; Domain=127.0.0.1"), (header::SERVER, "node")];
            (cookies, "<form method=post action=\"?x\">").into_response()
        }
        "/ssosp/oauth/token" => ([(header::CONTENT_TYPE, "application/json")], "{}").into_response(),
        "/ssosp/oauth/elsewhere" => {
            (StatusCode::FOUND, [(header::LOCATION, format!("{own}/ssosp/oauth/authorize?a=b"))]).into_response()
        }
        "/.well-known/oauth-authorization-server" => {
            format!("{{\"issuer\":\"{own}\",\"token_endpoint\":\"{own}/ssosp/oauth/token\"}}").into_response()
        }
        "/ssosp/ws/public/singleSignOn" => {
            "<Result><Response><OAuth><RefreshLoginFlow enabled=\"true\"/></OAuth></Response></Result>".into_response()
        }
        "/cucm-uds/clusterUser" => {
            let found = uri.query() == Some("email=ana%40example.com");
            format!("<clusterUser><result found=\"{found}\" uri=\"x\"/></clusterUser>").into_response()
        }
        // ana:right
        "/cucm-uds/user/ana" if authorization == "Basic YW5hOnJpZ2h0" => "<user/>".into_response(),
        "/cucm-uds/user/ana" => StatusCode::UNAUTHORIZED.into_response(),
        "/cucm-uds/user/ana/device/CSFANA" | "/cucm-uds/user/ana/device/SEP001122334455"
            if authorization.starts_with("Bearer ") =>
        {
            "<device/>".into_response()
        }
        "/cucm-uds/user/ana/device/CSFGONE" => StatusCode::UNAUTHORIZED.into_response(),
        "/cucm-uds/version" => "<versionInformation/>".into_response(),
        "/CSFANA.cnf.xml" | "/CSFBEA.cnf.xml" | "/CSFGONE.cnf.xml" | "/SEP001122334455.cnf.xml" => {
            "<device/>".into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
