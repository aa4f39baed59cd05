//! `application/x-www-form-urlencoded`, strictly: in a body, and as a query (RFC 6749 appendix B).

use std::fmt;

/// More parameters than any request has.
const MAX_PARAMETERS: usize = 32;

/// Why a form is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormError {
    /// A parameter comes twice (RFC 6749 §3.1).
    Repeated,
    /// More than 32 parameters.
    TooMany,
    /// A percent sign without two hexadecimal digits, or bytes that are not UTF-8, or a NUL.
    Encoding,
}

impl fmt::Display for FormError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Repeated => "a parameter is repeated",
            Self::TooMany => "there are too many parameters",
            Self::Encoding => "the parameters are not correctly encoded",
        })
    }
}

impl std::error::Error for FormError {}

/// The parameters of a request, each of them once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a form or a query.
    pub fn parse(text: &[u8]) -> Result<Self, FormError> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err(FormError::Repeated);
            }
            if parameters.len() == MAX_PARAMETERS {
                return Err(FormError::TooMany);
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter. One without a value counts as absent (RFC 6749 §3.1).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

/// The values may be secret: only the names are shown.
impl fmt::Debug for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

pub(crate) fn decode(text: &[u8]) -> Result<String, FormError> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = match byte {
            b'+' => {
                out.push(b' ');
                after
            }
            b'%' => {
                let Some(([high, low], after)) = after.split_first_chunk() else { return Err(FormError::Encoding) };
                out.push(digit(*high)? << 4 | digit(*low)?);
                after
            }
            0 => return Err(FormError::Encoding),
            byte => {
                out.push(*byte);
                after
            }
        };
    }
    if out.contains(&0) {
        return Err(FormError::Encoding);
    }
    String::from_utf8(out).map_err(|_| FormError::Encoding)
}

fn digit(digit: u8) -> Result<u8, FormError> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(FormError::Encoding)
}

/// Appends text in percent-encoding: everything but unreserved characters (RFC 3986 §2.3).
pub fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_once() {
        let form = Parameters::parse(b"a=1+2%2B3&b=%2525&empty=&bare&%61%62=c").unwrap();
        assert_eq!(form.get("a"), Some("1 2+3"));
        assert_eq!(form.get("b"), Some("%25"));
        assert_eq!(form.get("ab"), Some("c"));
        assert_eq!((form.get("empty"), form.get("bare"), form.get("missing")), (None, None, None));
    }

    #[test]
    fn oau_8_repeated_parameters_are_refused() {
        for text in ["a=1&a=1", "a=1&a=2", "a=&a=1", "a&a", "%61=1&a=2", "b=1&a=1&c=&a="] {
            assert_eq!(Parameters::parse(text.as_bytes()), Err(FormError::Repeated), "{text}");
        }
    }

    #[test]
    fn bad_encodings_are_refused() {
        for text in ["a=%", "a=%2", "a=%zz", "a=%+1", "a=%ff", "a=%00", "a=\0", "%00=a"] {
            assert_eq!(Parameters::parse(text.as_bytes()), Err(FormError::Encoding), "{text}");
        }
        let many: String = (0..33).map(|number| format!("p{number}=1&")).collect();
        assert_eq!(Parameters::parse(many.as_bytes()), Err(FormError::TooMany));
    }

    #[test]
    fn debug_shows_no_value() {
        let form = Parameters::parse(b"code_verifier=secret").unwrap();
        assert_eq!(format!("{form:?}"), "[\"code_verifier\"]");
    }
}
