//! The node's AXL interface, over the cluster's database.

use std::sync::Arc;

use async_trait::async_trait;
use authorization::{AuthorizationServer, PasswordVerifier};
use axum::Router;
use store::{SqlError, Store};
use web::axl::{Axl, Queries, QueryError, Rows};
use web::passwords::HashQueue;

use super::node::Node;

/// `run sql` for whoever asks by AXL.
struct StoreQueries(Store);

#[async_trait]
impl Queries for StoreQueries {
    async fn query(&self, sql: &str) -> Result<Rows, QueryError> {
        match self.0.run_sql(sql).await {
            Ok(table) => Ok(Rows { columns: table.columns, rows: table.rows }),
            Err(SqlError::Refused(reason)) => Err(QueryError::Refused(reason)),
            Err(SqlError::Limit(what)) => Err(QueryError::Limit(format!("The query was stopped: {what}."))),
            Err(SqlError::Store(error)) => Err(QueryError::Unavailable(error.to_string())),
        }
    }
}

/// The interface, with the lock-out that it shares with the login page.
pub(super) fn router(
    node: &Arc<Node>,
    server: Arc<AuthorizationServer>,
    passwords: Arc<dyn PasswordVerifier>,
    hashes: Arc<HashQueue>,
) -> Router {
    let own = Arc::clone(node);
    web::axl::router(Axl {
        server,
        passwords,
        hashes,
        registrations: Arc::<Node>::clone(node),
        directory: Box::new(move || own.directory()),
        repository: Arc::new(node.store.clone()),
        queries: Arc::new(StoreQueries(node.store.clone())),
        address: node.config.issuer(),
        clock: Box::new(runtime::clock::now),
    })
}
