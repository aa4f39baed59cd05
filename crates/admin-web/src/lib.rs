//! The web administration: what all of its pages share, and the pages.
//!
//! The pages are rendered on the server and work without scripts, for reading and for every form; htmx adds what moves. A page
//! is an askama struct with a [`Frame`] that extends `layout.html`. Its texts are English keys, translated by the catalogues.
//!
//! A face exports a [`Surface`]: its routes, each added for reading or for writing. Who may use a route follows from how it
//! was added, so no handler can forget to ask. [`router`] puts around all surfaces, in this order: the header fields of
//! every answer, the browser session ([`session`]), the check that an unsafe request is one of our own forms
//! ([`submission`]), and the permission.
//!
//! Whose accounts they are is the product's to say: [`Accounts`]. On a Unified CM node they are end users with a role
//! ([`DirectoryAccounts`]); an Expressway has its own.

mod account;
mod administrator;
mod assets;
pub mod ccmadmin;
pub mod ccmservice;
pub mod cmplatform;
mod directory_accounts;
mod error;
pub mod expressway;
mod flash;
pub mod form;
mod foundation;
mod frame;
mod guard;
mod headers;
pub mod language;
pub mod live;
mod local_path;
mod page;
mod services;
pub mod session;
mod set_up;
mod set_up_code;
mod sign_in;
pub mod sip_oauth;
pub mod submission;
mod surface;
pub mod table;

pub use account::{Account, Accounts, Permission, SetUpRefusal, SignInRefusal, Stamp, Unavailable};
pub use administrator::Administrator;
pub use directory_accounts::DirectoryAccounts;
pub use error::PageError;
pub use flash::{Flash, Mood};
pub use foundation::{Settings, router};
pub use frame::Frame;
pub use language::Language;
pub use page::Page;
pub use services::Services;
pub use set_up_code::SetUpCode;
pub use submission::Submission;
pub use surface::{Menu, MenuItem, Route, Surface, SurfaceBuilder};
