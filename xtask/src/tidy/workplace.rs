//! Nothing of the place where the code was written: no path of somebody's machine, no host of somebody's network.

use super::Finding;
use super::tree::Tree;

const RULE: &str = "workplace";

/// Folders at the root of the file system that exist only on a certain machine.
/// Put together here so that this file holds none of them.
const PATHS: [&str; 5] = [
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/worksp", "ace/"),
];

/// Endings of names that only one network resolves.
const HOSTS: [&str; 3] = [concat!(".inter", "nal"), concat!(".cor", "p"), concat!(".intra", "net")];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.texts()
        .filter(|(file, _)| !file.path.ends_with("Cargo.lock"))
        .flat_map(|(file, text)| {
            text.lines().enumerate().filter_map(|(at, line)| {
                place_in(line).map(|place| Finding::new(RULE, &file.path, at + 1, format!("names {place}")))
            })
        })
        .collect()
}

fn place_in(line: &str) -> Option<&'static str> {
    let path = PATHS
        .iter()
        .find(|path| line.match_indices(**path).any(|(at, _)| starts_a_path(line.get(..at).unwrap_or_default())));
    let host =
        HOSTS.iter().find(|host| line.match_indices(**host).any(|(at, host)| ends_a_name(line, at, at + host.len())));
    path.or(host).copied()
}

/// A path begins where no name or path goes on: not in `example.com/home/`, not in `a/home/`.
fn starts_a_path(before: &str) -> bool {
    !before.ends_with(|last: char| last.is_alphanumeric() || matches!(last, '/' | '.' | '-' | '_' | '}' | '>' | '~'))
}

/// A host ends in it: a letter before, and nothing of a name after.
fn ends_a_name(line: &str, start: usize, end: usize) -> bool {
    let before = line.get(..start).unwrap_or_default();
    let after = line.get(end..).unwrap_or_default();
    let labels =
        before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-')).next().unwrap_or_default();
    !labels.is_empty()
        && labels.contains('.')
        && !after.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '(' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Tree::of("adapters", "docs/a.md", text)).len()
    }

    #[test]
    fn refuses_a_path_of_somebodys_machine() {
        assert_eq!(found(concat!("see /ho", "me/alice/notes")), 1);
        assert_eq!(found(concat!("`/Us", "ers/bob`")), 1);
    }

    #[test]
    fn refuses_a_host_of_somebodys_network() {
        assert_eq!(found(concat!("ci.example.inter", "nal answers")), 1);
    }

    #[test]
    fn lets_urls_and_code_pass() {
        assert_eq!(found("https://example.com/home/page"), 0);
        assert_eq!(found("self.internal and a.corp_b and b.internal()"), 0);
    }
}
