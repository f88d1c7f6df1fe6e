//! Threads that read and write, and wait for it, also on a descriptor that does not block.
//!
//! Whether a descriptor blocks belongs to what it leads to, and is shared with everybody who has it: a launcher that
//! hands its own streams on, as Node does with `stdio: "inherit"`, may have them set not to block, and may set them so
//! at any time. "Not now" is therefore an answer that means to wait.

use std::{
    io::{self, Read, Write},
    thread,
    time::Duration,
};

#[cfg(unix)]
pub(super) use std::os::fd::AsFd as Descriptor;

/// Elsewhere nothing is asked of it: pipes that do not block are not handed on.
#[cfg(not(unix))]
pub(super) trait Descriptor {}

#[cfg(not(unix))]
impl<T> Descriptor for T {}

/// Starts a thread that nobody waits for.
pub(super) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.into()).spawn(work).map(drop)
}

/// Reads what there is, or waits for it; 0 at the end.
pub(super) fn read(input: &mut (impl Read + Descriptor), buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => readable(input)?,
            read => return read,
        }
    }
}

/// Writes something of it, or waits until that is possible, though not for longer than `patience` if the descriptor
/// does not block.
pub(super) fn write(output: &mut (impl Write + Descriptor), bytes: &[u8], patience: Duration) -> io::Result<usize> {
    loop {
        match output.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => writable(output, patience)?,
            written => return written,
        }
    }
}

#[cfg(unix)]
fn readable(input: &impl Descriptor) -> io::Result<()> {
    wait_for(input, rustix::event::PollFlags::IN, None)
}

#[cfg(unix)]
fn writable(output: &impl Descriptor, patience: Duration) -> io::Result<()> {
    wait_for(output, rustix::event::PollFlags::OUT, Some(patience))
}

#[cfg(unix)]
fn wait_for(stream: &impl Descriptor, what: rustix::event::PollFlags, patience: Option<Duration>) -> io::Result<()> {
    use rustix::event::{PollFd, Timespec, poll};

    let timeout = patience.and_then(|patience| Timespec::try_from(patience).ok());
    match poll(&mut [PollFd::new(stream, what)], timeout.as_ref()) {
        Ok(0) => Err(io::ErrorKind::TimedOut.into()),
        // An interruption too: whoever waits tries again.
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Waits until a pipe or a socket has no writer any more, whatever is still to be read.
///
/// # Errors
///
/// Where that cannot be told.
#[cfg(unix)]
pub(super) fn wait_for_hang_up(input: &impl Descriptor) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};

    // A hang-up is told whether it is asked for or not. On Linux a socket whose peer may still read is none.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let asked_for = PollFlags::RDHUP;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let asked_for = PollFlags::empty();
    rustix::io::retry_on_intr(|| poll(&mut [PollFd::new(input, asked_for)], None))?;
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn wait_for_hang_up(_: &impl Descriptor) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn readable(_: &impl Descriptor) -> io::Result<()> {
    Err(io::ErrorKind::WouldBlock.into())
}

#[cfg(not(unix))]
fn writable(_: &impl Descriptor, _: Duration) -> io::Result<()> {
    Err(io::ErrorKind::WouldBlock.into())
}
