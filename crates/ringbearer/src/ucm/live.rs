//! What the pages under `/live` are told of this node.

use std::sync::Arc;

use admin_web::live::{Live, NodeState, Watched};
use administration::{AuthorizationKey, OWN_CERTIFICATES};
use async_trait::async_trait;
use callmanager::registrar::{Binding, UnregistrationReason};
use directory::{AuditRecord, Author, Directory, DirectoryRepository, NodeSettings, Pending, ServiceState, Surface};
use runtime::shutdown::Stopping;
use token::UnixTime;

use super::node::Node;
use super::{certificates, keys};

/// How far back the audit log is looked through for the last change of the token keys.
const AUDIT_RECORDS: usize = 1_000;

/// The pages of this node.
pub(super) fn pages(node: &Arc<Node>, stopping: &Stopping) -> Live {
    let watched = Arc::new(ThisNode(Arc::clone(node)));
    Live::new(watched, Arc::clone(&node.observation), stopping.clone())
}

struct ThisNode(Arc<Node>);

#[async_trait]
impl Watched for ThisNode {
    fn name(&self) -> String {
        self.0.name.to_string()
    }

    fn directory(&self) -> Arc<Directory> {
        self.0.directory()
    }

    fn registrations(&self) -> Vec<Arc<Binding>> {
        self.0.call_manager.registrations()
    }

    async fn state(&self) -> NodeState {
        let node = &self.0;
        let running = node.call_manager.running();
        let ring = node.tokens.keys();
        NodeState {
            sip_oauth_mode: running.as_ref().map(|running| running.sip_oauth_mode),
            staged: running.map(|running| self.staged(&running)).unwrap_or_default(),
            services: node
                .administration()
                .node()
                .services()
                .into_iter()
                .map(|service| (service.name.to_string(), why(service.state)))
                .collect(),
            certificates: self.certificates(),
            keys: vec![
                ("Signing", keys::hash(&ring, AuthorizationKey::Signing)),
                ("Encryption", keys::hash(&ring, AuthorizationKey::Encryption)),
            ],
            keys_made: self.keys_made().await,
            calls: node.call_manager.calls(),
        }
    }

    async fn end_registration(&self, device: &str, administrator: &str) -> Result<bool, String> {
        let Some(device) = self.0.directory().device(device).map(|device| device.name.clone()) else {
            return Ok(false);
        };
        if !self.0.call_manager.end_registration(&device, UnregistrationReason::CallManagerReset) {
            return Ok(false);
        }
        let record = AuditRecord {
            unix_time: runtime::clock::unix_seconds(),
            author: Author { name: administrator.to_owned(), surface: Surface::Web },
            action: "end registration".into(),
            object: format!("Phone \"{device}\""),
            detail: "its registration ends".into(),
        };
        self.0.store.audit(record).await.map_err(|error| error.to_string())?;
        Ok(true)
    }

    fn now(&self) -> UnixTime {
        UnixTime(runtime::clock::unix_seconds())
    }
}

impl ThisNode {
    fn staged(&self, running: &NodeSettings) -> Vec<&'static str> {
        let tomcat = certificates::own(&self.0.config, "tomcat").map(|own| own.facts().fingerprint.clone());
        let tomcat = tomcat.unwrap_or_default();
        let staged = NodeSettings::staged(&self.0.directory(), self.0.name.as_str(), &tomcat);
        let pending = staged.map(|staged| running.pending(&staged)).unwrap_or_default();
        let title = |pending| match pending {
            Pending::SipOAuthMode => "Cluster SIPOAuth Mode",
            Pending::ClusterSecurityMode => "Cluster Security Mode",
            Pending::Ports => "ports",
            Pending::TomcatCertificate => "tomcat certificate",
        };
        pending.into_iter().map(title).collect()
    }

    fn certificates(&self) -> Vec<(String, String, i64)> {
        let own = OWN_CERTIFICATES.into_iter().filter_map(|name| {
            let own = certificates::own(&self.0.config, name).ok()?;
            Some((name.to_owned(), own.facts().subject.clone(), own.facts().not_after))
        });
        own.collect()
    }

    /// When the keys were regenerated last, as far as the audit log tells.
    async fn keys_made(&self) -> Option<UnixTime> {
        let records = self.0.store.audit_records(AUDIT_RECORDS).await.ok()?;
        let changes = records.iter().filter(|record| record.action == "regenerate key");
        changes.map(|record| UnixTime(record.unix_time)).max()
    }
}

fn why(state: ServiceState) -> Option<String> {
    match state {
        ServiceState::Started => None,
        ServiceState::Starting => Some("starting".to_owned()),
        ServiceState::Stopped(why) => Some(why.to_string()),
    }
}
