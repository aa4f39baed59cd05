//! Which bodies are signalling, and so shown.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::memmem;

/// An empty line, whatever ends its lines.
static EMPTY_LINE: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let ends = ["\r\n\r\n", "\n\n", "\r\r", "\n\r\n", "\r\n\n", "\n\r\r", "\r\r\n"];
    AhoCorasick::new(ends).expect("an automaton holds a few short words")
});

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
    let end = EMPTY_LINE.find(from_start).map(|found| found.end());
    text.split_at_checked(start + end.unwrap_or(from_start.len())).unwrap_or((text, ""))
}

/// Whether and how a body is shown.
pub(super) fn shown<'a>(head: &str, body: &'a str) -> Shown<'a> {
    if body.is_empty() {
        return Shown::Text(body);
    }
    let head = Fields::of(head);
    let types: Vec<&str> = head.values(&["content-type", "c"]).collect();
    let is_multipart = types.iter().any(|kind| kind.starts_with("multipart/"));
    let is_shown = !types.is_empty()
        && types.iter().all(|kind| is_container_or_signalling(kind))
        && head.values(&["content-encoding", "e", "content-transfer-encoding"]).all(is_plain)
        && (!is_multipart || has_signalling_parts(body));
    if is_shown {
        return Shown::Text(body);
    }
    let kind = types.first().copied().unwrap_or("of no type");
    let is_name =
        kind.len() <= 80 && kind.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"/+-. ".contains(&octet));
    let kind = if is_name { kind } else { "of an unreadable type" };
    Shown::Note(format!("[body not shown: {kind}, {} octets]", body.len()))
}

fn has_signalling_parts(body: &str) -> bool {
    let fields = Fields::of(body);
    fields.values(&["content-type", "c"]).all(is_container_or_signalling)
        && fields.values(&["content-encoding", "content-transfer-encoding"]).all(is_plain)
}

fn is_container_or_signalling(kind: &str) -> bool {
    kind.starts_with("multipart/") || is_signalling(kind)
}

fn is_plain(encoding: &str) -> bool {
    matches!(encoding, "identity" | "7bit" | "8bit" | "binary")
}

/// Header fields, unfolded and in lower case.
struct Fields(String);

impl Fields {
    fn of(text: &str) -> Self {
        let folds = ["\n ", "\n\t"].iter().any(|fold| memmem::find(text.as_bytes(), fold.as_bytes()).is_some());
        let mut unfolded = match folds {
            true => unfolded(text),
            false => text.to_owned(),
        };
        unfolded.make_ascii_lowercase();
        Self(unfolded)
    }

    /// The values of the fields of these names, without parameters.
    fn values(&self, names: &[&str]) -> impl Iterator<Item = &str> {
        self.0.split(['\r', '\n']).filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            names.contains(&name.trim()).then(|| value.split(';').next().unwrap_or_default().trim())
        })
    }
}

/// RFC 3261 §7.3.1.
fn unfolded(text: &str) -> String {
    text.replace("\r\n ", " ").replace("\r\n\t", " ").replace("\n ", " ").replace("\n\t", " ")
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
