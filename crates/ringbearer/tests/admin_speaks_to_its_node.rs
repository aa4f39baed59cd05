//! `ringbearer admin` as a process: what goes to the node, what comes to standard output and error, how it ends.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread::JoinHandle;

/// A node that answers each line with the next answers of the test, and tells what it was sent.
#[cfg(test)]
fn node(test: &str, answers: Vec<Vec<&'static str>>) -> (PathBuf, JoinHandle<Vec<String>>) {
    let path = std::env::temp_dir().join(format!("ringbearer-client-{test}-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).unwrap();
    let own = path.clone();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::fs::remove_file(own).unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut heard = Vec::new();
        for answer in answers {
            heard.push(lines.next().unwrap().unwrap());
            for line in answer {
                writeln!(stream, "{line}").unwrap();
            }
        }
        heard
    });
    (path, thread)
}

#[cfg(test)]
fn admin(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ringbearer"))
        .arg("admin")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A child that ends at once reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[cfg(test)]
fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

const DONE: &str = r#"{"end":{"code":0,"error":null}}"#;

#[test]
fn a_command_prints_and_ends_with_its_code() {
    let (path, node) = node(
        "command",
        vec![vec![r#"{"print":"one\n"}"#, DONE], vec![r#"{"end":{"code":2,"error":"not given right"}}"#]],
    );
    let output = admin(&["--socket", path.to_str().unwrap(), "-c", "first", "-c", "second", "-c", "third"], "");
    assert_eq!(said(&output), (2, "one\n".into(), "not given right\n".into()));
    assert_eq!(node.join().unwrap(), [r#"{"run":"first"}"#, r#"{"run":"second"}"#]);
}

#[test]
fn a_script_answers_questions_with_its_next_lines_and_stops_at_a_failure() {
    let ask = r#"{"ask":{"prompt":"Password: ","hidden":true}}"#;
    let (path, node) = node(
        "script",
        vec![vec![ask], vec![r#"{"print":"set\n"}"#, DONE], vec![r#"{"end":{"code":1,"error":"refused"}}"#]],
    );
    let script = "# provisioning\n\nset user password alice\nsecret words\nnext\nnever\n";
    let output = admin(&["--socket", path.to_str().unwrap()], script);
    assert_eq!(said(&output), (1, "set\n".into(), "refused\n".into()));
    assert_eq!(
        node.join().unwrap(),
        [r#"{"run":"set user password alice"}"#, r#"{"answer":"secret words"}"#, r#"{"run":"next"}"#]
    );
}

#[test]
fn a_question_with_nobody_to_ask_has_no_answer() {
    let ask = r#"{"ask":{"prompt":"Sure? ","hidden":false}}"#;
    let (path, node) = node("nobody", vec![vec![ask], vec![r#"{"end":{"code":1,"error":"cancelled"}}"#]]);
    let output = admin(&["--socket", path.to_str().unwrap(), "-c", "set key regen authz signing"], "");
    assert_eq!(said(&output), (1, String::new(), "cancelled\n".into()));
    assert_eq!(node.join().unwrap()[1], r#"{"answer":null}"#);
}

#[test]
fn a_node_that_is_not_there_or_goes_away_is_an_error() {
    let (code, out, error) = said(&admin(&["--socket", "/nonexistent/admin.sock", "-c", "help"], ""));
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(error.starts_with("ringbearer admin: no node answers on /nonexistent/admin.sock"), "{error}");
    let (path, node) = node("gone", vec![vec![]]);
    let (code, _, error) = said(&admin(&["--socket", path.to_str().unwrap(), "-c", "help"], ""));
    node.join().unwrap();
    assert_eq!((code, error.as_str()), (1, "ringbearer admin: the node closed the connection\n"));
    let (code, _, error) = said(&admin(&["--sockett", "x"], ""));
    assert_eq!(code, 2, "{error}");
}
