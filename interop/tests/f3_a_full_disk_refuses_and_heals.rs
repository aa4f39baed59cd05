//! F3: the database's disk is full. Whatever has to be durable is refused in the words of its protocol, reading and checking tokens
//! go on, a node that dies starts on the full disk, and when there is room again everything works without a restart.
//!
//! The disk is a small tmpfs, which only root can mount: without that the test says so and checks nothing.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use authorization::Password;
use directory::{Author, DirectoryRepository, EndUser, Object, Precondition, Role, Surface};
use ringbearer_interop::child::wait_until;
use ringbearer_interop::crash::admin::Admin;
use ringbearer_interop::crash::node::CrashNode;
use ringbearer_interop::crash::oauth::{OauthClient, Refused, Tokens};
use ringbearer_interop::crash::token_ledger::WARDEN;
use ringbearer_interop::folder::Folder;
use store::Store;
use tokio::runtime::Runtime;
use web::passwords::HashQueue;

const USER: &str = "alice";

/// More writes than what is left of the write-ahead log can hold.
const MOST_WRITES: u32 = 5000;

const HEALED: Duration = Duration::from_secs(5);

#[test]
fn f3_a_full_disk_refuses_and_heals() {
    let folder = Folder::new("f3");
    let Some(disk) = Disk::mount(folder.join("disk")) else { return };
    let database = disk.path.join("cluster.db");
    let mut node = CrashNode::new(&folder, "full-pub", "publisher", "127.0.1.63", &database);
    node.start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(furnish(&database));
    node.kill();
    node.start();
    let (mut admin, mut client) = connect(&node);
    let code = client.sign_in(USER, WARDEN.1).expect("it runs").expect("the password is right");
    let mut tokens = client.redeem(&code).expect("it runs").expect("the code is good");

    let mut written = 0;
    for restart in [false, true] {
        if restart {
            // Staged: the start on the full disk takes it over, and has something to note that it cannot write.
            admin.must("utils sipOAuth-mode enable", "yes").expect("it runs");
        }
        disk.fill();
        written += write_until_refused(&mut admin, written);
        refuses(&mut client, &mut tokens);
        serves(&mut admin, &mut client, &tokens, written);
        if restart {
            node.kill();
            node.start();
            (admin, client) = connect(&node);
            serves(&mut admin, &mut client, &tokens, written);
            refuses(&mut client, &mut tokens);
            assert!(!noted(&mut admin), "there is no room for it");
        }
        disk.clear();
        wait_until("it writes again", HEALED, || admin.run(&set_user(written), "").expect("it runs").code == 0);
        written += 1;
        tokens =
            client.refresh(&tokens.refresh).expect("it runs").expect("a refused refresh leaves the token as it was");
    }
    wait_until("what the node runs is noted", HEALED, || noted(&mut admin));
    serves(&mut admin, &mut client, &tokens, written);
    client.revoke(&tokens.refresh).expect("it runs").expect("there is room");
    assert!(client.refresh(&tokens.refresh).expect("it runs").is_err());
    sound(&runtime, &database);
}

fn connect(node: &CrashNode) -> (Admin, OauthClient) {
    (node.admin().expect("it runs"), node.oauth().expect("it runs"))
}

/// Whether the database knows that the node runs with SIP OAuth mode.
fn noted(admin: &mut Admin) -> bool {
    admin.query("select sipoauthmode from noderunning").expect("it runs") == ["1"]
}

fn set_user(number: u32) -> String {
    format!("set user full{number} first-name F{number}")
}

/// How many writes were acknowledged before one was refused.
fn write_until_refused(admin: &mut Admin, from: u32) -> u32 {
    for number in from..from + MOST_WRITES {
        let outcome = admin.run(&set_user(number), "").expect("it runs");
        if outcome.code != 0 {
            assert_eq!(outcome.code, 1, "{outcome:?}");
            assert!(outcome.error.starts_with("the database is not available: "), "{outcome:?}");
            return number - from;
        }
    }
    panic!("{MOST_WRITES} writes went to a full disk");
}

/// A refresh may still find room where an administrative write, which is larger, did not.
fn refuses(client: &mut OauthClient, tokens: &mut Tokens) {
    let unavailable =
        Refused { status: 503, error: "temporarily_unavailable".to_string(), retry_after: Some("2".to_string()) };
    let refused = (0..MOST_WRITES).find_map(|_| match client.refresh(&tokens.refresh).expect("it runs") {
        Ok(next) => {
            *tokens = next;
            None
        }
        Err(refused) => Some(refused),
    });
    assert_eq!(refused, Some(unavailable.clone()));
    assert_eq!(client.revoke(&tokens.refresh).expect("it runs"), Err(unavailable.clone()));
    assert_eq!(client.revoke_user(USER, WARDEN).expect("it runs"), Err(unavailable));
    // The client hears it by redirection (RFC 6749 §4.1.2.1).
    let refused = client.sign_in(USER, WARDEN.1).expect("it runs").expect_err("a code has to be durable");
    assert_eq!((refused.status, refused.error.as_str()), (303, "temporarily_unavailable"));
}

fn serves(admin: &mut Admin, client: &mut OauthClient, tokens: &Tokens, written: u32) {
    let rows = admin.query("select userid||'|'||firstname from enduser where userid like 'full%'").expect("it runs");
    let mut expected: Vec<_> = (0..written).map(|number| format!("full{number}|F{number}")).collect();
    let mut rows = rows;
    rows.sort();
    expected.sort();
    assert_eq!(rows, expected);
    assert!(client.is_active(&tokens.access, WARDEN).expect("it runs").expect("the warden may ask"));
}

fn sound(runtime: &Runtime, database: &Path) {
    let store = Store::open(database).expect("the database opens");
    runtime.block_on(async {
        assert_eq!(store.damage().await.expect("it can be read"), Vec::<String>::new());
        assert_eq!(store.audit_break().await.expect("it can be read"), None);
    });
}

async fn furnish(database: &Path) {
    let store = Store::open(database).expect("the database opens");
    let author = Author { name: "interop".into(), surface: Surface::System };
    let user = |name: &str| EndUser::new(name.parse().expect("a user id"));
    let warden = EndUser { roles: vec![Role::AxlAccess], ..user(WARDEN.0) };
    let users = [user(USER), warden].map(|user| (Object::User(user), Precondition::Absent));
    store.put(&author, users.to_vec()).await.expect("the users are written");
    store.set_parameter(&author, "OAuthRefreshLoginFlow", "1").await.expect("the parameter is written");
    let hash = HashQueue::default().hash(Password::new(WARDEN.1.to_string())).await.expect("a hash");
    for name in [USER, WARDEN.0] {
        let id = name.parse().expect("a user id");
        store.set_password_hash(&author, &id, hash.clone()).await.expect("the password is written");
    }
}

/// A disk of 16 MiB.
struct Disk {
    path: PathBuf,
}

impl Disk {
    fn mount(path: PathBuf) -> Option<Disk> {
        std::fs::create_dir_all(&path).expect("the folder is made");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=16m", "none"]).arg(&path).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Disk { path }),
            Ok(output) => {
                println!("SKIPPED: no tmpfs can be mounted: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                println!("SKIPPED: no tmpfs can be mounted: {error}");
                None
            }
        }
    }

    fn fill(&self) {
        let mut filler = File::create(self.path.join("filler")).expect("the filler is made");
        for size in [65_536, 4096, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn clear(&self) {
        std::fs::remove_file(self.path.join("filler")).expect("the filler is there");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a node that is about to be killed may still have files open.
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}
