//! F2: after a loss of power the write-ahead log ends somewhere behind what was synchronised, perhaps in a torn page.
//! Every acknowledged write is there, none is half there; a file that is damaged beyond that is refused with what to do.

#[cfg(test)]
mod support;

use directory::*;
use ringbearer_store::{Store, StoreError};
use std::fs;
use std::path::PathBuf;
use support::*;

const WRITES: u32 = 30;

#[cfg(test)]
fn beside(database: &std::path::Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", database.display()).into()
}

#[tokio::test]
async fn f2_a_log_that_is_cut_anywhere_has_what_was_acknowledged_before() {
    let folder = Folder::new("power");
    let store = folder.open();
    let wal = beside(&folder.database(), "-wal");
    let mut acknowledged = vec![fs::metadata(&wal).unwrap().len()];
    for number in 0..WRITES {
        let user = Object::User(EndUser::new(format!("u{number}").parse().unwrap()));
        let line = Object::Line(Line::new(number.to_string().parse().unwrap()));
        store.put(&author(), vec![(user, Precondition::Absent), (line, Precondition::Absent)]).await.unwrap();
        acknowledged.push(fs::metadata(&wal).unwrap().len());
    }
    let (database, log) = (fs::read(folder.database()).unwrap(), fs::read(&wal).unwrap());
    let key = fs::read(beside(&folder.database(), ".key")).unwrap();
    let start = acknowledged[0] as usize;
    // Whole frames, cuts within frames, and cuts with the wrong bytes behind them.
    for (round, length) in (start..=log.len()).step_by(2903).chain(acknowledged.iter().map(|l| *l as usize)).enumerate()
    {
        let after = Folder::new(&format!("power-{round}"));
        let mut log = log[..length].to_vec();
        if round % 2 == 0 {
            log.extend([0xa5; 4096]);
        }
        fs::write(after.database(), &database).unwrap();
        fs::write(beside(&after.database(), "-wal"), &log).unwrap();
        let file = beside(&after.database(), ".key");
        fs::write(&file, &key).unwrap();
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let store = after.open();
        let directory = store.load().await.unwrap();
        let expected = acknowledged.iter().filter(|synchronised| **synchronised as usize <= length).count() - 1;
        assert_eq!(directory.users().len(), expected, "cut at {length}");
        assert_eq!(directory.lines().len(), expected, "cut at {length}");
        assert_eq!(store.audit_break().await.unwrap(), None);
    }
}

#[tokio::test]
async fn f2_a_damaged_file_is_refused_with_what_to_do() {
    let folder = Folder::new("damaged");
    let store = folder.open();
    store.put(&author(), office()).await.unwrap();
    let copy = folder.database().with_extension("copy");
    rusqlite::Connection::open(folder.database()).unwrap().execute("VACUUM INTO ?", [copy.to_str().unwrap()]).unwrap();
    let whole = fs::read(&copy).unwrap();
    let mut refused = 0;
    for page in 0..whole.len() / 4096 {
        let after = Folder::new(&format!("damaged-{page}"));
        let mut bytes = whole.clone();
        bytes[page * 4096..][..4096].fill(0xa5);
        fs::write(after.database(), &bytes).unwrap();
        if let Err(error) = Store::open(&after.database()) {
            assert!(matches!(error, StoreError::Content(_)), "{error:?}");
            assert!(error.to_string().ends_with("restore a backup"), "{error}");
            refused += 1;
        }
    }
    assert_eq!(refused, whole.len() / 4096, "a page of rubbish is always noticed");
    let after = Folder::new("no-database");
    fs::write(after.database(), b"this is a text, and a long one, which nobody should take for a database").unwrap();
    assert!(matches!(Store::open(&after.database()), Err(StoreError::Content(_))));
}
