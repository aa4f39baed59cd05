//! The admin shell, whoever it is that types: what runs the lines of administrators, and the console in front of it.
//!
//! An [`Interpreter`] runs one line for one [`Administrator`] and talks through a [`terminal::Terminal`]; each kind of node
//! has its own. A [`console::Console`] is what a person sees: the prompt, line editing with history and completion, `?` for
//! help, paging, Ctrl-C. It knows neither SSH nor a terminal device, only bytes: the same console serves both.

mod administrator;
pub mod console;
mod interpreter;
mod keyboard;
mod line_editor;
mod pager;
mod run;
pub mod terminal;

pub use administrator::{Access, Administrator};
pub use interpreter::Interpreter;
