//! Phones, lines, users, profiles, pools and groups, from nothing to a phone that may register.

use directory::{DirectoryRepository, LocationChange, Surface};
use ringbearer_web::registrations::Reset;
use soap::Element;

use crate::cluster::{Node, text};

fn object(name: &str, fields: &[(&str, &str)]) -> Element {
    fields.iter().fold(Element::new(name), |object, (name, value)| object.with_text(name, *value))
}

fn profile() -> Element {
    object(
        "phoneSecurityProfile",
        &[
            ("phoneType", "Cisco Unified Client Services Framework"),
            ("protocol", "SIP"),
            ("name", "Softphone"),
            ("deviceSecurityMode", "Encrypted"),
            ("transportType", "TLS"),
            ("EnableOAuthAuthentication", "true"),
        ],
    )
}

fn user() -> Element {
    let fields = [
        ("firstName", "Carol"),
        ("lastName", "Smith"),
        ("userid", "carol"),
        ("presenceGroupName", "Standard"),
        ("password", "canary-1"),
    ];
    object("user", &fields).with_text("digestCredentials", "canary-2")
}

fn phone(name: &str) -> Element {
    let line = object("line", &[("index", "1"), ("label", "Carol"), ("maxNumCalls", "6")])
        .with(object("dirn", &[("pattern", "3001"), ("routePartitionName", "")]));
    object(
        "phone",
        &[
            ("name", name),
            ("product", "Cisco Unified Client Services Framework"),
            ("class", "Phone"),
            ("protocol", "SIP"),
            ("protocolSide", "User"),
            ("devicePoolName", "Office"),
            ("commonPhoneConfigName", "Standard Common Phone Profile"),
            ("locationName", "Hub_None"),
            ("securityProfileName", "Softphone"),
            ("ownerUserName", "carol"),
        ],
    )
    .with(Element::new("lines").with(line))
}

async fn deploy(node: &Node) {
    let member = object("member", &[("callManagerName", "CM_ucm-sub"), ("priority", "1")]);
    let first = object("member", &[("callManagerName", "cm_ucm-pub"), ("priority", "0")]);
    let group = object("callManagerGroup", &[("name", "Both")]).with(Element::new("members").with(member).with(first));
    let pool = object("devicePool", &[("name", "Office"), ("callManagerGroupName", "Both"), ("regionName", "Default")]);
    let line = object("line", &[("pattern", "3002"), ("usage", "Device"), ("alertingName", "Hall")])
        .with(object("callForwardAll", &[("forwardToVoiceMail", "f"), ("destination", "3001")]))
        .with(object("callForwardNoAnswer", &[("destination", "3003"), ("duration", "20")]));
    for (operation, object) in [
        ("addCallManagerGroup", group),
        ("addDevicePool", pool),
        ("addPhoneSecurityProfile", profile()),
        ("addUser", user()),
        ("addPhone", phone("CSFCAROL")),
        ("addLine", line),
    ] {
        let answer = node.call(operation, [object]).await;
        let answer = answer.unwrap_or_else(|fault| panic!("{operation}: {fault}"));
        assert!(answer.text().starts_with('{'), "{operation}");
    }
}

#[tokio::test]
async fn a_deployment_is_added_and_read() {
    let node = Node::new("deployment").await;
    deploy(&node).await;
    let directory = node.store.load().await.unwrap();
    let members: Vec<_> = directory.group("Both").unwrap().members.iter().map(ToString::to_string).collect();
    assert_eq!(members, ["ucm-pub", "ucm-sub"], "in the order of their priorities");
    let device = directory.device("CSFCAROL").unwrap();
    assert_eq!((device.device_pool.as_str(), device.owner.as_ref().unwrap().as_str()), ("Office", "carol"));
    assert_eq!((device.lines[0].directory_number.as_str(), device.lines[0].max_calls), ("3001", 6));
    assert!(directory.line("3001").is_some(), "the number of a phone becomes a line");
    let line = directory.line("3002").unwrap();
    assert_eq!(line.forward.all.as_ref().unwrap().as_str(), "3001");
    assert_eq!((line.forward.no_answer_seconds, line.alerting_name.as_str()), (20, "Hall"));
    let hash = node.store.password_hash(&"carol".parse().unwrap()).await.unwrap().unwrap();
    assert!(hash.expose().starts_with("$argon2id$"));
    assert_eq!(directory.digest_secret("carol").unwrap().realm, "ccmsipline");

    let answer = node.call("getPhone", [text("name", "csfcarol")]).await.unwrap();
    let read = answer.child("phone").unwrap();
    assert_eq!(read.child_text("product"), Some("Cisco Unified Client Services Framework"));
    assert_eq!(read.at(&["lines", "line", "dirn", "pattern"]).unwrap().text(), "3001");
    let answer = node.call("getUser", [text("userid", "carol")]).await.unwrap().to_document();
    assert!(answer.contains("<mailid/>") && !answer.contains("canary"), "{answer}");
    let criteria = Element::new("searchCriteria").with_text("callManagerGroupName", "bo%");
    let answer = node.call("listDevicePool", [criteria]).await.unwrap();
    assert_eq!(answer.at(&["devicePool", "name"]).unwrap().text(), "Office");

    let audit = node.store.audit_records(20).await.unwrap();
    let own = audit.iter().filter(|record| record.author.surface == Surface::Axl).count();
    assert_eq!(own, 9, "six objects, the phone's line, two secrets");
    assert!(!format!("{audit:?}").contains("canary"));
}

#[tokio::test]
async fn what_is_not_named_stays_as_it_is() {
    let node = Node::new("update").await;
    deploy(&node).await;
    let before = node.store.load().await.unwrap();
    let contact = before.device("CSFCAROL").unwrap().lines[0].contact;
    let line = object("line", &[("index", "1"), ("display", "Carol S.")]).with(object("dirn", &[("pattern", "3002")]));
    let change = [text("name", "CSFCAROL"), Element::new("lines").with(line), text("ownerUserName", "")];
    node.call("updatePhone", change).await.unwrap();
    let devices = Element::new("associatedDevices").with(text("device", "csfcarol"));
    let groups =
        ["Standard CCM End Users", "Standard AXL API Access"].map(|name| object("userGroup", &[("name", name)]));
    let groups = Element::new("associatedGroups").with_all(groups);
    node.call("updateUser", [text("userid", "CAROL"), text("mailid", "c@example.com"), devices, groups]).await.unwrap();
    let after = node.store.load().await.unwrap();
    let device = after.device("CSFCAROL").unwrap();
    let line = &device.lines[0];
    assert_eq!((line.directory_number.as_str(), line.label.as_str(), line.max_calls), ("3002", "Carol", 6));
    assert_eq!((line.contact, device.owner.as_ref()), (contact, None));
    assert_eq!(device.associated_users, ["carol".parse::<directory::UserId>().unwrap()]);
    let user = after.user("carol").unwrap();
    assert_eq!((user.first_name.as_str(), user.mail.as_str()), ("Carol", "c@example.com"));
    assert_eq!(user.roles, [directory::Role::AxlAccess]);

    node.call("updateUser", [text("userid", "carol"), Element::new("associatedDevices")]).await.unwrap();
    assert!(node.store.load().await.unwrap().device("CSFCAROL").unwrap().associated_users.is_empty());
    for (operation, by) in [
        ("removePhone", text("name", "CSFCAROL")),
        ("removeUser", text("userid", "carol")),
        ("removeLine", text("pattern", "3001")),
        ("removeDevicePool", text("name", "Office")),
        ("removeCallManagerGroup", text("name", "Both")),
        ("removePhoneSecurityProfile", text("name", "Softphone")),
    ] {
        node.call(operation, [by.clone()]).await.unwrap_or_else(|fault| panic!("{operation}: {fault}"));
        assert_eq!(node.refusal(operation, [by]).await.0, 5007, "{operation}");
    }
}

#[tokio::test]
async fn the_directorys_rules_are_the_interfaces() {
    let node = Node::new("rules").await;
    deploy(&node).await;
    let update = |name: &str, field: &str, value: &str| [text("name", name), text(field, value)];
    let profile = |field, value| update("Softphone", field, value);
    let phone_of = |field: &str, value: &str| {
        let kept =
            phone("CSFDAVE").children().iter().filter(|child| child.name() != field).cloned().collect::<Vec<_>>();
        [Element::new("phone").with_all(kept).with_text(field, value)]
    };
    let cases: Vec<(&str, Vec<Element>, i32, &str)> = vec![
        (
            "updatePhoneSecurityProfile",
            profile("transportType", "TCP").into(),
            5003,
            "Phone Security Profile: Transport Type: conflicts with Device Security Mode",
        ),
        (
            "updatePhoneSecurityProfile",
            profile("transportType", "QUIC").into(),
            5003,
            "transportType is one of TCP, UDP",
        ),
        (
            "updatePhoneSecurityProfile",
            profile("enableDigestAuthentication", "t").into(),
            5003,
            "Phone Security Profile: ",
        ),
        (
            "updatePhoneSecurityProfile",
            profile("newName", "x").into(),
            5003,
            "newName: a PhoneSecurityProfile keeps its name",
        ),
        (
            "removePhoneSecurityProfile",
            vec![text("name", "Softphone")],
            5003,
            "Phone Security Profile: Name: in use by Phone",
        ),
        ("addPhone", vec![phone("CSFCAROL")], -239, "Could not insert new row"),
        (
            "addPhone",
            phone_of("securityProfileName", "None").into(),
            5003,
            "Phone: Device Security Profile: \"None\" does not",
        ),
        ("addPhone", phone_of("protocol", "SCCP").into(), 5003, "protocol is SIP"),
        ("addPhone", phone_of("product", "Cisco 9999").into(), 5003, "product is one of "),
        ("addPhone", phone_of("colour", "red").into(), 5003, "phone has no colour"),
        ("addUser", vec![user()], -239, "Could not insert new row"),
        (
            "updateUser",
            vec![text("userid", "carol"), text("password", "short")],
            5003,
            "password: at least 8 characters",
        ),
        (
            "updateUser",
            vec![text("userid", "carol"), Element::new("associatedDevices").with(text("device", "CSFNOBODY"))],
            5003,
            "associatedDevices: there is no phone CSFNOBODY",
        ),
        ("getPhone", vec![text("name", "CSFDAVE")], 5007, "Item not valid: The specified Phone was not found"),
        ("wipePhone", vec![text("name", "CSFCAROL")], 5002, "The operation wipePhone is not available."),
        ("addNothing", vec![], 5002, "The operation addNothing is not available."),
    ];
    for (operation, parameters, code, message) in cases {
        let refusal = node.refusal(operation, parameters).await;
        assert_eq!(refusal.0, code, "{operation}: {}", refusal.1);
        assert!(refusal.1.starts_with(message), "{operation}: {}", refusal.1);
    }
    assert!(node.store.load().await.unwrap().device("CSFDAVE").is_none());
}

#[tokio::test]
async fn enterprise_parameters_are_read_and_set() {
    let node = Node::new("parameters").await;
    let named = |name: &str| {
        [text("processNodeName", "EnterpriseWideData"), text("name", name), text("service", "Enterprise Wide")]
    };
    let with = |name: &str, value: &str| [named(name).to_vec(), vec![text("value", value)]].concat();
    let answer = node.call("getServiceParameter", named("OAuthRefreshLoginFlow")).await.unwrap();
    assert_eq!(answer.at(&["serviceParameter", "value"]).unwrap().text(), "0");
    let identifier = node.call("updateServiceParameter", with("OAuthRefreshLoginFlow", "1")).await.unwrap();
    assert!(node.store.load().await.unwrap().parameters().refresh_login_flow());
    let change = [text("uuid", identifier.text()), text("value", "0")];
    node.call("updateServiceParameter", change).await.unwrap();
    assert!(!node.store.load().await.unwrap().parameters().refresh_login_flow());
    let mode = node.refusal("updateServiceParameter", with("ClusterSIPOAuthMode", "1")).await;
    let expected =
        "Enterprise Parameters: Cluster SIPOAuth Mode: read-only, changed by: utils sipOAuth-mode enable|disable";
    assert_eq!(mode, (5003, expected.to_owned()));
    assert_eq!(node.refusal("updateServiceParameter", with("OAuthAccessTokenExpiryTimer", "0")).await.0, 5003);
    assert_eq!(node.refusal("getServiceParameter", named("Nothing")).await.0, 5007);
}

#[tokio::test]
async fn ports_are_staged() {
    let node = Node::new("ports").await;
    let sip = object("sipPorts", &[("sipOAuthPort", "6090"), ("sipOAuthMRAPort", "5090")]);
    let ports = Element::new("ports").with(sip);
    node.call("updateCallManager", [text("name", "CM_ucm-sub"), ports]).await.unwrap();
    let directory = node.store.load().await.unwrap();
    let ports = directory.node("ucm-sub").unwrap().ports;
    assert_eq!((ports.sip_phone_oauth(), ports.sip_mra_oauth(), ports.sip_phone()), (6090, 5090, 5060));
    let low = Element::new("ports").with(object("sipPorts", &[("sipOAuthPort", "80")]));
    let (code, message) = node.refusal("updateCallManager", [text("name", "CM_ucm-sub"), low]).await;
    let expected = "Cisco Unified CM: SIP Phone OAuth Port: the value must be between 1024 and 49151";
    assert_eq!((code, message.as_str()), (5003, expected));
}

#[tokio::test]
async fn a_registration_ends_where_it_is() {
    let node = Node::new("reset").await;
    deploy(&node).await;
    node.call("addPhone", [phone("SEP000000000001")]).await.unwrap();
    for operation in ["resetPhone", "restartPhone", "applyPhone"] {
        node.call(operation, [text("name", "csfcarol")]).await.unwrap();
    }
    let soft = [text("deviceName", "CSFCAROL"), text("isHardReset", "false")];
    node.call("doDeviceReset", soft).await.unwrap();
    let kinds = [Reset::Reset, Reset::Restart, Reset::ApplyConfiguration, Reset::Restart];
    assert_eq!(*node.registrations.ended.lock().unwrap(), kinds.map(|kind| ("CSFCAROL".to_owned(), kind)));
    let by_type = |kind: &str| [text("deviceName", "SEP000000000001"), text("deviceResetType", kind)];
    node.call("doDeviceReset", by_type("Apply Configuration")).await.expect("nothing to end is no fault");
    let record = &node.store.audit_records(1).await.unwrap()[0];
    let words = format!("{} {} {}", record.action, record.object, record.detail);
    assert_eq!(words, "apply configuration Phone \"SEP000000000001\" it is not registered");
    let device = "SEP000000000001".parse().unwrap();
    node.store.renew_lease(&"ucm-sub".parse().unwrap(), 4_000_000_000).await.unwrap();
    let claim = LocationChange::Claim { device, node: "ucm-sub".parse().unwrap() };
    node.store.note_location(claim).await.unwrap();
    let (code, message) = node.refusal("doDeviceReset", by_type("Reset")).await;
    let expected = "SEP000000000001 is registered with ucm-sub: reset it there";
    assert_eq!((code, message.as_str()), (5003, expected));
    assert_eq!(node.refusal("doDeviceReset", by_type("Generate PRT")).await.0, 5003);
    assert_eq!(node.refusal("resetPhone", [text("name", "CSFNOBODY")]).await.0, 5007);
}

#[tokio::test]
async fn a_password_is_compared_under_the_lock_out() {
    let node = Node::new("authenticate").await;
    let ask = async |user: &str, password: &str| {
        let answer = node.call("doAuthenticateUser", [text("userid", user), text("password", password)]).await.unwrap();
        (answer.child_text("userAuthenticated") == Some("true"), answer.child_text("code").unwrap().to_owned())
    };
    assert_eq!(ask("alice", "pw-alice").await, (true, "0".to_owned()));
    assert_eq!(ask("nobody", "pw-nobody").await, (false, "1".to_owned()));
    let mut codes = Vec::new();
    while codes.last().is_none_or(|code| code == "1") && codes.len() < 100 {
        codes.push(ask("alice", "wrong").await.1);
    }
    assert_eq!(codes.last().unwrap(), "2");
    assert_eq!(ask("alice", "pw-alice").await, (false, "2".to_owned()), "the right password is locked out too");
    assert_eq!(node.refusal("doAuthenticateUser", [text("userid", "alice"), text("pin", "1")]).await.0, 5003);
}
