//! Signing in at a server that behaves like a node's login page, over TLS.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::extract::RawForm;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use oauth::{CodeVerifier, Parameters};
use runtime::identity::{Identity, IdentityRequest, KeyKind};
use runtime::shutdown::Stop;
use rustls::RootCertStore;

use super::{AuthorizationServer, Client, Credentials, SignInError, Site};
use crate::phone::config_file::{self, ConfigPorts};
use crate::phone::http;
use crate::phone::names::Names;
use crate::phone::secret::Secret;

fn client_of(tls: &Arc<rustls::ClientConfig>) -> anyhow::Result<reqwest::Client> {
    http::client(tls, &Names::new(None).unwrap())
}

const PAGE: &str = "<form method=post action=\"/login\"><input type=hidden name=state value=\"STATE\">\
                    <input name=user><input type=password name=password></form>";

/// A node with one user, `ana` with password `right`.
struct Node {
    address: SocketAddr,
    http: reqwest::Client,
    folder: PathBuf,
    _stop: Stop,
}

impl Node {
    async fn start(elsewhere: bool) -> Self {
        static NODES: AtomicU32 = AtomicU32::new(0);
        let number = NODES.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ringbearer-sign-in-{}-{number}", std::process::id()));
        let request = IdentityRequest {
            common_name: "node".to_owned(),
            alternative_names: vec!["127.0.0.1".to_owned()],
            key: KeyKind::EcdsaP256,
        };
        let identity = Identity::regenerate(&folder, &request).unwrap();
        let tls = Arc::new(runtime::tls::server_config(&identity).unwrap());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = runtime::shutdown::channel();
        tokio::spawn(web::serve::serve(
            listener,
            Some(tls),
            router(elsewhere),
            web::serve::Limits::default(),
            stopping,
        ));
        let mut roots = RootCertStore::empty();
        roots.add(identity.chain()[0].clone()).unwrap();
        let client = client_of(&Arc::new(runtime::tls::client_config(Arc::new(roots)).unwrap())).unwrap();
        Self { address, http: client, folder, _stop: stop }
    }

    fn site(&self) -> Site {
        Site::node("127.0.0.1", self.address.port())
    }

    async fn server(&self) -> AuthorizationServer {
        AuthorizationServer::discover(self.http.clone(), &self.site()).await.unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The code carries the challenge and the state, as a server would remember them.
fn router(elsewhere: bool) -> Router {
    let page = move |RawForm(query): RawForm| async move {
        let query = Parameters::parse(&query).unwrap();
        assert_eq!(query.get("code_challenge_method"), Some("S256"));
        assert_eq!(query.get("device"), Some("CSFANA"));
        let state = format!("{} {}", query.get("state").unwrap(), query.get("code_challenge").unwrap());
        let page = PAGE.replace("STATE", &state);
        let page = if elsewhere { page.replace("/login", "https://127.0.0.9/login") } else { page };
        ([("set-cookie", "session=x; Path=/; Secure; HttpOnly")], Html(page))
    };
    Router::new()
        .route("/ssosp/oauth/authorize", get(page))
        .route("/login", post(login))
        .route("/after", get(after))
        .route("/ssosp/oauth/token", post(token))
        .route("/CSFANA.cnf.xml", get(|| async { "<device/>" }))
}

async fn login(headers: HeaderMap, RawForm(form): RawForm) -> Response {
    let form = Parameters::parse(&form).unwrap();
    assert_eq!(headers.get("cookie").unwrap(), "session=x");
    assert!(headers.get("origin").unwrap().to_str().unwrap().starts_with("https://127.0.0.1:"));
    if (form.get("user"), form.get("password")) != (Some("ana"), Some("right")) {
        let page = format!("<p class=wrong role=\"alert\">Wrong user or password.</p>{PAGE}");
        return (StatusCode::UNAUTHORIZED, Html(page)).into_response();
    }
    let (state, challenge) = form.get("state").unwrap().split_once(' ').unwrap();
    (StatusCode::SEE_OTHER, [("location", format!("after?{state}&{challenge}"))]).into_response()
}

async fn after(RawForm(query): RawForm) -> Response {
    let query = String::from_utf8(query.to_vec()).unwrap();
    let (state, challenge) = query.split_once('&').unwrap();
    let location = format!("http://127.0.0.1/callback?code={challenge}&state={state}");
    (StatusCode::FOUND, [("location", location)]).into_response()
}

async fn token(RawForm(form): RawForm) -> Response {
    let form = Parameters::parse(&form).unwrap();
    let (access, refresh) = match form.get("grant_type") {
        Some("authorization_code") => {
            let verifier = CodeVerifier::new(form.get("code_verifier").unwrap()).unwrap();
            assert_eq!(Some(verifier.challenge().as_str()), form.get("code"));
            assert_eq!(form.get("redirect_uri"), Some("http://127.0.0.1/callback"));
            ("first", "again")
        }
        _ if form.get("refresh_token") == Some("again") => ("second", "once-more"),
        _ => {
            return (StatusCode::BAD_REQUEST, r#"{"error":"invalid_grant","error_description":"used"}"#)
                .into_response();
        }
    };
    format!(
        r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":60,"refresh_token":"{refresh}","scope":"a"}}"#
    )
    .into_response()
}

fn client() -> Client {
    Client { id: "C1".to_owned(), device: "CSFANA".to_owned() }
}

fn password(password: &str) -> Credentials {
    Credentials::Password { user: "ana".to_owned(), password: Secret::from(password.to_owned()) }
}

#[tokio::test]
async fn a_script_signs_in_through_the_login_page() {
    let node = Node::start(false).await;
    let server = node.server().await;
    let first = server.sign_in(&client(), &password("right"), &|_| {}).await.unwrap();
    assert_eq!((first.access_token.as_str(), first.expires_in), ("first", 60));
    let refreshed = server.refresh(&client(), &Secret::from("again".to_owned())).await.unwrap();
    assert_eq!(refreshed.refresh_token.as_deref(), Some("once-more"));
    let refused = server.refresh(&client(), &Secret::from("canary".to_owned())).await.unwrap_err();
    assert_eq!(refused.to_string(), "sign-in refused: invalid_grant: used");
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_and_told_in_the_pages_words() {
    let node = Node::start(false).await;
    let refused = node.server().await.sign_in(&client(), &password("canary"), &|_| {}).await.unwrap_err();
    assert_eq!(refused.to_string(), "sign-in refused: Wrong user or password.");
}

#[tokio::test]
async fn the_password_goes_to_no_other_origin() {
    let node = Node::start(true).await;
    let fault = node.server().await.sign_in(&client(), &password("right"), &|_| {}).await.unwrap_err();
    assert_eq!(fault.to_string(), "the authorization server answers unexpectedly: the login page leads to 127.0.0.9");
}

#[tokio::test]
async fn a_node_that_is_not_trusted_or_not_there() {
    let node = Node::start(false).await;
    let nobody = Arc::new(runtime::tls::client_config(Arc::new(RootCertStore::empty())).unwrap());
    let stranger = client_of(&nobody).unwrap();
    let fault = AuthorizationServer::discover(stranger, &node.site()).await.unwrap_err();
    assert!(
        matches!(&fault, SignInError::Unreachable(why) if why.ends_with("invalid peer certificate: UnknownIssuer")),
        "{fault}"
    );
    let nobody = Site::node("127.0.0.1", 1);
    let fault = AuthorizationServer::discover(node.http.clone(), &nobody).await.unwrap_err();
    assert!(matches!(&fault, SignInError::Unreachable(why) if why.contains("Connection refused")), "{fault}");
}

#[tokio::test]
async fn each_place_that_has_no_configuration_file_is_told() {
    let node = Node::start(false).await;
    let ports = ConfigPorts { https: node.address.port(), http: 1 };
    let nodes = ["127.0.0.1".to_owned()];
    let missing = config_file::fetch(&node.http, &config_file::urls(&nodes, ports, "CSFBEA"), None).await.unwrap_err();
    let port = node.address.port();
    assert_eq!(
        missing.0[0],
        (format!("https://127.0.0.1:{port}/CSFBEA.cnf.xml"), "HTTP 404: no such device".to_owned())
    );
    assert!(missing.0[1].1.starts_with("Connection refused"));
    let empty = config_file::fetch(&node.http, &config_file::urls(&nodes, ports, "CSFANA"), None).await.unwrap_err();
    assert_eq!(empty.0[0].1, "`sipProfile` is missing");
}
