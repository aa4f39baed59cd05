//! `ringbearer backup`: makes, checks and restores backups of a node.
//!
//! A backup is made beside the running node, from its files: it needs no connection to it, and holds it up in nothing. The
//! passphrase comes from a file, from a credential of the service manager, or from the terminal; never from the command line.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, UNIX_EPOCH};

use ::backup::{Manifest, Node, Passphrase};
use anyhow::{Context, bail};
use runtime::config::{ConfigError, ExpresswayCConfig, ExpresswayEConfig, FileKind, NodeConfig};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

/// The name of the credential that holds the passphrase (systemd's LoadCredential).
const CREDENTIAL: &str = "backup-passphrase";
/// How the file of a backup ends.
const EXTENSION: &str = "ringbearer-backup";

/// The arguments of `ringbearer backup`.
#[derive(clap::Args)]
#[command(after_help = "Without --passphrase-file the passphrase is the credential backup-passphrase of the service \
                        manager, else it is asked for.\nExit codes: 0 done, 1 refused or failed, 2 usage.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make a backup while the node runs.
    Create {
        /// The node's configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Where it goes; nothing is replaced.
        #[arg(long, value_name = "FILE", conflicts_with = "folder", required_unless_present = "folder")]
        output: Option<PathBuf>,
        /// The folder where it goes, named by node and time.
        #[arg(long, value_name = "FOLDER")]
        folder: Option<PathBuf>,
        /// How many backups of the node the folder keeps; older ones are removed.
        #[arg(long, value_name = "COUNT", requires = "folder")]
        keep: Option<usize>,
        #[command(flatten)]
        passphrase: PassphraseArguments,
    },
    /// Read a backup to its end, and say what is in it. Nothing is written.
    Verify {
        /// The backup.
        backup: PathBuf,
        #[command(flatten)]
        passphrase: PassphraseArguments,
    },
    /// Put a backup in the place of a stopped node's files. What was there is kept beside, as before-restore.
    Restore {
        /// The node's configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The backup.
        backup: PathBuf,
        #[command(flatten)]
        passphrase: PassphraseArguments,
    },
}

#[derive(clap::Args)]
struct PassphraseArguments {
    /// A file with the passphrase, at least twelve characters.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// Runs it.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    match run_command(arguments.command) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("ringbearer backup: {error:#}");
            let is_usage = error.downcast_ref::<ConfigError>().is_some();
            if is_usage { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn run_command(command: Command) -> anyhow::Result<String> {
    match command {
        Command::Create { config, output, folder, keep, passphrase } => {
            let node = node(&config)?;
            let to = match (output, &folder) {
                (Some(output), _) => output,
                (None, Some(folder)) => folder.join(name(&node)),
                (None, None) => bail!("give --output or --folder"),
            };
            let manifest = ::backup::create(&node, env!("CARGO_PKG_VERSION"), &to, &passphrase.read(Asked::Twice)?)?;
            if let (Some(folder), Some(keep)) = (&folder, keep) {
                prune(folder, &node, keep.max(1))?;
            }
            Ok(format!("{}: {}\n", to.display(), summary(&manifest)))
        }
        Command::Verify { backup, passphrase } => {
            let manifest = ::backup::verify(&backup, &passphrase.read(Asked::Once)?)?;
            let files = manifest.files.iter().map(|file| format!("{:>12}  {}\n", file.length, file.path));
            Ok(format!("{}\n{}", summary(&manifest), files.collect::<String>()))
        }
        Command::Restore { config, backup, passphrase } => {
            let manifest = ::backup::restore(&node(&config)?, &backup, &passphrase.read(Asked::Once)?)?;
            Ok(format!("restored: {}\n", summary(&manifest)))
        }
    }
}

fn summary(manifest: &Manifest) -> String {
    let Manifest { kind, node, version, files, .. } = manifest;
    let made = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(manifest.created.min(253_402_300_799)));
    format!("{kind} {node}, {} files, made {made} by version {version}", files.len())
}

/// What a configuration file says that a backup holds.
fn node(path: &Path) -> anyhow::Result<Node> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File(path.into(), error))?;
    let kind = FileKind::of(path, &text)?;
    let (name, state, database, logs) = match kind {
        FileKind::Ucm => {
            let NodeConfig { node, cluster, callmanager, log, .. } = NodeConfig::read(path)?;
            (node.name, node.state, Some(cluster.database), [callmanager.danger_tls_key_log, log.file])
        }
        FileKind::ExpresswayC => {
            let ExpresswayCConfig { node, expressway_c, log, .. } = ExpresswayCConfig::read(path)?;
            (node.name, node.state, None, [expressway_c.danger_tls_key_log, log.file])
        }
        FileKind::ExpresswayE => {
            let ExpresswayEConfig { node, expressway_e, log, .. } = ExpresswayEConfig::read(path)?;
            (node.name, node.state, None, [expressway_e.danger_tls_key_log, log.file])
        }
    };
    let leave_out = logs.into_iter().flatten().collect();
    Ok(Node { kind: kind.name().into(), name, configuration: path.into(), state, database, leave_out })
}

/// The name of a backup of now; names sort by time.
fn name(node: &Node) -> String {
    format!("{}{}.{EXTENSION}", prefix(node), runtime::clock::unix_seconds())
}

fn prefix(node: &Node) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
    format!("{}-{}-", node.kind, node.name.chars().map(plain).collect::<String>())
}

/// Removes the oldest backups of the node beyond so many.
fn prune(folder: &Path, node: &Node, keep: usize) -> anyhow::Result<()> {
    let (prefix, suffix) = (prefix(node), format!(".{EXTENSION}"));
    let mut backups = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let time = name.strip_prefix(&prefix).and_then(|name| name.strip_suffix(&suffix));
        if let Some(Ok(time)) = time.map(str::parse::<u64>) {
            backups.push((time, entry.path()));
        }
    }
    backups.sort();
    for (_, path) in backups.iter().take(backups.len().saturating_sub(keep)) {
        std::fs::remove_file(path).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// How often a passphrase is typed: one that seals is easily mistyped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Once,
    Twice,
}

impl PassphraseArguments {
    fn read(self, asked: Asked) -> anyhow::Result<Passphrase> {
        let credential = std::env::var_os("CREDENTIALS_DIRECTORY").map(|folder| Path::new(&folder).join(CREDENTIAL));
        let text = match self.passphrase_file.or_else(|| credential.filter(|file| file.exists())) {
            Some(file) => std::fs::read_to_string(&file).with_context(|| file.display().to_string())?,
            None => {
                let text = ask("Passphrase of the backup: ")?;
                if asked == Asked::Twice && ask("The same again: ")? != text {
                    bail!("the two are not the same");
                }
                text
            }
        };
        Ok(Passphrase::new(text)?)
    }
}

/// Asks on the terminal, without showing what is typed.
fn ask(prompt: &str) -> anyhow::Result<String> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        bail!("there is no terminal to ask for the passphrase: give --passphrase-file");
    }
    eprint!("{prompt}");
    std::io::stderr().flush()?;
    let shown = tcgetattr(&input)?;
    let mut unseen = shown.clone();
    unseen.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&input, OptionalActions::Flush, &unseen)?;
    let mut line = String::new();
    let read = input.read_line(&mut line);
    tcsetattr(&input, OptionalActions::Flush, &shown)?;
    eprintln!();
    read?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_backups_of_the_node_alone_are_removed() {
        let folder = std::env::temp_dir().join(format!("ringbearer-prune-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let node = Node {
            kind: "ucm".into(),
            name: "ucm.pub".into(),
            configuration: PathBuf::new(),
            state: PathBuf::new(),
            database: None,
            leave_out: Vec::new(),
        };
        for name in ["ucm-ucm_pub-9", "ucm-ucm_pub-10", "ucm-ucm_pub-11", "ucm-ucm_pub-2-1", "ucm-other-1"] {
            std::fs::write(folder.join(format!("{name}.{EXTENSION}")), "").unwrap();
        }
        prune(&folder, &node, 2).unwrap();
        let mut left: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_owned())
            .collect();
        left.sort();
        assert_eq!(left, ["ucm-other-1", "ucm-ucm_pub-10", "ucm-ucm_pub-11", "ucm-ucm_pub-2-1"]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
