//! What a user or a script types: one command a line, the same words for both.

use std::path::PathBuf;

use phone::discovery::Side;

/// The help of the interactive phone.
pub(crate) const HELP: &str = "\
call NUMBER          dial                      answer [CALL]       take a ringing call
hangup [CALL]        end, cancel or decline    hold | resume [CALL]
transfer NUMBER      hand the call on          consult NUMBER      ask there first, then
complete             join the two others       digits 12#          send keys
play FILE | tone HZ | silence                  record FILE | record stop
status               registration and calls    statistics [CALL]   packets of a call
wait EVENT[|EVENT]   the next command only after such an event, for scripts
sign-out             forget the sign-in        move inside|outside to the other side of the edge
quit                 unregister and end
CALL is a number that `status` shows; without it, the call last spoken of.";

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    Answer(Option<u64>),
    Call(String),
    Complete,
    Consult(String),
    Digits(String),
    Hangup(Option<u64>),
    Help,
    Hold(Option<u64>),
    Move(Side),
    Play(PathBuf),
    Quit,
    Record(PathBuf),
    Resume(Option<u64>),
    SignOut,
    Silence,
    Statistics(Option<u64>),
    Status,
    StopRecording,
    Tone(u32),
    Transfer(String),
    Wait(String),
}

impl Command {
    /// Reads a line. The error says how it is written; an empty line is no command.
    pub(crate) fn parse(line: &str) -> Result<Option<Self>, String> {
        let line = line.trim();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let command = match word.to_ascii_lowercase().as_str() {
            "" => return Ok(None),
            "answer" => Self::Answer(call(rest)?),
            "call" | "dial" => Self::Call(number("call", rest)?),
            "complete" => Self::Complete,
            "consult" => Self::Consult(number("consult", rest)?),
            "digits" | "dtmf" => Self::Digits(digits(rest)?),
            "hangup" | "bye" | "decline" => Self::Hangup(call(rest)?),
            "help" | "?" => Self::Help,
            "hold" => Self::Hold(call(rest)?),
            "move" if rest == "inside" => Self::Move(Side::Inside),
            "move" if rest == "outside" => Self::Move(Side::Outside),
            "move" => return Err("move inside|outside".to_owned()),
            "play" => Self::Play(path("play", rest)?),
            "quit" | "exit" => Self::Quit,
            "record" if rest == "stop" => Self::StopRecording,
            "record" => Self::Record(path("record", rest)?),
            "resume" => Self::Resume(call(rest)?),
            "sign-out" => Self::SignOut,
            "silence" => Self::Silence,
            "statistics" => Self::Statistics(call(rest)?),
            "status" => Self::Status,
            "tone" => Self::Tone(
                rest.parse().ok().filter(|hertz| (20..4_000).contains(hertz)).ok_or("tone HZ, from 20 to 3999")?,
            ),
            "transfer" => Self::Transfer(number("transfer", rest)?),
            "wait" if !rest.is_empty() => Self::Wait(rest.to_owned()),
            "wait" => return Err("wait EVENT".to_owned()),
            _ => return Err(format!("unknown command: {word} (help shows all)")),
        };
        Ok(Some(command))
    }
}

fn call(text: &str) -> Result<Option<u64>, String> {
    match text {
        "" => Ok(None),
        number => number.parse().map(Some).map_err(|_| format!("{number} is not the number of a call")),
    }
}

/// A directory number or the user part of an address. RFC 3261 §25.1: what needs no escaping.
fn number(command: &str, text: &str) -> Result<String, String> {
    let unescaped = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/#".contains(&byte);
    match text.is_empty() || !text.bytes().all(unescaped) {
        true => Err(format!("{command} NUMBER")),
        false => Ok(text.to_owned()),
    }
}

fn digits(text: &str) -> Result<String, String> {
    let key = |c: char| c.is_ascii_digit() || "*#ABCDabcd".contains(c);
    if text.is_empty() || !text.chars().all(key) { Err("digits 0-9*#A-D".to_owned()) } else { Ok(text.to_owned()) }
}

fn path(command: &str, text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err(format!("{command} FILE")) } else { Ok(PathBuf::from(text)) }
}

#[cfg(test)]
mod tests {
    use phone::discovery::Side;

    use super::Command;

    #[test]
    fn commands_of_a_line() {
        let rows = [
            ("call 2002", Command::Call("2002".to_owned())),
            (" DIAL  +4930123 ", Command::Call("+4930123".to_owned())),
            ("answer", Command::Answer(None)),
            ("hangup 2", Command::Hangup(Some(2))),
            ("play a file.wav", Command::Play("a file.wav".into())),
            ("record stop", Command::StopRecording),
            ("record out.wav", Command::Record("out.wav".into())),
            ("digits 12#a", Command::Digits("12#a".to_owned())),
            ("tone 440", Command::Tone(440)),
            ("move outside", Command::Move(Side::Outside)),
        ];
        for (line, command) in rows {
            assert_eq!(Command::parse(line), Ok(Some(command)), "{line}");
        }
        assert_eq!(Command::parse("  "), Ok(None));
    }

    #[test]
    fn wrong_lines_say_how_it_is_written() {
        let rows = [
            ("call", "call NUMBER"),
            ("call 20 02", "call NUMBER"),
            ("call <sip:x@y>", "call NUMBER"),
            ("transfer a@b", "transfer NUMBER"),
            ("move", "move inside|outside"),
            ("move away", "move inside|outside"),
            ("hold x", "x is not the number of a call"),
            ("tone 4000", "tone HZ, from 20 to 3999"),
            ("digits 12x", "digits 0-9*#A-D"),
            ("dance", "unknown command: dance (help shows all)"),
        ];
        for (line, fault) in rows {
            assert_eq!(Command::parse(line), Err(fault.to_owned()), "{line}");
        }
    }
}
