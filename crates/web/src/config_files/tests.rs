use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use directory::{
    CallManagerGroup, Contents, Device, DeviceName, DevicePool, DeviceSecurityMode, DigestSecret, Directory,
    DirectoryNumber, EndUser, EnterpriseParameters, GroupName, Host, Line, LineAppearance, NodeName, NodeSettings,
    NodeUsage, Object, PoolName, PortName, ProcessNode, Product, ProfileName, SecurityProfile, TransportType, UserId,
    Version,
};
use tower::ServiceExt;
use uuid::Uuid;

use super::{ConfigFileSource, router};

struct Source {
    directory: Arc<Directory>,
    mode: bool,
}

impl ConfigFileSource for Source {
    fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory)
    }

    fn running(&self, node: &NodeName) -> Option<NodeSettings> {
        let mut running = NodeSettings::staged(&self.directory, node.as_str(), "")?;
        running.sip_oauth_mode = self.mode;
        Some(running)
    }
}

fn directory(oauth_profile: bool) -> Directory {
    let node = |name: &str, address: &str, usage| {
        ProcessNode::new(NodeName::new(name).unwrap(), Host::new(address).unwrap(), usage)
    };
    let mut subscriber = node("ucm-sub", "127.0.0.12", NodeUsage::Subscriber);
    subscriber.ports = subscriber.ports.with(PortName::SipPhoneOAuth, 5095).unwrap();
    let mut profile = SecurityProfile::new(ProfileName::new("OAuth auth").unwrap());
    profile.device_security_mode = DeviceSecurityMode::Encrypted;
    profile.transport_type = TransportType::Tls;
    profile.oauth_authentication = oauth_profile;
    let number = DirectoryNumber::new("2001").unwrap();
    let mut appearance = LineAppearance::new(1, number.clone(), Uuid::from_u128(7));
    appearance.label = "Alice <a&b>".into();
    let device = Device {
        name: DeviceName::new("CSFALICE").unwrap(),
        description: String::new(),
        product: Product::ClientServicesFramework,
        security_profile: profile.name.clone(),
        device_pool: PoolName::new("Default").unwrap(),
        owner: None,
        associated_users: Vec::new(),
        lines: vec![appearance],
        digest_user: None,
    };
    let group = CallManagerGroup {
        name: GroupName::new("Default").unwrap(),
        members: vec![NodeName::new("ucm-pub").unwrap(), NodeName::new("ucm-sub").unwrap()],
    };
    let pool = DevicePool { name: PoolName::new("Default").unwrap(), group: group.name.clone() };
    let objects = [
        Object::Node(node("ucm-pub", "127.0.0.11", NodeUsage::Publisher)),
        Object::Node(subscriber),
        Object::Profile(profile),
        Object::Group(group),
        Object::Pool(pool),
        Object::Line(Line::new(number)),
        Object::Device(device),
    ];
    Directory::new(Contents {
        cluster: Uuid::from_u128(1),
        sequence: 12,
        parameters: EnterpriseParameters::default(),
        objects: objects.into_iter().map(|object| (object, Version(1))).collect(),
        digest_secrets: Vec::new(),
    })
}

async fn get(source: Source, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router(Arc::new(source)).oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn source(oauth_profile: bool, mode: bool) -> Source {
    Source { directory: Arc::new(directory(oauth_profile)), mode }
}

#[tokio::test]
async fn the_file_of_a_device_is_the_golden_one() {
    let (status, body) = get(source(true, true), "/CSFALICE.cnf.xml").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body, include_str!("CSFALICE.cnf.xml"));
}

#[tokio::test]
async fn sip_oauth_mode_needs_the_running_mode_and_the_profile() {
    for (profile, mode, expected) in [(true, true, '1'), (true, false, '0'), (false, true, '0'), (false, false, '0')] {
        let (_, body) = get(source(profile, mode), "/CSFALICE.cnf.xml").await;
        assert!(body.contains(&format!("<sipOAuthMode>{expected}</sipOAuthMode>")), "{profile} {mode}");
    }
}

#[tokio::test]
async fn cfg_1_whatever_is_no_device_gets_the_same_404() {
    let tricks = [
        "..",
        ".",
        "%2e%2e",
        "..%2f",
        "%2f",
        "//",
        "%00",
        "\\",
        "..;",
        "%c0%ae",
        "%252e",
        "~",
        "*",
        "%3f",
        "%5c",
        "....",
        "%20",
        "x/..",
        "%0d%0a",
        "file:",
        "%ef%bc%8f",
    ];
    let tails =
        ["CSFALICE", "CSFALICE.cnf.xml%00", "etc/passwd", "CSFALICE.cnf", "key.pem", "cluster.db", "CSFALICE%2e"];
    let mut paths = 0;
    for trick in tricks {
        for tail in tails {
            for path in [format!("/{trick}/{tail}"), format!("/{trick}{tail}.cnf.xml")] {
                let Ok(request) = Request::get(path.as_str()).body(Body::empty()) else { continue };
                let response = router(Arc::new(source(true, true))).oneshot(request).await.unwrap();
                assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
                assert_eq!(to_bytes(response.into_body(), 64).await.unwrap(), "Not Found\n", "{path}");
                paths += 1;
            }
        }
    }
    assert!(paths >= 200, "{paths}");
}

/// A device with everything secret that the directory can hold for it: none of it is in its file, or in another's.
#[tokio::test]
async fn cfg_1_no_file_has_a_secret() {
    let plain = directory(false);
    let user = UserId::new("alice").unwrap();
    let mut device = plain.device("CSFALICE").unwrap().as_ref().clone();
    (device.owner, device.digest_user) = (Some(user.clone()), Some(user.clone()));
    let mut profile = plain.profile_of(&device).unwrap().as_ref().clone();
    profile.digest_authentication = true;
    let mut other = device.clone();
    other.name = DeviceName::new("CSFOTHER").unwrap();
    let [canary_md5, canary_sha256] = ["c0ffee".repeat(5), "cafe00".repeat(10)];
    let secret =
        DigestSecret { realm: "ccmsipline".into(), ha1_md5: canary_md5.clone(), ha1_sha256: canary_sha256.clone() };
    let mut objects: Vec<Object> = Vec::new();
    objects.extend(plain.nodes().into_iter().map(|one| Object::Node(one.as_ref().clone())));
    objects.extend(plain.groups().into_iter().map(|one| Object::Group(one.as_ref().clone())));
    objects.extend(plain.pools().into_iter().map(|one| Object::Pool(one.as_ref().clone())));
    objects.extend(plain.lines().into_iter().map(|one| Object::Line(one.as_ref().clone())));
    objects.extend([Object::Profile(profile), Object::User(EndUser::new(user.clone()))]);
    objects.extend([Object::Device(device), Object::Device(other)]);
    let full = Directory::new(Contents {
        cluster: Uuid::from_u128(1),
        sequence: 13,
        parameters: EnterpriseParameters::default(),
        objects: objects.into_iter().map(|object| (object, Version(1))).collect(),
        digest_secrets: vec![(user, secret)],
    });
    assert!(full.digest_secret("alice").is_some());
    let full = Arc::new(full);
    for name in ["CSFALICE", "CSFOTHER"] {
        let source = Source { directory: Arc::clone(&full), mode: true };
        let (status, body) = get(source, &format!("/{name}.cnf.xml")).await;
        assert_eq!(status, StatusCode::OK);
        for secret in [&canary_md5, &canary_sha256] {
            assert!(!body.contains(secret.as_str()), "{body}");
        }
        // The elements that hold credentials at the vendor are there, and empty, or not there.
        for element in ["authPassword", "sshPassword", "adminPassword", "phonePassword", "digestPassword"] {
            assert!(!body.contains(&format!("<{element}>")), "{body}");
        }
    }
}

#[tokio::test]
async fn there_is_no_listing_and_nothing_to_write() {
    for path in ["/", "/ConfigFileCacheList.txt", "/SEP000000000000.cnf.xml"] {
        assert_eq!(get(source(true, true), path).await, (StatusCode::NOT_FOUND, "Not Found\n".to_owned()));
    }
    let put = Request::put("/CSFALICE.cnf.xml").body(Body::empty()).unwrap();
    let response = router(Arc::new(source(true, true))).oneshot(put).await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}
