use super::*;

const PASSPHRASE: &str = "a passphrase of twelve";

impl Office {
    /// A configuration file that says where the office's store is.
    fn configured(mut self) -> Self {
        let configuration = self.folder.join("node.toml");
        let text = "[node]\nname = \"ucm-pub\"\nusage = \"publisher\"\naddress = \"127.0.0.11\"\nstate = \"state\"\n\
                    [cluster]\ndatabase = \"cluster.db\"\ndomain = \"example.com\"\n";
        std::fs::write(&configuration, text).unwrap();
        std::fs::create_dir_all(self.folder.join("state")).unwrap();
        self.shell = Shell::new(self.store.clone(), self.administration()).with_configuration(&configuration);
        self
    }

    fn backups(&self) -> PathBuf {
        self.folder.join("state/backups")
    }
}

#[tokio::test]
async fn a_backup_is_made_listed_and_verified() {
    let office = Office::new().await.configured();
    assert_eq!(office.done("utils backup list").await, "");
    let made = office.say("utils backup create", &[PASSPHRASE]).await;
    assert_eq!((made.code, made.refused), (0, None));
    assert_eq!(made.asked, ["Hidden Passphrase of the backup: "]);
    let (name, summary) = made.printed.trim_end().split_once(": ").unwrap();
    assert!(summary.starts_with("ucm ucm-pub, 3 files, made "), "{summary}");
    assert_eq!(office.done("utils backup list").await, format!("{name}\n"));

    let audit = office.store.audit_records(1).await.unwrap();
    assert_eq!((audit[0].action.as_str(), audit[0].object.as_str()), ("create backup", name));

    let verified = office.say(&format!("utils backup verify {name}"), &[PASSPHRASE]).await;
    assert_eq!(verified.code, 0, "{verified:?}");
    let lines: Vec<_> = verified.printed.lines().collect();
    assert_eq!(lines[0], summary);
    let files: Vec<_> = lines[1..].iter().map(|line| line.split_whitespace().last().unwrap()).collect();
    assert_eq!(files, ["configuration.toml", "database/cluster.db", "database/cluster.db.key"]);

    let wrong = office.say(&format!("utils backup verify {name}"), &["another passphrase"]).await;
    assert_eq!(wrong.refused.as_deref(), Some("the passphrase is wrong, or the archive was changed"));
    let short = office.say("utils backup create", &["short"]).await;
    assert_eq!(short.refused.as_deref(), Some("a passphrase has at least 12 characters"));
}

#[tokio::test]
async fn adm_2_the_shell_reads_no_file_but_a_backup() {
    let office = Office::new().await.configured();
    std::fs::create_dir_all(office.backups()).unwrap();
    std::fs::write(office.backups().join("notes.txt"), "").unwrap();
    assert_eq!(office.done("utils backup list").await, "");
    for name in ["../../cluster.db", "/etc/passwd", "notes.txt"] {
        let said = office.say(&format!("utils backup verify {name}"), &[PASSPHRASE]).await;
        assert_eq!((said.code, said.asked.len()), (1, 0), "{name}");
        let reason = format!("There is no backup {name} here. utils backup list shows them.");
        assert_eq!(said.refused, Some(reason));
    }
}

#[tokio::test]
async fn the_audit_log_is_verified_row_by_row() {
    let office = Office::with_pool().await;
    let whole = "The audit log is whole: each row follows from the one before it.\n";
    assert_eq!(office.done("utils audit verify").await, whole);
    let outside = rusqlite::Connection::open(office.folder.join("cluster.db")).unwrap();
    outside.execute_batch("DROP TRIGGER auditlog_no_update").unwrap();
    outside.execute("UPDATE auditlog SET author = 'mallory' WHERE id = 2", []).unwrap();
    let (code, reason) = office.refused("utils audit verify").await;
    assert_eq!(code, 1);
    assert_eq!(
        reason,
        "The audit log was changed from outside: row 2 does not follow from the one before it. \
         A backup from before shows what stood there."
    );
}
