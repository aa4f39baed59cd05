//! Security events as structured log lines, one target for all: `security`.

use authorization::{SecurityEvent, SecurityLog};

/// Writes each event to the process's log.
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingLog;

impl SecurityLog for TracingLog {
    fn record(&self, event: SecurityEvent) {
        match event {
            SecurityEvent::SignedIn { user, source } => {
                tracing::info!(target: "security", %user, %source, event = "signed_in");
            }
            SecurityEvent::SignInFailed { user, source } => {
                tracing::warn!(target: "security", %user, %source, event = "sign_in_failed");
            }
            SecurityEvent::SignInLocked { user, source } => {
                tracing::warn!(target: "security", %user, %source, event = "sign_in_locked");
            }
            SecurityEvent::FamilyBegan { family, user, client_id } => {
                tracing::info!(target: "security", %family, %user, %client_id, event = "tokens_issued");
            }
            SecurityEvent::CodeReplayed { client_id, source } => {
                tracing::warn!(target: "security", %client_id, %source, event = "code_replayed");
            }
            SecurityEvent::FamilyRevoked { family, user, client_id, reason } => {
                let reason = reason.as_str();
                tracing::warn!(target: "security", %family, %user, %client_id, reason, event = "tokens_revoked");
            }
        }
    }
}
