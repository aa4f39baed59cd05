//! Times as the pages write them: UTC, and how long ago.

use observation::Timestamp;
use token::UnixTime;

/// Year, month and day of a day since 1970, by 400-year cycles that begin on a first of March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (cycle, day_of_cycle) = (shifted / 146_097, shifted % 146_097);
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (cycle * 400 + year_of_cycle + u64::from(month <= 2), month, day)
}

/// `2026-11-27`
pub(super) fn day(at: UnixTime) -> String {
    let (year, month, day) = civil(at.0 / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `11:05:02`
pub(super) fn clock(at: UnixTime) -> String {
    let second = at.0 % 86_400;
    format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}

/// `11:05`
pub(super) fn hour_and_minute(at: UnixTime) -> String {
    let second = at.0 % 86_400;
    format!("{:02}:{:02}", second / 3_600, second / 60 % 60)
}

/// `2026-11-27 11:05:02`
pub(super) fn full(at: UnixTime) -> String {
    format!("{} {}", day(at), clock(at))
}

/// `11:05:02.123`
pub(super) fn fine(at: Timestamp) -> String {
    format!("{}.{:03}", clock(at.unix()), at.subsecond_micros() / 1_000)
}

/// For the attribute `datetime`.
pub(super) fn machine(at: UnixTime) -> String {
    format!("{}T{}Z", day(at), clock(at))
}

/// A certificate's date.
pub(super) fn of_certificate(seconds: i64) -> String {
    full(UnixTime(u64::try_from(seconds).unwrap_or(0)))
}

/// `5 s`, `12 min`, `3 h 20 min`, `4 d 2 h`: the same in all languages.
pub(super) fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(full(UnixTime(1_585_566_211)), "2020-03-30 11:03:31");
        assert_eq!(full(UnixTime(951_782_400)), "2000-02-29 00:00:00");
        assert_eq!(machine(UnixTime(0)), "1970-01-01T00:00:00Z");
        assert_eq!(fine(Timestamp(1_585_566_211_045_999)), "11:03:31.045");
        assert_eq!([59, 61, 3_660, 90_000].map(span), ["59 s", "1 min", "1 h 01 min", "1 d 1 h"]);
    }
}
