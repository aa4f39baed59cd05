//! `docs/rfc-compliance.md`, made from the registry, the citations and the marked deviations.

use std::fmt::Write;
use std::path::Path;

use crate::citation::{self, Registry, Rfc, Status};
use crate::{Failure, tidy, workspace};

/// Where the table goes.
pub(crate) const TABLE: &str = "docs/rfc-compliance.md";

/// Writes the table.
pub(crate) fn write() -> Result<(), Failure> {
    let table = render(&tidy::citing_texts()?)?;
    std::fs::write(workspace::root().join(TABLE), table).map_err(|error| format!("{TABLE}: {error}"))?;
    println!("wrote {TABLE}");
    Ok(())
}

/// The table for these texts, each with its path.
pub(crate) fn render(texts: &[(String, String)]) -> Result<String, Failure> {
    let registry = Registry::read()?;
    let cited = citation::cited_sections(texts.iter().map(|(_, text)| text.as_str()));
    let mut page = HEAD.to_string();
    for rfc in &registry.rfc {
        let sections = cited.get(&rfc.number);
        if sections.is_none() && rfc.status != Status::Planned {
            continue;
        }
        let sections = sections.map(|sections| sections.join(", ")).unwrap_or_default();
        let _ = writeln!(page, "{}", row(rfc, &sections));
    }
    page.push_str(DEVIATIONS);
    let deviations: Vec<String> = texts.iter().flat_map(|(path, text)| deviations(path, text)).collect();
    match deviations.is_empty() {
        true => page.push_str("None is marked.\n"),
        false => deviations.iter().for_each(|line| page.push_str(line)),
    }
    Ok(page)
}

const HEAD: &str = "# RFC compliance

Written by `cargo xtask compliance` from `docs/rfc-registry.toml` and the citations in the code; not by hand.
*Cited* are the sections that a line of ours says it obeys.

| RFC | Title | What for | Status | Cited |
|---|---|---|---|---|
";

const DEVIATIONS: &str = "\n## Deviations\n\n";

fn row(rfc: &Rfc, sections: &str) -> String {
    let status = match rfc.status {
        Status::Followed => "followed",
        Status::Partly => "partly",
        Status::Planned => "planned",
        Status::Informative => "informative",
    };
    let status = match rfc.note.is_empty() {
        true => status.to_string(),
        false => format!("{status}: {}", rfc.note),
    };
    format!("| {} | {} | {} | {status} | {sections} |", rfc.number, rfc.title, rfc.role)
}

/// The lines marked as a deviation, with what the comment says up to its end.
fn deviations(path: &str, text: &str) -> Vec<String> {
    const MARK: &str = "Deviation: RFC ";
    if Path::new(path).extension().is_none_or(|suffix| suffix != "rs") {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.starts_with("//") && line.contains(MARK))
        .map(|(at, _)| {
            let words: Vec<&str> = lines
                .iter()
                .skip(at)
                .take_while(|line| line.starts_with("//"))
                .map(|line| line.trim_start_matches(['/', '!']).trim())
                .take_while(|line| !line.is_empty())
                .collect();
            let words = words.join(" ");
            let words = words.split_once("Deviation: ").map_or("", |(_, rest)| rest);
            format!("- `{path}`: {words}\n")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collects_a_deviation_with_its_reason() {
        let code = "fn a() {\n    // Deviation: RFC 3261 §8.1: the field\n    // does without it.\n    b();\n}";
        assert_eq!(deviations("a.rs", code), ["- `a.rs`: RFC 3261 §8.1: the field does without it.\n"]);
    }
}
