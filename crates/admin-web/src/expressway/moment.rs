//! Times as the pages show them.

use capture::Timestamp;

/// `2026-11-27 10:36:07 UTC`
pub(super) fn shown(unix_seconds: u64) -> String {
    let text = Timestamp::from_micros(unix_seconds.saturating_mul(1_000_000)).to_string();
    format!("{} UTC", text.get(..19).unwrap_or(&text).replace('T', " "))
}

/// How long ago, in one number: `5 s`, `12 min`, `3 h`, `9 d`.
pub(super) fn ago(unix_seconds: u64) -> String {
    let passed = runtime::clock::unix_seconds().saturating_sub(unix_seconds);
    match passed {
        0..60 => format!("{passed} s"),
        60..3_600 => format!("{} min", passed / 60),
        3_600..172_800 => format!("{} h", passed / 3_600),
        _ => format!("{} d", passed / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_in_utc() {
        assert_eq!(shown(1_795_775_767), "2026-11-27 10:36:07 UTC");
        let now = runtime::clock::unix_seconds();
        assert_eq!(ago(now - 7200), "2 h");
        assert_eq!(ago(now + 5), "0 s");
    }
}
