//! The keys behind the bytes that a terminal sends: UTF-8 (RFC 3629), control characters and the sequences of ECMA-48
//! that cursor keys send.

/// The most bytes of a sequence: a longer one is no key.
const MOST_SEQUENCE: usize = 16;

/// A key that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// A printable character.
    Character(char),
    Enter,
    Tab,
    Backspace,
    Delete,
    Left,
    Right,
    WordLeft,
    WordRight,
    Up,
    Down,
    Home,
    End,
    /// Ctrl-K: erases to the end of the line.
    EraseToEnd,
    /// Ctrl-U: erases to the start of the line.
    EraseToStart,
    /// Ctrl-W: erases the word before the cursor.
    EraseWord,
    /// Ctrl-L.
    ClearScreen,
    /// Ctrl-V: the next character stands for itself.
    Literal,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D: deletes, and ends an empty line's session.
    EndOfInput,
}

/// Reads keys from bytes that come in pieces.
#[derive(Debug, Default)]
pub(crate) struct Keyboard {
    state: State,
    /// Behind a carriage return: a line feed that follows belongs to it.
    behind_return: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Ground,
    /// Behind an escape.
    Escape,
    /// In a control sequence, or behind the `O` of a function key.
    Sequence(Vec<u8>),
    /// In a character of several octets.
    Utf8(Vec<u8>),
}

impl Keyboard {
    /// The key that a byte completes.
    pub(crate) fn byte(&mut self, byte: u8) -> Option<Key> {
        let behind_return = std::mem::take(&mut self.behind_return);
        match std::mem::take(&mut self.state) {
            State::Ground => self.ground(byte, behind_return),
            State::Escape => match byte {
                b'[' | b'O' => {
                    self.state = State::Sequence(Vec::new());
                    None
                }
                b'b' => Some(Key::WordLeft),
                b'f' => Some(Key::WordRight),
                0x7f => Some(Key::EraseWord),
                _ => None,
            },
            State::Sequence(mut sequence) => {
                sequence.push(byte);
                if (0x40..=0x7e).contains(&byte) {
                    return key_of_sequence(&sequence);
                }
                if sequence.len() < MOST_SEQUENCE {
                    self.state = State::Sequence(sequence);
                }
                None
            }
            State::Utf8(mut octets) => {
                octets.push(byte);
                match std::str::from_utf8(&octets) {
                    Ok(text) => text.chars().next().filter(|c| !c.is_control()).map(Key::Character),
                    // Not yet whole, as opposed to wrong.
                    Err(error) if error.error_len().is_none() => {
                        self.state = State::Utf8(octets);
                        None
                    }
                    Err(_) => None,
                }
            }
        }
    }

    fn ground(&mut self, byte: u8, behind_return: bool) -> Option<Key> {
        Some(match byte {
            0x01 => Key::Home,
            0x02 => Key::Left,
            0x03 => Key::Interrupt,
            0x04 => Key::EndOfInput,
            0x05 => Key::End,
            0x06 => Key::Right,
            0x08 | 0x7f => Key::Backspace,
            b'\t' => Key::Tab,
            b'\n' if behind_return => return None,
            b'\n' => Key::Enter,
            b'\r' => {
                self.behind_return = true;
                Key::Enter
            }
            0x0b => Key::EraseToEnd,
            0x0c => Key::ClearScreen,
            0x0e => Key::Down,
            0x10 => Key::Up,
            0x15 => Key::EraseToStart,
            0x16 => Key::Literal,
            0x17 => Key::EraseWord,
            0x1b => {
                self.state = State::Escape;
                return None;
            }
            0x20..=0x7e => Key::Character(char::from(byte)),
            0xc2..=0xf4 => {
                self.state = State::Utf8(vec![byte]);
                return None;
            }
            _ => return None,
        })
    }
}

/// ECMA-48 §8.3.19 and its neighbours, with the numbers that xterm gives the keys.
fn key_of_sequence(sequence: &[u8]) -> Option<Key> {
    let (last, parameters) = sequence.split_last()?;
    // `1;5` before the letter: with Ctrl held.
    let by_word = parameters.ends_with(b";5") || parameters.ends_with(b";3");
    Some(match last {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' if by_word => Key::WordRight,
        b'C' => Key::Right,
        b'D' if by_word => Key::WordLeft,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        b'~' => match parameters {
            b"1" | b"7" => Key::Home,
            b"3" => Key::Delete,
            b"4" | b"8" => Key::End,
            _ => return None,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut keyboard = Keyboard::default();
        bytes.iter().filter_map(|byte| keyboard.byte(*byte)).collect()
    }

    #[test]
    fn characters_are_read_whole() {
        assert_eq!(keys("aé→😀".as_bytes()), ['a', 'é', '→', '😀'].map(Key::Character));
        assert_eq!(keys(b"\xffa\xc3(b"), [Key::Character('a'), Key::Character('b')], "what is no UTF-8 is left out");
        assert_eq!(keys("\u{85}".as_bytes()), [], "nor is a control character of two octets a key");
    }

    #[test]
    fn a_line_ends_once_however_it_ends() {
        assert_eq!(keys(b"\r\n"), [Key::Enter]);
        assert_eq!(keys(b"\r\r\n\n"), [Key::Enter, Key::Enter, Key::Enter]);
    }

    #[test]
    fn cursor_keys_are_sequences() {
        assert_eq!(keys(b"\x1b[A\x1bOB\x1b[1;5D\x1b[C"), [Key::Up, Key::Down, Key::WordLeft, Key::Right]);
        assert_eq!(keys(b"\x1b[3~\x1b[1~\x1b[F\x1bb"), [Key::Delete, Key::Home, Key::End, Key::WordLeft]);
        assert_eq!(keys(b"\x1b[200~a\x1bza"), [Key::Character('a'), Key::Character('a')], "unknown ones are left out");
    }

    #[test]
    fn a_sequence_without_an_end_is_given_up() {
        let mut endless = b"\x1b[".to_vec();
        endless.extend([b'1'; MOST_SEQUENCE]);
        endless.push(b'a');
        assert_eq!(keys(&endless), [Key::Character('a')]);
    }
}
