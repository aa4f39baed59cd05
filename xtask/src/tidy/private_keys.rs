//! No private key in git: not in a file of its own, not in the text of another.

use super::Finding;
use super::tree::Tree;

const RULE: &str = "private-key";

const SUFFIXES: [&str; 6] = ["key", "p12", "pfx", "jks", "p8", "keystore"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let by_name = tree.files.iter().filter_map(|file| {
        let suffix = file.path.extension()?.to_str()?;
        SUFFIXES.contains(&suffix).then(|| Finding::new(RULE, &file.path, 0, "a key file"))
    });
    let by_text = tree.texts().flat_map(|(file, text)| {
        text.lines()
            .enumerate()
            .filter(|(_, line)| holds_a_key(line))
            .map(|(at, _)| Finding::new(RULE, &file.path, at + 1, "a private key"))
    });
    by_name.chain(by_text).collect()
}

/// A PEM header or a JWK's private part. The words are put together here so that this file holds neither.
fn holds_a_key(line: &str) -> bool {
    let pem = line.contains("-----BEGIN ") && line.contains(concat!("PRIVATE", " KEY-----"));
    let ssh = line.contains(concat!("OPENSSH", " PRIVATE"));
    let jwk = line.contains("\"kty\"") && line.contains("\"d\"");
    pem || ssh || jwk
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Tree::of("adapters", path, text)).len()
    }

    #[test]
    fn refuses_a_key() {
        let pem = concat!("-----BEGIN ", "EC PRIVATE", " KEY-----\nMHcCAQEE\n");
        assert_eq!(found("crates/sample/tests/a.pem", pem), 1);
        assert_eq!(found("docs/a.md", concat!("{\"kty\"", ": \"EC\", \"d\"", ": \"AAAA\"}")), 1);
        assert_eq!(found("lab/server.key", "anything"), 1);
    }

    #[test]
    fn lets_a_certificate_pass() {
        assert_eq!(found("docs/a.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n"), 0);
    }
}
