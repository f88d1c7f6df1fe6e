//! Names of tools that say which server they are of.

use crate::error::{Error, Result};

/// The beginning of each server's names, of which none begins another: so every name is of one server at most.
#[derive(Debug)]
pub(super) struct Names(Vec<String>);

impl Names {
    pub(super) fn new(servers: &[String], separator: &str) -> Result<Self> {
        let prefixes: Vec<String> = servers.iter().map(|name| format!("{name}{separator}")).collect();
        for (index, prefix) in prefixes.iter().enumerate() {
            let others = prefixes.iter().enumerate().filter(|(other, _)| *other != index);
            if let Some((other, _)) = others.into_iter().find(|(_, other)| other.starts_with(prefix)) {
                return Err(Error::input(format!(
                    "the servers `{}` and `{}` cannot be told apart in names of tools with `{separator}` between: rename one, or \
                     choose another separator",
                    servers[index], servers[other]
                )));
            }
        }
        Ok(Self(prefixes))
    }

    pub(super) fn qualified(&self, server: usize, tool: &str) -> String {
        format!("{}{tool}", self.0[server])
    }

    /// Which server's it is, and what it is called there.
    pub(super) fn split<'a>(&self, name: &'a str) -> Option<(usize, &'a str)> {
        self.0.iter().enumerate().find_map(|(server, prefix)| Some((server, name.strip_prefix(prefix.as_str())?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_server_or_are_refused_at_once() {
        let names = |servers: &[&str], separator: &str| {
            Names::new(&servers.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), separator)
        };
        let some = names(&["a", "b", "a_b"], "__").unwrap();
        for (server, tool) in [(0, "x"), (0, "__x"), (1, "b__x"), (2, "")] {
            assert_eq!(some.split(&some.qualified(server, tool)), Some((server, tool)));
        }
        assert_eq!(some.split("c__x"), None);
        for servers in [["a", "a_"], ["a", "a__b"], ["a", "a"]] {
            assert!(names(&servers, "__").unwrap_err().to_string().contains("told apart"), "{servers:?}");
        }
        assert!(names(&["a", "ab"], "").is_err());
    }
}
