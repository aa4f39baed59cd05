//! The two archive formats of a Debian package (deb(5)): `ar` around compressed tars.

use std::collections::BTreeSet;
use std::io::Write;

use super::File;
use crate::Failure;

/// A member of an `ar`.
pub(super) struct ArMember {
    pub(super) name: &'static str,
    pub(super) contents: Vec<u8>,
}

/// An `ar` as deb(5) wants it: no slash behind the names, every time 0.
pub(super) fn ar(members: &[ArMember]) -> Vec<u8> {
    let mut archive = b"!<arch>\n".to_vec();
    for ArMember { name, contents } in members {
        let header = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, contents.len());
        archive.extend(header.as_bytes());
        archive.extend(contents);
        if contents.len() % 2 == 1 {
            archive.push(b'\n');
        }
    }
    archive
}

/// Files of root with the folders above them, compressed. The same files make the same octets.
pub(super) fn tar_gz(files: &[File]) -> Result<Vec<u8>, Failure> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let written = write(tar::Builder::new(encoder), files);
    written.map_err(|error| format!("the package: {error}"))
}

fn write<W: Write>(mut archive: tar::Builder<flate2::write::GzEncoder<W>>, files: &[File]) -> std::io::Result<W> {
    let mut folders = BTreeSet::from([String::new()]);
    for file in files {
        folders.extend(file.path.match_indices('/').filter_map(|(at, _)| Some(format!("{}/", file.path.get(..at)?))));
    }
    for folder in folders {
        let mut header = header(tar::EntryType::Directory, 0o755, 0);
        archive.append_data(&mut header, format!("./{folder}"), std::io::empty())?;
    }
    for file in files {
        let mut header = header(tar::EntryType::Regular, file.mode, file.contents.len() as u64);
        archive.append_data(&mut header, format!("./{}", file.path), file.contents.as_slice())?;
    }
    archive.into_inner()?.finish()
}

fn header(kind: tar::EntryType, mode: u32, length: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(length);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    // Cannot fail: both names are short.
    let _ = (header.set_username("root"), header.set_groupname("root"));
    header
}
