//! Reads an `mcp.json`.

use std::path::Path;

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use super::{
    config::{ConfigError, ServerConfig, ServerTransport, ServersConfig},
    variables::filled,
};

type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

impl ServersConfig {
    /// Reads the text of an `mcp.json`, and fills in variables from the environment of this program.
    ///
    /// Its member `mcpServers` has a member for each server: `command`, `args`, `env` and `cwd` for a child process, `url` and
    /// `headers` for HTTP; `type` (`stdio`, `http`, `streamable-http` or `sse`) may be left out, and which transport over
    /// HTTP is spoken is found out; `disabled` leaves it alone. In
    /// every text `${NAME}`, `${NAME:-default}` and `${env:NAME}` stand for variables of the environment.
    ///
    /// # Errors
    ///
    /// If it is no JSON (comments are none), if a server is named twice or says too little, too much or something of
    /// the wrong type, and if a variable is not set and has no default.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Self::parse_with(text, |name| std::env::var(name).ok())
    }

    /// The same, with variables from elsewhere.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_with(text: &str, variables: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let text = text.trim_start_matches('\u{feff}');
        let Once(root) = serde_json::from_str(text).map_err(|error| no_json(text, &error))?;
        let Value::Object(root) = root else { return Err(ConfigError::new("line 1", "this is no object")) };
        let mut config = Self::new();
        let mut servers = None;
        for (name, value) in root {
            match name.as_str() {
                "mcpServers" => servers = Some(value),
                "$schema" => {}
                _ => config.warnings.push(format!("{name}: nobody knows this member, it is passed over")),
            }
        }
        let servers =
            servers.ok_or_else(|| ConfigError::new("mcpServers", "is missing: the servers stand in this member"))?;
        let Value::Object(servers) = servers else { return Err(ConfigError::new("mcpServers", "is no object")) };
        for (name, value) in servers {
            let path = format!("mcpServers.{name}");
            let Value::Object(members) = value else { return Err(ConfigError::new(path, "is no object")) };
            let server = Reader { path, members, lookup: &variables }.server(name, &mut config.warnings)?;
            config.servers.push(server);
        }
        Ok(config)
    }

    /// Reads a file as [`parse`](Self::parse) reads its text.
    ///
    /// # Errors
    ///
    /// As there; also if the file cannot be read.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::new(shown.to_string(), format!("cannot be read: {error}")))?;
        Self::parse(&text).map_err(|error| ConfigError::new(format!("{shown}: {}", error.path), error.message))
    }
}

/// A value in which no member is named twice: of two servers of one name one would vanish.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Once;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Once, E> {
                Ok(Once(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Once, E> {
                Ok(Once(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Once, E> {
                Ok(Once(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Once, E> {
                Ok(Once(value.into()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Once, E> {
                Ok(Once(value.into()))
            }

            fn visit_unit<E>(self) -> Result<Once, E> {
                Ok(Once(Value::Null))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Once, A::Error> {
                let mut list = Vec::new();
                while let Some(Once(item)) = items.next_element()? {
                    list.push(item);
                }
                Ok(Once(list.into()))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut members: A) -> Result<Once, A::Error> {
                let mut map = Map::new();
                while let Some((name, Once(value))) = members.next_entry::<String, Once>()? {
                    if map.contains_key(&name) {
                        return Err(de::Error::custom(format_args!("the member `{name}` is there twice")));
                    }
                    map.insert(name, value);
                }
                Ok(Once(map.into()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

fn no_json(text: &str, error: &serde_json::Error) -> ConfigError {
    let place = format!("line {}, column {}", error.line(), error.column());
    let comment = text.lines().nth(error.line().saturating_sub(1)).is_some_and(|line| {
        let line = line.get(error.column().saturating_sub(1)..).unwrap_or_default();
        line.starts_with("//") || line.starts_with("/*") || line.starts_with('#')
    });
    if comment {
        return ConfigError::new(
            place,
            "comments are no JSON: take them out, or move them to a member such as `_comment`",
        );
    }
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    ConfigError::new(place, format!("this is no JSON: {said}"))
}

/// Reads the members of one server.
struct Reader<'a> {
    path: String,
    members: Map<String, Value>,
    lookup: Lookup<'a>,
}

impl Reader<'_> {
    fn server(mut self, name: String, warnings: &mut Vec<String>) -> Result<ServerConfig, ConfigError> {
        let disabled = match self.members.shift_remove("disabled") {
            None | Some(Value::Bool(false)) => false,
            Some(Value::Bool(true)) => {
                self.lookup = &|name| Some(format!("${{{name}}}"));
                true
            }
            Some(_) => return Err(self.wrong("disabled", "is neither true nor false")),
        };
        let transport = match self.kind()? {
            Kind::Stdio => self.stdio()?,
            Kind::Http => self.http()?,
        };
        for member in self.members.keys() {
            warnings
                .push(format!("{}.{member}: nobody knows this member of such a server, it is passed over", self.path));
        }
        Ok(ServerConfig { name, transport, disabled })
    }

    fn kind(&mut self) -> Result<Kind, ConfigError> {
        let (command, url) = (self.members.contains_key("command"), self.members.contains_key("url"));
        let said = match self.members.shift_remove("type") {
            None => None,
            Some(Value::String(kind)) => match kind.as_str() {
                "stdio" => Some(Kind::Stdio),
                "http" | "streamable-http" | "streamableHttp" | "sse" => Some(Kind::Http),
                _ => return Err(self.wrong("type", "is none of `stdio`, `http`, `streamable-http` and `sse`")),
            },
            Some(_) => return Err(self.wrong("type", "is no text")),
        };
        match (said, command, url) {
            (_, true, true) => Err(self.whole("has both `command` and `url`: a server is a child process or a URL")),
            (_, false, false) => Err(self.whole("has neither `command` nor `url`: say how it is reached")),
            (Some(Kind::Http), true, _) => {
                Err(self.wrong("type", "says http, but the server has a `command` and no `url`"))
            }
            (Some(Kind::Stdio), _, true) => {
                Err(self.wrong("type", "says stdio, but the server has a `url` and no `command`"))
            }
            (_, true, _) => Ok(Kind::Stdio),
            (_, _, true) => Ok(Kind::Http),
        }
    }

    fn stdio(&mut self) -> Result<ServerTransport, ConfigError> {
        let command = self.text("command")?.filter(|command| !command.is_empty());
        let command = command.ok_or_else(|| self.wrong("command", "is empty"))?;
        let args = match self.members.shift_remove("args") {
            None => Vec::new(),
            Some(Value::Array(args)) => {
                let args = args.into_iter().enumerate();
                args.map(|(index, value)| self.fill(&format!("args[{index}]"), value)).collect::<Result<_, _>>()?
            }
            Some(_) => return Err(self.wrong("args", "is no list of texts")),
        };
        let env = self.pairs("env")?;
        let cwd = self.text("cwd")?.map(Into::into);
        Ok(ServerTransport::Stdio { command, args, env, cwd })
    }

    fn http(&mut self) -> Result<ServerTransport, ConfigError> {
        let url = self.text("url")?.filter(|url| url.starts_with("http://") || url.starts_with("https://"));
        let url = url.ok_or_else(|| self.wrong("url", "is no URL that begins with http:// or https://"))?;
        Ok(ServerTransport::Http { url, headers: self.pairs("headers")? })
    }

    fn text(&mut self, member: &str) -> Result<Option<String>, ConfigError> {
        self.members.shift_remove(member).map(|value| self.fill(member, value)).transpose()
    }

    fn pairs(&mut self, member: &str) -> Result<Vec<(String, String)>, ConfigError> {
        match self.members.shift_remove(member) {
            None => Ok(Vec::new()),
            Some(Value::Object(pairs)) => pairs
                .into_iter()
                .map(|(name, value)| {
                    let value = self.fill(&format!("{member}.{name}"), value)?;
                    Ok((name, value))
                })
                .collect(),
            Some(_) => Err(self.wrong(member, "is no object of texts")),
        }
    }

    fn fill(&self, member: &str, value: Value) -> Result<String, ConfigError> {
        let Value::String(text) = value else { return Err(self.wrong(member, "is no text")) };
        filled(&text, self.lookup).map_err(|problem| self.wrong(member, problem))
    }

    fn wrong(&self, member: &str, message: impl Into<String>) -> ConfigError {
        ConfigError::new(format!("{}.{member}", self.path), message)
    }

    fn whole(&self, message: &str) -> ConfigError {
        ConfigError::new(self.path.clone(), message)
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Stdio,
    Http,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ServersConfig, ConfigError> {
        ServersConfig::parse_with(text, |name| (name == "TOKEN").then(|| "s3cret".to_owned()))
    }

    #[test]
    fn servers_are_read_in_order_and_secrets_are_not_shown() {
        let config = parse(
            r#"{"$schema": "x", "other": 1, "mcpServers": {
                "z": {"command": "run", "args": ["-k", "${TOKEN}"], "env": {"KEY": "${env:TOKEN}"}, "cwd": "/tmp", "timeout": 1},
                "a": {"type": "streamable-http", "url": "https://u:${TOKEN}@h/p?k=${TOKEN}", "headers": {"authorization": "Bearer ${TOKEN}"}},
                "off": {"command": "${NOT_SET}", "disabled": true}
            }}"#,
        )
        .unwrap();
        let names: Vec<_> = config.servers.iter().map(|server| server.name.as_str()).collect();
        assert_eq!(names, ["z", "a", "off"]);
        assert!(config.servers[2].disabled);
        let ServerTransport::Stdio { args, env, cwd, .. } = &config.servers[0].transport else { panic!("no child") };
        assert_eq!((args[1].as_str(), env[0].1.as_str()), ("s3cret", "s3cret"));
        assert_eq!(cwd.as_deref(), Some(Path::new("/tmp")));
        assert!(!format!("{config:?}").contains("s3cret"), "{config:?}");
        assert!(format!("{config:?}").contains("https://h/p"), "{config:?}");
        assert_eq!(config.warnings.len(), 2, "{:?}", config.warnings);
        assert!(config.warnings[1].starts_with("mcpServers.z.timeout: "), "{:?}", config.warnings);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path_without_its_value() {
        for (text, path, says) in [
            ("{\n  // mine\n  \"mcpServers\": {}}", "line 2, column 3", "comments are no JSON"),
            ("{\"mcpServers\": {},}", "line 1", "no JSON"),
            ("[]", "line 1", "no object"),
            ("{}", "mcpServers", "missing"),
            (r#"{"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}}"#, "line 1", "`a` is there twice"),
            (r#"{"mcpServers": {"a": {}}}"#, "mcpServers.a", "neither `command` nor `url`"),
            (r#"{"mcpServers": {"a": {"command": "x", "url": "http://h"}}}"#, "mcpServers.a", "both"),
            (r#"{"mcpServers": {"a": {"type": "http", "command": "x"}}}"#, "mcpServers.a.type", "says http"),
            (r#"{"mcpServers": {"a": {"url": "s3cret"}}}"#, "mcpServers.a.url", "http://"),
            (r#"{"mcpServers": {"a": {"command": "x", "args": ["b", 1]}}}"#, "mcpServers.a.args[1]", "no text"),
            (
                r#"{"mcpServers": {"a": {"command": "x", "env": {"K": "${NOPE}"}}}}"#,
                "mcpServers.a.env.K",
                "NOPE is not set",
            ),
            (r#"{"mcpServers": {"a": {"command": "x", "disabled": "s3cret"}}}"#, "mcpServers.a.disabled", "true"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.path.starts_with(path) && error.message.contains(says), "{text}: {error}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
}
