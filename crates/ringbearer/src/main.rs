//! SIP OAuth mode in one binary: server, softphone, lab.

use std::process::ExitCode;

use clap::{FromArgMatches, Parser, Subcommand};

mod admin;
mod arguments;
mod backup;
mod config;
mod expressway;
mod expressway_c;
mod expressway_e;
mod lab;
mod load;
mod manual;
mod monitoring;
mod phone;
mod process;
mod ucm;

/// SIP OAuth mode: softphones register over TLS with OAuth bearer tokens, every call is encrypted.
#[derive(Parser)]
#[command(name = "ringbearer", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The admin shell of a node.
    Admin(admin::Arguments),
    /// Backups: make, check, restore.
    Backup(backup::Arguments),
    /// Write completions for a shell to standard output.
    Completions(manual::Completions),
    /// Configuration files: check, dump, example.
    Config(config::Arguments),
    /// Expressway-C: the inner half of the edge.
    ExpresswayC(arguments::Arguments),
    /// Expressway-E: the outer half of the edge.
    ExpresswayE(arguments::Arguments),
    /// A whole system on this machine's loopback addresses: two nodes, three phones, calls.
    Lab(lab::Arguments),
    /// Many phones at once: measures a server.
    Load(load::Arguments),
    /// Write man pages into a folder.
    Man(manual::Man),
    /// A softphone: signs in, registers, calls and answers.
    Phone(Box<phone::Arguments>),
    /// A Unified CM node: publisher or subscriber.
    Ucm(arguments::Arguments),
}

fn main() -> ExitCode {
    runtime::tls::install_provider();
    // Whatever clap has read is what the arguments are made of.
    let arguments = Arguments::from_arg_matches(&manual::command().get_matches()).unwrap_or_else(|error| error.exit());
    match arguments.command {
        Command::Admin(arguments) => admin::run(arguments),
        Command::Backup(arguments) => backup::run(arguments),
        Command::Completions(arguments) => manual::complete(&arguments),
        Command::Config(arguments) => config::run(&arguments),
        Command::ExpresswayC(arguments) => expressway_c::run(&arguments),
        Command::ExpresswayE(arguments) => expressway_e::run(&arguments),
        Command::Lab(arguments) => lab::run(arguments),
        Command::Load(arguments) => load::run(arguments),
        Command::Man(arguments) => manual::write_man_pages(&arguments),
        Command::Phone(arguments) => phone::run(*arguments),
        Command::Ucm(arguments) => ucm::run(&arguments),
    }
}
