//! The encryption of an archive: AES-256-GCM in chunks, under a key that Argon2id makes of a passphrase.
//!
//! ```text
//! magic (16)  memory in KiB (4)  passes (4)  salt (16)  { length (4)  ciphertext and tag }…
//! ```
//!
//! Numbers are big-endian. The nonce of a chunk is its number with a flag that says whether it is the last; the header is the
//! associated data of each. So chunks can be neither changed, nor swapped, nor left out, nor taken from another archive,
//! and an archive that was cut off does not pass for a whole one. Each archive has a key of its own, by its salt.

use std::io::{self, Read, Write};

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::error::BackupError;

const MAGIC: [u8; 16] = *b"ringbearer-bak-1";
const SALT: usize = 16;
const HEADER: usize = MAGIC.len() + 4 + 4 + SALT;
/// Octets of plain text in a chunk.
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;

/// Our choice: RFC 9106 §4, the second recommended option.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// What an archive may ask of the one who opens it.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 16;

pub(crate) const LEAST_CHARACTERS: usize = 12;

/// What an archive is sealed with; forgotten when dropped.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// One of at least twelve characters. White space at its ends does not count: files end with a line feed.
    ///
    /// # Errors
    /// When it is shorter.
    pub fn new(text: String) -> Result<Self, BackupError> {
        let text = Zeroizing::new(text);
        let trimmed = text.trim();
        if trimmed.chars().count() < LEAST_CHARACTERS {
            return Err(BackupError::ShortPassphrase);
        }
        Ok(Self(Zeroizing::new(trimmed.to_owned())))
    }

    fn key(&self, header: &[u8; HEADER]) -> Result<LessSafeKey, BackupError> {
        let number =
            |at: usize| header.get(at..at + 4).and_then(|octets| octets.try_into().ok()).map(u32::from_be_bytes);
        let unreadable = || BackupError::NotAnArchive("its header asks for more than this version gives");
        let memory = number(16).filter(|memory| (8..=MOST_MEMORY_KIB).contains(memory)).ok_or_else(unreadable)?;
        let passes = number(20).filter(|passes| (1..=MOST_PASSES).contains(passes)).ok_or_else(unreadable)?;
        let salt = header.get(24..).ok_or_else(unreadable)?;
        let parameters = Params::new(memory, passes, 1, Some(32)).map_err(|_| unreadable())?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
            .hash_password_into(self.0.as_bytes(), salt, key.as_mut())
            .map_err(|_| unreadable())?;
        UnboundKey::new(&AES_256_GCM, key.as_ref()).map(LessSafeKey::new).map_err(|_| BackupError::Sealed)
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    Last,
}

fn nonce(number: u64, place: Place) -> Nonce {
    let mut octets = [0; NONCE_LEN];
    if let Some((flag, counter)) = octets.split_last_mut() {
        *flag = u8::from(place == Place::Last);
        for (octet, of_number) in counter.iter_mut().skip(3).zip(number.to_be_bytes()) {
            *octet = of_number;
        }
    }
    Nonce::assume_unique_for_key(octets)
}

/// Encrypts what is written to it.
pub(crate) struct Sealer<W> {
    inner: W,
    key: LessSafeKey,
    header: [u8; HEADER],
    chunk: Zeroizing<Vec<u8>>,
    number: u64,
}

impl<W: Write> Sealer<W> {
    pub(crate) fn new(mut inner: W, passphrase: &Passphrase) -> Result<Self, BackupError> {
        let salt: [u8; SALT] = runtime::random::bytes();
        let mut header = [0; HEADER];
        let parts = MAGIC.into_iter().chain(MEMORY_KIB.to_be_bytes()).chain(PASSES.to_be_bytes()).chain(salt);
        for (octet, part) in header.iter_mut().zip(parts) {
            *octet = part;
        }
        let key = passphrase.key(&header)?;
        inner.write_all(&header).map_err(|error| BackupError::File("the archive".into(), error))?;
        Ok(Self { inner, key, header, chunk: Zeroizing::new(Vec::with_capacity(CHUNK + TAG)), number: 0 })
    }

    /// Writes the last chunk. Without it, the archive does not open.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.seal(Place::Last)?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    fn seal(&mut self, place: Place) -> io::Result<()> {
        let aad = Aad::from(&self.header);
        let sealed = self.key.seal_in_place_append_tag(nonce(self.number, place), aad, &mut *self.chunk);
        sealed.map_err(|_| io::Error::other("a chunk cannot be sealed"))?;
        let length = u32::try_from(self.chunk.len()).map_err(io::Error::other)?;
        self.inner.write_all(&length.to_be_bytes())?;
        self.inner.write_all(&self.chunk)?;
        self.chunk.clear();
        self.number += 1;
        Ok(())
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.chunk.len() == CHUNK {
            self.seal(Place::Before)?;
        }
        let taken = octets.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(octets.get(..taken).unwrap_or_default());
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Decrypts what is read from it; every octet that it gives is authentic.
pub(crate) struct Opener<R> {
    inner: R,
    key: LessSafeKey,
    header: [u8; HEADER],
    chunk: Zeroizing<Vec<u8>>,
    given: usize,
    number: u64,
    is_at_end: bool,
}

impl<R: Read> Opener<R> {
    pub(crate) fn new(mut inner: R, passphrase: &Passphrase) -> Result<Self, BackupError> {
        let mut header = [0; HEADER];
        inner.read_exact(&mut header).map_err(|_| BackupError::NotAnArchive("it is too short"))?;
        match header.split_first_chunk::<16>() {
            Some((magic, _)) if *magic == MAGIC => {}
            Some((magic, _)) if magic.starts_with(b"ringbearer-bak-") => {
                return Err(BackupError::NotAnArchive("it was made by a newer version"));
            }
            _ => return Err(BackupError::NotAnArchive("it does not begin like one")),
        }
        let key = passphrase.key(&header)?;
        let chunk = Zeroizing::new(Vec::new());
        let mut opener = Self { inner, key, header, chunk, given: 0, number: 0, is_at_end: false };
        // At once, so that a wrong passphrase is told before anything else is.
        opener.next_chunk().map_err(|_| BackupError::Sealed)?;
        Ok(opener)
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        let sealed = || io::Error::new(io::ErrorKind::InvalidData, BackupError::Sealed);
        let mut length = [0; 4];
        self.inner.read_exact(&mut length).map_err(|_| sealed())?;
        let length = u32::from_be_bytes(length) as usize;
        if !(TAG..=CHUNK + TAG).contains(&length) {
            return Err(sealed());
        }
        self.chunk.resize(length, 0);
        self.inner.read_exact(&mut self.chunk).map_err(|_| sealed())?;
        let ciphertext = self.chunk.clone();
        for place in [Place::Before, Place::Last] {
            self.chunk.clone_from(&ciphertext);
            let opened = self.key.open_in_place(nonce(self.number, place), Aad::from(&self.header), &mut self.chunk);
            let Ok(plain) = opened.map(|plain| plain.len()) else { continue };
            self.chunk.truncate(plain);
            (self.given, self.is_at_end) = (0, place == Place::Last);
            self.number += 1;
            let follows = self.is_at_end && self.inner.read(&mut [0])? != 0;
            return if follows { Err(sealed()) } else { Ok(()) };
        }
        Err(sealed())
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.chunk.len() {
            if self.is_at_end {
                return Ok(0);
            }
            self.next_chunk()?;
        }
        let rest = self.chunk.get(self.given..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (octet, given) in buffer.iter_mut().zip(rest) {
            *octet = *given;
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase() -> Passphrase {
        Passphrase::new("correct horse battery\n".into()).unwrap()
    }

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::new(Vec::new(), &passphrase()).unwrap();
        sealer.write_all(plain).unwrap();
        sealer.finish().unwrap()
    }

    fn opened(archive: &[u8]) -> Result<Vec<u8>, BackupError> {
        let mut plain = Vec::new();
        Opener::new(archive, &passphrase())?.read_to_end(&mut plain).map_err(|_| BackupError::Sealed)?;
        Ok(plain)
    }

    #[test]
    fn what_was_sealed_opens_whatever_its_length() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK] {
            let plain: Vec<u8> = (0..length).map(|octet| (octet % 251) as u8).collect();
            assert_eq!(opened(&sealed(&plain)).unwrap(), plain, "{length}");
        }
    }

    #[test]
    fn another_passphrase_a_change_a_cut_and_an_addition_are_found() {
        let archive = sealed(&[7; 2 * CHUNK]);
        let other = Passphrase::new("another passphrase".into()).unwrap();
        assert!(matches!(Opener::new(archive.as_slice(), &other), Err(BackupError::Sealed)));
        let chunk = 4 + CHUNK + TAG;
        let swapped = [&archive[..HEADER], &archive[HEADER + chunk..], &archive[HEADER..HEADER + chunk]].concat();
        let mut changed = archive.clone();
        changed[HEADER + 9] ^= 1;
        let cut = archive[..HEADER + chunk].to_vec();
        let longer = [archive.as_slice(), b"x"].concat();
        for (name, archive) in [("swapped", swapped), ("changed", changed), ("cut", cut), ("longer", longer)] {
            assert!(matches!(opened(&archive), Err(BackupError::Sealed)), "{name}");
        }
    }

    #[test]
    fn a_header_that_asks_for_all_memory_is_refused_before_it_gets_any() {
        let mut archive = sealed(b"");
        archive[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(matches!(opened(&archive), Err(BackupError::NotAnArchive(_))));
        let newer = opened(b"ringbearer-bak-2 and the rest of a header of some length").unwrap_err().to_string();
        assert_eq!(newer, "not a backup that can be read: it was made by a newer version");
        assert!(matches!(Passphrase::new("short  \n".into()), Err(BackupError::ShortPassphrase)));
    }
}
