//! What a system has before anyone thinks of OAuth: people, their phones, their lines; and then the five steps of the
//! vendor's note that turn SIP OAuth mode on.

use super::Lab;
use super::member::LabNode;
use super::phone::{PEOPLE, Person};

/// The profile of the lab's phones, as the note names it.
pub(super) const PROFILE: &str = "Cisco Unified Client Services Framework - OAuth auth";

/// Who administers the lab in a browser, over SSH and over AXL.
pub(super) const ADMINISTRATOR: &str = "admin";

/// Adds people, phones and lines, and somebody to administer them. Each password is new with each lab.
pub(super) async fn people(lab: &Lab) -> anyhow::Result<()> {
    let (publisher, password) = (LabNode::Publisher, &lab.password);
    lab.give(publisher, &format!("set profile \"{PROFILE}\" mode encrypted transport tls"), "").await?;
    for person in PEOPLE {
        let Person { user, device, line } = person;
        let twice = format!("{password}\n{password}\n");
        lab.give(publisher, &format!("set user {user} first-name {user} last-name Lab"), "").await?;
        lab.give(publisher, &format!("set user password {user}"), &twice).await?;
        let phone = format!("set phone {device} product CSF profile \"{PROFILE}\" owner {user}");
        lab.give(publisher, &phone, "").await?;
        lab.give(publisher, &format!("set phone line {device} 1 {line} display {user}"), "").await?;
    }
    lab.give(publisher, &format!("set user {ADMINISTRATOR} first-name Ada last-name Lab roles administrator"), "")
        .await?;
    lab.give(publisher, &format!("set user password {ADMINISTRATOR}"), &format!("{password}\n{password}\n")).await?;
    Ok(())
}

/// The five steps on premises.
pub(super) async fn five_steps(lab: &Lab) -> anyhow::Result<()> {
    let steps: [(&str, Vec<String>); 5] = [
        (
            "1. Refresh logins: OAuth with Refresh Login Flow",
            vec!["set parameter OAuthRefreshLoginFlow Enabled".into()],
        ),
        ("2. OAuth ports of each node", LabNode::UCM.map(|node| format!("show node {}", node.name())).into()),
        ("3. SIP OAuth mode", vec!["utils sipOAuth-mode enable".into()]),
        (
            "4. Restart of the Cisco CallManager service on every node",
            vec!["utils cluster restart Cisco CallManager".into()],
        ),
        ("5. OAuth support in the phone security profile", vec![format!("set profile \"{PROFILE}\" oauth on")]),
    ];
    for (name, commands) in steps {
        let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
        let screen = lab.report.step(name, lab.give_all(LabNode::Publisher, &commands)).await?;
        lab.report.text("admin", &screen);
    }
    Ok(())
}
