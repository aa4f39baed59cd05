//! What a person sees of the shell: the prompt, the line that is typed, the pages of what a command prints.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::keyboard::{Key, Keyboard};
use crate::line_editor::{History, LineEditor, Outcome, Purpose};
use crate::pager::{MORE, Pager, Wish};
use crate::run::{Request, Run};
use crate::terminal::{Echo, ending};
use crate::{Administrator, Interpreter};

/// The prompt.
pub const PROMPT: &str = "admin:";
/// The most keys that wait while a command runs; what is typed beyond them is lost, as on any terminal.
const MOST_TYPED_AHEAD: usize = 64 * 1024;
/// The exit code of a command that was interrupted.
const INTERRUPTED: u8 = 1;
/// Takes the words of the pager off the screen.
const ERASE_ROW: &[u8] = b"\r\x1b[K";

/// The size of a window in characters. A window of no rows is not paged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Rows.
    pub rows: u16,
    /// Columns.
    pub columns: u16,
}

impl Default for Size {
    fn default() -> Self {
        Self { rows: 24, columns: 80 }
    }
}

/// What comes from a terminal.
#[derive(Debug)]
pub enum Input {
    /// Bytes of keys.
    Bytes(Vec<u8>),
    /// The window has another size.
    Size(Size),
    /// Nobody is there any more.
    End,
}

/// A terminal in raw mode.
#[async_trait]
pub trait Tty: Send {
    /// Waits for input. May be given up and called again without losing any.
    async fn read(&mut self) -> io::Result<Input>;

    /// Shows bytes.
    async fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The administrator left.
    Left,
    /// Nothing was typed for too long.
    Idle,
}

/// A conversation with a person.
pub struct Console<T> {
    tty: T,
    interpreter: Arc<dyn Interpreter>,
    administrator: Administrator,
    size: Size,
    idle: Option<Duration>,
    keyboard: Keyboard,
    keys: VecDeque<Key>,
    history: History,
}

impl<T: Tty> Console<T> {
    /// A console on a terminal. It leaves by itself when nothing was typed at a prompt for as long as `idle`.
    pub fn new(
        tty: T,
        interpreter: Arc<dyn Interpreter>,
        administrator: Administrator,
        size: Size,
        idle: Option<Duration>,
    ) -> Self {
        let (keyboard, keys, history) = (Keyboard::default(), VecDeque::new(), History::default());
        Self { tty, interpreter, administrator, size, idle, keyboard, keys, history }
    }

    /// Runs commands until the administrator leaves.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub async fn interact(mut self, greeting: &str) -> io::Result<Ended> {
        self.show(greeting).await?;
        loop {
            let line = match self.line(Purpose::Command, PROMPT).await? {
                Typed::Line(line) => line,
                Typed::Interrupt => continue,
                Typed::End => return Ok(Ended::Left),
                Typed::Nothing => {
                    self.show("\nNothing was typed for too long: the session ends.\n").await?;
                    return Ok(Ended::Idle);
                }
            };
            if matches!(line.trim(), "exit" | "quit") {
                return Ok(Ended::Left);
            }
            self.history.remember(&line);
            if !line.trim().is_empty() {
                self.run(line).await?;
            }
        }
    }

    /// Runs one command and gives its exit code; 1 when it is interrupted.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub async fn execute(mut self, line: String) -> io::Result<u8> {
        self.run(line).await
    }

    /// Runs a command and gives its exit code.
    async fn run(&mut self, line: String) -> io::Result<u8> {
        let mut run = Run::start(Arc::clone(&self.interpreter), self.administrator.clone(), line);
        let mut pager = Pager::new(self.size.rows.into(), self.size.columns.into());
        loop {
            let request = tokio::select! {
                biased;
                request = run.request() => request,
                input = self.tty.read() => {
                    self.take(input?)?;
                    pager.resize(self.size.rows.into(), self.size.columns.into());
                    if self.forget_up_to_interrupt() {
                        self.show("^C\n").await?;
                        return Ok(INTERRUPTED);
                    }
                    continue;
                }
            };
            match request {
                Some(Request::Print(text, shown)) => {
                    if !self.page(&mut pager, &text).await? {
                        self.show("^C\n").await?;
                        return Ok(INTERRUPTED);
                    }
                    // The command may have ended meanwhile.
                    let _ = shown.send(());
                }
                Some(Request::Ask(prompt, echo, answer)) => {
                    let Some(text) = self.ask(&prompt, echo).await? else { return Ok(INTERRUPTED) };
                    let _ = answer.send(text);
                    pager.wish(Wish::Page);
                }
                None => break,
            }
        }
        let (code, error) = ending(run.outcome().await)?;
        if let Some(error) = error {
            self.page(&mut pager, &format!("{error}\n")).await?;
        }
        Ok(code)
    }

    /// Shows text page by page; false when the reader interrupts.
    async fn page(&mut self, pager: &mut Pager, text: &str) -> io::Result<bool> {
        let mut rest = text;
        while !rest.is_empty() && !pager.has_quit() {
            let (now, later) = pager.split(rest);
            self.show(now).await?;
            rest = later;
            if !rest.is_empty() {
                self.tty.write(MORE.as_bytes()).await?;
                let wish = self.wish().await?;
                self.tty.write(ERASE_ROW).await?;
                pager.resize(self.size.rows.into(), self.size.columns.into());
                let Some(wish) = wish else { return Ok(false) };
                pager.wish(wish);
            }
        }
        Ok(true)
    }

    /// What the reader of a page wants; none for Ctrl-C.
    async fn wish(&mut self) -> io::Result<Option<Wish>> {
        loop {
            match self.key().await? {
                None | Some(Key::Character('q' | 'Q') | Key::EndOfInput) => return Ok(Some(Wish::Quit)),
                Some(Key::Character(' ')) => return Ok(Some(Wish::Page)),
                Some(Key::Enter | Key::Down) => return Ok(Some(Wish::Line)),
                Some(Key::Interrupt) => return Ok(None),
                Some(_) => {}
            }
        }
    }

    /// Asks a person. A secret is typed twice, since it is not seen. None when the command is interrupted; an answer of
    /// none when there is nobody to answer.
    async fn ask(&mut self, prompt: &str, echo: Echo) -> io::Result<Option<Option<String>>> {
        loop {
            let first = match self.line(Purpose::Answer(echo), prompt).await? {
                Typed::Line(line) => line,
                Typed::Interrupt => return Ok(None),
                Typed::End | Typed::Nothing => return Ok(Some(None)),
            };
            if echo == Echo::Shown {
                return Ok(Some(Some(first)));
            }
            match self.line(Purpose::Answer(echo), "Again: ").await? {
                Typed::Line(second) if second == first => return Ok(Some(Some(first))),
                Typed::Line(_) => self.show("The two differ.\n").await?,
                Typed::Interrupt => return Ok(None),
                Typed::End | Typed::Nothing => return Ok(Some(None)),
            }
        }
    }

    /// Lets a person type a line.
    async fn line(&mut self, purpose: Purpose, prompt: &str) -> io::Result<Typed> {
        let mut screen = Vec::new();
        let mut editor = LineEditor::new(purpose, prompt, self.size.columns.into(), &mut screen);
        loop {
            self.tty.write(&screen).await?;
            screen.clear();
            let before = self.size;
            let Some(key) = self.key().await? else { return Ok(Typed::Nothing) };
            if self.size != before {
                editor.resize(self.size.columns.into(), &mut screen);
            }
            let outcome = editor.key(key, &self.history, &mut screen);
            match outcome {
                Outcome::Editing => {}
                Outcome::Complete(typed) => {
                    let words = self.interpreter.complete(&typed).await;
                    editor.complete(&words, &mut screen);
                }
                Outcome::Help(typed) => {
                    self.tty.write(&screen).await?;
                    screen.clear();
                    let help = self.interpreter.help(&typed).await;
                    let mut pager = Pager::new(self.size.rows.into(), self.size.columns.into());
                    self.page(&mut pager, &help).await?;
                    editor.draw_again(&mut screen);
                }
                Outcome::Line(_) | Outcome::Interrupt | Outcome::EndOfInput => {
                    self.tty.write(&screen).await?;
                    return Ok(match outcome {
                        Outcome::Line(line) => Typed::Line(line),
                        Outcome::Interrupt => Typed::Interrupt,
                        _ => Typed::End,
                    });
                }
            }
        }
    }

    /// The next key; none when nothing was typed for too long.
    async fn key(&mut self) -> io::Result<Option<Key>> {
        loop {
            if let Some(key) = self.keys.pop_front() {
                return Ok(Some(key));
            }
            let input = match self.idle {
                Some(idle) => match tokio::time::timeout(idle, self.tty.read()).await {
                    Ok(input) => input?,
                    Err(_) => return Ok(None),
                },
                None => self.tty.read().await?,
            };
            self.take(input)?;
        }
    }

    fn take(&mut self, input: Input) -> io::Result<()> {
        match input {
            Input::Bytes(bytes) => {
                let keys = bytes.into_iter().filter_map(|byte| self.keyboard.byte(byte));
                let room = MOST_TYPED_AHEAD.saturating_sub(self.keys.len());
                self.keys.extend(keys.take(room));
                Ok(())
            }
            Input::Size(size) => {
                self.size = size;
                Ok(())
            }
            Input::End => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Whether Ctrl-C was typed ahead; then all that was typed before it is forgotten.
    fn forget_up_to_interrupt(&mut self) -> bool {
        let Some(interrupt) = self.keys.iter().rposition(|key| *key == Key::Interrupt) else { return false };
        self.keys.drain(..=interrupt);
        true
    }

    /// Shows text of whole lines.
    async fn show(&mut self, text: &str) -> io::Result<()> {
        self.tty.write(clean(text).replace('\n', "\r\n").as_bytes()).await
    }
}

/// What a person typed.
enum Typed {
    Line(String),
    Interrupt,
    End,
    /// Nothing, for too long.
    Nothing,
}

/// Text without what a terminal would obey: values come from everywhere.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests;
