//! The client's log, in the form that tools for the vendor's client read:
//!
//! ```text
//! 2020-03-30 13:03:19,200 DEBUG [0x00000e2c] [phone/connection.rs(41)] [csf.sip-call-control] [platform_print_sip_msg] - sipio-sent---> REGISTER …
//! ```
//!
//! Module and function are the names that such tools look for, the file and the line are ours. Our choice: times
//! are UTC. SIP messages are written with [masked](mask) credentials and keys.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use observation::mask;

/// The part of the client that writes, as the vendor's client names it.
pub(crate) const SERVICES: &str = "csf.ecc";
/// The SIP part of the client.
pub(crate) const CALL_CONTROL: &str = "csf.sip-call-control";

/// How grave a line is.
#[derive(Clone, Copy)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
}

/// A log file that all parts of the phone share; without a file, nothing is written.
#[derive(Clone, Default)]
pub(crate) struct ClientLog(Option<Arc<Mutex<File>>>);

/// Where a line comes from.
pub(crate) struct Place {
    pub(crate) file: &'static str,
    pub(crate) line: u32,
    pub(crate) module: &'static str,
    pub(crate) function: &'static str,
}

/// Writes a line of the client's log: `client_log!(log, Level::Info, module, "function", "text {}", value)`.
macro_rules! client_log {
    ($log:expr, $level:expr, $module:expr, $function:expr, $($text:tt)+) => {
        $log.write(
            $level,
            &$crate::phone::log::Place { file: file!(), line: line!(), module: $module, function: $function },
            &format!($($text)+),
        )
    };
}
pub(crate) use client_log;

impl ClientLog {
    /// Opens the file and writes behind what it holds.
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        Ok(Self(Some(Arc::new(Mutex::new(file)))))
    }

    /// Writes a line. A disk that is full loses lines, and never a call.
    pub(crate) fn write(&self, level: Level, place: &Place, text: &str) {
        let Some(file) = &self.0 else { return };
        let line = format(SystemTime::now(), level, thread_number(), place, text);
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.write_all(line.as_bytes());
    }

    /// Writes a message that was sent.
    pub(crate) fn sent(&self, message: &[u8]) {
        if self.0.is_some() {
            client_log!(self, Level::Debug, CALL_CONTROL, "platform_print_sip_msg", "sipio-sent---> {}", text(message));
        }
    }

    /// Writes a message that came.
    pub(crate) fn received(&self, message: &[u8]) {
        if self.0.is_some() {
            client_log!(self, Level::Debug, CALL_CONTROL, "platform_print_sip_msg", "sipio-recv<--- {}", text(message));
        }
    }
}

/// A message in lines of a log.
fn text(message: &[u8]) -> String {
    mask(message).as_str().replace("\r\n", "\n").trim_end().to_owned()
}

fn format(time: SystemTime, level: Level, thread: u32, place: &Place, text: &str) -> String {
    let level = match level {
        Level::Debug => "DEBUG",
        Level::Info => "INFO",
        Level::Warn => "WARN",
    };
    let Place { file, line, module, function } = place;
    let file = file.rsplit_once("src/").map_or(*file, |(_, file)| file);
    format!("{} {level} [{thread:#010x}] [{file}({line})] [{module}] [{function}] - {text}\n", date_and_time(time))
}

/// `2020-03-30 13:03:19,200`
fn date_and_time(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02},{:03}", since.subsec_millis())
}

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

/// A number for this thread: the process's, and one more for each further thread that writes.
fn thread_number() -> u32 {
    static THREADS: AtomicU32 = AtomicU32::new(0);
    thread_local! {
        static NUMBER: Cell<Option<u32>> = const { Cell::new(None) };
    }
    NUMBER.with(|number| {
        let assigned = number.get().unwrap_or_else(|| std::process::id() + THREADS.fetch_add(1, Ordering::Relaxed));
        number.set(Some(assigned));
        assigned
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{CALL_CONTROL, Level, Place, date_and_time, format};

    #[test]
    fn a_line_has_the_form_that_tools_read() {
        let place = Place { file: "crates/ringbearer/src/phone/log.rs", line: 7, module: CALL_CONTROL, function: "f" };
        let time = UNIX_EPOCH + Duration::from_millis(1_585_573_399_200);
        assert_eq!(
            format(time, Level::Debug, 0xe2c, &place, "sipio-sent---> REGISTER"),
            "2020-03-30 13:03:19,200 DEBUG [0x00000e2c] [phone/log.rs(7)] [csf.sip-call-control] [f] - \
             sipio-sent---> REGISTER\n"
        );
    }

    #[test]
    fn days_of_the_calendar() {
        let day = |seconds| date_and_time(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(day(0), "1970-01-01 00:00:00,000");
        assert_eq!(day(951_782_399), "2000-02-28 23:59:59,000");
        assert_eq!(day(951_782_400), "2000-02-29 00:00:00,000");
        assert_eq!(day(1_798_761_599), "2026-12-31 23:59:59,000");
        assert_eq!(day(4_107_542_400), "2100-03-01 00:00:00,000");
    }
}
