//! The authorization server's repository contract, each handle a store of its own on one file.

#[cfg(test)]
mod support;

#[cfg(test)]
mod contract {
    use crate::support::Folder;
    use authorization::repository_contract::Handle;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn database() -> impl Fn() -> Handle + Sync {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = Folder::new(&format!("contract-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        move || Arc::new(folder.open()) as Handle
    }

    authorization::repository_contract_tests!(database());
}
