//! Editing one line on a terminal: insert, erase, move, recall. Keys go in, and what the terminal has to show comes out.
//!
//! The line may be longer than the terminal is wide; it is then drawn over several rows. Our choice: a `?` asks for help
//! where it stands outside quotation marks; inside them, and behind Ctrl-V, it is a character.

use unicode_width::UnicodeWidthChar;

use crate::keyboard::Key;
use crate::terminal::Echo;

/// The most characters of a line: as many as a query may have.
const MOST_CHARACTERS: usize = 16 * 1024;
/// The most lines that are recalled.
const MOST_HISTORY: usize = 200;

const BELL: &[u8] = b"\x07";

/// What a key led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The line goes on.
    Editing,
    /// The line is done.
    Line(String),
    /// Ctrl-C: the line is given up.
    Interrupt,
    /// Ctrl-D on an empty line.
    EndOfInput,
    /// Tab: which words can stand where this ends?
    Complete(String),
    /// `?`: what can follow this?
    Help(String),
}

/// Whether a line is a command, or the answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// With history, completion and help.
    Command,
    /// Without them.
    Answer(Echo),
}

/// A line that is being typed.
#[derive(Debug)]
pub(crate) struct LineEditor {
    purpose: Purpose,
    prompt: String,
    line: Vec<char>,
    cursor: usize,
    columns: usize,
    /// The row in which the terminal's cursor is, from the row of the prompt.
    row: usize,
    literal: bool,
    /// Which line of the history is shown, and what was typed before.
    recalled: Option<(usize, Vec<char>)>,
}

/// The lines that were typed before, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct History(Vec<String>);

impl History {
    /// Remembers a line, unless it is empty or the same as the last.
    pub(crate) fn remember(&mut self, line: &str) {
        if line.trim().is_empty() || self.0.last().is_some_and(|last| last == line) {
            return;
        }
        if self.0.len() == MOST_HISTORY {
            self.0.remove(0);
        }
        self.0.push(line.to_owned());
    }
}

impl LineEditor {
    /// An empty line behind a prompt, which is drawn.
    pub(crate) fn new(purpose: Purpose, prompt: &str, columns: usize, screen: &mut Vec<u8>) -> Self {
        // Only the last line of a prompt is drawn again.
        let (above, prompt) = prompt.rsplit_once('\n').unwrap_or(("", prompt));
        for line in above.lines() {
            screen.extend_from_slice(line.as_bytes());
            screen.extend_from_slice(b"\r\n");
        }
        screen.extend_from_slice(prompt.as_bytes());
        Self {
            purpose,
            prompt: prompt.to_owned(),
            line: Vec::new(),
            cursor: 0,
            columns: columns.max(1),
            row: 0,
            literal: false,
            recalled: None,
        }
    }

    /// Takes a key.
    pub(crate) fn key(&mut self, key: Key, history: &History, screen: &mut Vec<u8>) -> Outcome {
        if std::mem::take(&mut self.literal)
            && let Key::Character(character) = key
        {
            self.insert(character, screen);
            return Outcome::Editing;
        }
        match key {
            Key::Character('?') if self.asks_for_help() => {
                screen.extend_from_slice(b"?");
                self.leave(screen);
                return Outcome::Help(self.before_cursor());
            }
            Key::Character(character) => self.insert(character, screen),
            Key::Tab if self.purpose == Purpose::Command => return Outcome::Complete(self.before_cursor()),
            Key::Tab => screen.extend_from_slice(BELL),
            Key::Literal => self.literal = true,
            Key::Enter => {
                self.leave(screen);
                return Outcome::Line(self.line.iter().collect());
            }
            Key::Interrupt => {
                self.move_to(self.line.len(), screen);
                screen.extend_from_slice(b"^C\r\n");
                return Outcome::Interrupt;
            }
            Key::EndOfInput if self.line.is_empty() => {
                screen.extend_from_slice(b"\r\n");
                return Outcome::EndOfInput;
            }
            Key::EndOfInput | Key::Delete => self.erase(self.cursor, self.cursor + 1, screen),
            Key::Backspace => self.erase(self.cursor.saturating_sub(1), self.cursor, screen),
            Key::EraseWord => self.erase(self.word_start(), self.cursor, screen),
            Key::EraseToStart => self.erase(0, self.cursor, screen),
            Key::EraseToEnd => self.erase(self.cursor, self.line.len(), screen),
            Key::Left => self.move_to(self.cursor.saturating_sub(1), screen),
            Key::Right => self.move_to(self.cursor + 1, screen),
            Key::WordLeft => self.move_to(self.word_start(), screen),
            Key::WordRight => self.move_to(self.word_end(), screen),
            Key::Home => self.move_to(0, screen),
            Key::End => self.move_to(self.line.len(), screen),
            Key::Up => self.recall(history, -1, screen),
            Key::Down => self.recall(history, 1, screen),
            Key::ClearScreen => {
                screen.extend_from_slice(b"\x1b[H\x1b[2J");
                self.row = 0;
                self.draw(screen);
            }
        }
        Outcome::Editing
    }

    /// Puts in place of the word before the cursor what all of these words begin with; lists them when that is no more than
    /// was typed.
    pub(crate) fn complete(&mut self, words: &[String], screen: &mut Vec<u8>) {
        let start = self.line_before_cursor().iter().rposition(|c| c.is_whitespace()).map_or(0, |space| space + 1);
        let typed = self.cursor - start;
        let Some(common) = common_beginning(words) else {
            screen.extend_from_slice(BELL);
            return;
        };
        let whole = words.len() == 1;
        if whole || common.len() > typed {
            let room = MOST_CHARACTERS.saturating_sub(self.line.len());
            let ending = if whole { " " } else { "" };
            let new: Vec<char> = common.into_iter().chain(ending.chars()).take(typed + room).collect();
            let cursor = start + new.len();
            self.line.splice(start..self.cursor, new);
            self.cursor = cursor;
            self.draw(screen);
            return;
        }
        self.leave(screen);
        screen.extend_from_slice(in_columns(words, self.columns).as_bytes());
        self.draw(screen);
    }

    /// Draws the line again below what was shown meanwhile.
    pub(crate) fn draw_again(&mut self, screen: &mut Vec<u8>) {
        self.row = 0;
        self.draw(screen);
    }

    /// The terminal has another width from now on.
    pub(crate) fn resize(&mut self, columns: usize, screen: &mut Vec<u8>) {
        self.columns = columns.max(1);
        self.draw(screen);
    }

    fn asks_for_help(&self) -> bool {
        let quotes = self.line_before_cursor().iter().filter(|c| **c == '"').count();
        self.purpose == Purpose::Command && quotes % 2 == 0
    }

    fn line_before_cursor(&self) -> &[char] {
        self.line.get(..self.cursor).unwrap_or_default()
    }

    fn before_cursor(&self) -> String {
        self.line_before_cursor().iter().collect()
    }

    fn insert(&mut self, character: char, screen: &mut Vec<u8>) {
        if self.line.len() >= MOST_CHARACTERS {
            screen.extend_from_slice(BELL);
            return;
        }
        let at_end = self.cursor == self.line.len();
        self.line.insert(self.cursor, character);
        self.cursor += 1;
        if self.purpose == Purpose::Answer(Echo::Hidden) {
            return;
        }
        let (row, column) = self.place(self.cursor);
        if at_end && row == self.row && column < self.columns {
            screen.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            self.draw(screen);
        }
    }

    fn erase(&mut self, from: usize, to: usize, screen: &mut Vec<u8>) {
        let to = to.min(self.line.len());
        if from >= to {
            screen.extend_from_slice(BELL);
            return;
        }
        self.line.drain(from..to);
        self.cursor = from;
        self.draw(screen);
    }

    fn move_to(&mut self, cursor: usize, screen: &mut Vec<u8>) {
        let cursor = cursor.min(self.line.len());
        if cursor != self.cursor {
            self.cursor = cursor;
            self.draw(screen);
        }
    }

    fn word_start(&self) -> usize {
        let before = self.line_before_cursor();
        let word = before.iter().rposition(|c| !c.is_whitespace()).unwrap_or(0);
        before.iter().take(word).rposition(|c| c.is_whitespace()).map_or(0, |space| space + 1)
    }

    fn word_end(&self) -> usize {
        let behind = self.line.get(self.cursor..).unwrap_or_default();
        let word = behind.iter().position(|c| !c.is_whitespace()).unwrap_or(behind.len());
        let length = behind.iter().skip(word).position(|c| c.is_whitespace());
        length.map_or(self.line.len(), |length| self.cursor + word + length)
    }

    fn recall(&mut self, history: &History, step: isize, screen: &mut Vec<u8>) {
        if self.purpose != Purpose::Command {
            screen.extend_from_slice(BELL);
            return;
        }
        let (shown, typed) = self.recalled.take().unwrap_or_else(|| (history.0.len(), self.line.clone()));
        let wanted = shown.checked_add_signed(step).filter(|wanted| *wanted <= history.0.len());
        let Some(wanted) = wanted else {
            screen.extend_from_slice(BELL);
            self.recalled = Some((shown, typed));
            return;
        };
        self.line = history.0.get(wanted).map_or_else(|| typed.clone(), |line| line.chars().collect());
        self.cursor = self.line.len();
        self.recalled = (wanted < history.0.len()).then_some((wanted, typed));
        self.draw(screen);
    }

    /// Puts the terminal's cursor on a fresh row below the line.
    fn leave(&mut self, screen: &mut Vec<u8>) {
        let (last, _) = self.place(self.line.len());
        for _ in self.row..last {
            screen.extend_from_slice(b"\x1b[B");
        }
        screen.extend_from_slice(b"\r\n");
        self.row = 0;
    }

    /// Draws prompt and line anew, and puts the cursor in its place.
    fn draw(&mut self, screen: &mut Vec<u8>) {
        if self.purpose == Purpose::Answer(Echo::Hidden) {
            return;
        }
        if self.row > 0 {
            screen.extend_from_slice(format!("\x1b[{}A", self.row).as_bytes());
        }
        screen.extend_from_slice(b"\r\x1b[J");
        screen.extend_from_slice(self.prompt.as_bytes());
        screen.extend(self.line.iter().collect::<String>().bytes());
        let (mut last, column) = self.place(self.line.len());
        if column == self.columns {
            // The terminal waits behind the last column; this makes it go on.
            screen.extend_from_slice(b"\r\n");
            last += 1;
        }
        let (mut row, mut column) = self.place(self.cursor);
        if column == self.columns {
            (row, column) = (row + 1, 0);
        }
        if last > row {
            screen.extend_from_slice(format!("\x1b[{}A", last - row).as_bytes());
        }
        if (row, column) != (last, self.place(self.line.len()).1) {
            screen.extend_from_slice(b"\r");
            if column > 0 {
                screen.extend_from_slice(format!("\x1b[{column}C").as_bytes());
            }
        }
        self.row = row;
    }

    /// The row and column behind so many characters of the line, counted from the start of the prompt.
    fn place(&self, characters: usize) -> (usize, usize) {
        let (mut row, mut column) = (0, 0);
        for character in self.prompt.chars().chain(self.line.iter().take(characters).copied()) {
            let width = character.width().unwrap_or(0);
            if column + width > self.columns {
                (row, column) = (row + 1, 0);
            }
            column += width;
        }
        (row, column)
    }
}

/// What all of the words begin with, in any case, as the first spells it; none when there are no words.
fn common_beginning(words: &[String]) -> Option<Vec<char>> {
    let (first, rest) = words.split_first()?;
    let mut common: Vec<char> = first.chars().collect();
    for word in rest {
        let same = |(a, b): &(&char, char)| a.eq_ignore_ascii_case(b);
        let length = common.iter().zip(word.chars()).take_while(same).count();
        common.truncate(length);
    }
    Some(common)
}

/// Words in columns, filled line by line.
fn in_columns(words: &[String], columns: usize) -> String {
    let width = words.iter().map(|word| word.chars().count()).max().unwrap_or(0) + 2;
    let mut text = String::new();
    for row in words.chunks((columns / width).max(1)) {
        let cells: String = row.iter().map(|word| format!("{word:<width$}")).collect();
        text.push_str(cells.trim_end());
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests;
