//! A Unix socket that peers connect to, each a pipe of its own.

use std::{
    fmt, fs,
    io::{self, ErrorKind},
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustix::fs::{FlockOperation, flock};
use tokio::{
    net::{UnixListener, UnixSocket, UnixStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout},
};

use super::{
    error::{Result, ServeError},
    io::serve,
    signals::Termination,
};
use crate::{logging::Transport, server::Server};

/// The user of this process, and nobody else.
const MODE: u32 = 0o600;
/// How many peers the system lets wait until they are accepted.
const BACKLOG: u32 = 128;
/// How long another program may take that looks at the same directory, and how often to look whether it is done.
const LOCKED: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(10);
/// How long it may take to find out whether somebody listens at a socket that is there already.
const PROBE: Duration = Duration::from_secs(1);
/// How long to wait when no connection can be accepted, for example because there are too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

impl Server {
    /// Listens on a Unix socket. Only processes of the same user may connect: the file has the mode 0600 before anybody
    /// can. A socket file that a program left behind is replaced; one at which somebody listens is not.
    ///
    /// Some systems do not look at the mode of a socket: put it into a directory that only its user may enter.
    ///
    /// # Errors
    ///
    /// If somebody listens there ([`ServeError::is_io`]), if the path names something that is no socket, or the system
    /// refuses: a path has some 100 bytes at most.
    pub async fn bind_unix(&self, path: impl AsRef<Path>) -> Result<UnixSocketListener> {
        let path = path.as_ref();
        let failed = |error: io::Error| {
            let advice = advice(&error);
            ServeError::io(format!("cannot listen at {}{advice}", path.display()), error)
        };
        let (listener, file) = bind(path).await.map_err(failed)?;
        Ok(UnixSocketListener { listener, file, server: self.clone() })
    }

    /// Listens on a Unix socket and serves until Ctrl-C or SIGTERM, then shuts down: calls may finish. Each connection is
    /// served as [`serve_io`](Self::serve_io) says.
    ///
    /// # Errors
    ///
    /// As [`Server::bind_unix`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future removes the socket; connections go on until their peers close them.
    pub async fn serve_unix(&self, path: impl AsRef<Path>) -> Result<()> {
        self.bind_unix(path).await?.serve().await
    }
}

/// A Unix socket that is bound and does not serve yet. Dropped, it removes its file.
#[must_use = "a listener serves nobody until `serve` is called"]
pub struct UnixSocketListener {
    listener: UnixListener,
    file: SocketFile,
    server: Server,
}

impl UnixSocketListener {
    /// Where the socket is.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Serves until Ctrl-C or SIGTERM, or until [`Server::shutdown`] is called, and then shuts down: nothing new is
    /// accepted, calls may finish within [`Limits::drain`](crate::Limits::drain). A second signal drops them and ends at
    /// once. At most [`Limits::connections`](crate::Limits::connections) are served; others wait until one ends.
    ///
    /// # Errors
    ///
    /// If the signal handlers cannot be set up.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future removes the socket; connections go on until their peers close them.
    pub async fn serve(self) -> Result<()> {
        let server = self.server.clone();
        let mut termination = Termination::listen()?;
        tokio::select! {
            () = self.accept() => {}
            () = termination.asked() => server.inner.engine.lifecycle.stopping().raise(),
        }
        tokio::select! {
            () = server.shutdown() => {}
            () = termination.asked() => server.inner.engine.lifecycle.abort().await,
        }
        Ok(())
    }

    /// Accepts connections until the server stops.
    async fn accept(self) {
        let Self { listener, file: _file, server } = self;
        let lifecycle = &server.inner.engine.lifecycle;
        let places = Arc::new(Semaphore::new(server.inner.engine.limits.connections.min(Semaphore::MAX_PERMITS)));
        let mut stopped = lifecycle.stopping().raised();
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut stopped => return,
                accepted = accept(&listener, &places) => accepted,
            };
            match accepted {
                Ok((stream, place)) => {
                    let server = server.clone();
                    lifecycle.spawn(async move {
                        let (reader, writer) = stream.into_split();
                        serve(&server, reader, writer, Transport::Unix).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// What to do about a path at which a socket cannot be made.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrInUse => " (stop the program that listens there, or choose another path)",
        ErrorKind::NotFound => " (its directory does not exist: make it first)",
        ErrorKind::PermissionDenied => " (this user may not write to its directory: choose another)",
        ErrorKind::InvalidInput => {
            " (it is no path of a file, or longer than the some 100 bytes that a socket may have)"
        }
        _ => "",
    }
}

/// The next connection, once there is a place for it. Cancel-safe.
async fn accept(listener: &UnixListener, places: &Arc<Semaphore>) -> io::Result<(UnixStream, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

/// The file of a socket; removed when it is dropped, if it is still the same.
struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_ours = |file: &fs::Metadata| (file.dev(), file.ino()) == (self.device, self.inode);
        if fs::symlink_metadata(&self.path).is_ok_and(|file| is_ours(&file)) {
            // A directory that was made read-only keeps it: the next server replaces it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

async fn bind(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    // Until the new socket listens: two programs that start at once must not both find the old one left behind.
    let _lock = lock(directory).await?;
    make_room(path).await?;
    let socket = UnixSocket::new_stream()?;
    socket.bind(path)?;
    let made = fs::symlink_metadata(path)?;
    let path = directory.canonicalize()?.join(name);
    let file = SocketFile { path, device: made.dev(), inode: made.ino() };
    // Nobody can connect to a socket that does not listen yet.
    fs::set_permissions(&file.path, fs::Permissions::from_mode(MODE))?;
    Ok((socket.listen(BACKLOG)?, file))
}

/// Locks a directory against other servers; freed when the file is dropped.
async fn lock(directory: &Path) -> io::Result<fs::File> {
    let file = fs::File::open(directory)?;
    let deadline = Instant::now() + LOCKED;
    while let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
        if error != rustix::io::Errno::WOULDBLOCK || Instant::now() >= deadline {
            return Err(error.into());
        }
        sleep(LOCK_PAUSE).await;
    }
    Ok(file)
}

/// Removes a socket at which nobody listens any more.
async fn make_room(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(file) if file.file_type().is_socket() => {}
        Ok(_) => {
            return Err(io::Error::new(ErrorKind::AlreadyExists, "what is there is no socket: choose another path"));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    match timeout(PROBE, UnixStream::connect(path)).await {
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        Ok(Err(error)) => Err(error),
        Ok(Ok(_)) | Err(_) => Err(io::Error::new(ErrorKind::AddrInUse, "another program listens there")),
    }
}

impl fmt::Debug for UnixSocketListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnixSocketListener").field("path", &self.path()).finish_non_exhaustive()
    }
}
