//! The command line as a whole: the examples and exit codes of its help, its man pages, its shell completions.
//!
//! All of it comes from the one definition of the arguments, so that none of it can go stale.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

/// Exit codes, the same for every subcommand, with what they say. docs/exit-codes.md is this table.
pub(crate) const EXIT_CODES: [(u8, &str); 7] = [
    (0, "done, or ended as asked"),
    (1, "refused, failed, or something is wrong with what was checked; the reason is on standard error"),
    (2, "the command line, or the configuration file, cannot be followed"),
    (3, "phone: no node can be reached"),
    (4, "phone: the user or the device was refused"),
    (5, "phone: the nodes' certificates are not trusted, or TLS failed otherwise"),
    (70, "phone: a fault of its own"),
];

/// Examples of the subcommands that have none with their arguments: what for, and how.
const EXAMPLES: [(&str, &[(&str, &str)]); 9] = [
    (
        "admin",
        &[
            ("A shell with history, completion and help", "ringbearer admin --config node.toml"),
            ("One command", "ringbearer admin --config node.toml -c \"utils sipOAuth-mode status\""),
            ("The same over the network", "ssh -p 2222 admin@node \"utils sipOAuth-mode status\""),
        ],
    ),
    (
        "backup",
        &[
            (
                "A backup of a running node",
                "ringbearer backup create --config node.toml --folder /var/backups --keep 7",
            ),
            ("Whether it is whole", "ringbearer backup verify FILE"),
        ],
    ),
    (
        "completions",
        &[
            ("For bash", "ringbearer completions bash > /etc/bash_completion.d/ringbearer"),
            ("For fish", "ringbearer completions fish > ~/.config/fish/completions/ringbearer.fish"),
        ],
    ),
    (
        "config",
        &[
            ("A file to begin with", "ringbearer config example ucm > node.toml"),
            ("Whether a node would take it", "ringbearer config check node.toml"),
        ],
    ),
    ("expressway-c", &[("Run it", "ringbearer expressway-c --config exp-c.toml")]),
    ("expressway-e", &[("Run it", "ringbearer expressway-e --config exp-e.toml")]),
    (
        "lab",
        &[("See it work, and try it", "ringbearer lab"), ("Prove that it works, and end", "ringbearer lab --once")],
    ),
    ("man", &[("Write the pages, then read one", "ringbearer man ./man && man ./man/ringbearer-phone.1")]),
    ("ucm", &[("Run it", "ringbearer ucm --config node.toml")]),
];

/// The arguments of `ringbearer completions`.
#[derive(clap::Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

/// The arguments of `ringbearer man`.
#[derive(clap::Args)]
pub(crate) struct Man {
    /// Where the pages are written; made when it is not there.
    folder: PathBuf,
}

/// The command line, with its examples and exit codes.
pub(crate) fn command() -> clap::Command {
    let mut command = super::Arguments::command().after_long_help(exit_codes());
    for (name, examples) in EXAMPLES {
        command = command.mut_subcommand(name, |subcommand| {
            let lines = examples.iter().map(|(what, how)| format!("  {what}:\n    {how}\n"));
            let examples = format!("Examples:\n{}", lines.collect::<String>().trim_end());
            let before = subcommand.get_after_help().map(|text| format!("{text}\n\n")).unwrap_or_default();
            subcommand.after_help(format!("{before}{examples}"))
        });
    }
    command
}

/// Writes the completions of a shell to standard output.
pub(crate) fn complete(arguments: &Completions) -> ExitCode {
    clap_complete::generate(arguments.shell, &mut command(), "ringbearer", &mut io::stdout());
    ExitCode::SUCCESS
}

/// Writes a man page for the program and for each subcommand.
pub(crate) fn write_man_pages(arguments: &Man) -> ExitCode {
    match write(&arguments.folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringbearer man: {}: {error}", arguments.folder.display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut whole = command();
    whole.build();
    page(&whole, "ringbearer", folder)?;
    for subcommand in whole.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        page(subcommand, &format!("ringbearer-{}", subcommand.get_name()), folder)?;
    }
    Ok(())
}

fn page(command: &clap::Command, name: &str, folder: &Path) -> io::Result<()> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone().display_name(name)).render(&mut text)?;
    fs::write(folder.join(format!("{name}.1")), text)
}

fn exit_codes() -> String {
    let lines = EXIT_CODES.iter().map(|(code, what)| format!("  {code:<3} {what}\n"));
    format!("Exit codes:\n{}", lines.collect::<String>().trim_end())
}

#[cfg(test)]
mod tests;
