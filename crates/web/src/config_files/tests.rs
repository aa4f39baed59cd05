use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use directory::{
    CallManagerGroup, Contents, Device, DeviceName, DevicePool, DeviceSecurityMode, Directory, DirectoryNumber,
    EnterpriseParameters, GroupName, Host, Line, LineAppearance, NodeName, NodeSettings, NodeUsage, Object, PoolName,
    PortName, ProcessNode, Product, ProfileName, SecurityProfile, TransportType, Version,
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
    let tricks = ["..", ".", "%2e%2e", "..%2f", "%2f", "//", "%00", "\\", "..;", "%c0%ae", "%252e", "~", "*", "%3f"];
    let tails = ["CSFALICE", "CSFALICE.cnf.xml%00", "etc/passwd", "CSFALICE.cnf", "key.pem", "cluster.db", ""];
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
    assert!(paths > 150, "{paths}");
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
