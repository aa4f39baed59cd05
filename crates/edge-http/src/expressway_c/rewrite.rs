//! What a node says of itself, in words that are true outside: `Location`, `Set-Cookie`, and the addresses in what it
//! publishes about signing in.
//!
//! Our choices: the issuer stays the node's, so that what a client has of it is good inside and outside. A cookie whose
//! name begins with `__Host-` keeps its path, as browsers want it of that name; the edge gets it back, and gives it to nodes
//! alone.

use bytes::Bytes;

use super::view::{EdgeServer, UnifiedCmNode};
use crate::target::{NodePrefix, Prefix, Protocol, Resource};

/// How the answers of one node are rewritten.
pub(super) struct Rewrite {
    /// The prefixed path of the node that was asked.
    base: String,
    /// Origins of nodes, and the prefixed paths that stand for them.
    origins: Vec<(String, String)>,
    /// The origin of the edge, as clients know it.
    edge: String,
}

impl Rewrite {
    pub(super) fn new(nodes: &[UnifiedCmNode], prefix: &NodePrefix, edge: &EdgeServer) -> Self {
        let base = format!("/{}", Prefix::Node(prefix.clone()).segment());
        let mut origins = vec![(prefix.origin(), base.clone())];
        for node in nodes {
            let names = std::iter::once(&node.name).chain(&node.aliases);
            for host in names {
                let (domain, protocol) = (prefix.domain.clone(), Protocol::Https);
                let of = NodePrefix { domain, protocol, host: host.clone(), port: node.https_port };
                origins.push((of.origin(), format!("/{}", Prefix::Node(of).segment())));
            }
        }
        Self { base, origins, edge: edge.origin() }
    }

    /// A `Location`: of a node, it becomes the edge's; of anybody else, it stays (RFC 9110 §10.2.2).
    pub(super) fn location(&self, location: &str) -> String {
        if location.starts_with('/') && !location.starts_with("//") {
            return format!("{}{location}", self.base);
        }
        for (origin, base) in &self.origins {
            if let Some(rest) = strip_origin(location, origin) {
                return format!("{base}{}", if rest.is_empty() { "/" } else { rest });
            }
        }
        location.to_owned()
    }

    /// A `Set-Cookie`: its path begins with the prefix, and its domain is not the node's.
    pub(super) fn cookie(&self, cookie: &str) -> String {
        let mut parts = cookie.split(';');
        let pair = parts.next().unwrap_or_default();
        let is_of_host = pair.trim_start().starts_with("__Host-");
        let mut rewritten = pair.to_owned();
        for attribute in parts {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let name = name.trim();
            if name.eq_ignore_ascii_case("domain") {
                continue;
            }
            rewritten.push(';');
            match name.eq_ignore_ascii_case("path") && value.trim().starts_with('/') && !is_of_host {
                true => rewritten.push_str(&format!(" Path={}{}", self.base, value.trim())),
                false => rewritten.push_str(attribute),
            }
        }
        rewritten
    }

    /// What is published about signing in, with the edge's addresses in place of a node's. An issuer, which has no path, stays.
    pub(super) fn body(&self, resource: &Resource, body: Bytes) -> Bytes {
        if *resource != Resource::SignInDiscovery {
            return body;
        }
        let Ok(text) = std::str::from_utf8(&body) else { return body };
        let mut text = text.to_owned();
        for (origin, base) in &self.origins {
            text = text.replace(&format!("\"{origin}/"), &format!("\"{}{base}/", self.edge));
        }
        Bytes::from(text)
    }
}

/// What comes behind an origin. An origin that is only the beginning of another host is none.
fn strip_origin<'a>(uri: &'a str, origin: &str) -> Option<&'a str> {
    let head = uri.get(..origin.len())?;
    let rest = uri.get(origin.len()..)?;
    let ends = rest.is_empty() || rest.starts_with(['/', '?', '#']);
    (head.eq_ignore_ascii_case(origin) && ends).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrite() -> (Rewrite, String, String) {
        let nodes = [UnifiedCmNode::new("ucm1.example.com", "ucm1"), UnifiedCmNode::new("ucm2.example.com", "ucm1")];
        let prefix = |host: &str| NodePrefix {
            domain: "example.com".to_owned(),
            protocol: Protocol::Https,
            host: host.to_owned(),
            port: 8443,
        };
        let segment = |host: &str| Prefix::Node(prefix(host)).segment();
        let rewrite = Rewrite::new(&nodes, &prefix("ucm1.example.com"), &EdgeServer::new("edge.example.com"));
        (rewrite, segment("ucm1.example.com"), segment("ucm2.example.com"))
    }

    #[test]
    fn a_location_of_a_node_is_one_of_the_edge() {
        let (rewrite, one, two) = rewrite();
        let rows = [
            ("/ssosp/oauth/authorize?a=b", format!("/{one}/ssosp/oauth/authorize?a=b")),
            ("https://ucm1.example.com:8443/x", format!("/{one}/x")),
            ("HTTPS://UCM2.example.com:8443/x?y", format!("/{two}/x?y")),
            ("https://ucm1.example.com:8443", format!("/{one}/")),
            ("authorize?a=b", "authorize?a=b".to_owned()),
            ("http://127.0.0.1:49152/callback?code=x", "http://127.0.0.1:49152/callback?code=x".to_owned()),
            ("https://ucm1.example.com:84433/x", "https://ucm1.example.com:84433/x".to_owned()),
            ("//evil.example/x", "//evil.example/x".to_owned()),
            ("ringbearer:callback?code=x", "ringbearer:callback?code=x".to_owned()),
        ];
        for (location, expected) in rows {
            assert_eq!(rewrite.location(location), expected, "{location}");
        }
    }

    #[test]
    fn a_cookie_of_a_node_is_for_its_prefix() {
        let (rewrite, one, _) = rewrite();
        let rows = [
            ("a=b; Path=/ssosp; HttpOnly", format!("a=b; Path=/{one}/ssosp; HttpOnly")),
            ("a=b;path=/;Domain=example.com; Secure", format!("a=b; Path=/{one}/; Secure")),
            ("a=b", "a=b".to_owned()),
            ("__Host-ssosp=b; Path=/; Secure", "__Host-ssosp=b; Path=/; Secure".to_owned()),
        ];
        for (cookie, expected) in rows {
            assert_eq!(rewrite.cookie(cookie), expected, "{cookie}");
        }
    }

    #[test]
    fn the_issuer_stays() {
        let (rewrite, one, two) = rewrite();
        let metadata = br#"{"issuer":"https://ucm1.example.com:8443","token_endpoint":"https://ucm1.example.com:8443/ssosp/oauth/token","jwks_uri":"https://ucm2.example.com:8443/ssosp/oauth/keys"}"#;
        let expected = format!(
            r#"{{"issuer":"https://ucm1.example.com:8443","token_endpoint":"https://edge.example.com:8443/{one}/ssosp/oauth/token","jwks_uri":"https://edge.example.com:8443/{two}/ssosp/oauth/keys"}}"#
        );
        let rewritten = rewrite.body(&Resource::SignInDiscovery, Bytes::from_static(metadata));
        assert_eq!(rewritten, expected);
        assert_eq!(rewrite.body(&Resource::Uds, Bytes::from_static(metadata)), &metadata[..]);
    }
}
