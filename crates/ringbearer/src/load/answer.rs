//! The little of a response that a generator reads: the status, and where the message ends.
//!
//! The generator shares the machine with the server it measures, so it does not parse what it does not judge.

use memchr::memmem;

/// The status code of the first whole response in `bytes`, and its length; `None` while it is incomplete.
///
/// # Errors
/// When the bytes are no SIP response.
pub(super) fn first(bytes: &[u8]) -> anyhow::Result<Option<(u16, usize)>> {
    let Some(end) = memmem::find(bytes, b"\r\n\r\n") else { return Ok(None) };
    let head = bytes.get(..end).unwrap_or_default();
    let status = head.strip_prefix(b"SIP/2.0 ").and_then(|rest| number(rest.get(..3)?));
    let Some(status) = status else { anyhow::bail!("the server sent something that is no SIP response") };
    let length = end + 4 + content_length(head);
    Ok((bytes.len() >= length).then_some((u16::try_from(status)?, length)))
}

fn content_length(head: &[u8]) -> usize {
    let value = memmem::find(head, b"\r\nContent-Length:").and_then(|at| head.get(at + 17..)).unwrap_or_default();
    let line = value.split(|byte| *byte == b'\r').next().unwrap_or_default();
    number(line.trim_ascii()).unwrap_or(0)
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::first;

    #[test]
    fn a_response_ends_after_its_body() {
        let two = b"SIP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nabcSIP/2.0 407 X\r\n\r\n";
        assert_eq!(first(two).unwrap(), Some((200, 40)));
        assert_eq!(first(&two[..39]).unwrap(), None);
        assert_eq!(first(&two[40..]).unwrap(), Some((407, 17)));
        assert!(first(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
