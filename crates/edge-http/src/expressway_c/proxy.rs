//! The reverse proxy: to nodes that discovery found, by the name and the ports that they have, and to nobody else.
//!
//! Our choice: a node gives a device's configuration file to whoever asks inside. Through the edge it is for the user of
//! the device alone (CFG-1), so C asks the node's directory service first, with what the user proved himself with: the node knows
//! of revoked tokens, C does not.

use axum::body::{Body, Bytes};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::ExpresswayC;
use super::access_control::Refusal;
use super::authorization::{Asker, Failure};
use super::nodes::{DeviceOf, NodeError, Nodes};
use super::rewrite::Rewrite;
use super::view::UnifiedCmNode;
use crate::problem::later;
use crate::target::{NodePrefix, Protocol, Resource, Target};

/// What a node needs to know of a request; the rest stays here.
const TO_NODE: [HeaderName; 9] = [
    header::ACCEPT,
    header::ACCEPT_LANGUAGE,
    header::CONTENT_TYPE,
    header::COOKIE,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::USER_AGENT,
    HeaderName::from_static("sec-fetch-site"),
    HeaderName::from_static("sec-fetch-mode"),
];

/// What speaks of the connection to the node, or of the node as a host of its own.
const NOT_TO_CLIENT: [HeaderName; 8] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::CONTENT_LENGTH,
    header::TRAILER,
    header::UPGRADE,
    header::SERVER,
    header::ALT_SVC,
    header::STRICT_TRANSPORT_SECURITY,
];

/// Asks the node, and answers as it did.
pub(super) async fn pass_on(
    core: &ExpresswayC,
    prefix: &NodePrefix,
    target: &Target,
    head: &Parts,
    body: Bytes,
    (client, asker): (&str, Option<&Asker>),
) -> Response {
    let nodes = core.view.nodes();
    let Some(node) = nodes.iter().find(|node| has(node, prefix, &target.resource)) else {
        return core.refuse(
            client,
            "unknown_node",
            "the edge knows no such server: it may be new, then refresh the servers",
        );
    };
    let unanswered = |error: NodeError| {
        tracing::warn!(node = %node.name, port = prefix.port, %client, %error, "a node cannot be asked");
        match error {
            NodeError::TimedOut => later(StatusCode::GATEWAY_TIMEOUT, "node_timeout", "the node does not answer", 5),
            _ => later(StatusCode::BAD_GATEWAY, "node_unreachable", "the node cannot be asked", 5),
        }
    };
    if let Resource::DeviceFile(device) = &target.resource {
        let user = asker.map_or("", Asker::user);
        let mut fields = core.statements(client);
        fields.extend(credentials(&head.headers));
        match core.nodes.device_of(core.view.as_ref(), node, (user, device), fields).await {
            Ok(DeviceOf::Asker) => {}
            Ok(DeviceOf::Other) => return core.forbid(client, Refusal::OtherDevice),
            Ok(DeviceOf::Refused) => {
                return Failure::Token("refused_by_node").answer(client, &core.view.access_control());
            }
            Err(error) => return unanswered(error),
        }
    }
    let answer = match send(core, (node, prefix), target, head, body, client).await {
        Ok(answer) => answer,
        Err(error) => return unanswered(error),
    };
    let rewrite = Rewrite::new(&nodes, prefix, &core.view.edge_server());
    let mut response = Response::new(Body::from(rewrite.body(&target.resource, answer.body)));
    *response.status_mut() = answer.status;
    *response.headers_mut() = to_client(answer.headers, &rewrite);
    response
}

/// Whether this is the node, and the port one that has the resource.
fn has(node: &UnifiedCmNode, prefix: &NodePrefix, resource: &Resource) -> bool {
    let port = match (resource, prefix.protocol) {
        (Resource::DeviceFile(_), Protocol::Https) => node.config_https_port,
        (Resource::DeviceFile(_), Protocol::Http) => node.config_http_port,
        (_, Protocol::Https) => node.https_port,
        (_, Protocol::Http) => return false,
    };
    port == prefix.port && node.is(&prefix.host)
}

async fn send(
    core: &ExpresswayC,
    (node, prefix): (&UnifiedCmNode, &NodePrefix),
    target: &Target,
    head: &Parts,
    body: Bytes,
    client: &str,
) -> Result<super::nodes::Answer, NodeError> {
    let http = core.nodes.client(core.view.as_ref())?;
    // The name that discovery brought, not the one that the client wrote.
    let to = NodePrefix { host: node.name.clone(), ..prefix.clone() };
    let url = format!("{}{}", to.origin(), target.path_and_query());
    let mut fields = to_node(&head.headers, target, prefix);
    if prefix.protocol == Protocol::Https {
        fields.extend(core.statements(client));
    }
    let mut request = http.request(head.method.clone(), url).headers(fields);
    if !body.is_empty() {
        request = request.body(body);
    }
    Nodes::send(request).await
}

/// The fields for the node. Its own credentials go with what wants them, and never in clear.
fn to_node(headers: &HeaderMap, target: &Target, prefix: &NodePrefix) -> HeaderMap {
    let mut onward = HeaderMap::new();
    for name in &TO_NODE {
        for value in headers.get_all(name) {
            onward.append(name, value.clone());
        }
    }
    let wants_credentials = matches!(target.resource, Resource::OAuth | Resource::Uds | Resource::DeviceFile(_));
    if wants_credentials && prefix.protocol == Protocol::Https {
        onward.extend(credentials(headers));
    }
    onward
}

/// What the client proves itself with.
fn credentials(headers: &HeaderMap) -> Option<(HeaderName, HeaderValue)> {
    let mut credentials = headers.get(header::AUTHORIZATION)?.clone();
    credentials.set_sensitive(true);
    Some((header::AUTHORIZATION, credentials))
}

fn to_client(headers: HeaderMap, rewrite: &Rewrite) -> HeaderMap {
    let mut onward = headers;
    for name in &NOT_TO_CLIENT {
        onward.remove(name);
    }
    onward.remove("keep-alive");
    if let Some(location) = onward.get(header::LOCATION).and_then(|value| value.to_str().ok())
        && let Ok(location) = HeaderValue::from_str(&rewrite.location(location))
    {
        onward.insert(header::LOCATION, location);
    }
    let cookies: Vec<HeaderValue> = onward.get_all(header::SET_COOKIE).iter().cloned().collect();
    onward.remove(header::SET_COOKIE);
    for cookie in cookies {
        // A cookie that cannot be read cannot be given a path, and would be every path's.
        let rewritten = cookie.to_str().ok().and_then(|cookie| HeaderValue::from_str(&rewrite.cookie(cookie)).ok());
        if let Some(cookie) = rewritten {
            onward.append(header::SET_COOKIE, cookie);
        }
    }
    onward
}
