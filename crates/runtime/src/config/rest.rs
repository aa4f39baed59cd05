//! `[rest]`: what the REST interface may do beyond its node.

use std::net::IpAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[rest]`
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RestSection {
    /// Link-local addresses, and those of clouds' metadata services, that webhooks may lead to all the same.
    pub webhook_addresses: Vec<IpAddr>,
    /// A PEM file of authorities that webhooks' receivers are trusted by, beside those of the system.
    pub webhook_authorities: Option<PathBuf>,
}
