//! The conventions of AXL, the vendor's provisioning interface: its versions, its namespaces, its action, its error.
//!
//! The operation's element is qualified with a namespace that carries the version, and nothing within it is. The header
//! `SOAPAction` is `CUCM:DB ver=<version> <operation>`. A fault's detail holds one `axlError` with a code, a message and the
//! operation. Objects are named by their key or by `{uuid}` with braces.
//!
//! A client writes [`request`] and reads [`crate::Call::read_answer`], then [`AxlError::of`] of a fault:
//!
//! ```
//! use ringbearer_soap::{Element, Limits, axl};
//!
//! let criteria = Element::new("searchCriteria").with_text("name", "%");
//! let tags = Element::new("returnedTags").with(Element::new("name"));
//! let call = axl::request(axl::Version::V15_0, "listProcessNode", [criteria, tags]);
//! assert_eq!(call.soap_action, "\"CUCM:DB ver=15.0 listProcessNode\"");
//!
//! let answer = "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>\
//!     <a:listProcessNodeResponse xmlns:a='http://www.cisco.com/AXL/API/15.0'><return>\
//!     <processNode uuid='{1}'><name>ucm1</name></processNode></return></a:listProcessNodeResponse></e:Body></e:Envelope>";
//! let answer = call.read_answer(200, answer.as_bytes(), &Limits::ANSWER).unwrap();
//! let nodes = answer.at(&["return"]).unwrap().children_of("processNode");
//! assert_eq!(nodes.filter_map(|node| node.child_text("name")).collect::<Vec<_>>(), ["ucm1"]);
//! ```

use crate::call::Call;
use crate::element::Element;
use crate::fault::{Fault, FaultCode};

/// The path at which the interface is.
pub const PATH: &str = "/axl/";

const NAMESPACE: &str = "http://www.cisco.com/AXL/API/";

/// A version of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Version {
    V11_0,
    V11_5,
    V12_0,
    V12_5,
    V14_0,
    V15_0,
}

impl Version {
    /// All versions, the oldest first.
    pub const ALL: [Self; 6] = [Self::V11_0, Self::V11_5, Self::V12_0, Self::V12_5, Self::V14_0, Self::V15_0];
    /// The newest version.
    pub const LATEST: Self = Self::V15_0;

    /// The version's number.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Self::V11_0 => "11.0",
            Self::V11_5 => "11.5",
            Self::V12_0 => "12.0",
            Self::V12_5 => "12.5",
            Self::V14_0 => "14.0",
            Self::V15_0 => "15.0",
        }
    }

    /// The version of a number.
    #[must_use]
    pub fn from_number(number: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.number() == number)
    }

    /// The namespace of the version's operations.
    #[must_use]
    pub fn namespace(self) -> String {
        format!("{NAMESPACE}{}", self.number())
    }

    /// The version that a namespace names: none if it is no namespace of AXL, else its number's version, if that is known.
    #[must_use]
    pub fn from_namespace(namespace: &str) -> Option<Option<Self>> {
        namespace.strip_prefix(NAMESPACE).map(Self::from_number)
    }
}

/// A request of an operation with its parameters.
#[must_use]
pub fn request(version: Version, operation: &str, parameters: impl IntoIterator<Item = Element>) -> Call {
    Call {
        soap_action: format!("\"CUCM:DB ver={} {operation}\"", version.number()),
        entry: Element::qualified(&version.namespace(), operation).with_all(parameters),
    }
}

/// What a `SOAPAction` header asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action<'a> {
    /// The number of the version, known or not.
    pub version: &'a str,
    /// The operation, which may be left out.
    pub operation: Option<&'a str>,
}

impl<'a> Action<'a> {
    /// Reads the header's value.
    #[must_use]
    pub fn parse(header: &'a str) -> Option<Self> {
        let mut words = crate::action(header).split_ascii_whitespace();
        let (Some("CUCM:DB"), Some(version)) = (words.next(), words.next()) else { return None };
        let action = Self { version: version.strip_prefix("ver=")?, operation: words.next() };
        words.next().is_none().then_some(action)
    }
}

/// The detail of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxlError {
    /// The code: `5007` for what is not there, negative ones are the database's.
    pub code: i32,
    /// What is wrong, for a person.
    pub message: String,
    /// The operation.
    pub request: String,
}

impl AxlError {
    /// The database has such an object already.
    pub const DUPLICATE: i32 = -239;
    /// The query breaks the grammar of SQL.
    pub const SQL_SYNTAX: i32 = -201;
    /// The query names a table that is not there.
    pub const NO_TABLE: i32 = -206;
    /// The query names a column that is not there.
    pub const NO_COLUMN: i32 = -217;
    /// The object is not there.
    pub const NOT_FOUND: i32 = 5007;

    /// The error of a fault, if it has one.
    #[must_use]
    pub fn of(fault: &Fault) -> Option<Self> {
        let detail = fault.detail.iter().find(|entry| entry.name() == "axlError")?;
        let text = |name| detail.child_text(name).unwrap_or_default().trim();
        Some(Self {
            code: text("axlcode").parse().ok()?,
            message: text("axlmessage").to_owned(),
            request: text("request").to_owned(),
        })
    }

    /// The fault that carries the error.
    #[must_use]
    pub fn to_fault(&self, code: FaultCode) -> Fault {
        let detail = Element::new("axlError")
            .with_text("axlcode", self.code.to_string())
            .with_text("axlmessage", self.message.as_str())
            .with_text("request", self.request.as_str());
        Fault { detail: vec![detail], ..Fault::new(code, self.message.as_str()) }
    }
}
