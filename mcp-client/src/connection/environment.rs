//! What of this program's environment a child gets to see: it may hold secrets that are no server's business.

use std::{ffi::OsString, fmt};

use tokio::process::Command;

/// What programs need to find themselves, their user, their files and their language; nobody keeps secrets in these.
#[cfg(unix)]
const PASSED: [&str; 20] = [
    "HOME",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "LC_TIME",
    "LOGNAME",
    "PATH",
    "SHELL",
    "TERM",
    "TMPDIR",
    "TZ",
    "USER",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_DIRS",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
];
#[cfg(not(unix))]
const PASSED: [&str; 20] = [
    "APPDATA",
    "COMSPEC",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "NUMBER_OF_PROCESSORS",
    "OS",
    "PATH",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "USERNAME",
    "USERPROFILE",
    "WINDIR",
];

/// What a child gets to see of an environment.
#[derive(Clone, Default)]
pub(crate) struct Environment {
    /// All of this program's, and not only what every program needs.
    pub(crate) inherits: bool,
    /// What is set besides, whatever this program's is.
    pub(crate) set: Vec<(OsString, OsString)>,
}

impl Environment {
    /// Applies it to a command. What the command itself sets or removes stands.
    pub(crate) fn apply(&self, command: &mut Command) {
        if !self.inherits {
            let own: Vec<_> = command
                .as_std()
                .get_envs()
                .map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned)))
                .collect();
            command.env_clear();
            command.envs(PASSED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
            for (name, value) in own {
                match value {
                    Some(value) => command.env(name, value),
                    None => command.env_remove(name),
                };
            }
        }
        command.envs(self.set.iter().map(|(name, value)| (name, value)));
    }
}

impl fmt::Debug for Environment {
    /// Names only: values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.set.iter().map(|(name, _)| name).collect();
        f.debug_struct("Environment").field("inherits", &self.inherits).field("set", &names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(command: &Command, name: &str) -> Option<String> {
        let mut set = command.as_std().get_envs();
        set.find(|(key, _)| *key == name).and_then(|(_, value)| Some(value?.to_str()?.to_owned()))
    }

    #[test]
    fn a_child_sees_what_it_needs_and_what_it_is_given() {
        let mut command = Command::new("server");
        command.env("OWN", "1").env_remove("HOME");
        let environment = Environment { inherits: false, set: vec![("GIVEN".into(), "2".into())] };
        environment.apply(&mut command);
        assert_eq!(seen(&command, "PATH"), std::env::var("PATH").ok());
        assert_eq!((seen(&command, "OWN").as_deref(), seen(&command, "GIVEN").as_deref()), (Some("1"), Some("2")));
        assert_eq!(seen(&command, "HOME"), None);
        let mut all = Command::new("server");
        Environment { inherits: true, set: Vec::new() }.apply(&mut all);
        assert_eq!(all.as_std().get_envs().count(), 0, "everything is inherited as it is");
    }
}
