//! Public keys of users.

use super::*;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const FINGERPRINT: &str = "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA";

#[tokio::test]
async fn a_key_is_added_shown_and_taken_away() {
    let office = Office::with_pool().await;
    assert_eq!(
        office.done(&format!("set ssh key add ALICE {KEY} alice at home")).await,
        format!("alice may sign in with {FINGERPRINT}.\n")
    );
    let table = format!(
        "user  fingerprint                                        kind        comment\n\
         ===== ================================================== =========== =============\n\
         alice {FINGERPRINT} ssh-ed25519 alice at home\n"
    );
    assert_eq!(office.done("show ssh key").await, table);
    assert_eq!(office.done("show ssh key alice").await, table);
    let twice = office.refused(&format!("set ssh key add alice {KEY}")).await;
    assert_eq!(twice.0, 1);
    assert!(twice.1.contains(FINGERPRINT), "{}", twice.1);
    assert_eq!(
        office.done(&format!("set ssh key delete alice {FINGERPRINT}")).await,
        format!("alice may no longer sign in with {FINGERPRINT}.\n")
    );
    assert_eq!(
        office.refused(&format!("set ssh key delete alice {FINGERPRINT}")).await,
        (1, format!("alice has no key {FINGERPRINT}"))
    );
    let audit = office.done("show audit 2").await;
    assert!(audit.contains("add SSH key") && audit.contains("remove SSH key"), "{audit}");
}

#[tokio::test]
async fn a_key_is_asked_for_and_goes_with_its_user() {
    let office = Office::with_pool().await;
    let said = office.say("set ssh key add alice", &[KEY]).await;
    assert_eq!((said.code, said.asked), (0, vec!["Shown Paste the line of the public key file: ".to_owned()]));
    office.done("unset user alice").await;
    let none = "user fingerprint kind comment\n==== =========== ==== =======\n";
    assert_eq!(office.done("show ssh key").await, none);
    assert_eq!(
        office.refused(&format!("set ssh key add alice {KEY}")).await,
        (1, "End User \"alice\" does not exist".into())
    );
}

#[tokio::test]
async fn a_user_has_only_so_many_keys() {
    let office = Office::with_pool().await;
    let author = Author { name: "test".into(), surface: directory::Surface::System };
    for number in 0..directory::SshKey::MOST {
        let fingerprint = format!("SHA256:{number}");
        let key = directory::SshKey { key: "ssh-ed25519 AAAA".into(), fingerprint, comment: String::new() };
        let user = "alice".parse().unwrap();
        directory::SshKeyRepository::add_ssh_key(&office.store, &author, &user, key).await.unwrap();
    }
    let (code, reason) = office.refused(&format!("set ssh key add alice {KEY}")).await;
    assert_eq!(code, 1);
    assert!(reason.contains("16"), "{reason}");
}

#[tokio::test]
async fn the_host_key_is_shown_where_ssh_is_on() {
    let mut office = Office::new().await;
    assert_eq!(
        office.refused("show ssh host-key").await,
        (1, "SSH is off on this node: [ssh] port in its configuration file turns it on".into())
    );
    let store = office.store.clone();
    office.shell = Shell::new(store, office.administration()).with_ssh_host_key(Some("SHA256:abc".into()));
    assert_eq!(office.done("show ssh host-key").await, "SHA256:abc (ED25519)\n");
}
