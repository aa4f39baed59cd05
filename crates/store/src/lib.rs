//! The cluster database in one SQLite file that all nodes of a machine share.
//!
//! Write-ahead log, `synchronous = FULL`: what was acknowledged survives a kill and a loss of power.
//! A process has one writer, which commits what waits in groups (`writer`), and threads that read;
//! nothing here blocks the reactor. Several processes share the file: SQLite's lock orders their
//! writes, and the change feed (`change`) tells each what the others did.
//!
//! Tables and columns have the vendor's names where they are known, and [`Store::run_sql`] shows
//! them to queries that cannot write and cannot reach a secret (`sql`).

mod api_token;
mod audit;
mod authorization_repository;
mod call_record;
mod change;
mod cluster_restart;
mod connection;
mod directory_repository;
mod error;
mod key_encryption;
mod location;
mod migration;
mod object;
mod reader;
mod running;
mod service;
mod snapshot;
mod sql;
mod ssh_key;
mod store;
mod token_rows;
mod webhook;
mod writer;

pub use call_record::CallRecordRow;
pub use error::StoreError;
pub use snapshot::{is_in_use, snapshot};
pub use sql::{SqlError, Table};
pub use store::Store;
