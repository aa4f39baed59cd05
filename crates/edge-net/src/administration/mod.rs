//! What an administrator of an Expressway sees and does: one set of operations, for its shell and for its pages.
//!
//! ```text
//! control          the running Expressway, as both see it
//! operations       what changes something: does it, and notes who did
//!   ├ certificates    the server certificate and the trusted CA list
//!   ├ administrators  the Expressway's own accounts
//!   └ discovery       a discovery that runs on while its steps are watched
//! audit_log        who did what
//! ```

mod administrators;
mod audit_log;
mod certificates;
mod control;
mod discovery;
mod operations;

pub use administrators::{Administrator, AdministratorError, Administrators, Role};
pub use audit_log::{AuditEntry, AuditLog};
pub use certificates::{Certificates, Folders, facts_of_chain};
pub use control::{CoreControl, ExpresswayControl, Half, LinkLine, NodeFacts, ZoneLine};
pub use discovery::{Discoveries, Discovery, Wanted};
pub use operations::Operations;
