//! What an Expressway keeps of its administrators: their accounts, the set-up code, and what they did.

use std::path::Path;
use std::sync::Arc;

use admin_web::SetUpCode;
use anyhow::Context;
use edge_net::administration::{Administrators, AuditLog};

/// The files of a state folder.
pub(crate) struct Records {
    pub(crate) administrators: Arc<Administrators>,
    pub(crate) audit_log: AuditLog,
    pub(crate) set_up_code: SetUpCode,
}

impl Records {
    /// Opens them. Where nobody administers yet, the set-up code is made and told of.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub(crate) fn open(state: &Path) -> anyhow::Result<Self> {
        let administrators = Arc::new(Administrators::open(state)?);
        let audit_log = AuditLog::open(state).context("the audit log")?;
        let set_up_code = SetUpCode::in_folder(state);
        if administrators.needs_first() {
            set_up_code.read_or_make().context("the set-up code")?;
            let file = set_up_code.path().display();
            tracing::info!(%file, "nobody administers this Expressway yet: the set-up code is in this file");
        }
        Ok(Self { administrators, audit_log, set_up_code })
    }
}
