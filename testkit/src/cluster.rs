//! A small cluster in memory: users, phones, profiles, token keys.
//!
//! | user  | device      | line | profile              | model              |
//! |-------|-------------|------|----------------------|--------------------|
//! | alice | `CSFalice`  | 1001 | `OAuth`              | softphone          |
//! | bob   | `CSFbob`    | 1002 | `OAuth`              | softphone          |
//! | carol | `CSFcarol`  | 1003 | `Encrypted`          | softphone          |
//! | dave  | `SEPdave`   | 1004 | `Digest`             | third-party        |
//! | erin  | `erinphone` | 1005 | `OAuth`              | third-party        |
//! | frank | `SEPfrank`  | 1006 | `Open` (Non Secure)  | third-party        |

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use authorization::{AccessTokenError, AccessTokens, Revocation, Revocations};
use callmanager::call::limits::Occupancy;
use callmanager::node_view::{NodeView, RunningSettings};
use directory::{
    CallManagerGroup, Contents, Device, DeviceName, DevicePool, DeviceSecurityMode, DigestSecret, Directory,
    DirectoryNumber, EndUser, ExpresswayC, GroupName, Host, Line, LineAppearance, NodeName, NodeSettings, NodeUsage,
    Object, ObjectKey, PoolName, ProcessNode, Product, ProfileName, SecurityProfile, TransportType, UserId,
};
use sip::auth::{Algorithm, NonceKey, digest};
use token::{AccessTokenClaims, Freshness, KeyRing, UnixTime, Uuid, VerifiedAccessToken};

/// When every test begins: 2020-03-30 11:03:19 UTC.
pub const BEGINNING: UnixTime = UnixTime(1_585_566_199);

/// The digest password of every digest user.
pub const DIGEST_PASSWORD: &str = "correct horse";

/// One node of the cluster, as the machines see it.
pub struct TestNode {
    /// What the administrator set.
    pub directory: Directory,
    /// Token keys and revocations.
    pub access_tokens: AccessTokens,
    /// What the node runs.
    pub running: RunningSettings,
    /// For how many seconds it sends away what is new.
    pub draining: Option<u32>,
    occupancy: Occupancy,
    random: AtomicU64,
}

impl NodeView for TestNode {
    fn directory(&self) -> &Directory {
        &self.directory
    }

    fn running(&self) -> &RunningSettings {
        &self.running
    }

    fn verify_access_token(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, AccessTokenError> {
        self.access_tokens.verify(token, now)
    }

    fn freshness(&self) -> Freshness {
        self.access_tokens.freshness()
    }

    fn is_revoked(&self, token: &VerifiedAccessToken) -> bool {
        self.access_tokens.is_revoked(token)
    }

    fn draining(&self) -> Option<u32> {
        self.draining
    }

    fn occupancy(&self) -> &Occupancy {
        &self.occupancy
    }

    fn random(&self, bytes: &mut [u8]) {
        // SplitMix64: the same in every run, and no two tokens of a test alike.
        for chunk in bytes.chunks_mut(8) {
            let mut mixed = self.random.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_be_bytes()[..chunk.len()]);
        }
    }
}

impl Default for TestNode {
    fn default() -> Self {
        Self::new()
    }
}

impl TestNode {
    /// The publisher `ucm-pub` of the cluster above, in SIP OAuth mode.
    pub fn new() -> Self {
        let directory = directory();
        let mut node = NodeSettings::staged(&directory, "ucm-pub", "").unwrap();
        node.sip_oauth_mode = true;
        let running = RunningSettings::new(node, "https://ucm-pub:8443/ssosp".into(), NonceKey::new([7; 32]));
        let signing = token::generate::signing_key(token::Algorithm::Es256).unwrap();
        let keys = KeyRing::new(directory.cluster(), signing, token::generate::encryption_key().unwrap());
        let access_tokens = AccessTokens::new(Arc::new(keys), Revocations::new(), 1024);
        Self {
            directory,
            access_tokens,
            running,
            draining: None,
            occupancy: Occupancy::default(),
            random: AtomicU64::new(1),
        }
    }

    /// How many devices are in calls.
    pub fn occupancy_of_all(&self) -> usize {
        self.occupancy.devices_in_calls()
    }

    /// The claims of a good token of a user, issued at [`BEGINNING`] for an hour.
    pub fn claims(&self, user: &str) -> AccessTokenClaims {
        AccessTokenClaims {
            user: user.into(),
            client_id: "C123".into(),
            scope: self.running.scope.clone(),
            family: Uuid::from_u128(user.bytes().fold(1, |sum, byte| sum * 256 + u128::from(byte))),
            device: None,
            issued_at: BEGINNING,
            expires_at: UnixTime(BEGINNING.0 + 3600),
        }
    }

    /// Mints a token.
    pub fn mint(&self, claims: &AccessTokenClaims) -> String {
        self.access_tokens.keys().mint(claims, [3; 16]).unwrap()
    }

    /// A good token of a user.
    pub fn token(&self, user: &str) -> String {
        self.mint(&self.claims(user))
    }

    /// Revokes all tokens of a user's sign-in.
    pub fn revoke(&self, user: &str) {
        self.access_tokens.revoke([(Revocation::Family(self.claims(user).family), BEGINNING)]);
    }

    /// Changes an object, as an administrator would.
    pub fn put(&mut self, object: Object) {
        let objects = self.objects().into_iter().filter(|old| old.key() != object.key()).chain([object.clone()]);
        self.rebuild(objects.collect());
    }

    /// Adds objects that are not there yet.
    pub fn add_all(&mut self, added: Vec<Object>) {
        let objects = self.objects().into_iter().chain(added);
        self.rebuild(objects.collect());
    }

    /// Removes an object.
    pub fn remove(&mut self, key: &ObjectKey) {
        let objects = self.objects().into_iter().filter(|old| old.key() != *key);
        self.rebuild(objects.collect());
    }

    fn rebuild(&mut self, objects: Vec<Object>) {
        let sequence = self.directory.sequence() + 1;
        self.directory = directory_of(objects, sequence);
    }

    fn objects(&self) -> Vec<Object> {
        let directory = &self.directory;
        let mut objects = Vec::new();
        objects.extend(directory.nodes().into_iter().map(|one| Object::Node(one.as_ref().clone())));
        objects.extend(directory.profiles().into_iter().map(|one| Object::Profile(one.as_ref().clone())));
        objects.extend(directory.groups().into_iter().map(|one| Object::Group(one.as_ref().clone())));
        objects.extend(directory.pools().into_iter().map(|one| Object::Pool(one.as_ref().clone())));
        objects.extend(directory.lines().into_iter().map(|one| Object::Line(one.as_ref().clone())));
        objects.extend(directory.users().into_iter().map(|one| Object::User(one.as_ref().clone())));
        objects.extend(directory.devices().into_iter().map(|one| Object::Device(one.as_ref().clone())));
        objects.extend(directory.expressways().into_iter().map(|one| Object::Expressway(one.as_ref().clone())));
        objects
    }
}

/// The GUID of a line appearance, which the client writes into its Contact.
pub fn contact_of(number: &str) -> Uuid {
    Uuid::from_u128(0xc0_0000 + number.parse::<u128>().unwrap())
}

/// User, line and device of another phone: `user10000` has `CSF10000` with the line 10000.
pub fn phone_like(like: &Device, number: u32) -> [Object; 3] {
    let mut device = like.clone();
    let user = UserId::new(&format!("user{number}")).unwrap();
    let dn = DirectoryNumber::new(&number.to_string()).unwrap();
    device.name = DeviceName::new(&format!("CSF{number}")).unwrap();
    device.owner = Some(user.clone());
    device.lines = vec![LineAppearance::new(1, dn.clone(), contact_of(dn.as_str()))];
    [Object::User(EndUser::new(user)), Object::Line(Line::new(dn)), Object::Device(device)]
}

fn directory() -> Directory {
    let profile = |name: &str| SecurityProfile::new(ProfileName::new(name).unwrap());
    let encrypted = |name: &str| SecurityProfile {
        device_security_mode: DeviceSecurityMode::Encrypted,
        transport_type: TransportType::Tls,
        ..profile(name)
    };
    let mut objects = vec![
        Object::Node(ProcessNode::new(
            NodeName::new("ucm-pub").unwrap(),
            Host::new("127.0.0.11").unwrap(),
            NodeUsage::Publisher,
        )),
        Object::Profile(SecurityProfile { oauth_authentication: true, ..encrypted("OAuth") }),
        Object::Profile(encrypted("Encrypted")),
        Object::Profile(SecurityProfile { digest_authentication: true, ..profile("Digest") }),
        Object::Profile(profile("Open")),
        Object::Group(CallManagerGroup {
            name: GroupName::new("Default").unwrap(),
            members: vec![NodeName::new("ucm-pub").unwrap()],
        }),
        Object::Pool(DevicePool { name: PoolName::new("Default").unwrap(), group: GroupName::new("Default").unwrap() }),
        Object::Expressway(ExpresswayC {
            host: Host::new("exp-c").unwrap(),
            description: "this is added through axl".into(),
            subject_names: "lab.test,exp-c.lab.test".into(),
        }),
    ];
    let softphone = Product::ClientServicesFramework;
    let third_party = Product::ThirdPartyAdvanced;
    for (user, device, number, profile, product) in [
        ("alice", "CSFalice", "1001", "OAuth", softphone),
        ("bob", "CSFbob", "1002", "OAuth", softphone),
        ("carol", "CSFcarol", "1003", "Encrypted", softphone),
        ("dave", "SEPdave", "1004", "Digest", third_party),
        ("erin", "erinphone", "1005", "OAuth", third_party),
        ("frank", "SEPfrank", "1006", "Open", third_party),
    ] {
        let (user, number) = (UserId::new(user).unwrap(), DirectoryNumber::new(number).unwrap());
        objects.push(Object::User(EndUser::new(user.clone())));
        objects.push(Object::Line(Line::new(number.clone())));
        objects.push(Object::Device(Device {
            name: DeviceName::new(device).unwrap(),
            description: String::new(),
            product,
            security_profile: ProfileName::new(profile).unwrap(),
            device_pool: PoolName::new("Default").unwrap(),
            owner: Some(user.clone()),
            associated_users: Vec::new(),
            lines: vec![LineAppearance::new(1, number.clone(), contact_of(number.as_str()))],
            digest_user: (profile == "Digest").then_some(user),
        }));
    }
    directory_of(objects, 1)
}

fn directory_of(objects: Vec<Object>, sequence: u64) -> Directory {
    let realm = "ccmsipline";
    let ha1 = |algorithm| {
        digest::ha1(algorithm, b"dave", realm.as_bytes(), DIGEST_PASSWORD.as_bytes()).as_hexadecimal().to_owned()
    };
    let secret = DigestSecret { realm: realm.into(), ha1_md5: ha1(Algorithm::Md5), ha1_sha256: ha1(Algorithm::Sha256) };
    Directory::new(Contents {
        cluster: Uuid::from_u128(0xca11),
        sequence,
        objects: objects.into_iter().map(|object| (object, directory::Version(1))).collect(),
        digest_secrets: vec![(UserId::new("dave").unwrap(), secret)],
        ..Contents::default()
    })
}
