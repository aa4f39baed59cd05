//! A table of commands. Help, usage, completion and the interpreter all read the one table of their node.

use super::terminal::Failure;
use admin_shell::{Access, Administrator};

/// The most letters by which a command may be mistyped and still be recognised: one in five, and at least one.
const LETTERS_A_SLIP: usize = 5;

/// Whether a command changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only shows.
    Reads,
    /// It changes, and needs the right to.
    Changes,
}

/// A row of a table of commands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Command<V: 'static> {
    /// The words that name it.
    pub(crate) words: &'static str,
    /// What may follow.
    pub(crate) arguments: &'static str,
    /// What it does, in a line.
    pub(crate) help: &'static str,
    /// What it does.
    pub(crate) verb: V,
    /// Whether that changes anything.
    pub(crate) effect: Effect,
}

/// A row: a command that changes something.
pub(crate) const fn command<V>(
    words: &'static str,
    arguments: &'static str,
    help: &'static str,
    verb: V,
) -> Command<V> {
    Command { words, arguments, help, verb, effect: Effect::Changes }
}

/// A row: a command that only shows.
pub(crate) const fn reading<V>(
    words: &'static str,
    arguments: &'static str,
    help: &'static str,
    verb: V,
) -> Command<V> {
    Command { words, arguments, help, verb, effect: Effect::Reads }
}

/// All commands of a node, by their words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommandTable<V: 'static>(pub(crate) &'static [Command<V>]);

impl<V> CommandTable<V> {
    /// All of them.
    #[cfg(test)]
    pub(crate) fn all(&self) -> &'static [Command<V>] {
        self.0
    }

    /// The command of a line, and what follows its words.
    pub(crate) fn find<'a>(&self, line: &'a str) -> Option<(&'static Command<V>, &'a str)> {
        let candidates = self.0.iter().filter_map(|command| Some((command, after(line, command.words)?)));
        candidates.max_by_key(|(command, _)| command.words.len())
    }

    /// The commands that begin with some words, the last of which may be the beginning of one.
    pub(crate) fn beginning_with(&self, words: &str) -> Vec<&'static Command<V>> {
        let typed: Vec<String> = words.split_whitespace().map(str::to_ascii_lowercase).collect();
        let begins = |command: &&Command<V>| {
            let mut own = command.words.split(' ').map(str::to_ascii_lowercase);
            let last = typed.len().saturating_sub(1);
            typed.iter().enumerate().all(|(position, word)| {
                own.next().is_some_and(|own| if position == last { own.starts_with(word) } else { own == *word })
            })
        };
        self.0.iter().filter(begins).collect()
    }

    /// The command of a line that this administrator may give, and what follows its words.
    pub(crate) fn command_of<'a>(
        &self,
        administrator: &Administrator,
        line: &'a str,
    ) -> Result<(&'static Command<V>, &'a str), Failure> {
        let (command, rest) = self.find(line).ok_or_else(|| self.unknown(line))?;
        if command.effect == Effect::Changes && administrator.access == Access::ReadOnly {
            return Err(Failure::Refused(format!(
                "\"{}\" changes the system: {} may only look. It needs the role Standard CCM Super Users.",
                command.words, administrator.name
            )));
        }
        Ok((command, rest))
    }

    /// What `?` says behind what was typed of a line.
    pub(crate) fn follow(&self, line: &str) -> String {
        let whole = |command: &&Command<V>| ends_in_word(line) || after(command.words, line.trim()).is_some();
        let begun = self.beginning_with(line);
        let begun: Vec<_> = begun.into_iter().filter(|command| line.trim().is_empty() || whole(command)).collect();
        match (begun.as_slice(), self.find(line)) {
            ([single], _) => single.described(),
            ([], Some((command, _))) => command.described(),
            ([], None) => match self.unknown(line) {
                Failure::Usage(text) => text + "\n",
                _ => String::new(),
            },
            (several, _) => list(several),
        }
    }

    /// The words that can stand where the line ends, without repetition.
    pub(crate) fn complete(&self, line: &str) -> Vec<&'static str> {
        let position = line.split_whitespace().count() - usize::from(ends_in_word(line));
        let mut words: Vec<_> = if ends_in_word(line) {
            self.beginning_with(line).iter().filter_map(|command| command.words.split(' ').nth(position)).collect()
        } else {
            let whole = |command: &&Command<V>| after(command.words, line.trim()).is_some() || position == 0;
            self.0.iter().filter(whole).filter_map(|command| command.words.split(' ').nth(position)).collect()
        };
        words.sort_unstable();
        words.dedup();
        words
    }

    /// What `help` says of the commands that begin with some words.
    pub(crate) fn help(&self, words: &str) -> Result<String, Failure> {
        match self.beginning_with(words).as_slice() {
            [] => Err(self.unknown(words)),
            [single] => Ok(single.described()),
            several => Ok(list(several)),
        }
    }

    /// The refusal of a line that begins no command or too many.
    pub(crate) fn unknown(&self, line: &str) -> Failure {
        let line = line.trim();
        if let Some(meant) = self.nearest(line) {
            return Failure::Usage(format!("\"{line}\" is not a command. Did you mean: {meant}"));
        }
        let mut words: Vec<&str> = line.split_whitespace().collect();
        while !words.is_empty() {
            let candidates = self.beginning_with(&words.join(" "));
            if !candidates.is_empty() {
                return Failure::Usage(format!(
                    "\"{line}\" is not a command. Commands that begin like it:\n{}",
                    list(&candidates).trim_end()
                ));
            }
            words.pop();
        }
        Failure::Usage(format!("\"{line}\" is not a command. help shows them all."))
    }

    /// The words of the command that a line most likely misspells, with what follows them.
    fn nearest(&self, line: &str) -> Option<String> {
        let typed: Vec<&str> = line.split_whitespace().collect();
        let candidates = self.0.iter().filter_map(|command| {
            let (head, rest) = typed.split_at_checked(command.words.split(' ').count())?;
            let slips = strsim::osa_distance(&head.join(" ").to_ascii_lowercase(), &command.words.to_ascii_lowercase());
            let allowed = (command.words.len() / LETTERS_A_SLIP).clamp(1, 3);
            (slips <= allowed).then(|| (slips, [&[command.words], rest].concat().join(" ")))
        });
        candidates.min_by_key(|(slips, _)| *slips).map(|(_, meant)| meant)
    }
}

impl<V> Command<V> {
    /// The command with what may follow it.
    pub(crate) fn usage(&self) -> String {
        format!("{} {}", self.words, self.arguments).trim_end().to_owned()
    }

    /// The command with what may follow it, and what it does.
    fn described(&self) -> String {
        format!("{}\n    {}\n", self.usage(), self.help)
    }

    /// A failure to give the command right, with how it is given.
    pub(crate) fn with_usage(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Usage(reason) => Failure::Usage(format!("{reason}\nUsage: {}", self.usage())),
            other => other,
        }
    }
}

fn list<V>(commands: &[&Command<V>]) -> String {
    let width = commands.iter().map(|command| command.words.len()).max().unwrap_or(0);
    commands.iter().map(|command| format!("{:<width$}  {}\n", command.words, command.help)).collect()
}

fn after<'a>(line: &'a str, words: &str) -> Option<&'a str> {
    let mut rest = line.trim_start();
    for word in words.split(' ') {
        let (typed, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        // The vendor writes a colon behind the name of a setting; an administrator may leave it out.
        if !typed.trim_end_matches(':').eq_ignore_ascii_case(word.trim_end_matches(':')) {
            return None;
        }
        rest = behind.trim_start();
    }
    Some(rest.trim_end())
}

fn ends_in_word(line: &str) -> bool {
    line.chars().next_back().is_some_and(|last| !last.is_whitespace())
}
