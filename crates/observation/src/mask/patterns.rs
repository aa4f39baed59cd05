//! Secrets that may stand anywhere in a line: in URIs, parameters, elements, behind the word Bearer.

use super::{MASK, OPEN};

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
const JWS: &str = "eyJ";

/// The text with each of these replaced.
pub(super) fn without_secrets(text: &str) -> String {
    let keys = sdp::mask_keys(text.as_bytes());
    let text = String::from_utf8_lossy(&keys);
    let text = uris(&text);
    let text = parameters(&text);
    let text = elements(&text);
    let text = bearer(&text);
    signed(&text)
}

/// Finds the first of these words in any case, from a position on; of two at one place, the one that is named first. The words are
/// ASCII, so what is found stands between characters. One pass: a message of one word over and over takes no longer than another.
fn next_of<'a>(text: &str, words: &[&'a str], from: usize) -> Option<(usize, &'a str)> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find_map(|at| {
        let rest = bytes.get(at..)?;
        let begins = |word: &&&str| {
            let word = word.as_bytes();
            rest.first().map(u8::to_ascii_lowercase) == word.first().copied()
                && rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        };
        words.iter().find(begins).map(|word| (at, *word))
    })
}

/// The part of the text between two positions.
fn part(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

/// The passwords and header fields of URIs (RFC 3261 §19.1.1, RFC 3986 §3.2.1).
fn uris(text: &str) -> String {
    const SCHEMES: [&str; 5] = ["sip:", "sips:", "://", "sip%3a", "sips%3a"];
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    while let Some((at, scheme)) = next_of(text, &SCHEMES, done) {
        let start = at + scheme.len();
        let is_in_brackets =
            part(text, done, at).trim_end_matches(|one: char| one.is_ascii_alphanumeric()).ends_with('<');
        let ends = |one: char| match is_in_brackets {
            true => one == '>',
            false => one.is_whitespace() || matches!(one, '>' | '<' | '"'),
        };
        let rest = part(text, start, text.len());
        let end = start + rest.find(ends).unwrap_or(rest.len());
        out.push_str(part(text, done, start));
        out.push_str(&uri(part(text, start, end)));
        done = end;
    }
    out.push_str(part(text, done, text.len()));
    out
}

/// What follows the scheme of one URI.
fn uri(rest: &str) -> String {
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
    let colons = [user.find(':').map(|at| at + 1), next_of(user, &["%3a"], 0).map(|(at, _)| at + 3)];
    match colons.into_iter().flatten().min() {
        Some(colon) => format!("{}{MASK}{host}", part(user, 0, colon)),
        None => address.to_owned(),
    }
}

fn rfind_ignore_case(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).rposition(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// `name=value`, `name="value"`, `"name": "value"`.
fn parameters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut done, mut from) = (0, 0);
    while let Some((at, name)) = next_of(text, &PARAMETERS, from) {
        from = at + name.len();
        let Some((start, end)) = value_behind(text, from, name) else { continue };
        out.push_str(part(text, done, start));
        out.push_str(MASK);
        (done, from) = (end, end);
    }
    out.push_str(part(text, done, text.len()));
    out
}

/// Where the value stands of a name that ends here, if one is assigned.
fn value_behind(text: &str, behind: usize, name: &str) -> Option<(usize, usize)> {
    let rest = part(text, behind, text.len());
    let assigned = if name.ends_with("%3a") {
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
fn elements(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let (before, tag) = rest.split_at_checked(open).unwrap_or((rest, ""));
        out.push_str(before);
        let Some(close) = tag.find('>') else {
            rest = tag;
            break;
        };
        let (tag, content) = tag.split_at_checked(close + 1).unwrap_or((tag, ""));
        out.push_str(tag);
        let name =
            tag.trim_matches(['<', '>']).split([' ', '\t', '\r', '\n']).next().unwrap_or_default().to_ascii_lowercase();
        let is_secret = name.chars().all(|one| one.is_ascii_alphanumeric() || "-_:.".contains(one))
            && ELEMENTS.iter().any(|word| name.contains(word))
            && !tag.ends_with("/>");
        rest = content;
        if is_secret {
            let end = content.find("</").unwrap_or(content.len());
            out.push_str(MASK);
            rest = part(content, end, content.len());
        }
    }
    out.push_str(rest);
    out
}

/// `Bearer` and a token. A word that ends with it is another one.
fn bearer(text: &str) -> String {
    const WORD: &str = "bearer";
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    while let Some((at, _)) = next_of(text, &[WORD], done) {
        let behind = at + WORD.len();
        let is_word = !part(text, done, at).ends_with(|one: char| one.is_ascii_alphabetic());
        let start = behind + blank(part(text, behind, text.len()));
        let token = part(text, start, text.len());
        let ends = |one: char| one.is_whitespace() || matches!(one, ',' | ';' | '"' | '<' | '>' | OPEN);
        let length = token.find(ends).unwrap_or(token.len());
        let word = part(token, 0, length);
        let name = word.split('=').next().unwrap_or_default();
        let is_challenge = word.contains('=') && CHALLENGE.iter().any(|known| known.eq_ignore_ascii_case(name));
        out.push_str(part(text, done, start));
        done = start;
        if is_word && start > behind && length > 0 && !is_challenge {
            out.push_str(MASK);
            done = start + length;
        }
    }
    out.push_str(part(text, done, text.len()));
    out
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
fn signed(text: &str) -> String {
    let is_of_token = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.' | '~' | '+' | '/' | '=');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(JWS) {
        let (before, token) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let length = token.find(|one: char| !is_of_token(one)).unwrap_or(token.len());
        out.push_str(before);
        out.push_str(if length >= 16 { MASK } else { part(token, 0, length) });
        rest = part(token, length, token.len());
    }
    out.push_str(rest);
    out
}
