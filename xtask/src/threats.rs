//! `docs/threats.md`: every row of the threat model with the tests that hold it, or the reason that none does.
//!
//! The rows stand in `docs/threats.toml`. A test belongs to the row that its name begins with:
//! `frm_1_content_length_repeated` to FRM-1.

use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;

use crate::{Failure, tidy, workspace};

/// Where the rows stand.
pub(crate) const ROWS: &str = "docs/threats.toml";

/// Where the table goes.
pub(crate) const TABLE: &str = "docs/threats.md";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    threat: Vec<Threat>,
}

/// One row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Threat {
    id: String,
    attack: String,
    answer: String,
    /// Why no test holds it, or what part of it no test holds yet.
    #[serde(default)]
    missing: String,
}

/// A test with the folder of its package.
pub(crate) struct Test {
    pub(crate) folder: String,
    pub(crate) name: String,
}

/// Writes the table.
pub(crate) fn write() -> Result<(), Failure> {
    let table = render(&tidy::tests()?)?;
    std::fs::write(workspace::root().join(TABLE), table).map_err(|error| format!("{TABLE}: {error}"))?;
    println!("wrote {TABLE}");
    Ok(())
}

/// The table for these tests.
pub(crate) fn render(tests: &[Test]) -> Result<String, Failure> {
    let mut page = HEAD.to_string();
    for threat in read()?.threat {
        let Threat { id, attack, answer, missing } = &threat;
        let mut held = tests_of(id, tests);
        if !missing.is_empty() {
            held.push(format!("*{missing}*"));
        }
        let _ = writeln!(page, "| {id} | {attack} | {answer} | {} |", held.join("<br>"));
    }
    Ok(page)
}

/// The rows that have neither a test nor a reason.
pub(crate) fn unheld(tests: &[Test]) -> Result<Vec<String>, Failure> {
    Ok(read()?
        .threat
        .into_iter()
        .filter(|threat| threat.missing.is_empty() && tests_of(&threat.id, tests).is_empty())
        .map(|threat| threat.id)
        .collect())
}

const HEAD: &str = "# Threats and the tests that hold them

Written by `cargo xtask threats` from `docs/threats.toml` and the names of the tests; not by hand.
*CH* is the listener's challenge; *close* is a best-effort reply, then the end of the connection.
What stands in italics no test holds, with the reason.

| Row | Attack | Answer | Held by |
|---|---|---|---|
";

fn read() -> Result<Model, Failure> {
    let text = workspace::text(Path::new(ROWS)).ok_or(format!("{ROWS} is missing"))?;
    toml::from_str(&text).map_err(|error| format!("{ROWS}: {error}"))
}

fn tests_of(id: &str, tests: &[Test]) -> Vec<String> {
    let prefix = format!("{}_", id.to_lowercase().replace('-', "_"));
    let mut held: Vec<String> = tests
        .iter()
        .filter(|test| test.name.starts_with(&prefix))
        .map(|test| format!("`{}` {}", test.folder, test.name))
        .collect();
    held.sort();
    held.dedup();
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_belongs_to_the_row_of_its_name() {
        let test = |name: &str| Test { folder: "sip".to_string(), name: name.to_string() };
        let tests = [test("frm_1_repeated"), test("frm_10_other"), test("frames")];
        assert_eq!(tests_of("FRM-1", &tests), ["`sip` frm_1_repeated"]);
    }
}
