//! Why an Expressway cannot start.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sip_net::tls::KeyLogFile;

/// Why an Expressway cannot start.
#[derive(Debug)]
pub enum StartError {
    /// A port cannot be opened.
    Port(&'static str, SocketAddr, io::Error),
    /// The server certificate cannot be used.
    Certificate(rustls::Error),
    /// The key log cannot be opened.
    KeyLog(PathBuf, io::Error),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Port(name, address, error) if error.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "{address} ({name} port) is taken by another process")
            }
            Self::Port(name, address, error) => write!(f, "{address} ({name} port): {error}"),
            Self::Certificate(error) => write!(f, "the server certificate cannot be used: {error}"),
            Self::KeyLog(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for StartError {}

/// Opens the key log, where one is configured.
pub(crate) fn open_key_log(path: Option<&Path>) -> Result<Option<Arc<KeyLogFile>>, StartError> {
    let Some(path) = path else { return Ok(None) };
    let file = KeyLogFile::open(path).map_err(|error| StartError::KeyLog(path.into(), error))?;
    Ok(Some(Arc::new(file)))
}
