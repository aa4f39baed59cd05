//! The release that web services tell their clients. Our choice: the release whose dialect we speak, then our own version, in
//! the vendor's five numbers, since clients read the first of them to know what a cluster can do.

use soap::axl::Version;

/// `15.0.<major>.<minor>-<patch>`
pub(crate) fn release() -> String {
    let own = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
    format!("{}.{own}-{}", Version::LATEST.number(), env!("CARGO_PKG_VERSION_PATCH"))
}
