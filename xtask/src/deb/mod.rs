//! `cargo xtask deb`: the Debian package, written here: an `ar` of three members, two of them tars.
//!
//! Our choice: no packaging tool in between. What goes where is one table, [`contents`], and a test reads it.

mod archive;
mod contents;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Failure, tools, workspace};
use archive::{ArMember, ar, tar_gz};
use contents::{Contents, File};

/// Writes the package. `--binary FILE` takes a program that is built already; `--output FOLDER` says where the package goes.
pub(crate) fn run(flags: &[&str]) -> Result<(), Failure> {
    let (mut binary, mut output) = (None, workspace::target_directory().join("debian"));
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        let value = flags.next().ok_or(format!("{flag} wants a value"))?;
        match *flag {
            "--binary" => binary = Some(PathBuf::from(value)),
            "--output" => output = PathBuf::from(value),
            other => return Err(format!("{other} is not known")),
        }
    }
    let binary = match binary {
        Some(binary) => binary,
        None => build()?,
    };
    let package = write(&binary, &output)?;
    println!("{}", package.display());
    Ok(())
}

fn build() -> Result<PathBuf, Failure> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--release", "--locked", "--package", "ringbearer"]).current_dir(workspace::root());
    tools::run(&mut cargo)?;
    Ok(workspace::target_directory().join("release/ringbearer"))
}

/// Writes the package of a program; answers where it is.
pub(crate) fn write(binary: &Path, output: &Path) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(output).map_err(|error| format!("{}: {error}", output.display()))?;
    let stripped = output.join("ringbearer.stripped");
    tools::run(Command::new("strip").arg("--strip-unneeded").arg("-o").arg(&stripped).arg(binary))?;
    let contents = Contents::of(binary, &stripped)?;
    let control = contents.control()?;
    let package = output.join(contents.file_name());
    let members = [
        ArMember { name: "debian-binary", contents: b"2.0\n".to_vec() },
        ArMember { name: "control.tar.gz", contents: tar_gz(&control)? },
        ArMember { name: "data.tar.gz", contents: tar_gz(&contents.data)? },
    ];
    std::fs::write(&package, ar(&members)).map_err(|error| format!("{}: {error}", package.display()))?;
    std::fs::remove_file(&stripped).map_err(|error| format!("{}: {error}", stripped.display()))?;
    Ok(package)
}

/// What `program` prints with these words.
fn words_of(program: &Path, words: &[&str]) -> Result<Vec<u8>, Failure> {
    let output =
        Command::new(program).args(words).output().map_err(|error| format!("{}: {error}", program.display()))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(format!("{} {}: {}", program.display(), words.join(" "), String::from_utf8_lossy(&output.stderr))),
    }
}
