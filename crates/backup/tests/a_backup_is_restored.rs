//! From a node that is written to, to an archive, to another folder; and archives that no node ever made.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

use std::io::Write;
use std::path::{Path, PathBuf};

use ringbearer_backup::{BackupError, Entry, Manifest, Node, Passphrase, create, restore, verify};
use store::Store;

const CANARY: &str = "CANARY-OF-A-PRIVATE-KEY-7f3a9c";

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ringbearer-backup-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse battery".into()).unwrap()
}

fn node(folder: &Path) -> Node {
    let state = folder.join("state");
    std::fs::create_dir_all(state.join("certificates/tomcat")).unwrap();
    std::fs::write(folder.join("node.toml"), "[node]\n").unwrap();
    Node {
        kind: "ucm".into(),
        name: "ucm-pub".into(),
        configuration: folder.join("node.toml"),
        database: Some(folder.join("cluster.db")),
        leave_out: vec![state.join("node.log")],
        state,
    }
}

/// A node with a database and a key, and what is no state.
fn furnished(folder: &Path) -> Node {
    let node = node(folder);
    drop(Store::open(node.database.as_ref().unwrap()).unwrap());
    std::fs::write(node.state.join("certificates/tomcat/key.pem"), CANARY).unwrap();
    std::fs::write(node.state.join("node.log"), "a log").unwrap();
    std::fs::write(node.state.join("node.log.1"), "an older log").unwrap();
    node
}

fn paths(manifest: &Manifest) -> Vec<&str> {
    manifest.files.iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn sec_1_a_backup_shows_nothing_of_what_it_holds() {
    let folder = folder("canary");
    let node = furnished(&folder);
    let key = std::fs::read(folder.join("cluster.db.key")).unwrap();
    let archive = folder.join("backup");
    let manifest = create(&node, "1.2.3", &archive, &passphrase()).unwrap();
    assert_eq!(
        paths(&manifest),
        ["configuration.toml", "database/cluster.db", "database/cluster.db.key", "state/certificates/tomcat/key.pem"]
    );
    let octets = std::fs::read(&archive).unwrap();
    let holds = |needle: &[u8]| octets.windows(needle.len()).any(|window| window == needle);
    for secret in [CANARY.as_bytes(), &key, b"key.pem", b"ucm-pub", b"SQLite format 3"] {
        assert!(!holds(secret), "{}", String::from_utf8_lossy(secret));
    }
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&archive).unwrap().permissions().mode() & 0o777, 0o600);
    let left = list(&folder).into_iter().filter(|path| path.to_string_lossy().contains(".backup"));
    assert_eq!(left.count(), 0, "no copy is left beside");
    assert!(matches!(create(&node, "1.2.3", &archive, &passphrase()), Err(BackupError::File(..))), "it stays");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_was_backed_up_is_there_again_and_what_was_there_is_kept_aside() {
    let (from, to) = (folder("from"), folder("to"));
    let archive = from.join("backup");
    let made = create(&furnished(&from), "1.2.3", &archive, &passphrase()).unwrap();
    assert_eq!(verify(&archive, &passphrase()).unwrap(), made);

    let target = furnished(&to);
    let key = to.join("state/certificates/tomcat/key.pem");
    std::fs::write(&key, "another key").unwrap();
    let open = Store::open(&to.join("cluster.db")).unwrap();
    assert!(matches!(restore(&target, &archive, &passphrase()), Err(BackupError::Running("the database is in use"))));
    assert_eq!(std::fs::read_to_string(&key).unwrap(), "another key");
    drop(open);
    restore(&target, &archive, &passphrase()).unwrap();
    assert_eq!(std::fs::read_to_string(&key).unwrap(), CANARY);
    let aside = to.join("state/before-restore/certificates/tomcat/key.pem");
    assert_eq!(std::fs::read_to_string(aside).unwrap(), "another key");
    assert_eq!(std::fs::read(to.join("cluster.db.key")).unwrap(), std::fs::read(from.join("cluster.db.key")).unwrap());
    drop(Store::open(&to.join("cluster.db")).unwrap());
    for folder in [from, to] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

/// Seals a tar of one's own making, as somebody does who knows the passphrase.
fn sealed(folder: &Path, build: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> PathBuf {
    let mut builder = tar::Builder::new(Vec::new());
    build(&mut builder);
    let path = folder.join("hostile");
    let tar = builder.into_inner().unwrap();
    std::fs::write(&path, ringbearer_backup::testing::seal(&tar, &passphrase())).unwrap();
    path
}

fn manifest(files: &[(&str, &[u8])]) -> Manifest {
    let hash = |octets: &[u8]| {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, octets);
        digest.as_ref().iter().map(|octet| format!("{octet:02x}")).collect()
    };
    let entry = |(path, octets): &(&str, &[u8])| Entry {
        path: (*path).into(),
        length: octets.len() as u64,
        sha256: hash(octets),
    };
    Manifest {
        format: 1,
        version: "1.2.3".into(),
        kind: "expressway-e".into(),
        node: "exp-e".into(),
        created: 0,
        files: files.iter().map(entry).collect(),
    }
}

fn append(builder: &mut tar::Builder<Vec<u8>>, path: &str, kind: tar::EntryType, octets: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_size(octets.len() as u64);
    header.set_entry_type(kind);
    // As a hostile writer would: the path goes in unchecked.
    header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
    header.set_cksum();
    builder.get_mut().write_all(header.as_bytes()).unwrap();
    builder.get_mut().write_all(octets).unwrap();
    let padding = octets.len().next_multiple_of(512) - octets.len();
    builder.get_mut().write_all(&vec![0; padding]).unwrap();
}

fn begin(builder: &mut tar::Builder<Vec<u8>>, manifest: &Manifest) {
    append(builder, "manifest.json", tar::EntryType::Regular, &serde_json::to_vec(manifest).unwrap());
}

#[test]
fn adm_2_a_hostile_archive_is_refused_and_writes_nothing() {
    let folder = folder("hostile");
    let mut target = node(&folder);
    (target.kind, target.database) = ("expressway-e".into(), None);
    let regular = tar::EntryType::Regular;
    let good: &[(&str, &[u8])] = &[("configuration.toml", b"[node]"), ("state/servers.json", b"{}")];
    let with = |path: &'static str| -> Vec<(&str, &[u8])> { vec![good[0], (path, b"owned")] };
    let mut cases: Vec<(&str, PathBuf)> = Vec::new();
    let mut case = |name: &'static str, build: &dyn Fn(&mut tar::Builder<Vec<u8>>)| {
        let path = sealed(&folder, build);
        let own = folder.join(name.replace(' ', "-"));
        std::fs::rename(path, &own).unwrap();
        cases.push((name, own));
    };
    for path in [
        "../outside",
        "state/../../outside",
        "/tmp/ringbearer-outside",
        "state//x",
        "state/.ssh/keys",
        "state/a\\b",
        "database/other",
        "state/",
        "state/x/../y",
    ] {
        let files = with(path);
        let name: &'static str = Box::leak(format!("path {}", path.replace('/', "_")).into_boxed_str());
        case(name, &|builder| {
            begin(builder, &manifest(&files));
            files.iter().for_each(|(path, octets)| append(builder, path, regular, octets));
        });
    }
    for (name, kind) in [
        ("a symbolic link", tar::EntryType::Symlink),
        ("a hard link", tar::EntryType::Link),
        ("a device", tar::EntryType::Char),
        ("a folder", tar::EntryType::Directory),
        ("a sparse file", tar::EntryType::GNUSparse),
    ] {
        case(name, &|builder| {
            begin(builder, &manifest(good));
            append(builder, good[0].0, regular, good[0].1);
            append(builder, good[1].0, kind, good[1].1);
        });
    }
    case("another digest", &|builder| {
        begin(builder, &manifest(good));
        append(builder, good[0].0, regular, good[0].1);
        append(builder, good[1].0, regular, b"[]");
    });
    case("another name", &|builder| {
        begin(builder, &manifest(good));
        append(builder, good[0].0, regular, good[0].1);
        append(builder, "state/other.json", regular, good[1].1);
    });
    case("a file more", &|builder| {
        begin(builder, &manifest(good));
        good.iter().for_each(|(path, octets)| append(builder, path, regular, octets));
        append(builder, "state/more", regular, b"x");
    });
    case("a file less", &|builder| {
        begin(builder, &manifest(good));
        append(builder, good[0].0, regular, good[0].1);
    });
    case("a path twice", &|builder| {
        let files = [good[0], good[1], good[1]];
        begin(builder, &manifest(&files));
        files.iter().for_each(|(path, octets)| append(builder, path, regular, octets));
    });
    case("a bomb", &|builder| {
        let mut manifest = manifest(good);
        manifest.files[1].length = 1 << 40;
        begin(builder, &manifest);
        append(builder, good[0].0, regular, good[0].1);
        append(builder, good[1].0, regular, good[1].1);
    });
    case("a newer format", &|builder| {
        let mut manifest = manifest(good);
        manifest.format = 2;
        begin(builder, &manifest);
    });
    case("another kind of node", &|builder| {
        let mut manifest = manifest(good);
        manifest.kind = "ucm".into();
        begin(builder, &manifest);
        good.iter().for_each(|(path, octets)| append(builder, path, regular, octets));
    });
    case("no manifest", &|builder| append(builder, good[0].0, regular, good[0].1));

    let before: Vec<_> = list(&folder);
    for (name, archive) in &cases {
        let refused = restore(&target, archive, &passphrase());
        assert!(refused.is_err(), "{name} was taken");
        assert_eq!(list(&folder), before, "{name} left something");
    }
    assert!(!Path::new("/tmp/ringbearer-outside").exists());
    assert!(!folder.parent().unwrap().join("outside").exists());

    let good_archive = sealed(&folder, |builder| {
        begin(builder, &manifest(good));
        good.iter().for_each(|(path, octets)| append(builder, path, regular, octets));
    });
    restore(&target, &good_archive, &passphrase()).unwrap();
    assert_eq!(std::fs::read_to_string(target.state.join("servers.json")).unwrap(), "{}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// Every path below a folder.
fn list(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(list(&path));
        }
        all.push(path);
    }
    all.sort();
    all
}
