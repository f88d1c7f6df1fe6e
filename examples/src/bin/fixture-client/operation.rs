//! What the program is to do with its server, one thing after the other.

use std::time::Duration;

use serde_json::Value;

/// What `--help` says about operations.
pub(crate) const HELP: &str = "\
Operations:
  tools | prompts | resources | templates   list all of them
  tools-page CURSOR | resources-page CURSOR one page
  call NAME JSON                            call a tool
  read URI | prompt NAME JSON               read a resource, fill in a prompt
  cancel-call NAME JSON MS                  call a tool, and cancel the call after that time
  par N NAME JSON                           call a tool N times at once
  listen FILTER SECONDS                     print changes for that time
  listen-start FILTER                       print changes until the end
  token T                                   use another bearer token
  sleep MS                                  wait
  drop                                      drop the client without closing it";

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operation {
    Tools,
    Prompts,
    Resources,
    Templates,
    ToolsPage(String),
    ResourcesPage(String),
    Call(String, Value),
    Read(String),
    Prompt(String, Value),
    CancelCall(String, Value, Duration),
    Parallel(usize, String, Value),
    Listen(Value, Duration),
    ListenStart(Value),
    Token(String),
    Sleep(Duration),
    Drop,
}

impl Operation {
    /// Its name on the command line and in the output.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Prompts => "prompts",
            Self::Resources => "resources",
            Self::Templates => "templates",
            Self::ToolsPage(_) => "tools-page",
            Self::ResourcesPage(_) => "resources-page",
            Self::Call(..) | Self::Parallel(..) => "call",
            Self::Read(_) => "read",
            Self::Prompt(..) => "prompt",
            Self::CancelCall(..) => "cancel-call",
            Self::Listen(..) => "listen",
            Self::ListenStart(_) => "listen-start",
            Self::Token(_) => "token",
            Self::Sleep(_) => "sleep",
            Self::Drop => "drop",
        }
    }
}

/// # Errors
///
/// With a sentence about the first word that is no operation, or the first argument that is missing or none.
pub(crate) fn parse(words: &[String]) -> Result<Vec<Operation>, String> {
    let mut words = Words(words.iter());
    let mut operations = Vec::new();
    while let Some(word) = words.0.next() {
        operations.push(words.operation(word)?);
    }
    match operations.iter().position(|operation| *operation == Operation::Drop) {
        Some(place) if place + 1 < operations.len() => Err("`drop` is the last operation".to_owned()),
        _ => Ok(operations),
    }
}

struct Words<'a>(std::slice::Iter<'a, String>);

impl Words<'_> {
    fn operation(&mut self, word: &str) -> Result<Operation, String> {
        Ok(match word {
            "tools" => Operation::Tools,
            "prompts" => Operation::Prompts,
            "resources" => Operation::Resources,
            "templates" => Operation::Templates,
            "tools-page" => Operation::ToolsPage(self.text(word)?),
            "resources-page" => Operation::ResourcesPage(self.text(word)?),
            "call" => Operation::Call(self.text(word)?, self.json(word)?),
            "read" => Operation::Read(self.text(word)?),
            "prompt" => Operation::Prompt(self.text(word)?, self.json(word)?),
            "cancel-call" => {
                let (name, arguments) = (self.text(word)?, self.json(word)?);
                Operation::CancelCall(name, arguments, Duration::from_millis(self.number(word)?))
            }
            "par" => {
                let count = usize::try_from(self.number(word)?).map_err(|error| error.to_string())?;
                Operation::Parallel(count, self.text(word)?, self.json(word)?)
            }
            "listen" => Operation::Listen(self.json(word)?, self.seconds(word)?),
            "listen-start" => Operation::ListenStart(self.json(word)?),
            "token" => Operation::Token(self.text(word)?),
            "sleep" => Operation::Sleep(Duration::from_millis(self.number(word)?)),
            "drop" => Operation::Drop,
            _ => return Err(format!("there is no operation `{word}`: see --help")),
        })
    }

    fn text(&mut self, operation: &str) -> Result<String, String> {
        self.0.next().cloned().ok_or_else(|| format!("an argument of `{operation}` is missing: see --help"))
    }

    fn json(&mut self, operation: &str) -> Result<Value, String> {
        let text = self.text(operation)?;
        serde_json::from_str(&text)
            .map_err(|error| format!("`{text}`, an argument of `{operation}`, is no JSON: {error}"))
    }

    fn number(&mut self, operation: &str) -> Result<u64, String> {
        let text = self.text(operation)?;
        text.parse().map_err(|_| format!("`{text}`, an argument of `{operation}`, is no whole number"))
    }

    fn seconds(&mut self, operation: &str) -> Result<Duration, String> {
        let text = self.text(operation)?;
        let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        seconds.ok_or_else(|| format!("`{text}`, an argument of `{operation}`, is no number of seconds"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn operations_take_their_arguments_from_the_words_behind_them() {
        let parsed =
            parse(&words(&["tools", "call", "echo", r#"{"text":"x"}"#, "par", "2", "sum", "{}", "drop"])).unwrap();
        assert_eq!(
            parsed,
            [
                Operation::Tools,
                Operation::Call("echo".to_owned(), json!({"text": "x"})),
                Operation::Parallel(2, "sum".to_owned(), json!({})),
                Operation::Drop,
            ]
        );
    }

    #[test]
    fn what_is_no_operation_is_told_by_a_sentence() {
        for (wrong, why) in [
            (&["dance"][..], "there is no operation `dance`: see --help"),
            (&["read"], "an argument of `read` is missing: see --help"),
            (&["sleep", "soon"], "`soon`, an argument of `sleep`, is no whole number"),
            (&["listen", "{}", "-1"], "`-1`, an argument of `listen`, is no number of seconds"),
            (&["drop", "tools"], "`drop` is the last operation"),
        ] {
            assert_eq!(parse(&words(wrong)).unwrap_err(), why);
        }
    }
}
