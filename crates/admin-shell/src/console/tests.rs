//! A console whose terminal is the test.

use super::*;
use crate::Access;
use crate::terminal::{Failure, Terminal, answer};
use tokio::sync::mpsc;

/// A terminal: keys come from one channel, what is shown goes into another.
struct Pipe {
    input: mpsc::UnboundedReceiver<Input>,
    screen: mpsc::UnboundedSender<Vec<u8>>,
}

#[async_trait]
impl Tty for Pipe {
    async fn read(&mut self) -> io::Result<Input> {
        Ok(self.input.recv().await.unwrap_or(Input::End))
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.screen.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// Commands for the test: `lines n`, `ask`, `secret`, `wait`, `fail`, `twice`.
struct Commands(mpsc::UnboundedSender<String>);

#[async_trait]
impl Interpreter for Commands {
    async fn execute(
        &self,
        administrator: &Administrator,
        line: &str,
        terminal: &mut dyn Terminal,
    ) -> Result<(), Failure> {
        self.0.send(format!("{} {line}", administrator.name)).unwrap();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "lines" => {
                for number in 1..=rest.parse::<usize>().unwrap() {
                    terminal.print(&format!("line {number}\n")).await?;
                }
                Ok(())
            }
            "ask" => {
                let text = answer(terminal, "Proceed (yes|no)? ", Echo::Shown).await?;
                Ok(terminal.print(&format!("said {text}\n")).await?)
            }
            "secret" => {
                let text = answer(terminal, "Password: ", Echo::Hidden).await?;
                Ok(terminal.print(&format!("{} characters\n", text.len())).await?)
            }
            "wait" => {
                terminal.print("waiting\n").await?;
                tokio::time::sleep(Duration::from_secs(1)).await;
                self.0.send("the work is done".into()).unwrap();
                let printed = terminal.print("never seen\n").await;
                self.0.send(format!("printed {}", printed.is_ok())).unwrap();
                Ok(printed?)
            }
            "evil" => Ok(terminal.print("a\u{1b}[2Jb\u{9b}c\n").await?),
            "panic" => panic!("on purpose"),
            _ => Err(Failure::Usage(format!("\"{line}\" is not a command"))),
        }
    }

    async fn complete(&self, line: &str) -> Vec<String> {
        let words = ["lines", "ask"].into_iter().filter(|word| word.starts_with(line));
        words.map(str::to_owned).collect()
    }

    async fn help(&self, line: &str) -> String {
        format!("help for <{line}>\n")
    }
}

struct Desk {
    keys: mpsc::UnboundedSender<Input>,
    screen: mpsc::UnboundedReceiver<Vec<u8>>,
    commands: mpsc::UnboundedReceiver<String>,
    console: tokio::task::JoinHandle<io::Result<Ended>>,
}

impl Desk {
    fn new(rows: u16, idle: Option<Duration>) -> Self {
        let (keys, input) = mpsc::unbounded_channel();
        let (shown, screen) = mpsc::unbounded_channel();
        let (log, commands) = mpsc::unbounded_channel();
        let administrator = Administrator { name: "alice".into(), access: Access::ReadOnly };
        let size = Size { rows, columns: 80 };
        let tty = Pipe { input, screen: shown };
        let console = Console::new(tty, Arc::new(Commands(log)), administrator, size, idle);
        let console = tokio::spawn(console.interact("Welcome\n"));
        Self { keys, screen, commands, console }
    }

    fn type_in(&self, text: &str) {
        self.keys.send(Input::Bytes(text.as_bytes().to_vec())).unwrap();
    }

    /// All that is shown until it ends so.
    async fn until(&mut self, end: &str) -> String {
        let mut shown = String::new();
        while !shown.ends_with(end) {
            let more = tokio::time::timeout(Duration::from_secs(1000), self.screen.recv()).await;
            let more = more.unwrap_or_else(|_| panic!("only {shown:?}"));
            shown += std::str::from_utf8(&more.unwrap_or_else(|| panic!("only {shown:?}"))).unwrap();
        }
        shown
    }

    async fn command(&mut self) -> String {
        self.commands.recv().await.unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_is_run_under_the_administrators_name() {
    let mut desk = Desk::new(24, None);
    assert_eq!(desk.until("admin:").await, "Welcome\r\nadmin:");
    desk.type_in("lines 2\r");
    assert_eq!(desk.until("admin:").await, "lines 2\r\nline 1\r\nline 2\r\nadmin:");
    assert_eq!(desk.command().await, "alice lines 2");
    desk.type_in("nonsense\r\r");
    assert_eq!(desk.until("command\r\nadmin:").await, "nonsense\r\n\"nonsense\" is not a command\r\nadmin:");
    assert_eq!(desk.until("admin:").await, "\r\nadmin:");
    desk.type_in("panic\r");
    let failed = "panic\r\nthe command failed; the node's log says more\r\nadmin:";
    assert_eq!(desk.until("more\r\nadmin:").await, failed);
    desk.type_in("exit\r");
    assert_eq!(desk.console.await.unwrap().unwrap(), Ended::Left);
}

#[tokio::test(start_paused = true)]
async fn long_output_stops_at_the_window() {
    let mut desk = Desk::new(4, None);
    desk.until("admin:").await;
    desk.type_in("lines 7\r");
    assert_eq!(desk.until(MORE).await, format!("lines 7\r\nline 1\r\nline 2\r\nline 3\r\n{MORE}"));
    desk.type_in("\r");
    assert_eq!(desk.until(MORE).await, format!("\r\x1b[Kline 4\r\n{MORE}"));
    desk.type_in("x ");
    assert_eq!(desk.until("admin:").await, "\r\x1b[Kline 5\r\nline 6\r\nline 7\r\nadmin:");
    desk.type_in("lines 9\r");
    desk.until(MORE).await;
    desk.type_in("q");
    assert_eq!(desk.until("admin:").await, "\r\x1b[Kadmin:");
    desk.keys.send(Input::Size(Size { rows: 0, columns: 80 })).unwrap();
    desk.type_in("lines 50\r");
    assert!(desk.until("line 50\r\nadmin:").await.contains("line 49\r\n"));
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_the_conversation_and_not_the_work() {
    let mut desk = Desk::new(24, None);
    desk.until("admin:").await;
    desk.type_in("wait\r");
    desk.until("waiting\r\n").await;
    desk.type_in("typed ahead\x03lines 1\r");
    assert_eq!(desk.until("line 1\r\nadmin:").await, "^C\r\nadmin:lines 1\r\nline 1\r\nadmin:");
    assert_eq!(desk.command().await, "alice wait");
    assert_eq!(desk.command().await, "alice lines 1");
    assert_eq!(desk.command().await, "the work is done");
    assert_eq!(desk.command().await, "printed false");
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_at_the_pager_stops_the_command() {
    let mut desk = Desk::new(4, None);
    desk.until("admin:").await;
    desk.type_in("lines 7\r");
    desk.until(MORE).await;
    desk.type_in("\x03");
    assert_eq!(desk.until("admin:").await, "\r\x1b[K^C\r\nadmin:");
}

#[tokio::test(start_paused = true)]
async fn questions_are_answered_and_secrets_twice() {
    let mut desk = Desk::new(24, None);
    desk.until("admin:").await;
    desk.type_in("ask\ryes\r");
    assert_eq!(desk.until("said yes\r\nadmin:").await, "ask\r\nProceed (yes|no)? yes\r\nsaid yes\r\nadmin:");
    desk.type_in("secret\rone\rtwo\rthree\rthree\r");
    assert_eq!(
        desk.until("characters\r\nadmin:").await,
        "secret\r\nPassword: \r\nAgain: \r\nThe two differ.\r\nPassword: \r\nAgain: \r\n5 characters\r\nadmin:"
    );
    desk.type_in("ask\r\x03");
    assert_eq!(desk.until("^C\r\nadmin:").await, "ask\r\nProceed (yes|no)? ^C\r\nadmin:");
    desk.type_in("ask\r\x04");
    let refused = "the question was not answered; nothing was changed\r\nadmin:";
    assert_eq!(desk.until(refused).await, format!("ask\r\nProceed (yes|no)? \r\n{refused}"));
}

#[tokio::test(start_paused = true)]
async fn help_and_completion_ask_the_interpreter() {
    let mut desk = Desk::new(24, None);
    desk.until("admin:").await;
    desk.type_in("li?");
    assert_eq!(desk.until("\r\x1b[Jadmin:li").await, "li?\r\nhelp for <li>\r\n\r\x1b[Jadmin:li");
    desk.type_in("\t3\r");
    assert_eq!(desk.until("line 3\r\nadmin:").await, "\r\x1b[Jadmin:lines 3\r\nline 1\r\nline 2\r\nline 3\r\nadmin:");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_away_too_long_is_out() {
    let mut desk = Desk::new(24, Some(Duration::from_secs(900)));
    desk.until("admin:").await;
    let ended = desk.until("ends.\r\n").await;
    assert_eq!(ended, "\r\nNothing was typed for too long: the session ends.\r\n");
    assert_eq!(desk.console.await.unwrap().unwrap(), Ended::Idle);
}

#[tokio::test(start_paused = true)]
async fn rte_8_no_value_gives_the_terminal_orders() {
    let mut desk = Desk::new(24, None);
    desk.until("admin:").await;
    desk.type_in("evil\r");
    assert_eq!(desk.until("c\r\nadmin:").await, "evil\r\na?[2Jb?c\r\nadmin:");
}

#[tokio::test(start_paused = true)]
async fn a_terminal_that_goes_away_ends_the_conversation() {
    let mut desk = Desk::new(24, None);
    desk.until("admin:").await;
    desk.type_in("wait\r");
    desk.until("waiting\r\n").await;
    desk.keys.send(Input::End).unwrap();
    assert_eq!(desk.console.await.unwrap().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    assert_eq!(desk.commands.recv().await.unwrap(), "alice wait");
    assert_eq!(desk.commands.recv().await.unwrap(), "the work is done");
}
