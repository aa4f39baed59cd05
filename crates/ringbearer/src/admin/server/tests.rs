use super::*;
use crate::admin::shell::Shell;
use crate::admin::shell::tests::Office;
use std::io::{BufRead, Write};
use std::os::unix::net::UnixStream as Connection;
use std::path::PathBuf;

fn socket(test: &str) -> PathBuf {
    std::env::temp_dir().join(format!("ringbearer-admin-{test}-{}.sock", std::process::id()))
}

async fn serve(path: &Path) -> tokio::task::JoinHandle<()> {
    let office = Office::new().await;
    let socket = AdminSocket::bind(path).unwrap();
    tokio::spawn(async move {
        let shell = Arc::new(Shell::new(office.store.clone(), office.administration()));
        socket.serve(shell).await;
        drop(office);
    })
}

/// Sends lines and reads what comes back, line by line, until the node closes or `most` came.
async fn talk(path: PathBuf, lines: &'static [&'static str], most: usize) -> Vec<String> {
    let talk = move || {
        let mut stream = Connection::connect(path).unwrap();
        for line in lines {
            stream.write_all(format!("{line}\n").as_bytes()).unwrap();
        }
        let reader = std::io::BufReader::new(stream);
        reader.lines().take(most).map_while(Result::ok).collect()
    };
    tokio::task::spawn_blocking(talk).await.unwrap()
}

#[tokio::test]
async fn a_command_goes_in_and_its_output_comes_back() {
    let path = socket("talk");
    let server = serve(&path).await;
    let lines = talk(path.clone(), &[r#"{"run":"show version active"}"#, r#"{"run":"nonsense"}"#], 3).await;
    assert_eq!(
        lines,
        [
            format!(r#"{{"print":"Active Master Version: {}\n"}}"#, env!("CARGO_PKG_VERSION")),
            r#"{"end":{"code":0,"error":null}}"#.into(),
            r#"{"end":{"code":2,"error":"\"nonsense\" is not a command. help shows them all."}}"#.into(),
        ]
    );
    let lines = talk(path.clone(), &[r#"{"run":"set key regen authz signing"}"#, r#"{"answer":"yes"}"#], 3).await;
    assert!(lines[0].starts_with(r#"{"ask":{"prompt":"This makes a new authz signing key"#), "{lines:?}");
    assert!(lines[1].contains("regenerated"), "{lines:?}");
    server.abort();
}

#[tokio::test]
async fn what_is_no_message_ends_the_connection() {
    let path = socket("garbage");
    let server = serve(&path).await;
    for garbage in [r#"{"answer":"yes"}"#, "nonsense", r#"{"run":1}"#, "\u{1}"] {
        let garbage: &'static [&'static str] = Box::leak(Box::new([garbage]));
        assert!(talk(path.clone(), garbage, 1).await.is_empty());
    }
    let long: &'static str = Box::leak("x".repeat(70_000).into_boxed_str());
    assert!(talk(path.clone(), Box::leak(Box::new([long])), 1).await.is_empty());
    assert_eq!(talk(path.clone(), &[r#"{"run":"show version active"}"#], 2).await.len(), 2);
    server.abort();
}

#[tokio::test]
async fn ssh_1_the_socket_is_for_its_owner_and_replaces_only_a_dead_one() {
    let path = socket("mode");
    let _ = std::fs::remove_file(&path);
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let server = serve(&path).await;
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let second = AdminSocket::bind(&path);
    assert_eq!(second.err().map(|error| error.kind()), Some(io::ErrorKind::AddrInUse));
    server.abort();
    let _ = server.await;
    assert!(!path.exists());
}

#[tokio::test]
async fn a_line_is_completed_by_the_node_that_runs_it() {
    let path = socket("complete");
    let server = serve(&path).await;
    let lines = talk(path.clone(), &[r#"{"complete":"utils s"}"#, r#"{"complete":"xStatus "}"#], 2).await;
    assert_eq!(lines, [r#"{"words":["service","sipOAuth-mode"]}"#, r#"{"words":[]}"#]);
    server.abort();
}
