//! The verbs on objects: a fresh system is set up with them alone.

use super::*;
use argon2::{Argon2, PasswordVerifier};
use directory::{DirectoryNumber, NodePorts, Product};

#[tokio::test]
async fn an_office_is_set_up_by_commands() {
    let office = Office::with_pool().await;
    assert_eq!(
        office.done("set phone CSFalice profile \"CSF OAuth\" owner alice description \"Alice at home\"").await,
        "Phone \"CSFalice\" added.\n"
    );
    assert_eq!(
        office.done("set phone line CSFalice 1 2001 label Alice display \"Alice Liddell\"").await,
        "Phone \"CSFalice\" has 2001 on button 1.\n"
    );
    assert_eq!(
        office.done("set line 2001 forward-no-answer 2002 no-answer-seconds 5").await,
        "Directory Number \"2001\" changed.\n"
    );
    let directory = office.store.load().await.unwrap();
    let device = directory.device("CSFalice").unwrap();
    assert_eq!(device.product, Product::ClientServicesFramework);
    assert!(device.is_of_user("alice"));
    let line = device.line("2001").unwrap();
    assert_eq!((line.label.as_str(), line.display.as_str(), line.index), ("Alice", "Alice Liddell", 1));
    let forward = &directory.line("2001").unwrap().forward;
    assert_eq!(forward.no_answer.as_ref().map(DirectoryNumber::as_str), Some("2002"));
    assert_eq!(forward.no_answer_seconds, 5);
    let contact = line.contact;

    office.done("set phone line csfALICE 1 2003").await;
    office.done("set phone line CSFalice 2 2001").await;
    let directory = office.store.load().await.unwrap();
    let device = directory.device("CSFalice").unwrap();
    assert_eq!(device.line("2003").unwrap().contact, contact, "the contact of a button stays");
    assert_eq!(device.lines.len(), 2);
    assert_eq!(
        office.done("show phone").await,
        "phone    lines      owner profile   description\n\
         ======== ========== ===== ========= =============\n\
         CSFalice 2003, 2001 alice CSF OAuth Alice at home\n"
    );
    office.done("unset phone line CSFalice 1").await;
    assert_eq!(
        office.refused("unset phone line CSFalice 1").await,
        (1, "Phone \"CSFalice\" has nothing on button 1".into())
    );
    office.done("unset phone CSFalice").await;
    office.done("unset line 2001").await;
    office.done("unset user alice").await;
    assert_eq!(office.refused("unset user alice").await, (1, "End User \"alice\" does not exist".into()));
}

#[tokio::test]
async fn refusals_name_the_field_and_the_reason() {
    let office = Office::with_pool().await;
    let refusals = [
        (
            "set profile bad mode encrypted transport tls oauth on digest on",
            1,
            "Phone Security Profile: Enable OAuth Authentication: conflicts with Enable Digest Authentication: \
             OAuth and digest authentication exclude each other",
        ),
        (
            "set profile bad oauth on",
            1,
            "Phone Security Profile: Enable OAuth Authentication: conflicts with Device Security Mode: \
             OAuth needs the device security mode Encrypted",
        ),
        ("set phone CSFx profile none-such", 1, "Phone: Device Security Profile: \"none-such\" does not exist"),
        ("set phone CSFx profile \"CSF OAuth\" owner carol", 1, "Phone: Owner User ID: \"carol\" does not exist"),
        ("unset group Default", 1, "Cisco Unified CM Group: Name: in use by Device Pool \"Default\""),
        (
            "set group Default members ucm-pub,ucm-pub",
            1,
            "Cisco Unified CM Group: Selected Cisco Unified \
             Communications Managers: \"ucm-pub\" is already in use",
        ),
        (
            "set node ports ucm-pub sip-oauth 80",
            1,
            "Cisco Unified CM: SIP Phone OAuth Port: \
             the value must be between 1024 and 49151",
        ),
        (
            "set node ports ucm-pub sip-oauth 5091",
            1,
            "Cisco Unified CM: SIP Mobile and Remote Access OAuth Port: \
             conflicts with SIP Phone OAuth Port: no two ports of a server are alike",
        ),
        (
            "set parameter ClusterSIPOAuthMode 1",
            1,
            "Enterprise Parameters: Cluster SIPOAuth Mode: \
             read-only, changed by: utils sipOAuth-mode enable|disable",
        ),
        (
            "set parameter OAuthAccessTokenExpiryTimer 1441",
            1,
            "Enterprise Parameters: OAuth Access Token Expiry \
             Timer (minutes): the value must be between 1 and 1440",
        ),
        (
            "set expressway exp-c description x",
            1,
            "Expressway-C: X509 Subject Name / Subject Alternate Name: \
             a value is required",
        ),
        ("set node third address 127.0.0.12", 1, "Server: Host Name/IP Address: \"127.0.0.12\" is already in use"),
        ("set node third usage publisher", 1, "Server: Server Type: \"Publisher\" is already in use"),
        (
            "set line 2001 forward-all 2001",
            1,
            "Directory Number: Forward All: conflicts with Directory Number: \
             a line cannot forward all its calls to itself",
        ),
        ("show phone CSFx", 1, "Phone \"CSFx\" does not exist"),
        (
            "set user \"a b\"",
            1,
            "End User: User ID: only visible characters other than \" < > & : ; , / \\ ? % \
             are allowed",
        ),
    ];
    for (line, code, reason) in refusals {
        assert_eq!(office.refused(line).await, (code, reason.into()), "{line}");
    }
    for line in [
        "set phone CSFx owner alice",
        "set phone",
        "set phone CSFx profile",
        "set phone CSFx colour red",
        "set phone line CSFx one 2001",
        "set user alice active perhaps",
        "set user alice roles king",
        "set user alice first-name \"Al",
        "set profile x transport carrier-pigeon",
        "set node ports ucm-pub sip-oauth none",
        "set pool p",
        "set parameter x",
        "show user alice bob",
    ] {
        let (code, reason) = office.refused(line).await;
        assert_eq!(code, 2, "{line}: {reason}");
        assert!(reason.contains("\nUsage: "), "{line}: {reason}");
    }
}

#[tokio::test]
async fn a_password_is_asked_unseen_and_kept_hashed() {
    let office = Office::with_pool().await;
    let said = office.say("set user password Alice", &["correct horse"]).await;
    assert_eq!(said.asked, ["Hidden Password of alice: "]);
    assert_eq!((said.printed.as_str(), said.code), ("Password of alice set.\n", 0));
    let hash = office.password("alice").await.unwrap();
    let parsed = argon2::password_hash::phc::PasswordHash::new(hash.expose()).unwrap();
    assert!(Argon2::default().verify_password(b"correct horse", &parsed).is_ok());
    let said = office.say("set user password alice", &["short"]).await;
    assert_eq!((said.code, said.refused.unwrap()), (1, "at least 8 characters are needed".into()));
    assert_eq!(office.password("alice").await.unwrap(), hash);
    assert!(office.done("show user alice").await.contains("Password:           set\n"));
    let (code, _) = office.refused("set user password carol").await;
    assert_eq!(code, 1);
}

#[tokio::test]
async fn digest_credentials_are_kept_as_two_hashes() {
    let office = Office::with_pool().await;
    office.say("set user digest alice", &["Circle of Life"]).await;
    let directory = office.store.load().await.unwrap();
    let secret = directory.digest_secret("alice").unwrap();
    // printf 'alice:ccmsipline:Circle of Life' | md5sum, sha256sum
    assert_eq!(secret.realm, "ccmsipline");
    assert_eq!(secret.ha1_md5, "ba9fab633e1690d79b12d81cc224ee5e");
    assert_eq!(secret.ha1_sha256, "1d015d7fdae4b0a76e114d748242bf4bc9317ec01f4dffc1738b4db80c2de51d");
}

#[tokio::test]
async fn sec_1_no_secret_is_printed_or_logged() {
    let office = Office::with_pool().await;
    for command in ["set user password alice", "set user digest alice"] {
        let said = office.say(command, &["canary-77-canary"]).await;
        assert!(!format!("{said:?}").contains("canary"));
    }
    for line in ["show audit 100", "show user alice", "show user", "show parameter", "run sql select * from enduser"] {
        let printed = office.done(line).await;
        for secret in
            ["canary", "argon2", office.store.load().await.unwrap().digest_secret("alice").unwrap().ha1_md5.as_str()]
        {
            assert!(!printed.contains(secret), "{line}");
        }
    }
}

#[tokio::test]
async fn ports_are_staged_until_the_restart() {
    let office = Office::new().await;
    office.done("utils service restart Cisco CallManager").await;
    assert_eq!(
        office.done("set node ports ucm-pub sip-oauth 5091 sip-mra-oauth 5090").await,
        "Server \"ucm-pub\" changed.\nRestart the Cisco CallManager service on ucm-pub to use the new ports.\n"
    );
    let shown = office.done("show node ucm-pub").await;
    assert_eq!(row(&shown, "SIP Phone OAuth Port"), "5091 5090 restart needed");
    assert!(shown.ends_with("\nRestart the Cisco CallManager service of the node to run what is staged.\n"));
    assert_eq!(office.node.running().unwrap().ports, NodePorts::default());
}

#[tokio::test]
async fn parameters_are_shown_by_group_with_range_and_help() {
    let office = Office::new().await;
    let all = office.done("show parameter").await;
    assert!(
        all.starts_with(
            "SSO and OAuth Configuration\n    \
         OAuth Access Token Expiry Timer (minutes)               60\n    \
         Jabber OAuth Refresh Token Expiry Timer (days)          60\n    \
         Physical Phone OAuth Refresh Token Expiry Timer (days)  60\n"
        ),
        "{all}"
    );
    assert!(
        all.contains(
            "\nSecurity Parameters\n    Cluster Security Mode                                   0\n    \
         Cluster SIPOAuth Mode                                   Disabled\n    \
         LBM Security Mode                                       Insecure\n"
        ),
        "{all}"
    );
    let one = office.done("show parameter oauthaccesstokenexpirytimer").await;
    assert!(one.contains("Range:      1 to 1440\n"), "{one}");
    assert_eq!(
        office.done("set parameter OAuthRefreshLoginFlow enabled").await,
        "OAuth with Refresh Login Flow: Enabled\n"
    );
}

#[tokio::test]
async fn the_set_up_code_is_shown_here() {
    let office = Office::new().await;
    assert_eq!(
        office.done("show setup code").await,
        "Set-up code: ABCDE-FGHIJ-KLMNO-PQRST\n\
         Enter it on the sign-in page of this node to make the first administrator.\n"
    );
}

#[tokio::test]
async fn users_profiles_and_groups_are_shown() {
    let office = Office::with_pool().await;
    office.done("set user alice roles administrator,axl mail alice@example.com").await;
    assert_eq!(
        office.done("show user").await,
        "user  first name last name active phones\n\
         ===== ========== ========= ====== ======\n\
         alice Alice      Liddell   on\n"
    );
    let page = office.done("show user alice").await;
    assert!(page.contains("Roles:              Standard CCM Super Users, Standard AXL API Access\n"), "{page}");
    office.done("set user alice roles none active off").await;
    assert!(office.done("show user alice").await.contains("Roles:\n"));
    assert_eq!(
        office.done("show profile").await,
        "profile   mode      transport oauth digest\n\
         ========= ========= ========= ===== ======\n\
         CSF OAuth Encrypted TLS       on    off\n"
    );
    assert_eq!(
        office.done("show group default").await,
        "group   members in priority order\n\
         ======= =========================\n\
         Default ucm-pub, ucm-sub\n"
    );
    assert_eq!(office.done("show pool").await, "pool    group\n======= =======\nDefault Default\n");
    assert_eq!(
        office.done("show registration").await,
        "device node since\n====== ==== =====\n\n0 registered, 1 of them here\n"
    );
}
