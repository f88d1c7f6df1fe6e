//! Who has the descriptors of the standard streams: the protocol alone, or the whole program.
//!
//! Set apart, the protocol has copies of its own, and what everybody else knows by the numbers 0 and 1 leads elsewhere:
//! standard input to an empty file, standard output to standard error. A tool that prints then cannot break a message
//! in two, one that reads cannot take a request away, and neither waits for a lock that the protocol holds.

#[cfg(unix)]
use std::os::fd::AsFd;
#[cfg(not(unix))]
use std::os::windows::io::AsHandle;
use std::{
    fs::File,
    io,
    sync::atomic::{AtomicBool, Ordering},
};

/// The streams of the protocol.
pub(super) struct Descriptors {
    pub(super) input: Input,
    pub(super) output: File,
}

/// Where the protocol reads.
pub(super) struct Input {
    pub(super) stream: File,
    /// Whether nobody else has it. Otherwise the standard library reads it for the whole program.
    pub(super) is_own: bool,
}

/// Whether the streams are set apart: that can be done once.
static SET_APART: AtomicBool = AtomicBool::new(false);

impl Descriptors {
    /// Sets the streams apart for as long as the process lives: a print that comes late must not reach the peer either.
    ///
    /// # Errors
    ///
    /// If they are set apart already, or the system refuses.
    pub(super) fn set_apart() -> io::Result<Self> {
        if SET_APART.swap(true, Ordering::AcqRel) {
            return Err(io::Error::other("they were served before, and a process has them once"));
        }
        let (input, output) = platform::set_apart().inspect_err(|_| SET_APART.store(false, Ordering::Release))?;
        Ok(Self { input: Input { stream: input, is_own: true }, output })
    }

    /// Leaves the streams to the whole program. What it prints reaches the peer; it does not wait for the protocol.
    pub(super) fn shared() -> io::Result<Self> {
        let input = Input { stream: copy_of(&io::stdin())?, is_own: false };
        Ok(Self { input, output: copy_of(&io::stdout())? })
    }
}

#[cfg(unix)]
fn copy_of(stream: &impl AsFd) -> io::Result<File> {
    // Closed in the programs that this one starts.
    Ok(stream.as_fd().try_clone_to_owned()?.into())
}

#[cfg(not(unix))]
fn copy_of(stream: &impl AsHandle) -> io::Result<File> {
    Ok(stream.as_handle().try_clone_to_owned()?.into())
}

#[cfg(unix)]
mod platform {
    use std::{fs::File, io};

    use rustix::stdio::{dup2_stdin, dup2_stdout};

    use super::copy_of;

    pub(super) fn set_apart() -> io::Result<(File, File)> {
        let (input, output) = (copy_of(&io::stdin())?, copy_of(&io::stdout())?);
        let nothing = File::open("/dev/null")?;
        dup2_stdout(io::stderr())?;
        dup2_stdin(nothing)?;
        Ok((input, output))
    }
}

#[cfg(not(unix))]
mod platform {
    use std::{fs::File, io};

    use filedescriptor::{FileDescriptor, StdioDescriptor};

    use super::copy_of;

    /// Rust's own `println!` asks for the handle with every write, and so do programs that are started. A C library
    /// does not: it keeps the handle that it began with.
    pub(super) fn set_apart() -> io::Result<(File, File)> {
        let (input, output) = (copy_of(&io::stdin())?, copy_of(&io::stdout())?);
        let nothing = File::open("NUL")?;
        redirect(&copy_of(&io::stderr())?, StdioDescriptor::Stdout)?;
        redirect(&nothing, StdioDescriptor::Stdin)?;
        Ok((input, output))
    }

    fn redirect(to: &File, stream: StdioDescriptor) -> io::Result<()> {
        // The handle that it was stays open: a C library may still hold it, and must not find another file there.
        FileDescriptor::redirect_stdio(to, stream).map(std::mem::forget).map_err(io::Error::other)
    }
}
