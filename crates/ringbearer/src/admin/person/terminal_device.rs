//! The terminal that this process was started on, in raw mode for as long as the console is there.

use std::io::{self, Read, Write, stdin, stdout};

use admin_shell::console::{Input, Size, Tty};
use async_trait::async_trait;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

/// Bytes that are read at a time.
const PIECE: usize = 4096;

/// The terminal of this process.
pub(super) struct TerminalDevice {
    input: mpsc::Receiver<Vec<u8>>,
    resized: Signal,
    _raw: Raw,
}

/// The terminal's settings, put back at the end.
struct Raw(Termios);

impl Drop for Raw {
    fn drop(&mut self) {
        // A terminal that is gone needs no settings.
        let _ = tcsetattr(stdin(), OptionalActions::Drain, &self.0);
    }
}

impl TerminalDevice {
    /// Takes the terminal.
    pub(super) fn open() -> io::Result<Self> {
        let before = tcgetattr(stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        let resized = signal(SignalKind::window_change())?;
        tcsetattr(stdin(), OptionalActions::Drain, &raw)?;
        let (sender, input) = mpsc::channel(1);
        // A thread of its own, since nothing else can wait for a terminal that is shared with other processes. It ends with
        // the process.
        std::thread::spawn(move || {
            let mut piece = [0; PIECE];
            while let Ok(count @ 1..) = stdin().lock().read(&mut piece) {
                let bytes = piece.get(..count).unwrap_or_default().to_vec();
                if sender.blocking_send(bytes).is_err() {
                    return;
                }
            }
        });
        Ok(Self { input, resized, _raw: Raw(before) })
    }
}

/// The size of the terminal's window.
pub(super) fn window() -> Size {
    tcgetwinsize(stdout()).map_or_else(|_| Size::default(), |size| Size { rows: size.ws_row, columns: size.ws_col })
}

#[async_trait]
impl Tty for TerminalDevice {
    async fn read(&mut self) -> io::Result<Input> {
        tokio::select! {
            bytes = self.input.recv() => Ok(bytes.map_or(Input::End, Input::Bytes)),
            _ = self.resized.recv() => Ok(Input::Size(window())),
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut screen = stdout().lock();
        screen.write_all(bytes)?;
        screen.flush()
    }
}
