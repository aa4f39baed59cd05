//! A table of commands. Help, usage, completion and the interpreter all read the one table of their node.

use super::terminal::Failure;

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
}

/// A row.
pub(crate) const fn command<V>(
    words: &'static str,
    arguments: &'static str,
    help: &'static str,
    verb: V,
) -> Command<V> {
    Command { words, arguments, help, verb }
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
            [single] => Ok(format!("{}\n    {}\n", single.usage(), single.help)),
            several => Ok(list(several)),
        }
    }

    /// The refusal of a line that begins no command or too many.
    pub(crate) fn unknown(&self, line: &str) -> Failure {
        let line = line.trim();
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
}

impl<V> Command<V> {
    /// The command with what may follow it.
    pub(crate) fn usage(&self) -> String {
        format!("{} {}", self.words, self.arguments).trim_end().to_owned()
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
