//! Parameters: `;name=value;name;name="value"` (RFC 3261 §7.3.1, §25.1).

use std::borrow::Cow;

use super::{limits, syntax};

/// A run of parameters, each with its semicolon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters<'a>(&'a [u8]);

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// The name, as written; names are compared without regard to case.
    pub name: &'a [u8],
    /// The value, as written, quotes included.
    pub value: Option<&'a [u8]>,
}

impl<'a> Parameters<'a> {
    /// The parameters in `octets`, which is empty or begins with a semicolon. They are read when asked for.
    pub const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// The parameters of a header field: `None` unless each follows `generic-param`.
    pub fn parse(octets: &'a [u8]) -> Option<Self> {
        Self::split(octets).filter(Self::is_well_formed)
    }

    /// The parameters of a header field, of which only the first semicolon is looked at.
    pub(crate) fn split(octets: &'a [u8]) -> Option<Self> {
        match syntax::trim(octets) {
            octets @ ([] | [b';', ..]) => Some(Self(octets)),
            _ => None,
        }
    }

    /// Whether each follows `generic-param`, and none occurs twice (RFC 3261 §7.3.1).
    pub fn is_well_formed(&self) -> bool {
        self.are_all_and_distinct(|parameter| parameter.is_generic())
    }

    /// Whether each is as asked for, none occurs twice, and there are no more than [`limits::PARAMETERS`].
    pub(crate) fn are_all_and_distinct(&self, is_good: impl Fn(&Parameter<'a>) -> bool) -> bool {
        // One bit for each length and first letter: names that meet no bit of an earlier one need no comparison.
        let mut shapes = 0u64;
        self.iter().enumerate().all(|(count, parameter)| {
            let first_letter = parameter.name.first().map_or(0, u8::to_ascii_lowercase);
            let shape = 1 << ((parameter.name.len() + usize::from(first_letter)) % 64);
            let is_same = |earlier: Parameter<'_>| earlier.name.eq_ignore_ascii_case(parameter.name);
            let is_new = shapes & shape == 0 || !self.iter().take(count).any(is_same);
            shapes |= shape;
            is_new && count < limits::PARAMETERS && is_good(&parameter)
        })
    }

    /// The octets, semicolons included.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Each parameter in order.
    pub fn iter(&self) -> impl Iterator<Item = Parameter<'a>> + Clone + use<'a> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let parameter;
            (parameter, rest) = Parameter::split(rest)?;
            Some(parameter)
        })
    }

    /// The parameter of this name; of several, the first.
    pub fn find(&self, name: &str) -> Option<Parameter<'a>> {
        self.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The value of the parameter of this name, as written.
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.find(name)?.value
    }

    /// Whether a parameter of this name is there, with or without value.
    pub fn contains(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Parameter<'a> {
    /// The parameter behind the semicolon with which `octets` begins, and what follows it.
    fn split(octets: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let octets = syntax::trim_start(octets.strip_prefix(b";")?);
        let (name, rest) = octets.split_at_checked(syntax::token_length(octets))?;
        let (value, rest) = match syntax::trim_start(rest) {
            [b'=', value @ ..] => {
                let (value, rest) = split_value(syntax::trim_start(value))?;
                (Some(value), rest)
            }
            rest => (None, rest),
        };
        match rest {
            [] | [b';', ..] => Some((Self { name, value }, rest)),
            // Whatever stands here makes the parameter malformed: it shows as part of its name.
            _ => {
                let (name, rest) = octets.split_at_checked(syntax::find(octets, b';').unwrap_or(octets.len()))?;
                Some((Self { name, value: None }, rest))
            }
        }
    }

    /// The value without quotes and backslashes; empty without value.
    pub fn unquoted(&self) -> Cow<'a, [u8]> {
        syntax::unquote(self.value.unwrap_or_default())
    }

    /// `generic-param  =  token [ EQUAL gen-value ]`, `gen-value = token / host / quoted-string`
    fn is_generic(&self) -> bool {
        syntax::is_token(self.name) && self.value.is_none_or(is_generic_value)
    }
}

/// Splits a value from what follows it: a quoted string where its quote is, anything else at the semicolon.
fn split_value(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = match octets {
        [b'"', ..] => syntax::quoted_string_end(octets),
        _ => syntax::find(octets, b';'),
    };
    let (value, rest) = octets.split_at_checked(end.unwrap_or(octets.len()))?;
    Some((syntax::trim_end(value), syntax::trim_start(rest)))
}

/// Our choice: a value without quotes may hold what a host may (colons and brackets) and the marks that clients
/// in the field write without quotes, but no separator.
fn is_generic_value(value: &[u8]) -> bool {
    const GENERIC: [bool; 256] = syntax::class(b"-.!%*_+`'~:[]@/?#$&{}|^=");
    match value {
        [b'"', ..] => syntax::quoted_string_end(value) == Some(value.len()),
        _ => !value.is_empty() && syntax::all_of(&GENERIC, value),
    }
}
