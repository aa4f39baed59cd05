//! The keys of the cluster's access tokens: what Expressway-C verifies with until the next refresh.

use token::{KeyRing, MAX_PUBLISHED_LENGTH};
use zeroize::Zeroizing;

use super::https::{HttpsError, Publisher};

/// Our choice, as the vendor's call is not public.
const PATH: &str = "/ssosp/ws/authz/keys";

pub(super) async fn fetch(publisher: &Publisher) -> Result<(Zeroizing<Vec<u8>>, KeyRing), HttpsError> {
    let request = publisher.request(reqwest::Method::GET, PATH).header("Accept", "application/json");
    let (status, published) = publisher.send(request, MAX_PUBLISHED_LENGTH).await?;
    if status != reqwest::StatusCode::OK {
        return Err(HttpsError::Status(status.as_u16()));
    }
    let ring = KeyRing::from_published(&published).map_err(|_| HttpsError::Answer("keys that verify access tokens"))?;
    Ok((published, ring))
}
