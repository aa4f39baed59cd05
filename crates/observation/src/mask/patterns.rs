//! Secrets that may stand anywhere in a line: in URIs, parameters, elements, behind the word Bearer.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::edits::Edits;
use super::words::Words;
use super::{MASK, OPEN, text_of};

/// Names whose value, behind `=` or as a member of JSON, is a secret.
const PARAMETERS: [&str; 16] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "credentials",
    "credential",
    "apikey",
    "api-key",
    "authorization",
    "response",
    "rspauth",
    "digits",
    "signal",
    "inline%3a",
];

/// Words in the name of an XML element that make its content a secret.
const ELEMENTS: [&str; 7] = ["password", "passwd", "secret", "token", "credential", "pin", "digits"];

/// Parameters of a Bearer challenge, which is no secret (RFC 6750 §3).
const CHALLENGE: [&str; 6] = ["realm", "scope", "authz_server", "error", "error_description", "charset"];

/// A JWS begins with `{"` in base64url.
const JWS: &[u8] = b"eyJ";

static PARAMETER: LazyLock<Words> = LazyLock::new(|| Words::of(&PARAMETERS));
static ELEMENT: LazyLock<Words> = LazyLock::new(|| Words::of(&ELEMENTS));
static SCHEME: LazyLock<Words> = LazyLock::new(|| Words::of(&["sip:", "sips:", "://", "sip%3a", "sips%3a"]));
static COLON: LazyLock<Words> = LazyLock::new(|| Words::of(&["%3a"]));
static BEARER: LazyLock<Words> = LazyLock::new(|| Words::of(&["bearer"]));

/// The text with each of these replaced.
pub(super) fn without_secrets(text: &str) -> String {
    let keys = sdp::mask_keys(text.as_bytes());
    let text = text_of(&keys);
    let text = uris(&text);
    let text = parameters(&text);
    let text = elements(&text);
    let text = bearer(&text);
    signed(&text).into_owned()
}

/// The part of the text between two positions.
fn part(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

/// The passwords and header fields of URIs (RFC 3261 §19.1.1, RFC 3986 §3.2.1).
fn uris(text: &str) -> Cow<'_, str> {
    let mut edits = Edits::of(text);
    let mut done = 0;
    while let Some(scheme) = SCHEME.find(text, done) {
        let (at, start) = (scheme.start(), scheme.end());
        let is_in_brackets =
            part(text, done, at).trim_end_matches(|one: char| one.is_ascii_alphanumeric()).ends_with('<');
        let ends = |one: char| match is_in_brackets {
            true => one == '>',
            false => one.is_whitespace() || matches!(one, '>' | '<' | '"'),
        };
        let rest = part(text, start, text.len());
        let end = start + rest.find(ends).unwrap_or(rest.len());
        let uri = part(text, start, end);
        if uri.contains(['?', '@']) || uri.contains("%40") {
            edits.replace(start, end, &without_password_and_fields(uri));
        }
        done = end;
    }
    edits.finish()
}

/// What follows the scheme of one URI.
fn without_password_and_fields(rest: &str) -> String {
    let (address, headers) = rest.split_once('?').map_or((rest, None), |(address, headers)| (address, Some(headers)));
    let mut out = without_password(address);
    let Some(headers) = headers else { return out };
    for (index, header) in headers.split('&').enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        match header.split_once('=') {
            // The dialog to replace (RFC 3891) is what a transfer is about, and no secret.
            Some((name, _)) if name.eq_ignore_ascii_case("Replaces") => out.push_str(header),
            Some((name, _)) => out.push_str(&format!("{name}={MASK}")),
            None => out.push_str(MASK),
        }
    }
    out
}

fn without_password(address: &str) -> String {
    let at = [address.rfind('@'), rfind_ignore_case(address, "%40")].into_iter().flatten().max();
    let Some((user, host)) = at.and_then(|at| address.split_at_checked(at)) else { return address.to_owned() };
    let colons = [user.find(':').map(|at| at + 1), COLON.find(user, 0).map(|colon| colon.end())];
    match colons.into_iter().flatten().min() {
        Some(colon) => format!("{}{MASK}{host}", part(user, 0, colon)),
        None => address.to_owned(),
    }
}

fn rfind_ignore_case(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).rposition(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// `name=value`, `name="value"`, `"name": "value"`.
fn parameters(text: &str) -> Cow<'_, str> {
    let mut edits = Edits::of(text);
    let mut from = 0;
    while let Some(name) = PARAMETER.find(text, from) {
        from = name.end();
        if let Some((start, end)) = value_behind(text, from, part(text, name.start(), from)) {
            edits.replace(start, end, MASK);
            from = end;
        }
    }
    edits.finish()
}

/// Where the value stands of a name that ends here, if one is assigned.
fn value_behind(text: &str, behind: usize, name: &str) -> Option<(usize, usize)> {
    let rest = part(text, behind, text.len());
    let assigned = if name.contains('%') {
        rest
    } else {
        let unquoted = rest.trim_start_matches(['"', '\'']);
        let is_member = unquoted.len() < rest.len();
        let trimmed = unquoted.trim_start();
        let assigned = trimmed.strip_prefix('=').or_else(|| trimmed.strip_prefix(':').filter(|_| is_member))?;
        assigned.trim_start()
    };
    let start = text.len() - assigned.len();
    let ends = |one: char| one.is_whitespace() || matches!(one, ',' | ';' | '&' | '<' | '>' | '"' | '\'');
    let length = match assigned.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(assigned, quote),
        _ => assigned.find(ends).unwrap_or(assigned.len()),
    };
    (length > 0).then_some((start, start + length))
}

/// The length of a quoted text with its quotes (RFC 3261 §25.1 quoted-string); without an end, all there is.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, one) in text.char_indices().skip(1) {
        match one {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if one == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `<password>…</password>`.
fn elements(text: &str) -> Cow<'_, str> {
    let mut edits = Edits::of(text);
    let mut from = 0;
    while let Some(open) = part(text, from, text.len()).find('<').map(|at| from + at) {
        let Some(close) = part(text, open, text.len()).find('>').map(|at| open + at + 1) else { break };
        from = close;
        if is_secret_element(part(text, open, close)) {
            let content = part(text, close, text.len());
            from = close + content.find("</").unwrap_or(content.len());
            edits.replace(close, from, MASK);
        }
    }
    edits.finish()
}

fn is_secret_element(tag: &str) -> bool {
    let name = tag.trim_matches(['<', '>']).split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
    name.bytes().all(|one| one.is_ascii_alphanumeric() || b"-_:.".contains(&one))
        && ELEMENT.find(name, 0).is_some()
        && !tag.ends_with("/>")
}

/// `Bearer` and a token. A word that ends with it is another one.
fn bearer(text: &str) -> Cow<'_, str> {
    let mut edits = Edits::of(text);
    let mut from = 0;
    while let Some(scheme) = BEARER.find(text, from) {
        let (at, behind) = (scheme.start(), scheme.end());
        let is_word = !part(text, from, at).ends_with(|one: char| one.is_ascii_alphabetic());
        let start = behind + blank(part(text, behind, text.len()));
        let token = part(text, start, text.len());
        let ends = |one: char| one.is_whitespace() || matches!(one, ',' | ';' | '"' | '<' | '>' | OPEN);
        let length = token.find(ends).unwrap_or(token.len());
        let word = part(token, 0, length);
        let name = word.split('=').next().unwrap_or_default();
        let is_challenge = word.contains('=') && CHALLENGE.iter().any(|known| known.eq_ignore_ascii_case(name));
        from = start;
        if is_word && start > behind && length > 0 && !is_challenge {
            from = start + length;
            edits.replace(start, from, MASK);
        }
    }
    edits.finish()
}

/// How much stands between a scheme and its token: blanks, folds, and what joins a value to its name.
fn blank(text: &str) -> usize {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t', '"', '=', ':', '%']);
        let line = trimmed.trim_start_matches(['\r', '\n']);
        // A line that does not begin with a blank is another field.
        let is_fold = line.len() < trimmed.len() && line.starts_with([' ', '\t']);
        rest = if is_fold { line } else { trimmed };
        if !is_fold {
            return text.len() - rest.len();
        }
    }
}

/// Anything that looks like a JWS.
fn signed(text: &str) -> Cow<'_, str> {
    let is_of_token = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.' | '~' | '+' | '/' | '=');
    let mut edits = Edits::of(text);
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(part(text, from, text.len()).as_bytes(), JWS) {
        let start = from + at;
        let token = part(text, start, text.len());
        from = start + token.find(|one: char| !is_of_token(one)).unwrap_or(token.len());
        if from - start >= 16 {
            edits.replace(start, from, MASK);
        }
    }
    edits.finish()
}
