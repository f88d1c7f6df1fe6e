//! The directory in which tools leave marks, so that others see what was executed.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use mcp_server::ToolError;

/// The directory. Whoever made it removes it.
#[derive(Clone)]
pub(crate) struct Scratch {
    path: Arc<Path>,
}

impl Scratch {
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self { path: path.into() })
    }

    /// The mark of that name.
    ///
    /// # Errors
    ///
    /// If the name is no bare file name.
    pub(crate) fn mark(&self, name: &str) -> Result<Mark, ToolError> {
        let is_bare = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if !is_bare || matches!(name, "" | "." | "..") {
            return Err(ToolError::new("the file must be a bare name of `A-Z a-z 0-9 . _ -`"));
        }
        Ok(Mark { path: self.path.join(name) })
    }
}

/// A file that says by being there that something happened.
pub(crate) struct Mark {
    path: PathBuf,
}

impl Mark {
    /// Makes the file. It is empty and local: handing this to another thread would take longer than doing it.
    pub(crate) fn make(&self) -> io::Result<()> {
        fs::write(&self.path, "")
    }

    /// Adds a line, in one write, so that lines of several processes do not mix.
    pub(crate) fn append_line(&self, line: &str) -> io::Result<()> {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&self.path)?;
        file.write_all(format!("{line}\n").as_bytes())
    }

    /// The mark of the same name with an ending.
    pub(crate) fn with_ending(&self, ending: &str) -> Self {
        let mut path = self.path.clone().into_os_string();
        path.push(ending);
        Self { path: path.into() }
    }
}
