//! Foreign judges: programs that others wrote, against our node over real sockets on loopback.
//!
//! A test starts a [`cluster::Node`] on a loopback address of its own and lets a judge talk to it. Whatever is started is a
//! [`child::Child`]: it has a deadline, and it is killed by its process id when the test ends. The programs come from Debian's
//! packages; `cargo xtask test --only interop` installs them and names the node's program and Python's.

pub mod authlib;
pub mod axl;
pub mod baresip;
pub mod child;
pub mod cluster;
pub mod crash;
pub mod debian;
pub mod edge;
pub mod edge_phone;
pub mod fleet;
pub mod folder;
pub mod lab;
pub mod monitor;
pub mod openssl;
pub mod raw_client;
pub mod schemathesis;
pub mod sipp;
pub mod softphone;
pub mod ssh;
pub mod tls;
pub mod tone;
pub mod tshark;

use std::path::PathBuf;

/// The program under judgement.
pub fn ringbearer() -> PathBuf {
    from_environment("RINGBEARER_BINARY")
}

/// The Debian package under judgement.
pub fn debian_package() -> PathBuf {
    from_environment("RINGBEARER_DEB")
}

/// The Python that has authlib, zeep and ciscoaxl.
pub fn python() -> PathBuf {
    from_environment("RINGBEARER_PYTHON")
}

/// A judge that is a script of ours around a library of others.
pub fn judge(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("judges").join(name)
}

fn from_environment(name: &str) -> PathBuf {
    match std::env::var_os(name) {
        Some(path) => PathBuf::from(path),
        None => panic!("{name} is not set: run `cargo xtask test --only interop`"),
    }
}
