//! Which bodies are signalling, and so shown.

/// What of a body is shown.
pub(super) enum Shown<'a> {
    /// All of it, masked like the rest.
    Text(&'a str),
    /// Its type and length alone.
    Note(String),
}

/// The header fields, with the empty line behind them, and the body.
pub(super) fn split(text: &str) -> (&str, &str) {
    // RFC 3261 §7.5: empty lines before the start line are none of the message.
    let start = text.len() - text.trim_start_matches(['\r', '\n']).len();
    let from_start = text.get(start..).unwrap_or_default();
    let ends = ["\r\n\r\n", "\n\n", "\r\r", "\n\r\n", "\r\n\n", "\n\r\r", "\r\r\n"];
    let end = ends.iter().filter_map(|end| from_start.find(end).map(|at| at + end.len())).min();
    text.split_at_checked(start + end.unwrap_or(from_start.len())).unwrap_or((text, ""))
}

/// Whether and how a body is shown.
pub(super) fn shown<'a>(head: &str, body: &'a str) -> Shown<'a> {
    if body.is_empty() {
        return Shown::Text(body);
    }
    let types: Vec<String> = values(head, &["content-type", "c"]).collect();
    let parts = || values(body, &["content-type", "c"]);
    let is_plain = |names: &[&str], text: &str| {
        values(text, names).all(|encoding| matches!(encoding.as_str(), "identity" | "7bit" | "8bit" | "binary"))
    };
    let is_multipart = types.iter().any(|kind| kind.starts_with("multipart/"));
    let is_shown = !types.is_empty()
        && types.iter().all(|kind| kind.starts_with("multipart/") || is_signalling(kind))
        && is_plain(&["content-encoding", "e", "content-transfer-encoding"], head)
        && (!is_multipart
            || (parts().all(|kind| kind.starts_with("multipart/") || is_signalling(&kind))
                && is_plain(&["content-encoding", "content-transfer-encoding"], body)));
    if is_shown {
        return Shown::Text(body);
    }
    let kind = types.first().map_or("of no type", String::as_str);
    let is_name =
        kind.len() <= 80 && kind.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"/+-. ".contains(&octet));
    let kind = if is_name { kind } else { "of an unreadable type" };
    Shown::Note(format!("[body not shown: {kind}, {} octets]", body.len()))
}

/// The values of header fields of these names, in lower case, without parameters.
fn values<'a>(text: &'a str, names: &'a [&str]) -> impl Iterator<Item = String> + 'a {
    let unfolded = text.replace("\r\n ", " ").replace("\r\n\t", " ").replace("\n ", " ").replace("\n\t", " ");
    let lines: Vec<String> = unfolded.split(['\r', '\n']).map(str::to_ascii_lowercase).collect();
    lines.into_iter().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        names.contains(&name.trim()).then(|| value.split(';').next().unwrap_or_default().trim().to_owned())
    })
}

/// The types whose bodies are signalling: descriptions, fragments of messages, documents of the line side. Not the text and not
/// the digits of people.
fn is_signalling(kind: &str) -> bool {
    const SIGNALLING: [&str; 6] = [
        "application/sdp",
        "message/sipfrag",
        "message/sip",
        "application/x-ringbearer-edge-statement+json",
        "text/xml",
        "application/xml",
    ];
    SIGNALLING.contains(&kind) || (kind.ends_with("+xml") && !kind.contains("kpml"))
}
