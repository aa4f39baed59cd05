//! The administrator's half with a person at it: the same console as over SSH, whose interpreter is in the node behind
//! the socket.

mod distant;
mod terminal_device;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use admin_shell::Administrator;
use admin_shell::console::Console;
use anyhow::Context;

use distant::DistantInterpreter;
use terminal_device::{TerminalDevice, window};

/// Lets a person type commands until it leaves. What fails has been said on the screen: the exit code is 0.
///
/// # Errors
/// When the node or the terminal is gone.
pub(super) fn interact(socket: PathBuf) -> anyhow::Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("the runtime")?;
    runtime.block_on(async {
        let interpreter = Arc::new(DistantInterpreter::new(socket));
        let device = TerminalDevice::open().context("the terminal")?;
        // Who this is, the node asks the kernel.
        let administrator = Administrator::full("");
        let console = Console::new(device, interpreter, administrator, window(), None);
        match console.interact("").await {
            Ok(_) => Ok(0),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            Err(error) => Err(error.into()),
        }
    })
}
