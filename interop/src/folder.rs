//! A scratch folder of a test; it stays when the test fails, for a look.

use std::path::{Path, PathBuf};

/// A folder that a test has to itself.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// An empty folder, named for the test.
    pub fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("ringbearer-interop-{}-{test}", std::process::id()));
        // One of a run with the same process id may be left.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("the scratch folder is made");
        Folder { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path in it.
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file in it.
    pub fn write(&self, name: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("the folder is made");
        }
        std::fs::write(&path, contents).expect("the file is written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what the programs wrote is in {}", self.path.display());
        } else {
            // What is left in the folder for temporary files does no harm.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
