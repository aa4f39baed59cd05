//! What is put is what is loaded, by this process, by another, and after a restart.

#[cfg(test)]
mod support;

use directory::*;
use support::*;

#[cfg(test)]
fn assert_office(directory: &Directory) {
    let alice = directory.device("csfALICE").unwrap();
    assert_eq!(**alice, device("CSFalice", "alice", &["2001", "2002"]));
    let sharing: Vec<_> = directory.devices_of_line("2002").iter().map(|d| d.name.as_str()).collect();
    assert_eq!(sharing, ["CSFalice", "CSFbob"]);
    let members: Vec<_> = directory.group_of(alice).iter().map(|n| n.name.as_str()).collect();
    assert_eq!(members, ["ucm-sub", "ucm-pub"]);
    assert_eq!(**directory.profile_of(alice).unwrap(), oauth_profile());
    assert_eq!(directory.user("Alice").unwrap().roles, [Role::AxlAccess]);
    assert_eq!(**directory.expressway("exp-c").unwrap(), expressway());
    assert_eq!(directory.node("ucm-pub").unwrap().ports, NodePorts::default());
}

#[tokio::test]
async fn an_office_is_the_same_after_a_restart() {
    let folder = Folder::new("restart");
    let store = folder.open();
    store.put(&author(), office()).await.unwrap();
    assert_office(&store.load().await.unwrap());
    let cluster = store.load().await.unwrap().cluster();
    drop(store);
    let again = folder.open().load().await.unwrap();
    assert_office(&again);
    assert_eq!(again.cluster(), cluster);
}

#[tokio::test]
async fn an_object_is_replaced_under_its_name() {
    let folder = Folder::new("replace");
    let store = folder.open();
    store.put(&author(), office()).await.unwrap();
    let mut changed = device("CSFalice", "alice", &["2002"]);
    changed.owner = None;
    changed.associated_users.clear();
    changed.digest_user = Some("bob".parse().unwrap());
    changed.lines[0].label = "front desk".into();
    store.put(&author(), vec![(Object::Device(changed.clone()), Precondition::Present)]).await.unwrap();
    for directory in [store.load().await.unwrap(), folder.open().load().await.unwrap()] {
        assert_eq!(**directory.device("CSFalice").unwrap(), changed);
        assert!(directory.devices_of_line("2001").is_empty());
        assert_eq!(directory.devices_of_line("2002").len(), 2);
        assert_eq!(directory.devices().len(), 2);
    }
}

#[tokio::test]
async fn every_field_of_every_kind_comes_back() {
    let folder = Folder::new("fields");
    let store = folder.open();
    store.put(&author(), office()).await.unwrap();
    let ports = NodePorts::default().with_all(&[(PortName::SipPhoneOAuth, 6090), (PortName::MgcpListen, 1024)]);
    let mut node = ProcessNode::new("UCM-SUB".parse().unwrap(), "10.0.0.2".parse().unwrap(), NodeUsage::Subscriber);
    node.description = "second floor".into();
    node.ports = ports.unwrap();
    let profile = SecurityProfile {
        description: "digest".into(),
        nonce_validity_seconds: 60,
        transport_type: TransportType::Udp,
        digest_authentication: true,
        exclude_digest_credentials: true,
        sip_phone_port: 5070,
        ..SecurityProfile::new("Digest".parse().unwrap())
    };
    let line = Line {
        description: "d".into(),
        alerting_name: "a".into(),
        forward: CallForward {
            all: Some("1".parse().unwrap()),
            busy: Some("2".parse().unwrap()),
            no_answer: Some("3".parse().unwrap()),
            no_answer_seconds: 20,
        },
        ..Line::new("2001".parse().unwrap())
    };
    let user = EndUser {
        first_name: "A".into(),
        last_name: "B".into(),
        mail: "a@b".into(),
        active: false,
        roles: vec![Role::Administrator, Role::AxlAccess],
        ..EndUser::new("alice".parse().unwrap())
    };
    let objects = vec![
        Object::Node(node.clone()),
        Object::Profile(profile.clone()),
        Object::Line(line.clone()),
        Object::User(user.clone()),
    ];
    let puts = objects.into_iter().map(|object| (object, Precondition::None)).collect();
    store.put(&author(), puts).await.unwrap();
    for directory in [store.load().await.unwrap(), folder.open().load().await.unwrap()] {
        assert_eq!(**directory.node("ucm-sub").unwrap(), node);
        assert_eq!(**directory.profile("digest").unwrap(), profile);
        assert_eq!(**directory.line("2001").unwrap(), line);
        assert_eq!(**directory.user("alice").unwrap(), user);
    }
}

#[tokio::test]
async fn all_or_nothing_is_written() {
    let folder = Folder::new("atomic");
    let store = folder.open();
    let mut objects = office();
    let stranger = device("CSFcarol", "carol", &["2001"]);
    objects.push((Object::Device(stranger), Precondition::None));
    let error = store.put(&author(), objects).await.unwrap_err();
    assert_eq!(error.to_string(), "Phone: Owner User ID: \"carol\" does not exist");
    assert!(store.load().await.unwrap().devices().is_empty());
    assert_eq!(store.audit_records(10).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_used_cannot_be_removed() {
    let folder = Folder::new("in-use");
    let store = folder.open();
    store.put(&author(), office()).await.unwrap();
    let refusals = [
        (
            ObjectKey::Profile("csf oauth".parse().unwrap()),
            "Phone Security Profile: Name: in use by Phone \"CSFalice\"",
        ),
        (ObjectKey::Line("2002".parse().unwrap()), "Directory Number: Name: in use by Phone \"CSFalice\""),
        (ObjectKey::User("bob".parse().unwrap()), "End User: Name: in use by Phone \"CSFalice\""),
        (ObjectKey::Pool("Default".parse().unwrap()), "Device Pool: Name: in use by Phone \"CSFalice\""),
        (
            ObjectKey::Group("Default".parse().unwrap()),
            "Cisco Unified CM Group: Name: in use by Device Pool \"Default\"",
        ),
        (ObjectKey::Node("ucm-sub".parse().unwrap()), "Server: Name: in use by Cisco Unified CM Group \"Default\""),
    ];
    for (key, text) in refusals {
        let error = store.remove(&author(), key, Precondition::None).await.unwrap_err();
        assert_eq!(error.to_string(), text);
    }
    let alice = ObjectKey::Device("CSFalice".parse().unwrap());
    store.remove(&author(), alice.clone(), Precondition::None).await.unwrap();
    let error = store.remove(&author(), alice, Precondition::None).await.unwrap_err();
    assert_eq!(error.to_string(), "Phone \"CSFalice\" does not exist");
    let directory = store.load().await.unwrap();
    assert!(directory.device("CSFalice").is_none());
    assert_eq!(directory.devices_of_line("2002").len(), 1);
    assert!(directory.devices_of_line("2001").is_empty());
}

#[tokio::test]
async fn secrets_come_back_to_the_domain_only() {
    let folder = Folder::new("secrets");
    let store = folder.open();
    store.put(&author(), office()).await.unwrap();
    let (alice, carol) = ("alice".parse().unwrap(), "carol".parse().unwrap());
    let hash = PasswordHash::new("$argon2id$canary".into());
    store.set_password_hash(&author(), &alice, hash.clone()).await.unwrap();
    store.set_digest_secret(&author(), &alice, secret()).await.unwrap();
    assert_eq!(store.password_hash(&alice).await.unwrap(), Some(hash.clone()));
    assert_eq!(store.password_hash(&"bob".parse().unwrap()).await.unwrap(), None);
    for directory in [store.load().await.unwrap(), folder.open().load().await.unwrap()] {
        assert_eq!(directory.digest_secret("ALICE"), Some(&secret()));
        assert_eq!(directory.digest_secret("bob"), None);
        assert!(!format!("{directory:?}").contains("aaaa"), "the hashes are in Debug");
    }
    let error = store.set_password_hash(&author(), &carol, hash).await.unwrap_err();
    assert_eq!(error.to_string(), "End User \"carol\" does not exist");
    let log = format!("{:?}", store.audit_records(100).await.unwrap());
    assert!(!log.contains("argon2") && !log.contains("aaaa"), "{log}");
}

#[tokio::test]
async fn adm_2_the_audit_log_names_each_act_and_breaks_when_it_is_touched() {
    let folder = Folder::new("audit");
    let store = folder.open();
    store.put(&author(), office()).await.unwrap();
    store.set_parameter(&author(), "OAuthAccessTokenExpiryTimer", "30").await.unwrap();
    let newest = store.audit_records(1).await.unwrap().remove(0);
    assert_eq!((newest.action.as_str(), newest.detail.as_str()), ("set parameter", "60 -> 30"));
    assert_eq!(newest.object, "OAuth Access Token Expiry Timer (minutes)");
    assert_eq!(newest.author, author());
    assert_eq!(store.audit_break().await.unwrap(), None);

    let outside = rusqlite::Connection::open(folder.database()).unwrap();
    let delete = "DELETE FROM auditlog WHERE id = 3";
    assert!(outside.execute(delete, []).unwrap_err().to_string().contains("append-only"));
    outside.execute_batch("DROP TRIGGER auditlog_no_update").unwrap();
    outside.execute("UPDATE auditlog SET author = 'mallory' WHERE id = 3", []).unwrap();
    assert_eq!(store.audit_break().await.unwrap(), Some(3));
}

#[tokio::test]
async fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("mode");
    let store = folder.open();
    store.put(&author(), office()).await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let file = format!("{}{suffix}", folder.database().display());
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
}
