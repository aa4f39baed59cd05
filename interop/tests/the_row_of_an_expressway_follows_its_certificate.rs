//! The row of Device > Expressway-C: a refresh writes the names of Expressway-C's certificate into it, both of the documented
//! queries show them, and with a certificate of other names Expressway-C is refused on 5091 until it has refreshed again.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use ringbearer_interop::cluster::NAME;
use ringbearer_interop::edge::Edge;
use ringbearer_interop::folder::Folder;

const NET: u8 = 72;

/// Both spellings of the table that documents have.
const QUERIES: [&str; 2] =
    ["run sql select * from expresswaycconfiguration", "run sql select * from expresswayconfiguration"];

#[test]
fn edg_2_the_row_follows_the_certificate() {
    let folder = Folder::new("edge-row");
    let mut edge = Edge::start(&folder, NET);
    let before = format!("exp-c,127.0.{NET}.2,exp-c.judged.test");
    assert_eq!(names(&edge), [before.clone(), before.clone()]);

    // Another certificate, by an authority that Unified CM trusts, with none of the names.
    edge.inner.kill();
    make_certificate(edge.inner.certificate().parent().expect("a folder"));
    edge.inner.start(&[]);
    edge.trust_expressway();
    let row = edge.until_zone("access_denied");
    let says = format!(
        "Failed: access_denied sent by {NAME}: the names of Expressway-C's certificate are in no row of \
         Device > Expressway-C; refresh servers"
    );
    assert!(row.contains(&says), "{row}");
    let words = edge.node.words();
    assert!(words.contains("certificate-name-not-listed"), "{words}");
    assert_eq!(names(&edge), [before.clone(), before]);

    let refreshed = edge.inner.admin("xCommand UnifiedCMServersRefresh");
    let after = "moved.judged.test,moved-too.judged.test";
    assert!(refreshed.contains(&format!("updated: {after}")), "{refreshed}");
    assert_eq!(names(&edge), [after, after]);
    edge.until_zone("Active");
    let again = edge.inner.admin("xCommand UnifiedCMServersRefresh");
    assert!(again.contains(&format!("unchanged: {after}")), "{again}");
}

/// The names of the one row, by each query.
fn names(edge: &Edge) -> Vec<String> {
    let names = |query: &str| {
        let page = edge.node.admin(query);
        let words = page.split_whitespace().filter(|word| word.contains(".judged.test"));
        words.collect::<Vec<_>>().join(" ")
    };
    QUERIES.map(names).into()
}

/// Puts another key and certificate, made by OpenSSL, into the folder of a server certificate.
fn make_certificate(folder: &Path) {
    let key = folder.join("key.pem");
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "30"])
        .args([
            "-subj",
            "/CN=moved.judged.test",
            "-addext",
            "subjectAltName=DNS:moved.judged.test,DNS:moved-too.judged.test",
        ])
        .args(["-addext", "extendedKeyUsage=serverAuth,clientAuth", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(folder.join("certificate.pem"))
        .stdin(Stdio::null())
        .output()
        .expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("the key is ours");
}
