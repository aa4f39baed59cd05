//! Every command of docs/rest.md is run against a node, in its order, by bash, curl and jq.

use std::process::Command;

use ringbearer_interop::cluster::{NAME, Node, PASSWORD};
use ringbearer_interop::debian::succeed;
use ringbearer_interop::document::blocks;
use ringbearer_interop::folder::Folder;

const DOCUMENT: &str = include_str!("../../docs/rest.md");

/// curl fails where the node refuses, says what it was asked, and stops following events after a moment.
const CURL: &str = r#"
set -euo pipefail
curl() {
    echo "$*" >> asked
    local code=0
    case "$*" in
    */events*) command curl --fail-with-body --silent --show-error --max-time 2 --dump-header events "$@" || code=$? ;;
    *) command curl --fail-with-body --silent --show-error "$@" || code=$? ;;
    esac
    # 28: the time is up.
    case "$code $*" in
    0\ * | 28\ */events*) ;;
    *) echo "curl $*: ends with $code" >&2; return $code ;;
    esac
}
"#;

/// What the document leaves to an authority.
const SIGN: &str = r"
openssl x509 -req -in tomcat.csr -CA authority.pem -CAkey authority.key -copy_extensions copy -days 7 -out leaf.pem
cat leaf.pem authority.pem > chain.pem
";

#[test]
fn docs_rest_is_as_it_says() {
    let folder = Folder::new("docs-rest");
    let node = Node::start(&folder, "127.0.0.41");
    node.admin("set user admin roles administrator");
    node.admin_answering("set user password admin", &format!("{PASSWORD}\n"));
    std::fs::copy(node.tomcat_certificate(), folder.join("tomcat.pem")).expect("it is copied");
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "7"]);
    openssl.args(["-subj", "/CN=An Authority", "-keyout", "authority.key", "-out", "authority.pem"]);
    succeed(openssl.current_dir(folder.path()));

    let blocks = blocks(DOCUMENT, "sh");
    let mut script = CURL.to_owned();
    for block in &blocks {
        script += block;
        if block.contains("> tomcat.csr") {
            script += SIGN;
        }
    }
    let script =
        script.replace("https://node:8443", &node.issuer()).replace("/nodes/ucm-pub/", &format!("/nodes/{NAME}/"));
    let script = script.replace("-u admin ", &format!("-u admin:{PASSWORD} "));
    let path = folder.write("document.sh", script);
    let said = succeed(Command::new("bash").arg(path).current_dir(folder.path()).env("NO_PROXY", "*"));
    let said = String::from_utf8_lossy(&said.stdout).into_owned();

    let asked = std::fs::read_to_string(folder.join("asked")).expect("what was asked");
    let written = blocks.iter().map(|block| block.matches("curl --cacert").count()).sum::<usize>();
    assert_eq!((asked.lines().count(), written), (written, 15), "{asked}");
    for wanted in [
        "\"name\":\"CSFBOB\"",
        "\"forwardAll\":\"2001\"",
        "\"service\":\"CallManager\",\"name\":\"Cisco CallManager\",\"state\":\"started\"",
        "\"subject\":\"CN=An Authority\"",
        "\"issuer\":\"CN=An Authority\"",
    ] {
        assert!(said.contains(wanted), "{wanted} is not in\n{said}");
    }
    let following = std::fs::read_to_string(folder.join("events")).expect("the head of the stream");
    assert!(following.contains(" 200") && following.contains("text/event-stream"), "{following}");
    let acts = node.admin("show audit 40");
    for act in ["install certificate", "trust certificate", "regenerate certificate", "request certificate", "restart"]
    {
        let done = acts.lines().any(|line| line.contains("admin (rest)") && line.contains(act));
        assert!(done, "{act} is not in\n{acts}");
    }
}
