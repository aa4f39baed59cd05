//! Device configuration files: `GET /<device>.cnf.xml` on 6970 (HTTP) and 6972 (HTTPS).
//!
//! Our choices: there is no listing and no secret in any file, since an open listing of files with credentials is a
//! well-known hole of this interface; whoever asks for anything but a device's file gets the same 404.

mod document;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use directory::{Directory, NodeName, NodeSettings};

pub use document::render;

/// The suffix of a device's file.
const SUFFIX: &str = ".cnf.xml";

/// What a node knows when it writes a file.
pub trait ConfigFileSource: Send + Sync + 'static {
    /// What the administrator set, as of now.
    fn directory(&self) -> Arc<Directory>;
    /// What the CallManager service of a node runs; `None` while that is not known.
    fn running(&self, node: &NodeName) -> Option<NodeSettings>;
}

/// The files of every device of the directory.
pub fn router(source: Arc<dyn ConfigFileSource>) -> Router {
    Router::new().fallback(answer).with_state(source)
}

async fn answer(State(source): State<Arc<dyn ConfigFileSource>>, method: Method, uri: Uri) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    match file(source.as_ref(), uri.path()) {
        Some(file) => ([(header::CONTENT_TYPE, "text/xml"), (header::CACHE_CONTROL, "no-store")], file).into_response(),
        None => (StatusCode::NOT_FOUND, "Not Found\n").into_response(),
    }
}

/// The file of a path. A path is compared with the names of devices as it is, undecoded, so there is nothing to traverse.
fn file(source: &dyn ConfigFileSource, path: &str) -> Option<Vec<u8>> {
    let name = path.strip_prefix('/')?.strip_suffix(SUFFIX)?;
    let directory = source.directory();
    let device = directory.device(name)?;
    Some(render(&directory, device, &|node| source.running(node)))
}

#[cfg(test)]
mod tests;
