//! `{uuid}`: what an object is called that can be renamed. It is the `pkid` of the object's row.

use std::collections::HashMap;

use soap::Element;
use uuid::Uuid;

use super::fields::Fields;
use super::refusal::Refusal;
use super::{Axl, QueryError};

/// A kind of object: its element, the element of its key, and where its row is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// The element of an object, which begins in lower case.
    pub(super) element: &'static str,
    /// The kind's name, for messages.
    pub(super) name: &'static str,
    /// The element of the key.
    pub(super) key: &'static str,
    /// A query for the keys and the identifiers of all.
    query: &'static str,
}

pub(super) const EXPRESSWAY: Kind = Kind {
    element: "expresswayCConfiguration",
    name: "ExpresswayCConfiguration",
    key: "HostNameOrIP",
    query: "select hostnameorip, pkid from expresswaycconfiguration",
};
pub(super) const PROCESS_NODE: Kind =
    Kind { element: "processNode", name: "ProcessNode", key: "name", query: "select name, pkid from processnode" };
pub(super) const CALL_MANAGER: Kind =
    Kind { element: "callManager", name: "CallManager", key: "name", query: "select name, pkid from callmanager" };
pub(super) const SECURITY_PROFILE: Kind = Kind {
    element: "phoneSecurityProfile",
    name: "PhoneSecurityProfile",
    key: "name",
    query: "select name, pkid from securityprofile",
};
pub(super) const PHONE: Kind =
    Kind { element: "phone", name: "Phone", key: "name", query: "select name, pkid from device" };
pub(super) const LINE: Kind =
    Kind { element: "line", name: "Line", key: "pattern", query: "select dnorpattern, pkid from numplan" };
pub(super) const USER: Kind =
    Kind { element: "user", name: "User", key: "userid", query: "select userid, pkid from enduser" };
pub(super) const DEVICE_POOL: Kind =
    Kind { element: "devicePool", name: "DevicePool", key: "name", query: "select name, pkid from devicepool" };
pub(super) const CALL_MANAGER_GROUP: Kind = Kind {
    element: "callManagerGroup",
    name: "CallManagerGroup",
    key: "name",
    query: "select name, pkid from callmanagergroup",
};
pub(super) const SERVICE_PARAMETER: Kind = Kind {
    element: "serviceParameter",
    name: "ServiceParameter",
    key: "name",
    query: "select paramname, pkid from processconfig",
};

/// The identifiers of a kind, by their keys.
pub(super) struct Identifiers(HashMap<String, Uuid>);

impl Identifiers {
    pub(super) async fn read(axl: &Axl, kind: Kind) -> Result<Self, Refusal> {
        let rows = match axl.queries.query(kind.query).await {
            Ok(rows) => rows.rows,
            Err(QueryError::Refused(reason) | QueryError::Limit(reason) | QueryError::Unavailable(reason)) => {
                tracing::error!(reason, kind = kind.name, "the identifiers cannot be read");
                return Err(Refusal::unavailable());
            }
        };
        let pair = |row: Vec<Option<String>>| match <[Option<String>; 2]>::try_from(row) {
            Ok([Some(key), Some(identifier)]) => Some((key.to_ascii_lowercase(), Uuid::try_parse(&identifier).ok()?)),
            _ => None,
        };
        Ok(Self(rows.into_iter().filter_map(pair).collect()))
    }

    /// The identifier of a key.
    pub(super) fn of(&self, key: &str) -> Option<Uuid> {
        self.0.get(&key.to_ascii_lowercase()).copied()
    }

    fn key(&self, identifier: Uuid) -> Option<&str> {
        self.0.iter().find(|(_, own)| **own == identifier).map(|(key, _)| key.as_str())
    }

    /// The key that a request names, by itself or by the identifier: one of the two.
    pub(super) fn key_of_request<'e>(&'e self, kind: Kind, fields: &Fields<'e>) -> Result<&'e str, Refusal> {
        match (fields.text("uuid")?, fields.text(kind.key)?) {
            (Some(identifier), None) => {
                let identifier = parse(identifier).ok_or_else(|| Refusal::invalid("uuid is not {8-4-4-4-12}"))?;
                self.key(identifier).ok_or_else(|| Refusal::not_found(kind.name))
            }
            (None, Some(key)) => Ok(key),
            _ => Err(Refusal::invalid(format!("either uuid or {} is needed", kind.key))),
        }
    }
}

/// The answer of an operation that changed an object.
pub(super) fn returned(identifier: Uuid) -> Element {
    Element::new("return").with_own_text(braced(identifier))
}

/// An identifier as the interface writes it.
pub(super) fn braced(identifier: Uuid) -> String {
    format!("{{{}}}", identifier.hyphenated().to_string().to_ascii_uppercase())
}

fn parse(text: &str) -> Option<Uuid> {
    let text = text.trim();
    let inside = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    (inside.len() == 36).then(|| Uuid::try_parse(inside).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_braces_and_hyphens() {
        let identifier = Uuid::from_u128(0xabcd);
        assert_eq!(braced(identifier), "{00000000-0000-0000-0000-00000000ABCD}");
        for good in [braced(identifier).as_str(), "00000000-0000-0000-0000-00000000abcd"] {
            assert_eq!(parse(good), Some(identifier), "{good}");
        }
        for bad in ["", "{}", "{00000000-0000-0000-0000-00000000ABCD", "0000000000000000000000000000abcd", "x"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
