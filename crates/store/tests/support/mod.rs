//! A database in a folder of its own, with a small office in it.
#![allow(dead_code, reason = "not every test file needs all of it")]

use directory::*;
use ringbearer_store::Store;
use std::path::PathBuf;
use uuid::Uuid;

/// A folder that goes away with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringbearer-store-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("cluster.db")
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.database()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn author() -> Author {
    Author { name: "admin".into(), surface: Surface::Cli }
}

pub(crate) fn node(name: &str, address: &str, usage: NodeUsage) -> Object {
    Object::Node(ProcessNode::new(name.parse().unwrap(), address.parse().unwrap(), usage))
}

pub(crate) fn oauth_profile() -> SecurityProfile {
    SecurityProfile {
        device_security_mode: DeviceSecurityMode::Encrypted,
        transport_type: TransportType::Tls,
        oauth_authentication: true,
        ..SecurityProfile::new("CSF OAuth".parse().unwrap())
    }
}

pub(crate) fn device(name: &str, owner: &str, numbers: &[&str]) -> Device {
    let line = |(index, number): (usize, &&str)| {
        let seed = format!("{name}/{number}");
        let mut bytes = [0; 16];
        seed.bytes().enumerate().for_each(|(at, byte)| bytes[at % 16] ^= byte.rotate_left(at as u32));
        let contact = uuid::Builder::from_random_bytes(bytes).into_uuid();
        LineAppearance::new(index as u8 + 1, number.parse().unwrap(), contact)
    };
    Device {
        name: name.parse().unwrap(),
        description: format!("phone of {owner}"),
        product: Product::ClientServicesFramework,
        security_profile: "CSF OAuth".parse().unwrap(),
        device_pool: "Default".parse().unwrap(),
        owner: Some(owner.parse().unwrap()),
        associated_users: vec!["bob".parse().unwrap()],
        lines: numbers.iter().enumerate().map(line).collect(),
        digest_user: None,
    }
}

pub(crate) fn expressway() -> ExpresswayC {
    ExpresswayC {
        host: "exp-c".parse().unwrap(),
        description: "this is added through axl".into(),
        subject_names: "domain-2.com,secure-phone-profile,domain-1.com,exp-c.domain-1.com".into(),
    }
}

/// Two nodes, two users, two lines, two devices.
pub(crate) fn office() -> Vec<(Object, Precondition)> {
    let objects = vec![
        node("ucm-pub", "127.0.0.11", NodeUsage::Publisher),
        node("ucm-sub", "127.0.0.12", NodeUsage::Subscriber),
        Object::Group(CallManagerGroup {
            name: "Default".parse().unwrap(),
            members: vec!["ucm-sub".parse().unwrap(), "ucm-pub".parse().unwrap()],
        }),
        Object::Pool(DevicePool { name: "Default".parse().unwrap(), group: "Default".parse().unwrap() }),
        Object::Profile(oauth_profile()),
        Object::User(EndUser { roles: vec![Role::AxlAccess], ..EndUser::new("alice".parse().unwrap()) }),
        Object::User(EndUser::new("bob".parse().unwrap())),
        Object::Line(Line::new("2001".parse().unwrap())),
        Object::Line(Line::new("2002".parse().unwrap())),
        Object::Device(device("CSFalice", "alice", &["2001", "2002"])),
        Object::Device(device("CSFbob", "bob", &["2002"])),
        Object::Expressway(expressway()),
    ];
    objects.into_iter().map(|object| (object, Precondition::Absent)).collect()
}

pub(crate) fn secret() -> DigestSecret {
    DigestSecret { realm: "ccmsipline".into(), ha1_md5: "aa".repeat(16), ha1_sha256: "bb".repeat(32) }
}

pub(crate) fn contact(directory: &Directory, device: &str) -> Uuid {
    directory.device(device).unwrap().primary_line().unwrap().contact
}
