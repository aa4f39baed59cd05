//! Requests of C to the nodes: TLS verified by the trusted CA list, no redirection followed, everything bounded.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use bytes::{Bytes, BytesMut};
use reqwest::redirect::Policy;

use super::view::{ExpresswayCView, UnifiedCmNode};
use crate::credentials::Basic;

/// From the request to the end of its response.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Until a connection is there.
const CONNECT: Duration = Duration::from_secs(5);
/// The longest response that is passed on.
const BODY: usize = 2 * 1024 * 1024;
/// Of a user's identifier in the directory service.
const USER: usize = 128;

/// What a node answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why a node did not answer.
#[derive(Debug)]
pub(crate) enum NodeError {
    /// C knows no node.
    NoNode,
    /// It cannot be reached, or its certificate is not trusted; the text is for the log.
    Unreachable(String),
    /// It took too long.
    TimedOut,
    /// Its answer is too long.
    TooLong,
    /// It answered what C cannot use.
    Unexpected(StatusCode),
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNode => f.write_str("no Unified CM node is known: add one, or refresh the servers"),
            Self::Unreachable(why) => write!(f, "cannot be reached: {why}"),
            Self::TimedOut => f.write_str("does not answer in time"),
            Self::TooLong => write!(f, "sends more than {BODY} octets"),
            Self::Unexpected(status) => write!(f, "answers {status}"),
        }
    }
}

impl From<reqwest::Error> for NodeError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let cause = cause.to_string();
        match cause.contains("UnknownIssuer") {
            true => {
                Self::Unreachable(format!("{cause}: add the signer of its tomcat certificate to the trusted CA list"))
            }
            false => Self::Unreachable(cause),
        }
    }
}

/// The HTTP client, made anew when the trusted CA list has changed.
#[derive(Default)]
pub(crate) struct Nodes(Mutex<Option<(Arc<rustls::ClientConfig>, reqwest::Client)>>);

impl Nodes {
    /// A client that trusts what C trusts now.
    pub(crate) fn client(&self, view: &dyn ExpresswayCView) -> Result<reqwest::Client, NodeError> {
        let tls = view.node_tls();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, client)) = kept.as_ref()
            && Arc::ptr_eq(of, &tls)
        {
            return Ok(client.clone());
        }
        let mut builder = reqwest::Client::builder();
        if let Some(names) = view.node_names() {
            builder = builder.dns_resolver(names);
        }
        let client = builder
            .local_address(view.local_address())
            .tls_backend_preconfigured(rustls::ClientConfig::clone(&tls))
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(TIMEOUT)
            .pool_max_idle_per_host(8)
            .build()?;
        *kept = Some((tls, client.clone()));
        Ok(client)
    }

    /// Sends a request, and reads the whole response.
    pub(crate) async fn send(request: reqwest::RequestBuilder) -> Result<Answer, NodeError> {
        let mut response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        while let Some(piece) = response.chunk().await? {
            if body.len() + piece.len() > BODY {
                return Err(NodeError::TooLong);
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer { status, headers, body: body.freeze() })
    }

    /// Asks the first node that answers.
    pub(crate) async fn get(
        &self,
        view: &dyn ExpresswayCView,
        nodes: &[UnifiedCmNode],
        path_and_query: &str,
        basic: Option<(&Basic, &HeaderMap)>,
    ) -> Result<Answer, NodeError> {
        let client = self.client(view)?;
        let mut failure = NodeError::NoNode;
        for node in nodes {
            let mut request = client.get(format!("https://{}:{}{path_and_query}", host_of(node), node.https_port));
            if let Some((basic, statements)) = basic {
                request = request.basic_auth(&basic.user, Some(basic.password.as_str())).headers(statements.clone());
            }
            match Self::send(request).await {
                Ok(answer) if !answer.status.is_server_error() => return Ok(answer),
                Ok(answer) => failure = NodeError::Unexpected(answer.status),
                Err(error) => {
                    tracing::warn!(node = %node.name, %error, "a Unified CM node does not answer the edge");
                    failure = error;
                }
            }
        }
        Err(failure)
    }

    /// Asks a node's directory service whether a device is the user's. `fields` prove who asks; `device` is a plain name.
    pub(crate) async fn device_of(
        &self,
        view: &dyn ExpresswayCView,
        node: &UnifiedCmNode,
        (user, device): (&str, &str),
        fields: HeaderMap,
    ) -> Result<DeviceOf, NodeError> {
        let Some(path) = user_path(user) else { return Ok(DeviceOf::Other) };
        let url = format!("https://{}:{}{path}/device/{device}", host_of(node), node.https_port);
        match Self::send(self.client(view)?.get(url).headers(fields)).await?.status {
            status if status.is_success() => Ok(DeviceOf::Asker),
            StatusCode::UNAUTHORIZED => Ok(DeviceOf::Refused),
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => Ok(DeviceOf::Other),
            status => Err(NodeError::Unexpected(status)),
        }
    }

    /// Whether the directory service lets a user in with this password.
    pub(crate) async fn takes_password(
        &self,
        view: &dyn ExpresswayCView,
        basic: &Basic,
        statements: &HeaderMap,
    ) -> Result<bool, NodeError> {
        let Some(path) = user_path(&basic.user) else { return Ok(false) };
        let nodes = view.nodes();
        // One cluster after another: a user of none is a user of nobody's.
        let mut refused = false;
        let mut failure = NodeError::NoNode;
        for cluster in clusters(&nodes) {
            match self.get(view, &cluster, &path, Some((basic, statements))).await {
                Ok(answer) if answer.status.is_success() => return Ok(true),
                Ok(answer)
                    if [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND]
                        .contains(&answer.status) =>
                {
                    refused = true;
                }
                Ok(answer) => failure = NodeError::Unexpected(answer.status),
                Err(error) => failure = error,
            }
        }
        match refused {
            true => Ok(false),
            false => Err(failure),
        }
    }
}

/// Whose a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceOf {
    /// The user's who asks.
    Asker,
    /// Somebody else's, or nobody's.
    Other,
    /// The node does not take what the user proves himself with: a token that was revoked, a user who is not active any more.
    Refused,
}

/// The nodes of each cluster.
pub(crate) fn clusters(nodes: &[UnifiedCmNode]) -> Vec<Vec<UnifiedCmNode>> {
    let mut clusters: Vec<Vec<UnifiedCmNode>> = Vec::new();
    for node in nodes {
        let known = clusters.iter_mut().find(|known| known.first().is_some_and(|one| one.cluster == node.cluster));
        match known {
            Some(known) => known.push(node.clone()),
            None => clusters.push(vec![node.clone()]),
        }
    }
    clusters
}

/// The name of a node as it stands in a URI.
fn host_of(node: &UnifiedCmNode) -> String {
    if node.name.contains(':') { format!("[{}]", node.name) } else { node.name.clone() }
}

/// `/cucm-uds/user/{id}`, with everything encoded that a path segment does not take (RFC 3986 §3.3).
fn user_path(user: &str) -> Option<String> {
    if user.is_empty() || user.len() > USER || user == "." || user == ".." {
        return None;
    }
    let mut path = "/cucm-uds/user/".to_owned();
    for byte in user.bytes() {
        match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => path.push(char::from(byte)),
            byte => path.push_str(&format!("%{byte:02X}")),
        }
    }
    Some(path)
}
