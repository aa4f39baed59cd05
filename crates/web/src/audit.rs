//! The audit log as a web surface needs it: one row, appended before the answer goes out.

use async_trait::async_trait;
use directory::{AuditRecord, DirectoryRepository, RepositoryError};

/// Where administrative acts are written down. Every repository of the directory is one.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Appends a row.
    async fn append(&self, record: AuditRecord) -> Result<(), RepositoryError>;
}

#[async_trait]
impl<R: DirectoryRepository> AuditLog for R {
    async fn append(&self, record: AuditRecord) -> Result<(), RepositoryError> {
        self.audit(record).await
    }
}
