//! Files below a directory, as the contents of resources.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use mcp_core::{Error, model::ReadResourceResult};

use super::contents::{IntoResourceContents, ResourceTarget};
use crate::handler::blocking;

/// The most bytes of one file: as base64 it still fits into the largest answer.
const MOST: u64 = 8 << 20;

/// A directory whose files may be read by strangers, and nothing else.
///
/// A path in a URI is the peer's. This is what stands between it and the file system: the path must be relative and
/// without `..`, and where it leads once all symbolic links are followed must be a regular file below the directory.
/// Whatever else it names is not there, and the peer is not told why.
///
/// ```
/// use mcp_server::{Directory, FileContents, Server};
///
/// struct Manual {
///     pages: Directory,
/// }
///
/// #[mcp_server::handlers]
/// impl Manual {
///     /// A page of the manual.
///     #[resource("manual:///{+path}")]
///     async fn page(&self, path: String) -> std::io::Result<Option<FileContents>> {
///         self.pages.read(path).await
///     }
/// }
///
/// # fn main() -> std::io::Result<()> {
/// let manual = Manual { pages: Directory::open(env!("CARGO_MANIFEST_DIR"))? };
/// let server = Server::builder("manual", "1.0.0").handlers(manual).build();
/// # drop(server);
/// # Ok(())
/// # }
/// ```
///
/// The variable of a template is percent-decoded once before it arrives here; do not decode it again.
///
/// What it cannot see is a change between the check and the opening of the file: whoever may put links into the
/// directory while it is served could use that. Do not serve a directory that strangers write to.
///
/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Directory {
    /// Absolute, and without links.
    root: Arc<Path>,
    most: u64,
}

/// What a file holds: as a resource it is text if it is UTF-8, else bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileContents(pub Vec<u8>);

impl Directory {
    /// The directory at a path. The directory that is there now is meant: a link in its path is followed once, here.
    ///
    /// # Errors
    ///
    /// If there is no directory, or it cannot be reached.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let root = fs::canonicalize(path)?;
        if !fs::metadata(&root)?.is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotADirectory, "what is to be served is no directory"));
        }
        Ok(Self { root: root.into(), most: MOST })
    }

    /// Reads files of at most so many bytes. The default is 8 MiB; see also
    /// [`Limits::answer_bytes`](crate::Limits::answer_bytes).
    #[must_use]
    pub fn max_bytes(mut self, most: u64) -> Self {
        self.most = most;
        self
    }

    /// Reads the file at a path below the directory; `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is too large. As the result of a resource that is an internal error, and the log
    /// tells the cause.
    ///
    /// # Cancel safety
    ///
    /// Nothing is changed. A read that has begun goes on in its thread to its end.
    pub async fn read(&self, path: impl Into<String>) -> io::Result<Option<FileContents>> {
        let (directory, path) = (self.clone(), path.into());
        blocking(move || directory.read_now(&path)).await
    }

    fn read_now(&self, path: &str) -> io::Result<Option<FileContents>> {
        let Some(file) = self.find(path) else { return Ok(None) };
        let mut contents = Vec::new();
        File::open(file)?.take(self.most.saturating_add(1)).read_to_end(&mut contents)?;
        if u64::try_from(contents.len()).is_ok_and(|length| length > self.most) {
            let text = format!("the file has more than {} bytes", self.most);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        Ok(Some(FileContents(contents)))
    }

    /// Where the file really is, if it may be read.
    fn find(&self, path: &str) -> Option<PathBuf> {
        // On some systems a path has more than one separator, or a disk: then it has other components too.
        let path = Path::new(path);
        if path.components().any(|component| !matches!(component, Component::Normal(_))) {
            return None;
        }
        let found = fs::canonicalize(self.root.join(path)).ok()?;
        // Pipes and devices may block, or never end.
        let is_file = fs::metadata(&found).is_ok_and(|metadata| metadata.is_file());
        (is_file && found.starts_with(&self.root)).then_some(found)
    }
}

impl IntoResourceContents for FileContents {
    fn into_resource_contents(self, target: ResourceTarget<'_>) -> Result<ReadResourceResult, Error> {
        match String::from_utf8(self.0) {
            Ok(text) => text.into_resource_contents(target),
            Err(bytes) => bytes.into_bytes().into_resource_contents(target),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(directory: &Directory, path: &str) -> Option<String> {
        directory.read_now(path).unwrap().map(|FileContents(bytes)| String::from_utf8(bytes).unwrap())
    }

    /// Held to 2026-07-28, server/resources, "Security Considerations".
    #[test]
    fn only_regular_files_below_the_directory_are_read() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("root");
        fs::create_dir_all(root.join("below")).unwrap();
        fs::write(root.join("a"), "a").unwrap();
        fs::write(root.join("below/%2e%2e"), "odd").unwrap();
        fs::write(place.path().join("secret"), "secret").unwrap();
        let directory = Directory::open(&root).unwrap();
        assert_eq!(read(&directory, "a").as_deref(), Some("a"));
        assert_eq!(read(&directory, "below/%2e%2e").as_deref(), Some("odd"));
        let absolute = place.path().join("secret").display().to_string();
        for path in ["", ".", "below", "nothing", "../secret", "below/../../secret", "a/", "a/b", "a\0", &absolute] {
            assert_eq!(read(&directory, path), None, "{path:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_only_inside() {
        use std::os::unix::fs::symlink;
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("root");
        fs::create_dir(&root).unwrap();
        fs::write(root.join("a"), "a").unwrap();
        fs::write(place.path().join("secret"), "secret").unwrap();
        symlink("a", root.join("inside")).unwrap();
        symlink("../secret", root.join("outside")).unwrap();
        symlink("..", root.join("up")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        symlink(&root, place.path().join("entrance")).unwrap();
        let directory = Directory::open(place.path().join("entrance")).unwrap();
        assert_eq!(read(&directory, "inside").as_deref(), Some("a"));
        for path in ["outside", "up/secret", "up/root/../secret", "loop"] {
            assert_eq!(read(&directory, path), None, "{path}");
        }
        // A sibling whose name begins alike is outside.
        fs::create_dir(place.path().join("root2")).unwrap();
        fs::write(place.path().join("root2/b"), "b").unwrap();
        symlink("../root2/b", root.join("sibling")).unwrap();
        assert_eq!(read(&directory, "sibling"), None);
    }

    #[test]
    fn a_file_may_be_too_large_and_a_directory_absent() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("a"), "four").unwrap();
        let directory = Directory::open(place.path()).unwrap();
        assert_eq!(read(&directory.clone().max_bytes(4), "a").as_deref(), Some("four"));
        assert_eq!(directory.max_bytes(3).read_now("a").unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(Directory::open(place.path().join("a")).is_err());
        assert!(Directory::open(place.path().join("nothing")).is_err());
    }
}
