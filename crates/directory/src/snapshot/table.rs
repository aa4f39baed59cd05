//! A table of objects by name, without regard to ASCII case.

use crate::repository::Version;
use std::collections::HashMap;
use std::sync::Arc;

/// The objects of one kind by folded name, in the order of their names.
#[derive(Debug, Clone)]
pub(super) struct Table<T>(pub(super) HashMap<Arc<str>, (Arc<T>, Version)>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Table<T> {
    pub(super) fn get(&self, name: &str) -> Option<&Arc<T>> {
        with_folded(name, |key| self.0.get(key).map(|(object, _)| object))
    }

    pub(super) fn version(&self, name: &str) -> Option<Version> {
        with_folded(name, |key| self.0.get(key).map(|(_, version)| *version))
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Arc<T>> {
        self.0.values().map(|(object, _)| object)
    }

    pub(super) fn sorted(&self) -> Vec<&Arc<T>> {
        let mut rows: Vec<_> = self.0.iter().collect();
        rows.sort_by_key(|(key, _)| *key);
        rows.into_iter().map(|(_, (object, _))| object).collect()
    }

    pub(super) fn put(&mut self, name: &impl AsRef<str>, object: T, version: Version) {
        self.0.insert(fold(name.as_ref()), (Arc::new(object), version));
    }

    pub(super) fn delete(&mut self, name: &str) {
        self.0.remove(&fold(name));
    }
}

pub(super) fn fold(name: &str) -> Arc<str> {
    Arc::from(name.to_ascii_lowercase())
}

// Folds on the stack: a look-up per REGISTER must not cost an allocation. A longer name than any
// that is stored is found nowhere.
pub(super) fn with_folded<R>(name: &str, find: impl FnOnce(&str) -> Option<R>) -> Option<R> {
    const LONGEST: usize = 512;
    let mut buffer = [0u8; LONGEST];
    let folded = buffer.get_mut(..name.len())?;
    // Cannot panic: the slice was cut to the length of the name.
    folded.copy_from_slice(name.as_bytes());
    folded.make_ascii_lowercase();
    find(std::str::from_utf8(folded).ok()?)
}
