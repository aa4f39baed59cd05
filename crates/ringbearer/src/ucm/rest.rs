//! The node's REST interface, over the cluster's database.

use std::sync::Arc;

use ::rest::{CallRecord, CallRecords, Kept, Rest};
use anyhow::Context;
use async_trait::async_trait;
use authorization::{AuthorizationServer, PasswordVerifier};
use axum::Router;
use runtime::shutdown::Stopping;
use store::{CallRecordRow, Store};
use web::passwords::HashQueue;

use super::node::Node;

/// Call detail records for whoever asks by REST.
struct StoredCalls(Store);

#[async_trait]
impl CallRecords for StoredCalls {
    async fn page(&self, behind: Option<(u64, String)>, most: usize) -> Result<Vec<CallRecord>, String> {
        let rows = self.0.call_records(behind, most).await.map_err(|error| error.to_string())?;
        Ok(rows.into_iter().map(record).collect())
    }

    async fn count(&self) -> Result<usize, String> {
        self.0.count_call_records().await.map_err(|error| error.to_string())
    }
}

fn record(row: CallRecordRow) -> CallRecord {
    let (start, connect, disconnect) = row.times;
    CallRecord {
        id: row.pkid,
        call: row.call,
        node: row.node,
        calling_device: row.calling.0,
        calling_number: row.calling.1,
        calling_user: row.calling.2,
        original_called: row.called.0,
        final_called: row.called.1,
        connected_device: row.connected_device,
        start,
        connect: (connect > 0).then_some(connect),
        disconnect,
        duration_seconds: row.duration,
        cause: row.cause,
        ended_by: row.ended_by,
        status: row.status,
        security: row.security,
        cipher_suites: row.suites.split(',').filter(|suite| !suite.is_empty()).map(str::to_owned).collect(),
    }
}

/// The interface, with the lock-out that it shares with the login page, and what tells webhooks until the node stops.
///
/// # Errors
/// When the authorities of webhooks' receivers cannot be read.
pub(super) fn start(
    node: &Arc<Node>,
    (server, passwords, hashes): (Arc<AuthorizationServer>, Arc<dyn PasswordVerifier>, Arc<HashQueue>),
    stopping: &Stopping,
) -> anyhow::Result<(Router, impl Future<Output = ()> + Send + 'static)> {
    let section = &node.config.rest;
    let authorities = match &section.webhook_authorities {
        Some(path) => runtime::trust::read_certificates(path).context("rest.webhook-authorities")?,
        None => Vec::new(),
    };
    let own = Arc::clone(node);
    Ok(::rest::start(Rest {
        server,
        passwords,
        hashes,
        directory: Box::new(move || own.directory()),
        repository: Arc::new(node.store.clone()),
        tokens: Arc::new(node.store.clone()),
        registrations: Arc::<Node>::clone(node),
        call_records: Arc::new(StoredCalls(node.store.clone())),
        observation: Arc::clone(&node.observation),
        webhooks: Arc::new(node.store.clone()),
        webhook_addresses: section.webhook_addresses.clone().into(),
        webhook_authorities: authorities.iter().map(|certificate| certificate.to_vec()).collect(),
        stopping: stopping.clone(),
        kept: Kept::default(),
        address: node.config.issuer(),
        clock: Box::new(runtime::clock::now),
    }))
}
