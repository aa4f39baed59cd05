//! Whether the node can do its work, for `/readyz`.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use directory::{DirectoryRepository, ServiceState};

use super::certificates;
use super::node::Node;
use crate::monitoring::{Check, Health};

/// How long the database may take to answer.
const DATABASE: Duration = Duration::from_secs(2);

#[async_trait]
impl Health for Node {
    async fn checks(&self) -> Vec<Check> {
        let now = runtime::clock::unix_seconds();
        let lease = tokio::time::timeout(DATABASE, self.store.lease(&self.name)).await;
        let (database, lease) = match lease {
            Ok(Ok(Some(until))) if until > now => (Ok("answers".to_owned()), Ok(format!("runs for {} s", until - now))),
            Ok(Ok(_)) => (Ok("answers".to_owned()), Err("has run out: other nodes take this one for dead".to_owned())),
            Ok(Err(error)) => (Err(error.to_string()), Err("is not known".to_owned())),
            Err(_) => (Err(format!("no answer in {} s", DATABASE.as_secs())), Err("is not known".to_owned())),
        };
        let call_manager = match self.call_manager.service().state {
            ServiceState::Started => Ok("started"),
            ServiceState::Starting => Err("starting".to_owned()),
            ServiceState::Stopped(why) => Err(format!("stopped: {why}")),
        };
        let tomcat = certificates::own(&self.config, "tomcat");
        let expiry = tomcat.map(|tomcat| tomcat.facts().not_after).map_err(|error| error.to_string());
        vec![
            Check::of("database", database),
            Check::of("lease", lease),
            Check::of("callmanager", call_manager),
            Check::certificate("tomcat-certificate", expiry),
            Check::draining(self.is_draining.load(Ordering::Relaxed)),
        ]
    }
}
