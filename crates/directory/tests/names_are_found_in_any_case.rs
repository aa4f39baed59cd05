//! Look-ups in a snapshot: without regard to case, complete, in the order that calls and files need.

use ringbearer_directory::*;
use uuid::Uuid;

#[cfg(test)]
fn line(index: u8, number: &str) -> LineAppearance {
    LineAppearance::new(index, number.parse().unwrap(), Uuid::from_u128(u128::from(index)))
}

#[cfg(test)]
fn device(name: &str, owner: &str, lines: &[&str]) -> Device {
    Device {
        name: name.parse().unwrap(),
        description: String::new(),
        product: Product::ClientServicesFramework,
        security_profile: "Secure".parse().unwrap(),
        device_pool: "Pool".parse().unwrap(),
        owner: Some(owner.parse().unwrap()),
        associated_users: vec!["bob".parse().unwrap()],
        lines: lines.iter().enumerate().map(|(at, number)| line(at as u8 + 1, number)).collect(),
        digest_user: None,
    }
}

#[cfg(test)]
fn directory() -> Directory {
    let node = |name: &str, address: &str, usage| {
        Object::Node(ProcessNode::new(name.parse().unwrap(), address.parse().unwrap(), usage))
    };
    let mut parameters = EnterpriseParameters::default();
    parameters.set("ClusterFullyQualifiedDomainName", "example.com  sip.example.com").unwrap();
    let objects = vec![
        node("a-sub", "10.0.0.2", NodeUsage::Subscriber),
        node("pub", "10.0.0.1", NodeUsage::Publisher),
        Object::Group(CallManagerGroup {
            name: "Group".parse().unwrap(),
            members: vec!["pub".parse().unwrap(), "A-SUB".parse().unwrap()],
        }),
        Object::Pool(DevicePool { name: "pool".parse().unwrap(), group: "GROUP".parse().unwrap() }),
        Object::Profile(SecurityProfile::new("secure".parse().unwrap())),
        Object::User(EndUser::new("Alice".parse().unwrap())),
        Object::User(EndUser::new("bob".parse().unwrap())),
        Object::Line(Line::new("2001".parse().unwrap())),
        Object::Line(Line::new("2002".parse().unwrap())),
        Object::Device(device("CSFzoe", "Alice", &["2001"])),
        Object::Device(device("CSFAlice", "alice", &["2002", "2001"])),
    ];
    Directory::new(Contents {
        cluster: Uuid::from_u128(9),
        sequence: 5,
        parameters,
        objects: objects.into_iter().map(|object| (object, Version(3))).collect(),
        digest_secrets: vec![],
    })
}

#[test]
fn a_device_leads_to_all_that_belongs_to_it() {
    let directory = directory();
    let device = directory.device("csfALICE").unwrap();
    assert_eq!(device.name.as_str(), "CSFAlice");
    assert_eq!(directory.profile_of(device).unwrap().name.as_str(), "secure");
    let nodes: Vec<_> = directory.group_of(device).iter().map(|node| node.name.as_str()).collect();
    assert_eq!(nodes, ["pub", "a-sub"]);
    assert_eq!(device.primary_line().unwrap().directory_number.as_str(), "2002");
    assert!(device.is_of_user("ALICE") && device.is_of_user("Bob") && !device.is_of_user("carol"));
    assert!(directory.device("").is_none());
    assert!(directory.device(&"x".repeat(10_000)).is_none());
}

#[test]
fn lists_are_in_the_order_of_their_names_and_the_publisher_is_first() {
    let directory = directory();
    let nodes: Vec<_> = directory.nodes().iter().map(|node| node.name.as_str()).collect();
    assert_eq!(nodes, ["pub", "a-sub"]);
    let sharing: Vec<_> = directory.devices_of_line("2001").iter().map(|device| device.name.as_str()).collect();
    assert_eq!(sharing, ["CSFAlice", "CSFzoe"]);
    let of_bob: Vec<_> = directory.devices_of_user("BOB").iter().map(|device| device.name.as_str()).collect();
    assert_eq!(of_bob, ["CSFAlice", "CSFzoe"]);
    assert!(directory.devices_of_line("9999").is_empty());
}

#[test]
fn the_clusters_own_domains_are_its_nodes_and_the_parameter() {
    let directory = directory();
    for own in ["PUB", "10.0.0.2", "example.com", "SIP.example.com", "a-sub", "Pub.Example.com"] {
        assert!(directory.is_own_domain(own), "{own}");
    }
    for foreign in ["", "10.0.0.3", "example", "evil-example.com", "com", "c.example.com", "pub.evil.com", "pub."] {
        assert!(!directory.is_own_domain(foreign), "{foreign}");
    }
}

#[test]
fn the_next_snapshot_shares_what_did_not_change() {
    let first = directory();
    let mut next = first.clone();
    next.put(Object::Device(device("csfalice", "bob", &["2001"])), Version(6));
    assert_eq!(next.devices_of_line("2002").len(), 0);
    assert_eq!(next.devices_of_line("2001").len(), 2);
    assert_eq!(first.devices_of_line("2002").len(), 1);
    assert!(std::sync::Arc::ptr_eq(first.device("CSFzoe").unwrap(), next.device("CSFzoe").unwrap()));
    let key = ObjectKey::Device("CSFALICE".parse().unwrap());
    assert_eq!((first.version(&key), next.version(&key)), (Some(Version(3)), Some(Version(6))));
    next.remove(&key);
    assert_eq!((next.version(&key), next.devices().len()), (None, 1));
    assert_eq!(next.devices_of_line("2001").len(), 1);
}

#[test]
fn what_an_object_names_has_to_exist() {
    let directory = directory();
    let refusal = |object| directory.validate_put(&object).unwrap_err().to_string();
    let mut stranger = device("CSFx", "alice", &["3001"]);
    assert_eq!(refusal(Object::Device(stranger.clone())), "Phone: Directory Number: \"3001\" does not exist");
    stranger.lines.clear();
    assert_eq!(directory.validate_put(&Object::Device(stranger.clone())), Ok(()));
    stranger.digest_user = Some("carol".parse().unwrap());
    assert_eq!(refusal(Object::Device(stranger)), "Phone: Digest User: \"carol\" does not exist");
    let pool = DevicePool { name: "p".parse().unwrap(), group: "none".parse().unwrap() };
    assert_eq!(
        refusal(Object::Pool(pool)),
        "Device Pool: Cisco Unified Communications Manager Group: \"none\" does not exist"
    );
}

#[test]
fn a_device_by_itself_has_its_lines_in_order() {
    let mut phone = device("CSFx", "alice", &["2001", "2002"]);
    assert_eq!(phone.validate(), Ok(()));
    phone.lines[1].index = 1;
    assert_eq!(phone.validate().unwrap_err().to_string(), "Phone: Line index: \"1\" is already in use");
    phone.lines[1] = LineAppearance { index: 2, ..phone.lines[0].clone() };
    assert_eq!(phone.validate().unwrap_err().to_string(), "Phone: Directory Number: \"2001\" is already in use");
    phone.lines[1] = line(2, "2002");
    phone.product = Product::ThirdPartyBasic;
    assert_eq!(phone.validate().unwrap_err().to_string(), "Phone: Line: the value must be between 0 and 1");
    phone.lines.truncate(1);
    phone.lines[0].busy_trigger = 5;
    assert_eq!(phone.validate().unwrap_err().to_string(), "Phone: Busy Trigger: the value must be between 1 and 4");
    phone.lines[0].busy_trigger = 2;
    phone.lines[0].display = "a\r\nVia: x".into();
    assert_eq!(
        phone.validate().unwrap_err().to_string(),
        "Phone: Display: only visible characters and spaces are allowed"
    );
}

#[test]
fn an_expressways_names_are_compared_whole_and_in_any_case() {
    let row = ExpresswayC {
        host: "exp-c".parse().unwrap(),
        description: String::new(),
        subject_names: "domain-2.com, Secure-Profile,,exp-c.domain-1.com".into(),
    };
    assert_eq!(row.names().collect::<Vec<_>>(), ["domain-2.com", "Secure-Profile", "exp-c.domain-1.com"]);
    assert!(row.has_name("EXP-C.domain-1.com") && row.has_name("secure-profile"));
    for part in ["", "domain-1.com", "exp-c", "xexp-c.domain-1.com", "domain-2.com,"] {
        assert!(!row.has_name(part), "{part}");
    }
    let empty = ExpresswayC { subject_names: " , ".into(), ..row };
    assert!(empty.validate().is_err());
}
