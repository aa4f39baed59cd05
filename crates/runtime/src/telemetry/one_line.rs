//! One event, one line: what a peer wrote into a value begins no line of its own, and gives a terminal no orders.
//!
//! The formatter escapes texts, but writes as they are the values that are shown by their `Display`: a line break in the name of a
//! certificate would begin a line that looks like one of ours. At trace level messages stand as they came, line by line.

use std::borrow::Cow;
use std::io::{Result, Write};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// Writers that keep each event to its line.
pub(super) struct OneLine<M> {
    pub(super) inner: M,
    /// Whether the formatter paints for a terminal.
    pub(super) ansi: bool,
}

/// The writer of one event.
pub(super) struct Line<W> {
    inner: W,
    ansi: bool,
    as_it_is: bool,
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for OneLine<M> {
    type Writer = Line<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { inner: self.inner.make_writer(), ansi: self.ansi, as_it_is: false }
    }

    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Self::Writer {
        let as_it_is = *event.level() == Level::TRACE;
        Line { inner: self.inner.make_writer_for(event), ansi: self.ansi, as_it_is }
    }
}

impl<W: Write> Write for Line<W> {
    fn write(&mut self, event: &[u8]) -> Result<usize> {
        if self.as_it_is {
            self.inner.write_all(event)?;
        } else {
            self.inner.write_all(one_line(&String::from_utf8_lossy(event), self.ansi).as_bytes())?;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }
}

/// The formatter writes an event at once, with a line feed behind it.
fn one_line(event: &str, ansi: bool) -> Cow<'_, str> {
    let (body, end) = event.strip_suffix('\n').map_or((event, ""), |body| (body, "\n"));
    let is_order = |c: char| c.is_control() && !(ansi && c == '\u{1b}');
    if !body.contains(is_order) {
        return Cow::Borrowed(event);
    }
    let mut line = String::with_capacity(event.len() + 16);
    for c in body.chars() {
        if is_order(c) { line.extend(c.escape_default()) } else { line.push(c) }
    }
    Cow::Owned(line + end)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(octets)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn rte_8_no_value_begins_a_line_of_the_log() {
        let memory = Memory::default();
        let writing = memory.clone();
        let writer = OneLine { inner: move || writing.clone(), ansi: false };
        let format = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).without_time();
        let subscriber = format.with_target(false).with_max_level(Level::TRACE).finish();
        tracing::subscriber::with_default(subscriber, || {
            let name = "CN=evil\r\nINFO signed in user=admin\u{1b}[2J\u{9b}2J";
            tracing::info!(subject = %name, "a certificate");
            tracing::trace!(message = %"SIP/2.0 200 OK\r\nVia: x");
        });
        let written = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
        let (first, rest) = written.split_once('\n').unwrap();
        assert!(first.starts_with(" INFO a certificate subject=CN=evil\\r\\nINFO signed in user=admin\\"), "{first:?}");
        assert!(!first.chars().any(char::is_control), "{first:?}");
        assert_eq!(rest, "TRACE SIP/2.0 200 OK\r\nVia: x\n");
    }
}
