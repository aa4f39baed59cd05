//! Where `ringbearer admin` finds its node when nobody says: the Debian package gives each kind of node its state folder.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// The folder of the package's nodes.
pub(super) const STATE: &str = "/var/lib/ringbearer";

/// The nodes that the package can run, by their folders.
const KINDS: [&str; 3] = ["ucm", "expressway-c", "expressway-e"];

/// The socket of the one node that runs with its state below a folder.
///
/// # Errors
/// When none or several run there, with where each one is looked for; when whoever asks may not look.
pub(super) fn of_the_only_node(state: &Path) -> anyhow::Result<PathBuf> {
    let sockets = KINDS.map(|kind| state.join(kind).join("admin.sock"));
    let mut answering = Vec::new();
    for socket in &sockets {
        if is_answering(socket).with_context(|| socket.display().to_string())? {
            answering.push(socket.clone());
        }
    }
    match answering.as_slice() {
        [socket] => Ok(socket.clone()),
        [] => bail!(
            "no node runs here: nothing answers on {}. Start one, or name it with --config FILE or --socket PATH",
            listed(&sockets, "or")
        ),
        several => bail!("several nodes run here: name one with --socket: {}", listed(several, "or")),
    }
}

/// Whether a node listens. A socket that one left behind when it died does not count.
fn is_answering(socket: &Path) -> anyhow::Result<bool> {
    match UnixStream::connect(socket) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(anyhow::Error::from(error).context("only root and the node's own user administer it here"))
        }
        Err(error) => Err(error.into()),
    }
}

fn listed(sockets: &[PathBuf], conjunction: &str) -> String {
    let names: Vec<_> = sockets.iter().map(|socket| socket.display().to_string()).collect();
    match names.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} {conjunction} {last}", first.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    fn folder(test: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ringbearer-socket-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        for kind in KINDS {
            std::fs::create_dir_all(folder.join(kind)).unwrap();
        }
        folder
    }

    #[test]
    fn the_only_node_is_found_and_a_dead_one_does_not_count() {
        let folder = folder("one");
        let dead = folder.join("ucm/admin.sock");
        drop(UnixListener::bind(&dead).unwrap());
        assert!(dead.exists());
        let wanted = folder.join("expressway-e/admin.sock");
        let node = UnixListener::bind(&wanted).unwrap();
        assert_eq!(of_the_only_node(&folder).unwrap(), wanted);
        drop(node);
        let said = of_the_only_node(&folder).unwrap_err().to_string();
        let at = folder.display();
        assert_eq!(
            said,
            format!(
                "no node runs here: nothing answers on {at}/ucm/admin.sock, {at}/expressway-c/admin.sock or \
                 {at}/expressway-e/admin.sock. Start one, or name it with --config FILE or --socket PATH"
            )
        );
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn of_several_one_must_be_named() {
        let folder = folder("several");
        let at = folder.display();
        let nodes =
            ["ucm", "expressway-c"].map(|kind| UnixListener::bind(folder.join(kind).join("admin.sock")).unwrap());
        assert_eq!(
            of_the_only_node(&folder).unwrap_err().to_string(),
            format!(
                "several nodes run here: name one with --socket: {at}/ucm/admin.sock or {at}/expressway-c/admin.sock"
            )
        );
        drop(nodes);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
