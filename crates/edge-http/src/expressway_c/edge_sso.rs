//! `get_edge_sso`: how users of this edge sign in, for clients that ask before they do.
//!
//! With "Check for internal authentication availability" the user's home cluster is asked: the first whose `clusterUser`
//! knows the address, and whose `singleSignOn` says what it has; a user that nobody knows is told that there is no way in.
//! Without it, C answers from its own settings.
//!
//! Our choice, as only the name of the request is published: the elements are those of a node's `singleSignOn`, and `Server@uri`
//! is the prefixed path of each node's OAuth server, a relative reference (RFC 3986 §4.2) to the edge that was asked.

use axum::http::StatusCode;
use axum::response::Response;
use edge::MraAccessControl;
use oauth::Parameters;

use super::ExpresswayC;
use super::access_control::takes_passwords;
use super::nodes::{NodeError, clusters};
use super::view::UnifiedCmNode;
use super::xml::Document;
use crate::problem::{later, problem};
use crate::target::{NodePrefix, Prefix, Protocol};

/// The longest address of a user.
const EMAIL: usize = 254;

/// Answers from the settings, or as the home cluster does.
pub(super) async fn answer(
    core: &ExpresswayC,
    settings: &MraAccessControl,
    domain: &str,
    query: Option<&str>,
) -> Response {
    let Ok(parameters) = Parameters::parse(query.unwrap_or_default().as_bytes()) else {
        return problem(StatusCode::BAD_REQUEST, "email", "the parameters are not valid");
    };
    let email = parameters.get("email").filter(|email| !email.is_empty());
    if email.is_some_and(|email| email.len() > EMAIL || email.chars().any(char::is_control)) {
        return problem(StatusCode::BAD_REQUEST, "email", "that is no address of a user");
    }
    let nodes = core.view.nodes();
    let by_token = settings.authorize_by_oauth_token_with_refresh;
    if !settings.check_for_internal_authentication_availability {
        return Sso { nodes: &nodes, by_token }.document(settings, domain).into_response();
    }
    let Some(email) = email else {
        return problem(StatusCode::BAD_REQUEST, "email", "this edge asks the user's home node: say whose");
    };
    match home(core, &nodes, email).await {
        Ok(Some(home)) => {
            let by_token = by_token && home.refresh_login_flow;
            Sso { nodes: &home.nodes, by_token }.document(settings, domain).into_response()
        }
        Ok(None) => Sso { nodes: &[], by_token: false }.document(settings, domain).into_response(),
        Err(error) => {
            tracing::warn!(%error, "no home node can be asked");
            later(StatusCode::SERVICE_UNAVAILABLE, "no_node", "no Unified CM node can be asked", 5)
        }
    }
}

/// What is told.
struct Sso<'a> {
    nodes: &'a [UnifiedCmNode],
    by_token: bool,
}

impl Sso<'_> {
    fn document(&self, settings: &MraAccessControl, domain: &str) -> Document {
        let by_credential =
            settings.authorize_by_user_credential && takes_passwords(settings) && !self.nodes.is_empty();
        let mut document = Document::new("getEdgeSSOResponse", "version=\"1.0\"");
        document.element("Response", |response| {
            response.element("SingleSignOn", |sso| sso.attribute("Status", "enabled", false));
            response.element("OAuth", |oauth| {
                oauth.attribute("RefreshLoginFlow", "enabled", self.by_token);
                oauth.attribute("EmbeddedSafari", "enabled", settings.allow_embedded_safari);
                for node in self.nodes.iter().filter(|_| self.by_token) {
                    let (domain, host) = (domain.to_owned(), node.name.clone());
                    let of = NodePrefix { domain, protocol: Protocol::Https, host, port: node.https_port };
                    oauth.attribute("Server", "uri", format!("/{}", Prefix::Node(of).segment()));
                }
            });
            response.attribute("UserCredential", "enabled", by_credential);
            response.attribute("ActivationCodeOnboarding", "enabled", settings.allow_activation_code_onboarding);
        });
        document
    }
}

/// A user's cluster.
struct Home {
    nodes: Vec<UnifiedCmNode>,
    refresh_login_flow: bool,
}

/// The first cluster that knows the user.
async fn home(core: &ExpresswayC, nodes: &[UnifiedCmNode], email: &str) -> Result<Option<Home>, NodeError> {
    let view = core.view.as_ref();
    let mut asking = "/cucm-uds/clusterUser?email=".to_owned();
    oauth::encode(email, &mut asking);
    let mut failure = nodes.is_empty().then_some(NodeError::NoNode);
    for cluster in clusters(nodes) {
        let user = core.nodes.get(view, &cluster, &asking, None).await;
        match user {
            Ok(answer) if answer.status.is_success() => {
                let text = String::from_utf8_lossy(&answer.body);
                if attribute(&text, "result", "found").as_deref() != Some("true") {
                    continue;
                }
            }
            Ok(answer) => {
                failure = Some(NodeError::Unexpected(answer.status));
                continue;
            }
            Err(error) => {
                failure = Some(error);
                continue;
            }
        }
        let sso = core.nodes.get(view, &cluster, "/ssosp/ws/public/singleSignOn", None).await?;
        let text = String::from_utf8_lossy(&sso.body);
        let refresh_login_flow = attribute(&text, "RefreshLoginFlow", "enabled").as_deref() == Some("true");
        return Ok(Some(Home { nodes: cluster, refresh_login_flow }));
    }
    failure.map_or(Ok(None), Err)
}

/// An attribute of the first element of that name, in a document of a node that C trusts.
fn attribute(document: &str, element: &str, attribute: &str) -> Option<String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(document);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) | Event::Empty(start) if start.local_name().as_ref() == element => {
                let found = start.try_get_attribute(attribute).ok()??;
                return Some(found.value.into_owned());
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}
