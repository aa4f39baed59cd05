use super::*;
use crate::keyboard::Keyboard;

/// A terminal that obeys what the editor sends, as xterm does.
struct Screen {
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
    columns: usize,
}

impl Screen {
    fn new(columns: usize) -> Self {
        Self { rows: vec![Vec::new()], row: 0, column: 0, columns }
    }

    fn show(&mut self, bytes: &[u8]) {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                '\r' => self.column = 0,
                '\n' => self.row += 1,
                '\x07' => {}
                '\x1b' => {
                    assert_eq!(characters.next(), Some('['));
                    let mut number = String::new();
                    let letter = loop {
                        let next = characters.next().unwrap();
                        if next.is_ascii_digit() { number.push(next) } else { break next }
                    };
                    let count = number.parse().unwrap_or(1);
                    match letter {
                        'A' => self.row -= count,
                        'B' => self.row += count,
                        'C' => self.column += count,
                        'J' => {
                            self.rows.truncate(self.row + 1);
                            self.rows[self.row].truncate(self.column);
                        }
                        'H' => (self.row, self.column) = (0, 0),
                        other => panic!("{other}"),
                    }
                }
                character => {
                    if self.column == self.columns {
                        (self.row, self.column) = (self.row + 1, 0);
                    }
                    while self.rows.len() <= self.row {
                        self.rows.push(Vec::new());
                    }
                    let row = &mut self.rows[self.row];
                    while row.len() <= self.column {
                        row.push(' ');
                    }
                    row[self.column] = character;
                    self.column += 1;
                }
            }
            while self.rows.len() <= self.row {
                self.rows.push(Vec::new());
            }
        }
    }

    fn text(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.iter().collect()).collect()
    }
}

struct Desk {
    screen: Screen,
    editor: LineEditor,
    history: History,
}

impl Desk {
    fn new(columns: usize) -> Self {
        let (mut screen, mut shown) = (Screen::new(columns), Vec::new());
        let editor = LineEditor::new(Purpose::Command, "admin:", columns, &mut shown);
        screen.show(&shown);
        Self { screen, editor, history: History::default() }
    }

    fn type_in(&mut self, bytes: &[u8]) -> Outcome {
        let mut keyboard = Keyboard::default();
        let mut outcome = Outcome::Editing;
        for byte in bytes {
            if let Some(key) = keyboard.byte(*byte) {
                let mut shown = Vec::new();
                outcome = self.editor.key(key, &self.history, &mut shown);
                self.screen.show(&shown);
            }
        }
        outcome
    }

    fn complete(&mut self, words: &[&str]) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut shown = Vec::new();
        self.editor.complete(&words, &mut shown);
        self.screen.show(&shown);
    }

    #[track_caller]
    fn shows(&self, rows: &[&str], cursor: (usize, usize)) {
        let shown = self.screen.text();
        let trimmed: Vec<_> = shown.iter().map(|row| row.trim_end()).collect();
        assert_eq!((trimmed.as_slice(), (self.screen.row, self.screen.column)), (rows, cursor));
    }
}

#[test]
fn what_is_typed_is_what_is_shown() {
    let mut desk = Desk::new(40);
    desk.type_in(b"shwo\x7f\x7fow user");
    desk.shows(&["admin:show user"], (0, 15));
    desk.type_in(b"\x01\x1b[C\x1b[CXX");
    desk.shows(&["admin:shXXow user"], (0, 10));
    desk.type_in(b"\x08\x08\x05s");
    desk.shows(&["admin:show users"], (0, 16));
    assert_eq!(desk.type_in(b"\r"), Outcome::Line("show users".into()));
}

#[test]
fn words_and_ends_are_erased() {
    let mut desk = Desk::new(40);
    desk.type_in(b"set user  alice\x17");
    desk.shows(&["admin:set user"], (0, 16));
    desk.type_in(b"\x17\x1b[1;5D\x0b");
    desk.shows(&["admin:"], (0, 6));
    desk.type_in(b"abc def\x1b[D\x15");
    desk.shows(&["admin:f"], (0, 6));
    assert_eq!(desk.type_in(b"\x04\x04"), Outcome::EndOfInput);
}

#[test]
fn a_long_line_goes_over_several_rows() {
    let mut desk = Desk::new(10);
    desk.type_in(b"abcd");
    desk.shows(&["admin:abcd", ""], (1, 0));
    desk.type_in(b"efghijklmnopq");
    desk.shows(&["admin:abcd", "efghijklmn", "opq"], (2, 3));
    desk.type_in(b"\x01X");
    desk.shows(&["admin:Xabc", "defghijklm", "nopq"], (0, 7));
    desk.type_in(b"\x05\x7f\x7f\x7f\x7f");
    desk.shows(&["admin:Xabc", "defghijklm", ""], (2, 0));
    desk.type_in(b"\x7f");
    desk.shows(&["admin:Xabc", "defghijkl"], (1, 9));
    assert_eq!(desk.type_in(b"\x01\r"), Outcome::Line("Xabcdefghijkl".into()));
    assert_eq!((desk.screen.row, desk.screen.column), (2, 0), "output begins below the whole line");
}

#[test]
fn lines_are_recalled() {
    let mut desk = Desk::new(40);
    for line in ["show user", "show user", "", "show phone"] {
        desk.history.remember(line);
    }
    desk.type_in(b"typed\x1b[A");
    desk.shows(&["admin:show phone"], (0, 16));
    desk.type_in(b"\x1b[A\x1b[A\x1b[A");
    desk.shows(&["admin:show user"], (0, 15));
    desk.type_in(b"\x1b[B\x1b[B");
    desk.shows(&["admin:typed"], (0, 11));
    desk.type_in(b"\x1b[B");
    desk.shows(&["admin:typed"], (0, 11));
}

#[test]
fn the_history_is_bounded() {
    let mut history = History::default();
    for number in 0..=MOST_HISTORY {
        history.remember(&number.to_string());
    }
    assert_eq!((history.0.len(), history.0[0].as_str()), (MOST_HISTORY, "1"));
}

#[test]
fn a_word_is_completed_as_it_is_spelt() {
    let mut desk = Desk::new(40);
    assert_eq!(desk.type_in(b"utils sipo\t"), Outcome::Complete("utils sipo".into()));
    desk.complete(&["sipOAuth-mode"]);
    desk.shows(&["admin:utils sipOAuth-mode"], (0, 26));
    desk.type_in(b"\t");
    desk.complete(&["disable", "enable", "status"]);
    desk.shows(&["admin:utils sipOAuth-mode", "disable  enable   status", "admin:utils sipOAuth-mode"], (2, 26));
    desk.type_in(b"x\t");
    desk.complete(&[]);
    desk.shows(&["admin:utils sipOAuth-mode", "disable  enable   status", "admin:utils sipOAuth-mode x"], (2, 27));
}

#[test]
fn several_words_are_completed_as_far_as_they_agree() {
    let mut desk = Desk::new(40);
    desk.type_in(b"show p\x1b[Dx");
    desk.type_in(b"\x7f\x05");
    desk.complete(&["parameter", "phone", "pool", "profile"]);
    desk.shows(&["admin:show p", "parameter  phone      pool", "profile", "admin:show p"], (3, 12));
    let mut desk = Desk::new(40);
    desk.type_in(b"xCommand t");
    desk.complete(&["TrustedCAAdd", "TrustedCADelete"]);
    desk.shows(&["admin:xCommand TrustedCA"], (0, 24));
}

#[test]
fn a_question_mark_asks_unless_it_is_quoted() {
    let mut desk = Desk::new(40);
    assert_eq!(desk.type_in(b"show ?"), Outcome::Help("show ".into()));
    let mut shown = Vec::new();
    desk.editor.draw_again(&mut shown);
    desk.screen.show(&shown);
    desk.shows(&["admin:show ?", "admin:show"], (1, 11));
    assert_eq!(desk.type_in(b"\"a?\" \x16?"), Outcome::Editing);
    desk.shows(&["admin:show ?", "admin:show \"a?\" ?"], (1, 17));
}

#[test]
fn a_secret_is_not_shown_and_not_completed() {
    let mut shown = Vec::new();
    let mut editor = LineEditor::new(Purpose::Answer(Echo::Hidden), "one\nPassword: ", 40, &mut shown);
    assert_eq!(shown, b"one\r\nPassword: ");
    let history = History::default();
    let mut outcome = Outcome::Editing;
    shown.clear();
    for key in
        [Key::Character('a'), Key::Character('?'), Key::Character('b'), Key::Backspace, Key::Tab, Key::Up, Key::Enter]
    {
        outcome = editor.key(key, &history, &mut shown);
    }
    assert_eq!(outcome, Outcome::Line("a?".into()));
    assert_eq!(shown, b"\x07\x07\r\n");
}

#[test]
fn a_line_has_an_end() {
    let mut desk = Desk::new(80);
    let mut shown = Vec::new();
    for _ in 0..MOST_CHARACTERS + 5 {
        desk.editor.line.resize(MOST_CHARACTERS, 'x');
        desk.editor.key(Key::Character('y'), &desk.history, &mut shown);
    }
    assert_eq!(desk.editor.line.len(), MOST_CHARACTERS);
    assert!(shown.iter().all(|byte| *byte == 7));
}

#[test]
fn wide_characters_take_two_columns() {
    let mut desk = Desk::new(40);
    desk.type_in("日本".as_bytes());
    let place = desk.editor.place(2);
    assert_eq!(place, (0, 10));
}

#[test]
fn an_interrupted_line_is_given_up_where_it_ends() {
    let mut desk = Desk::new(40);
    assert_eq!(desk.type_in(b"abc\x1b[D\x03"), Outcome::Interrupt);
    desk.shows(&["admin:abc^C", ""], (1, 0));
}
