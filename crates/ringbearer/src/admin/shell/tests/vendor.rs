//! The vendor's commands, next to what the seed prints.

use super::*;

#[tokio::test]
async fn the_mode_is_enabled_with_the_words_of_the_seed() {
    let office = Office::new().await;
    let said = office.say("utils sipOAuth-mode enable", &[]).await;
    assert_eq!(
        said.printed,
        "SIP OAuth mode enabled.\n\
         Please restart the Cisco CallManager service on all nodes in the cluster where it is running.\n"
    );
    assert_eq!((said.code, said.refused, said.asked), (0, None, vec![]));
    let query = "run sql select paramvalue FROM processconfig WHERE paramname = 'ClusterSIPOAuthMode'";
    assert_eq!(office.done(query).await, "paramvalue\n==========\n1\n");
    assert_eq!(
        office.done("utils sipOAuth-mode disable").await,
        "SIP OAuth mode disabled.\n\
         Please restart the Cisco CallManager service on all nodes in the cluster where it is running.\n"
    );
    assert_eq!(office.done(query).await, "paramvalue\n==========\n0\n");
}

#[tokio::test]
async fn without_export_controlled_functionality_the_mode_stays_off() {
    let office = Office::new().await;
    office.node.export_controlled.store(false, Ordering::Relaxed);
    assert_eq!(
        office.refused("utils sipOAuth-mode enable").await,
        (
            1,
            "SIP OAuth mode cannot be enabled: the licence does not allow export-controlled functionality. \
             Register the cluster with an account that allows it."
                .into()
        )
    );
    assert!(!office.store.load().await.unwrap().parameters().sip_oauth_mode());
    office.done("utils sipOAuth-mode disable").await;
}

#[tokio::test]
async fn a_subscriber_changes_neither_mode_nor_keys() {
    let office = Office::on("ucm-sub").await;
    for line in ["utils sipOAuth-mode enable", "utils sipOAuth-mode disable", "set key regen authz signing"] {
        let refusal = (1, "This command runs on the publisher only: ucm-pub.".into());
        assert_eq!(office.refused(line).await, refusal, "{line}");
    }
}

#[tokio::test]
async fn the_status_tells_what_is_staged_from_what_runs() {
    let office = Office::new().await;
    office.done("utils service restart Cisco CallManager").await;
    office.done("utils sipOAuth-mode enable").await;
    let status = office.done("utils sipOAuth-mode status").await;
    let steps = "SIP OAuth mode is enabled.\n\n\
         node    running\n\
         ======= ==========================================================\n\
         ucm-pub disabled until its Cisco CallManager service restarts\n\
         ucm-sub not known: its Cisco CallManager service did not start yet\n\
         \n\
         On premises:\n\
         1. [to do] Configure refresh logins\n     \
         OAuth with Refresh Login Flow is Disabled: clients get no refresh token.\n     \
         Do it with: set parameter OAuthRefreshLoginFlow Enabled\n\
         2. [done] Configure the OAuth ports (optional)\n     \
         ucm-pub: SIP Phone OAuth Port 5090, SIP Mobile and Remote Access OAuth Port 5091.\n     \
         ucm-sub: SIP Phone OAuth Port 5090, SIP Mobile and Remote Access OAuth Port 5091.\n\
         3. [done] Enable SIP OAuth mode\n     \
         Cluster SIPOAuth Mode is Enabled.\n     \
         The licence allows export-controlled functionality.\n\
         4. [to do] Restart the Cisco CallManager service on all nodes\n     \
         ucm-pub: a restart takes over: Cluster SIPOAuth Mode.\n     \
         ucm-sub: the service did not start yet.\n     \
         Do it with: utils cluster restart Cisco CallManager\n\
         5. [to do] Configure OAuth support in the phone security profile\n     \
         No phone security profile has Enable OAuth Authentication.\n     \
         Phones with OAuth: 0 of 0\n     \
         Do it with: set profile name mode encrypted transport tls oauth on\n\
         \n\
         Over mobile and remote access:\n\
         1. [blocked] Enable refresh logins over MRA\n     \
         Steps 1 to 4 for clients on premises come first.\n";
    assert_eq!(status.get(..steps.len()), Some(steps), "{status}");
    let node = office.done("show node ucm-pub").await;
    assert_eq!(row(&node, "Cluster SIPOAuth Mode"), "Enabled Disabled restart needed");
    office.done("utils service restart Cisco CallManager").await;
    office.done("set parameter OAuthRefreshLoginFlow Enabled").await;
    let status = office.done("utils sipOAuth-mode status").await;
    assert!(status.contains("ucm-pub enabled\n") && status.contains("1. [done] Configure refresh logins"), "{status}");
    assert!(!office.done("show node ucm-pub").await.contains("restart"));
}

#[tokio::test]
async fn the_expressways_names_are_shown_as_in_the_seed() {
    let office = Office::new().await;
    office
        .done(
            "set expressway exp-c description \"this is added through axl\" \
             names domain-2.com,secure-phone-profile,domain-1.com,exp-c.domain-1.com",
        )
        .await;
    for table in ["expresswayconfiguration", "expresswaycconfiguration"] {
        let printed = office.done(&format!("run sql select * from {table}")).await;
        let lines: Vec<_> = printed.lines().collect();
        let [header, underline, row] = lines.as_slice() else { panic!("{printed}") };
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(header), ["pkid", "hostnameorip", "description", "x509subjectnameoraltname"]);
        assert_eq!(words(underline).iter().map(String::len).collect::<Vec<_>>(), [36, 12, 25, 65]);
        let (pkid, rest) = row.split_at(36);
        assert!(uuid::Uuid::parse_str(pkid).is_ok());
        assert_eq!(
            rest,
            " exp-c        this is added through axl domain-2.com,secure-phone-profile,domain-1.com,exp-c.domain-1.com"
        );
    }
}

#[tokio::test]
async fn sql_cannot_write_and_says_why() {
    let office = Office::new().await;
    assert_eq!(office.refused("run sql").await.0, 2);
    assert_eq!(office.refused("run sql delete from processnode").await, (1, "not authorized".into()));
    assert_eq!(office.refused("run sql select * from none_such").await, (1, "no such table: none_such".into()));
    let (code, reason) = office.refused("run sql select * from credential").await;
    assert_eq!((code, reason.starts_with("access to credential.")), (1, true), "{reason}");
}

#[tokio::test]
async fn open_ports_are_those_that_are_open() {
    let office = Office::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let printed = office.done(&format!("show open ports regexp {port}")).await;
    let rest = printed.strip_prefix("\nExecuting.. please wait.\n").unwrap();
    let fields: Vec<_> = rest.split_whitespace().collect();
    let [ccm, pid, user, descriptor, family, inode, size, protocol, name, state] = fields.as_slice() else {
        panic!("{printed}")
    };
    assert_eq!([*ccm, *user, *family, *size, *protocol, *state], ["ccm", "ccmbase", "IPv4", "0t0", "TCP", "(LISTEN)"]);
    assert_eq!(*pid, std::process::id().to_string());
    assert_eq!(*name, format!("127.0.0.1:{port}"));
    assert!(descriptor.ends_with('u') && inode.parse::<u64>().is_ok());
    drop(listener);
    assert_eq!(office.done(&format!("show open ports regexp :{port}")).await, "\nExecuting.. please wait.\n");
    assert_eq!(office.refused("show open ports regexp (").await.0, 2);
    assert_eq!(office.refused("show open ports regexp").await.0, 2);
    assert_eq!(office.refused("show open ports regexp a{1000}{1000}{1000}").await.0, 2);
}

#[tokio::test]
async fn version_and_cluster_are_shown() {
    let office = Office::new().await;
    let version = format!("Active Master Version: {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(office.done("show version active").await, version);
    office.store.renew_lease(&"ucm-pub".parse().unwrap(), u64::from(u32::MAX)).await.unwrap();
    assert_eq!(
        office.done("show network cluster").await,
        "127.0.0.11 ucm-pub Publisher callmanager DBPub online\n\
         127.0.0.12 ucm-sub Subscriber callmanager DBSub offline\n"
    );
}

#[tokio::test]
async fn what_is_no_command_exits_with_2_and_helps() {
    let office = Office::new().await;
    let (code, text) = office.refused("utils sipOAuth-mode on").await;
    assert_eq!(code, 2);
    assert!(text.starts_with("\"utils sipOAuth-mode on\" is not a command. Commands that begin like it:\n"), "{text}");
    assert!(text.contains("utils sipOAuth-mode enable   Let devices"), "{text}");
    assert_eq!(office.refused("frobnicate").await, (2, "\"frobnicate\" is not a command. help shows them all.".into()));
    assert_eq!(
        office.refused("utils sipOAuth-mode enable now").await,
        (2, "\"now\" is not expected\nUsage: utils sipOAuth-mode enable".into())
    );
    assert_eq!(office.done("  ").await, "");
    assert_eq!(
        office.done("help utils service restart").await,
        "utils service restart service\n    Restart a service of this node\n"
    );
    assert_eq!(office.done("?").await.lines().count(), crate::admin::command::COMMANDS.all().len());
}
