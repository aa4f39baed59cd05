//! 5090 asks no client for a certificate; 5091 asks every one, and lets none in without.

use ringbearer_interop::cluster::Node;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::openssl::handshake;

#[test]
fn the_oauth_port_asks_for_no_certificate_and_the_edge_port_for_one() {
    let folder = Folder::new("openssl");
    let node = Node::start(&folder, "127.0.0.32");
    for version in ["-tls1_2", "-tls1_3"] {
        let phone = handshake(node.oauth_port(), version, &[]);
        assert!(!phone.asks_for_a_certificate(), "{version}: {}", phone.words());
        let edge = handshake(node.mra_oauth_port(), version, &[]);
        assert!(edge.asks_for_a_certificate(), "{version}: {}", edge.words());
    }
}

#[test]
fn the_edge_port_says_what_it_misses() {
    let folder = Folder::new("openssl-edge");
    let node = Node::start(&folder, "127.0.0.32");
    let nobody = handshake(node.mra_oauth_port(), "-tls1_3", &["-quiet"]);
    assert!(nobody.was_alerted("certificate required"), "{}", nobody.words());
    let stranger = stranger(&folder);
    let key = stranger.with_extension("key");
    let arguments = ["-quiet", "-cert", &stranger.to_string_lossy(), "-key", &key.to_string_lossy()];
    let unknown = handshake(node.mra_oauth_port(), "-tls1_3", &arguments);
    assert!(unknown.was_alerted("unknown ca"), "{}", unknown.words());
}

#[test]
fn what_is_too_old_is_refused() {
    let folder = Folder::new("openssl-old");
    let node = Node::start(&folder, "127.0.0.32");
    let old = handshake(node.oauth_port(), "-tls1_1", &["-cipher", "ALL:@SECLEVEL=0"]);
    // rustls misses the signature algorithms, which no older ClientHello has, before it looks at the version.
    assert!(old.was_alerted("fatal handshake_failure"), "{}", old.words());
}

/// A certificate that nobody trusts, made by OpenSSL.
fn stranger(folder: &Folder) -> std::path::PathBuf {
    let certificate = folder.join("stranger.pem");
    let status = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=stranger.test", "-addext", "extendedKeyUsage=clientAuth", "-keyout"])
        .arg(certificate.with_extension("key"))
        .arg("-out")
        .arg(&certificate)
        .stderr(std::process::Stdio::null())
        .status()
        .expect("openssl runs");
    assert!(status.success());
    certificate
}
