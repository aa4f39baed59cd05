//! What follows the words of a command: words, quoted where they hold spaces, and pairs of a key and a value.

use super::terminal::Failure;
use std::collections::BTreeMap;
use std::str::FromStr;

/// Splits at spaces; `"…"` keeps them.
pub(crate) fn split(text: &str) -> Result<Vec<String>, Failure> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, behind) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let unclosed = || Failure::Usage("a quotation mark is not closed".into());
                quoted.split_once('"').ok_or_else(unclosed)?
            }
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = behind.trim_start();
    }
    Ok(words)
}

/// Pairs of a key and a value, each key known and given once.
#[derive(Debug)]
pub(crate) struct Pairs(BTreeMap<&'static str, String>);

impl Pairs {
    /// Reads `key value key value …`.
    pub(crate) fn read(words: &[String], keys: &[&'static str]) -> Result<Self, Failure> {
        let mut pairs = BTreeMap::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let known = keys.iter().find(|key| key.eq_ignore_ascii_case(word));
            let key = *known.ok_or_else(|| unknown(word, keys))?;
            let value = words.next().ok_or_else(|| Failure::Usage(format!("{key} needs a value")))?;
            if pairs.insert(key, value.clone()).is_some() {
                return Err(Failure::Usage(format!("{key} is given twice")));
            }
        }
        Ok(Self(pairs))
    }

    /// Reads `key: value key: value …`, with or without the vendor's colon behind a key; values with spaces are quoted.
    pub(crate) fn read_with_colons(rest: &str, keys: &[&'static str]) -> Result<Self, Failure> {
        let mut words = split(rest)?;
        for key in words.iter_mut().step_by(2) {
            *key = key.trim_end_matches(':').to_owned();
        }
        Self::read(&words, keys)
    }

    /// Takes the value of a key as text.
    pub(crate) fn text(&mut self, key: &'static str, into: &mut String) {
        if let Some(value) = self.0.remove(key) {
            *into = value;
        }
    }

    /// Takes the value of a key as what it is read into.
    pub(crate) fn parsed<T>(&mut self, key: &'static str, into: &mut T) -> Result<(), Failure>
    where
        T: FromStr,
        T::Err: ToString,
    {
        if let Some(value) = self.0.remove(key) {
            *into = value.parse().map_err(|error: T::Err| wrong(key, &error.to_string()))?;
        }
        Ok(())
    }

    /// Takes the value of a key that `none` clears.
    pub(crate) fn optional<T>(&mut self, key: &'static str, into: &mut Option<T>) -> Result<(), Failure>
    where
        T: FromStr,
        T::Err: ToString,
    {
        if let Some(value) = self.0.remove(key) {
            *into = match value.as_str() {
                "none" => None,
                value => Some(value.parse().map_err(|error: T::Err| wrong(key, &error.to_string()))?),
            };
        }
        Ok(())
    }

    /// Takes the value of a key as names separated by commas; `none` is no name.
    pub(crate) fn list<T>(&mut self, key: &'static str, into: &mut Vec<T>) -> Result<(), Failure>
    where
        T: FromStr,
        T::Err: ToString,
    {
        if let Some(value) = self.0.remove(key) {
            let names = value.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != "none");
            let parsed: Result<_, T::Err> = names.map(str::parse).collect();
            *into = parsed.map_err(|error| wrong(key, &error.to_string()))?;
        }
        Ok(())
    }

    /// Takes the value of a key as on or off.
    pub(crate) fn switch(&mut self, key: &'static str, into: &mut bool) -> Result<(), Failure> {
        if let Some(value) = self.0.remove(key) {
            *into = match value.to_ascii_lowercase().as_str() {
                "on" | "true" | "yes" | "enabled" | "t" | "1" => true,
                "off" | "false" | "no" | "disabled" | "f" | "0" => false,
                _ => return Err(wrong(key, "the value is on or off")),
            };
        }
        Ok(())
    }

    /// Takes the value of a key as one of a few.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
        into: &mut T,
    ) -> Result<(), Failure> {
        if let Some(value) = self.0.remove(key) {
            let chosen = choices.iter().find(|(text, _)| text.eq_ignore_ascii_case(&value));
            let texts: Vec<_> = choices.iter().map(|(text, _)| *text).collect();
            let refusal = || wrong(key, &format!("the value is one of: {}", texts.join(", ")));
            *into = chosen.ok_or_else(refusal)?.1;
        }
        Ok(())
    }
}

fn unknown(word: &str, keys: &[&str]) -> Failure {
    Failure::Usage(format!("unknown word \"{word}\"; known are: {}", keys.join(", ")))
}

fn wrong(key: &str, reason: &str) -> Failure {
    Failure::Usage(format!("{key}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Pairs, Failure> {
        Pairs::read(&split(text).unwrap(), &["name", "on", "users"])
    }

    #[track_caller]
    fn usage<T>(result: Result<T, Failure>, text: &str) {
        match result {
            Err(Failure::Usage(said)) => assert_eq!(said, text),
            _ => panic!("no usage error"),
        }
    }

    #[test]
    fn words_are_split_at_spaces_and_kept_in_quotes() {
        assert_eq!(split("  a  \"b c\" d").unwrap(), ["a", "b c", "d"]);
        assert_eq!(split("\"\"").unwrap(), [""]);
        assert!(split(" ").unwrap().is_empty());
        usage(split("a \"b"), "a quotation mark is not closed");
    }

    #[test]
    fn pairs_are_known_complete_and_single() {
        usage(read("nam x"), "unknown word \"nam\"; known are: name, on, users");
        usage(read("name"), "name needs a value");
        usage(read("name a NAME b"), "name is given twice");
    }

    #[test]
    fn values_are_read_as_what_they_are() {
        let mut pairs = read("on Yes users \"a, b\" name 7").unwrap();
        let (mut on, mut users, mut name) = (false, Vec::<String>::new(), 0u8);
        pairs.switch("on", &mut on).unwrap();
        pairs.list("users", &mut users).unwrap();
        pairs.parsed("name", &mut name).unwrap();
        assert_eq!((on, users, name), (true, vec!["a".to_owned(), "b".to_owned()], 7));
        usage(read("on perhaps").unwrap().switch("on", &mut on), "on: the value is on or off");
        let mut chosen = 1;
        let choices = [("one", 1), ("two", 2)];
        usage(read("name three").unwrap().choice("name", &choices, &mut chosen), "name: the value is one of: one, two");
        let mut cleared = Some(3u8);
        read("name none").unwrap().optional("name", &mut cleared).unwrap();
        assert_eq!(cleared, None);
    }
}
