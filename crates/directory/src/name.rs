//! Names: one type for each kind, parsed once at the border and cheap to clone.
//!
//! Names are compared by their exact bytes. Devices, users, profiles, pools and groups are found in
//! the [`Directory`](crate::Directory) without regard to ASCII case, as at the vendor: take the name
//! from the object that was found, so that each has one spelling.

use crate::error::{Rule, Violation};
use std::fmt;
use std::sync::Arc;

/// The characters and the length that a kind of name takes.
struct Syntax {
    object: &'static str,
    field: &'static str,
    most: usize,
    allowed: &'static str,
    accepts: fn(&str) -> bool,
}

impl Syntax {
    fn check(&self, name: &str) -> Result<(), Violation> {
        let rule = if name.is_empty() {
            Rule::Required
        } else if name.chars().count() > self.most {
            Rule::TooLong { most: self.most }
        } else if !(self.accepts)(name) {
            Rule::Character { allowed: self.allowed }
        } else {
            return Ok(());
        };
        Err(Violation::new(self.object, self.field, rule))
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $syntax:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(Arc<str>);

        impl $type {
            /// Checks the syntax of a name.
            ///
            /// # Errors
            /// A [`Violation`] that names the field and the rule.
            pub fn new(name: &str) -> Result<Self, Violation> {
                $syntax.check(name)?;
                Ok(Self(Arc::from(name)))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $type {
            type Err = Violation;
            fn from_str(name: &str) -> Result<Self, Violation> {
                Self::new(name)
            }
        }

        impl PartialEq<str> for $type {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }
    };
}

fn letters_digits_and(name: &str, others: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

// A device name is also a file name (`<device>.cnf.xml`): no separator, and no leading dot.
const DEVICE: Syntax = Syntax {
    object: "Phone",
    field: "Device Name",
    most: 128,
    allowed: "letters, digits, dots, dashes and underscores, not starting with a dot,",
    accepts: |name| !name.starts_with('.') && letters_digits_and(name, "._-"),
};

const USER: Syntax = Syntax {
    object: "End User",
    field: "User ID",
    most: 128,
    allowed: "visible characters other than \" < > & : ; , / \\ ? %",
    accepts: |name| !name.chars().any(|c| c.is_control() || c.is_whitespace() || "\"<>&:;,/\\?%".contains(c)),
};

const NUMBER: Syntax = Syntax {
    object: "Directory Number",
    field: "Directory Number",
    most: 50,
    allowed: "digits, *, #, the letters A to D and one leading +",
    accepts: |name| {
        let rest = name.strip_prefix('+').unwrap_or(name);
        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || "*#ABCD".contains(c))
    },
};

const NODE: Syntax = Syntax {
    object: "Server",
    field: "Name",
    most: 255,
    allowed: "letters, digits, dots, dashes and underscores",
    accepts: |name| letters_digits_and(name, ".-_"),
};

const HOST: Syntax = Syntax {
    object: "Server",
    field: "Host Name/IP Address",
    most: 255,
    allowed: "a host name or an IP address",
    accepts: |name| name.parse::<std::net::IpAddr>().is_ok() || letters_digits_and(name, ".-_"),
};

const PROFILE: Syntax = Syntax {
    object: "Phone Security Profile",
    field: "Name",
    most: 64,
    allowed: "visible characters and spaces other than \" < > & \\ %",
    accepts: visible,
};

const POOL: Syntax =
    Syntax { object: "Device Pool", field: "Device Pool Name", most: 50, allowed: PROFILE.allowed, accepts: visible };

const GROUP: Syntax =
    Syntax { object: "Cisco Unified CM Group", field: "Name", most: 128, allowed: PROFILE.allowed, accepts: visible };

fn visible(name: &str) -> bool {
    name.trim() == name && !name.chars().any(|c| c.is_control() || "\"<>&\\%".contains(c))
}

name!(
    /// The name of a device: `CSFrado`, `SEP001122334455`.
    DeviceName,
    DEVICE
);
name!(
    /// The identifier that an end user signs in with.
    UserId,
    USER
);
name!(
    /// A directory number: what is dialled to reach a line.
    DirectoryNumber,
    NUMBER
);
name!(
    /// The name of a process node, as it appears in `Warning: 399 <node>`.
    NodeName,
    NODE
);
name!(
    /// The host name or IP address at which clients reach a server.
    Host,
    HOST
);
name!(
    /// The name of a phone security profile.
    ProfileName,
    PROFILE
);
name!(
    /// The name of a device pool.
    PoolName,
    POOL
);
name!(
    /// The name of a CallManager group.
    GroupName,
    GROUP
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_names_are_safe_file_names() {
        for good in ["CSFrado", "SEP001122334455", "a.b-c_d", "x"] {
            assert!(DeviceName::new(good).is_ok(), "{good}");
        }
        for bad in ["..", ".x", "a/b", "a\\b", "a b", "a\0", "ä", "a%2f"] {
            assert_eq!(DeviceName::new(bad).unwrap_err().field, "Device Name", "{bad:?}");
        }
        assert_eq!(DeviceName::new("").unwrap_err().rule, Rule::Required);
        assert!(DeviceName::new(&"a".repeat(128)).is_ok());
        assert_eq!(DeviceName::new(&"a".repeat(129)).unwrap_err().rule, Rule::TooLong { most: 128 });
    }

    #[test]
    fn directory_numbers_are_dialled_digits() {
        for good in ["2001", "+4930123", "*12#", "A1"] {
            assert!(DirectoryNumber::new(good).is_ok(), "{good}");
        }
        for bad in ["", "+", "20 01", "alice", "2001+"] {
            assert!(DirectoryNumber::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        for good in ["127.0.0.11", "::1", "ucm1.example.com"] {
            assert!(Host::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "http://a", "[::1]"] {
            assert!(Host::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn user_ids_hold_no_delimiter_of_sip_or_xml() {
        for good in ["alice", "alice@example.com", "o'hara", "josé"] {
            assert!(UserId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a:b", "a\"", "a<b", "a\r\n"] {
            assert!(UserId::new(bad).is_err(), "{bad:?}");
        }
    }
}
