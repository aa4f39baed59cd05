//! Discovery: what a publisher tells of its cluster, what it is told of this Expressway, and the keys of its tokens.
//!
//! One refresh is a row of steps; each reports what it found or why it failed, and a failed one ends the row. What was
//! found replaces the snapshot of the last refresh only when all steps are done.

mod axl;
mod https;
mod keys;
mod push;

use std::fmt;

use certificate::CertificateFacts;
use edge::discovery::{ClusterAnswers, DiscoveredNode, NodeUsage, UnifiedCmServer, nodes_of};
use token::KeyRing;
use zeroize::Zeroizing;

use crate::tls::Dialler;
use https::Publisher;

pub use https::HttpsError;

/// What a refresh of one publisher brought.
pub struct Discovered {
    /// The nodes of its cluster.
    pub nodes: Vec<DiscoveredNode>,
    /// The keys of its tokens, as they were published: secret.
    pub published_keys: Zeroizing<Vec<u8>>,
    /// The same, ready to verify.
    pub keys: KeyRing,
}

impl fmt::Debug for Discovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Discovered").field("nodes", &self.nodes).finish_non_exhaustive()
    }
}

/// A step of a refresh, as the administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was done: an AXL operation, or the fetch of keys.
    pub what: &'static str,
    /// What it brought, or why it failed and what to do.
    pub outcome: Result<String, String>,
}

/// Asks a publisher for everything, and tells it the names of our certificate. Each step is handed to `report` when it is done.
///
/// # Errors
/// The step that failed; it was reported too.
pub async fn refresh(
    server: &UnifiedCmServer,
    own: &CertificateFacts,
    hostname: &str,
    dialler: &Dialler,
    report: &mut (dyn FnMut(Step) + Send),
) -> Result<Discovered, Step> {
    let mut steps = Steps(report);
    let publisher = steps.take("connect", Publisher::new(server, dialler).await, |_| server.publisher.clone())?;
    let version = steps.take("getCCMVersion", axl::version(&publisher).await, String::clone)?;
    let found = steps.take("listProcessNode", axl::process_nodes(&publisher).await, |nodes| {
        nodes.iter().map(|node| node.name.as_str()).collect::<Vec<_>>().join(", ")
    });
    let mut process_nodes = found?;
    for node in &mut process_nodes {
        node.addresses = dialler.hosts().resolve(&node.name).await;
        // Where the administrator said that the publisher is, it is.
        if node.addresses.is_empty() && node.usage == NodeUsage::Publisher {
            node.addresses = dialler.hosts().resolve(https::host_and_port(&server.publisher).0).await;
        }
    }
    let call_managers = steps.take("getCallManager", axl::call_managers(&publisher).await, |all| {
        all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ")
    })?;
    let (nodes, others) = nodes_of(&ClusterAnswers { version, process_nodes, call_managers });
    let kept = if nodes.is_empty() { Err(HttpsError::Answer("a node with SIP OAuth")) } else { Ok(nodes) };
    let nodes = steps.take("nodes", kept, |nodes: &Vec<DiscoveredNode>| {
        let node = |node: &DiscoveredNode| format!("{}:{}", node.name, node.sip_oauth_mra_port);
        let told = nodes.iter().map(node).chain(others.iter().map(|other| format!("({other})")));
        told.collect::<Vec<_>>().join(", ")
    })?;
    steps.take("ExpresswayCConfiguration", push::names(&publisher, own, hostname).await, String::clone)?;
    let hashes = |(_, ring): &(Zeroizing<Vec<u8>>, KeyRing)| {
        let (signing, encryption) = (ring.signing_hash().to_string(), ring.encryption_hash().to_string());
        let short = |hash: &str| hash.chars().take(16).collect::<String>();
        format!("signing {}…, encryption {}…", short(&signing), short(&encryption))
    };
    let (published_keys, keys) = steps.take("token keys", keys::fetch(&publisher).await, hashes)?;
    Ok(Discovered { nodes, published_keys, keys })
}

struct Steps<'a>(&'a mut (dyn FnMut(Step) + Send));

impl Steps<'_> {
    fn take<T, E: fmt::Display>(
        &mut self,
        what: &'static str,
        outcome: Result<T, E>,
        say: impl FnOnce(&T) -> String,
    ) -> Result<T, Step> {
        match outcome {
            Ok(value) => {
                (self.0)(Step { what, outcome: Ok(say(&value)) });
                Ok(value)
            }
            Err(error) => {
                let step = Step { what, outcome: Err(error.to_string()) };
                (self.0)(step.clone());
                Err(step)
            }
        }
    }
}
