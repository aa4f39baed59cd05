use super::*;

/// Where the texts are that a change of the command line has to be seen in.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/golden/help");

/// As wide as a man page.
const COLUMNS: usize = 80;

fn visible(command: &clap::Command) -> Vec<&clap::Command> {
    command
        .get_subcommands()
        .filter(|subcommand| !subcommand.is_hide_set() && subcommand.get_name() != "help")
        .collect()
}

/// The help of the program and of each subcommand, also of those of subcommands.
fn helps(command: &clap::Command, name: &str, all: &mut Vec<(String, String)>) {
    let help = command.clone().term_width(COLUMNS).render_long_help().to_string();
    let trimmed: String = help.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    all.push((name.to_owned(), trimmed));
    for subcommand in visible(command) {
        helps(subcommand, &format!("{name}-{}", subcommand.get_name()), all);
    }
}

fn built() -> clap::Command {
    let mut command = command();
    command.build();
    command
}

#[test]
fn the_help_is_as_it_was_read_last() {
    let mut all = Vec::new();
    helps(&built(), "ringbearer", &mut all);
    if std::env::var_os("RINGBEARER_WRITE_GOLDEN").is_some() {
        fs::create_dir_all(GOLDEN).unwrap();
        for (name, help) in &all {
            fs::write(format!("{GOLDEN}/{name}.txt"), help).unwrap();
        }
    }
    for (name, help) in &all {
        let golden = fs::read_to_string(format!("{GOLDEN}/{name}.txt")).unwrap_or_default();
        assert_eq!(*help, golden, "{name}: read it, then write it with RINGBEARER_WRITE_GOLDEN=1");
    }
    assert_eq!(fs::read_dir(GOLDEN).unwrap().count(), all.len(), "a text of a subcommand that is gone");
}

#[test]
fn every_subcommand_says_what_it_does_in_a_line_and_has_examples() {
    for subcommand in visible(&built()) {
        let name = subcommand.get_name();
        let about = subcommand.get_about().unwrap_or_else(|| panic!("{name} says nothing")).to_string();
        assert!(!about.contains('\n') && about.len() <= 100, "{name}: {about}");
        let after = subcommand.get_after_long_help().or(subcommand.get_after_help());
        let after = after.map(ToString::to_string).unwrap_or_default();
        assert!(after.contains("Examples:\n"), "{name} has no examples");
        assert!(after.contains(&format!("ringbearer {name}")), "{name}: the examples are of another command");
    }
}

#[test]
fn the_exit_codes_are_listed_once() {
    let document = include_str!("../../../../docs/exit-codes.md");
    let rows: String = EXIT_CODES.iter().map(|(code, what)| format!("| {code} | {what} |\n")).collect();
    assert!(document.contains(&rows), "docs/exit-codes.md lacks:\n{rows}");
    assert!(command().render_long_help().to_string().contains("Exit codes:\n  0   done"));
}

#[test]
fn completions_and_man_pages_are_of_the_whole_command_line() {
    let names: Vec<String> = visible(&built()).iter().map(|subcommand| subcommand.get_name().to_owned()).collect();
    for shell in [Shell::Bash, Shell::Fish, Shell::PowerShell, Shell::Zsh] {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command(), "ringbearer", &mut text);
        let text = String::from_utf8(text).unwrap();
        for name in &names {
            assert!(text.contains(name), "{shell}: {name}");
        }
    }
    let folder = std::env::temp_dir().join(format!("ringbearer-man-{}", std::process::id()));
    write(&folder).unwrap();
    for name in &names {
        let page = fs::read_to_string(folder.join(format!("ringbearer-{name}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{name}");
    }
    let whole = fs::read_to_string(folder.join("ringbearer.1")).unwrap();
    assert!(whole.contains("cannot be followed"), "the exit codes");
    fs::remove_dir_all(folder).unwrap();
}
