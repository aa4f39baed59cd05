//! OpenSSH's client runs every command of the admin shell, by key and by password, and reads what the golden file says.
//!
//! `golden/shell/unified-cm.txt` is the script and the expectation in one: a line `admin:command` is given, what is behind
//! ` << ` answers its questions, and the lines below it are what it says, errors behind `! `, with the exit code in brackets.
//! Comments begin with `#`: there stands what the vendor's note prints, and where ours differs and why. What no two runs
//! have alike is a named placeholder. `RINGBEARER_WRITE_GOLDEN=1` writes the file anew, to be read.

use std::path::PathBuf;

use regex::Regex;
use ringbearer_interop::cluster::{Node, PASSWORD};
use ringbearer_interop::folder::Folder;
use ringbearer_interop::ssh::{Client, Proof, Said, make_key};

/// What differs from run to run, and what stands in its place.
const PLACEHOLDERS: [(&str, &str); 15] = [
    (r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT", "<date>"),
    (r"SHA256:[A-Za-z0-9+/]{43}", "<ssh fingerprint>"),
    (r"[0-9a-f]{64}", "<sha-256>"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>"),
    (r"ccm +[0-9]+ ccmbase +[0-9]+u (IPv4) +[0-9]+ 0t0", "ccm <pid> ccmbase <fd>u $1 <inode> 0t0"),
    (r"(Serial Number +)[0-9a-f:]+", "$1<serial>"),
    (r"(tomcat certificate +)[0-9a-f]{16} [0-9a-f]{16}", "$1<sha-256 start> <sha-256 start>"),
    (r"(Active Master Version: )[^ ]+", "$1<version>"),
    (r"127\.0\.0\.[0-9]+:([0-9]+)", "<address>:$1"),
    (r"127\.0\.0\.[0-9]+", "<address>"),
    (r"(Another_CA-)[0-9a-f]{8}", "$1<hash>"),
    (r"(from <address>, )(key <ssh fingerprint>|password)", "$1<proof>"),
    (r"(REQUEST-----\n)[^-]+", "$1<base64>\n"),
    (r"ringbearer_[A-Za-z0-9_-]{43}", "<api token's secret>"),
    // Under the column of what has just been replaced.
    (r"(?m) (={24}|={70})$", " <as wide>"),
];

#[test]
fn ssh_runs_every_documented_command_by_key() {
    let folder = Folder::new("ssh-key");
    let node = furnished(&folder, "127.0.0.61");
    let key = make_key(&folder, "admin-key");
    let public = std::fs::read_to_string(key.with_extension("pub")).expect("the public half");
    node.admin(&format!("set ssh key add admin {}", public.trim()));
    replay(&folder, &node, &Client::new(&folder, node.address(), "admin", Proof::Key(key)));
}

#[test]
fn ssh_runs_every_documented_command_by_password() {
    let folder = Folder::new("ssh-password");
    let node = furnished(&folder, "127.0.0.62");
    let key = make_key(&folder, "admin-key");
    let public = std::fs::read_to_string(key.with_extension("pub")).expect("the public half");
    node.admin(&format!("set ssh key add admin {}", public.trim()));
    replay(&folder, &node, &Client::with_password(&folder, node.address(), "admin"));
}

/// A node with an administrator.
fn furnished(folder: &Folder, address: &str) -> Node {
    let node = Node::start(folder, address);
    node.admin("set user admin first-name Ada last-name Admin roles administrator");
    node.admin_answering("set user password admin", &format!("{PASSWORD}\n"));
    node
}

/// Gives the commands of the golden file, and compares.
fn replay(folder: &Folder, node: &Node, client: &Client) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/shell/unified-cm.txt");
    let golden = std::fs::read_to_string(&path).expect("the golden file");
    let mut said = String::new();
    let mut given = Vec::new();
    for line in golden.lines() {
        if let Some(command) = line.strip_prefix("admin:") {
            given.push(command.to_owned());
            said += &format!("{line}\n{}", give(folder, node, client, command));
        } else if line.starts_with('#') || line.is_empty() {
            said += &format!("{line}\n");
        }
    }
    if std::env::var_os("RINGBEARER_WRITE_GOLDEN").is_some() {
        std::fs::write(&path, &said).expect("the golden file is written");
        return covers_all(client, &given);
    }
    let differs = said.lines().zip(golden.lines()).enumerate().find(|(_, (said, golden))| said != golden);
    if let Some((number, (said, golden))) = differs {
        panic!("line {}: the node says\n{said}\nand the golden file\n{golden}", number + 1);
    }
    assert_eq!(said, golden, "one is longer than the other");
    covers_all(client, &given);
}

/// Gives a command; answers with what it says, as the golden file has it.
fn give(folder: &Folder, node: &Node, client: &Client, line: &str) -> String {
    let (command, answers) = line.split_once(" << ").unwrap_or((line, ""));
    let answers = answers.replace("<password>", PASSWORD).replace("<another CA>", &another_authority(folder));
    let answers =
        answers.replace("<key>", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f x");
    let answers = answers.replace("<empty line>", "\n");
    let command = command.replace("<entry>", &entry(node)).replace("<api token>", &api_token(node));
    let Said { output, errors, code } = client.run(&command, &format!("{answers}\n"));
    let mut text = output;
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for line in errors.lines() {
        text += &format!("! {line}\n");
    }
    for (pattern, name) in PLACEHOLDERS {
        text = Regex::new(pattern).expect("a pattern").replace_all(&text, name).into_owned();
    }
    // Lines of the output must not pass for lines of the script.
    let text: String = text.lines().map(|line| format!("{}\n", quoted(line.trim_end()))).collect();
    format!("{text}[exit {code}]\n")
}

fn quoted(line: &str) -> String {
    if line.is_empty() || line.starts_with('#') || line.starts_with("admin:") {
        format!("|{line}")
    } else {
        line.to_owned()
    }
}

/// The name of the entry that the script imported, which the node has chosen.
fn entry(node: &Node) -> String {
    let list = node.admin("show cert list trust");
    let line = list.lines().find(|line| line.contains("CN=Another CA"));
    let name = line.and_then(|line| line.strip_prefix("tomcat-trust/")?.split_once(".pem"));
    name.map_or_else(|| "none".to_owned(), |(name, _)| name.to_owned())
}

/// The name of the token that the script made.
fn api_token(node: &Node) -> String {
    let list = node.admin("utils api token list");
    let line = list.lines().find(|line| line.contains("script"));
    line.and_then(|line| line.split(' ').next()).unwrap_or("none").to_owned()
}

/// A certificate that nobody else has.
fn another_authority(folder: &Folder) -> String {
    let (key, certificate) = (folder.join("another.key"), folder.join("another.pem"));
    if !certificate.exists() {
        let made = std::process::Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"])
            .args(["-subj", "/CN=Another CA", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()
            .expect("openssl runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    std::fs::read_to_string(certificate).expect("the certificate").trim_end().to_owned()
}

/// Whether every command that the node has was given: its own `help` says which there are.
fn covers_all(client: &Client, given: &[String]) {
    let help = client.run("help", "").output;
    let mut all: Vec<&str> = help.lines().filter_map(|line| line.split_once("  ")).map(|(words, _)| words).collect();
    // The longest words win, as in the shell.
    all.sort_by_key(|words| std::cmp::Reverse(words.len()));
    assert!(all.len() > 50, "{help}");
    let of_line = |line: &String| all.iter().find(|words| *line == **words || line.starts_with(&format!("{words} ")));
    let covered: Vec<_> = given.iter().filter_map(of_line).collect();
    let missing: Vec<_> = all.iter().filter(|words| !covered.contains(words)).collect();
    assert!(missing.is_empty(), "the golden file gives none of: {missing:?}");
}
