//! A fleet of phones of one user, and access tokens for them: ten phones a token, as one sign-in may have.
//!
//! The tokens are minted with the cluster's own keys, as if each had been signed in for: a thousand sign-ins would take longer
//! than what is measured. The phones are those of `ringbearer load`.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use authorization::{AuthorizationRepository, SOFTPHONE_CLIENT_ID};
use directory::{
    Author, Device, DeviceSecurityMode, DirectoryRepository, EndUser, Line, LineAppearance, Object, Precondition,
    Product, SecurityProfile, Surface, TransportType,
};
use store::Store;
use token::{AccessTokenClaims, KeyRing, UnixTime};
use uuid::Uuid;

const PHONES_A_TOKEN: u32 = 10;
const FIRST_LINE: u32 = 700_000;
const USER: &str = "fleet";
const PROFILE: &str = "Fleet - OAuth";
/// Objects that one unit of work writes.
const BATCH: usize = 1_000;

/// Enters the devices, and mints their tokens. The node has made its keys already.
pub async fn furnish(database: &Path, phones: u32) -> Vec<String> {
    let store = Store::open(database).expect("the database opens");
    let author = Author { name: "fleet".into(), surface: Surface::System };
    let profile = SecurityProfile {
        device_security_mode: DeviceSecurityMode::Encrypted,
        transport_type: TransportType::Tls,
        oauth_authentication: true,
        ..SecurityProfile::new(PROFILE.parse().expect("a profile's name"))
    };
    let mut objects = vec![Object::Profile(profile), Object::User(EndUser::new(USER.parse().expect("a user id")))];
    for number in 0..phones {
        objects.push(Object::Line(Line::new(line(number))));
        objects.push(Object::Device(device(number)));
    }
    for batch in objects.chunks(BATCH) {
        let batch = batch.iter().cloned().map(|object| (object, Precondition::Absent)).collect();
        store.put(&author, batch).await.expect("the fleet is written");
    }
    let keys = store.keys().await.expect("the keys are read").expect("the node made them");
    let keys = KeyRing::import(&keys.keys).expect("the keys are whole");
    (0..phones.div_ceil(PHONES_A_TOKEN)).map(|turn| access_token(&keys, turn)).collect()
}

fn access_token(keys: &KeyRing, turn: u32) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is after 1970").as_secs();
    let claims = AccessTokenClaims {
        user: USER.into(),
        client_id: SOFTPHONE_CLIENT_ID.into(),
        scope: "UnifiedCommunications:readwrite".into(),
        family: Uuid::from_u128(u128::from(turn) + 1),
        device: None,
        issued_at: UnixTime(now),
        expires_at: UnixTime(now + 24 * 3600),
    };
    // Not secret here: the cluster lives as long as the measurement.
    keys.mint(&claims, u128::from(turn).to_be_bytes()).expect("a token")
}

fn line<T: std::str::FromStr>(number: u32) -> T
where
    T::Err: std::fmt::Debug,
{
    (FIRST_LINE + number).to_string().parse().expect("a number")
}

fn device(number: u32) -> Device {
    Device {
        name: format!("CSFLOAD{number:05}").parse().expect("a device name"),
        description: String::new(),
        product: Product::ClientServicesFramework,
        security_profile: PROFILE.parse().expect("a profile's name"),
        device_pool: "Default".parse().expect("a pool's name"),
        owner: Some(USER.parse().expect("a user id")),
        associated_users: Vec::new(),
        lines: vec![LineAppearance::new(1, line(number), Uuid::from_u128(u128::from(number)))],
        digest_user: None,
    }
}
