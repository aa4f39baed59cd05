//! F1: whatever was acknowledged before a kill is there after it, and nothing is half there.
//!
//! The test starts itself again as a child that writes and says what was acknowledged, kills it with SIGKILL in the
//! middle of its work, and opens the file after it.

#[cfg(test)]
mod support;

use authorization::{AuthorizationCode, AuthorizationRepository, CodeRedemption, Rotation, TokenHash, UnixTime, Uuid};
use directory::*;
use ringbearer_store::Store;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::*;

const DATABASE: &str = "RINGBEARER_TEST_DATABASE";
const CYCLES: usize = 20;
const NOW: UnixTime = UnixTime(1_800_000_000);
const FAMILY: Uuid = Uuid::from_u128(7);

#[cfg(test)]
fn token(number: u64) -> TokenHash {
    TokenHash::of(format!("token {number}").as_bytes())
}

#[cfg(test)]
fn acknowledge(what: &str, number: u64) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{what} {number}").unwrap();
    out.flush().unwrap();
}

#[cfg(test)]
async fn begin_family(store: &Store) {
    let code = AuthorizationCode {
        hash: token(u64::MAX),
        client_id: "C1".into(),
        user: "alice".into(),
        redirect_uri: String::new(),
        code_challenge: String::new(),
        scope: String::new(),
        device: None,
        family: FAMILY,
        issued_at: NOW,
        spent_at: None,
    };
    store.store_code(code).await.unwrap();
    let redemption = CodeRedemption {
        code: token(u64::MAX),
        client_id: "C1".into(),
        redirect_uri: String::new(),
        code_challenge: String::new(),
        first_token: token(0),
        family_expires_at: UnixTime(NOW.0 + 1000),
    };
    store.redeem_code(&redemption, NOW).await.unwrap().unwrap();
}

/// The child's part: does nothing when the test runs by itself.
#[tokio::test(flavor = "multi_thread")]
async fn f1_child() {
    let Some(database) = std::env::var_os(DATABASE) else { return };
    let store = Store::open(database.as_ref()).unwrap();
    let users = async {
        for number in store.load().await.unwrap().users().len() as u64.. {
            // Two objects in one write: never one without the other.
            let user = Object::User(EndUser::new(format!("u{number}").parse().unwrap()));
            let line = Object::Line(Line::new(number.to_string().parse().unwrap()));
            store.put(&author(), vec![(user, Precondition::Absent), (line, Precondition::Absent)]).await.unwrap();
            acknowledge("user", number);
        }
    };
    let tokens = async {
        let current = store.family(FAMILY).await.unwrap().unwrap().current;
        let start = (0..).find(|number| token(*number) == current).unwrap();
        for number in start.. {
            let rotation = Rotation {
                family: FAMILY,
                presented: token(number),
                successor: token(number + 1),
                client_id: "C1".into(),
                device: None,
            };
            store.rotate(&rotation, NOW).await.unwrap().unwrap();
            acknowledge("token", number + 1);
        }
    };
    tokio::join!(users, tokens);
}

#[tokio::test(flavor = "multi_thread")]
async fn f1_what_was_acknowledged_survives_a_kill() {
    let folder = Folder::new("kill");
    begin_family(&folder.open()).await;
    let (mut users, mut tokens) = (0, 0);
    for cycle in 0..CYCLES {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "f1_child", "--nocapture", "--test-threads", "1"])
            .env(DATABASE, folder.database())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let acknowledged = |line: &str, users: &mut u64, tokens: &mut u64| match line.split_once(' ') {
            Some(("user", number)) => *users = number.parse::<u64>().unwrap() + 1,
            Some(("token", number)) => *tokens = number.parse().unwrap(),
            _ => {}
        };
        for _ in 0..8 + cycle {
            let line = lines.next().unwrap().unwrap();
            acknowledged(&line, &mut users, &mut tokens);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            acknowledged(&line, &mut users, &mut tokens);
        }
        let before = Instant::now();
        let store = folder.open();
        let directory = store.load().await.unwrap();
        assert!(before.elapsed() < Duration::from_secs(2), "{:?}", before.elapsed());
        let found = directory.users().len() as u64;
        assert!(found >= users, "cycle {cycle}: {users} acknowledged, {found} there");
        assert_eq!(found, directory.lines().len() as u64, "cycle {cycle}");
        let current = store.family(FAMILY).await.unwrap().unwrap().current;
        let reached = (0..).take(1_000_000).find(|number| token(*number) == current).unwrap();
        assert!(reached >= tokens, "cycle {cycle}: token {tokens} acknowledged, {reached} there");
        assert_eq!(store.audit_break().await.unwrap(), None);
    }
    assert!(users > 0 && tokens > 0);
}
