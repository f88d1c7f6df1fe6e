//! Standard streams that do not block: a launcher's own, which it hands on.

use std::{
    io::{BufRead, BufReader, Read, Write, pipe},
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use mcp_tests::messages::{call, stateless, text_of};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{OFlags, fcntl_getfl, fcntl_setfl},
    io::ioctl_fionread,
};
use serde_json::{Value, json};

/// A child on streams that do not block for it, and do for the test.
struct Inherited {
    child: Child,
    input: Option<OwnedFd>,
    output: Option<OwnedFd>,
}

fn start(input: OwnedFd, output: OwnedFd, ours: (OwnedFd, OwnedFd)) -> Inherited {
    for stream in [input.as_fd(), output.as_fd()] {
        fcntl_setfl(stream, fcntl_getfl(stream).unwrap() | OFlags::NONBLOCK).unwrap();
    }
    let child = Command::new(crate::FIXTURE).stdin(input).stdout(output).stderr(Stdio::null()).spawn().unwrap();
    Inherited { child, input: Some(ours.0), output: Some(ours.1) }
}

/// As a shell makes them, and as Node does.
fn each_kind() -> [Inherited; 2] {
    let ((read_in, write_in), (read_out, write_out)) = (pipe().unwrap(), pipe().unwrap());
    let pipes = start(read_in.into(), write_out.into(), (write_in.into(), read_out.into()));
    let ((theirs_in, ours_in), (theirs_out, ours_out)) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
    let sockets = start(theirs_in.into(), theirs_out.into(), (ours_in.into(), ours_out.into()));
    [pipes, sockets]
}

impl Inherited {
    fn exit(mut self) {
        drop((self.input.take(), self.output.take()));
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

/// Nothing to read is no end, and no room to write is no reason to cut a line: both mean to wait.
#[test]
fn an_inherited_stream_that_does_not_block_is_waited_for() {
    for mut peer in each_kind() {
        let mut input = std::fs::File::from(peer.input.take().unwrap());
        let mut output = BufReader::new(std::fs::File::from(peer.output.take().unwrap()));
        let echo =
            |id, bytes| format!("{}\n", stateless(id, "tools/call", call("echo", json!({"text": "x".repeat(bytes)}))));
        // With the first message comes half of the second. Its answer shows that both were read, and that there is
        // nothing more to read in the middle of a line.
        let second = echo(1, 300_000);
        let (begin, end) = second.split_at(1000);
        input.write_all(format!("{}{begin}", echo(0, 1)).as_bytes()).unwrap();
        assert_eq!(answer(&mut output), (0, 1));
        input.write_all(end.as_bytes()).unwrap();
        // Nobody reads its answer until most of what fits into the pipe is there: what is left of it has no room.
        while ioctl_fionread(output.get_ref()).unwrap() < 32 << 10 {
            thread::yield_now();
        }
        let asking = thread::spawn(move || {
            let big = stateless(3, "tools/call", call("big", json!({"bytes": 2 << 20})));
            input.write_all(format!("{}{big}\n", echo(2, 1 << 20)).as_bytes()).unwrap();
            // The end comes while the answers wait for room.
            drop(input);
        });
        let mut answers = [answer(&mut output), answer(&mut output), answer(&mut output)];
        answers.sort_unstable();
        assert_eq!(answers, [(1, 300_000), (2, 1 << 20), (3, 2 << 20)]);
        asking.join().unwrap();
        assert_eq!(output.read_to_end(&mut Vec::new()).unwrap(), 0);
        peer.exit();
    }
}

/// The id of the next answer, and how long its text is.
fn answer(output: &mut impl BufRead) -> (u64, usize) {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let answer: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {} bytes", line.len()));
    (answer["id"].as_u64().unwrap(), text_of(&answer).len())
}

/// An end behind more input than may be taken in is seen, because the system tells it, on pipes and sockets alike.
#[test]
fn the_end_of_an_inherited_stream_is_seen_behind_all_that_was_sent() {
    for mut peer in each_kind() {
        let input = peer.input.take().unwrap();
        fcntl_setfl(&input, fcntl_getfl(&input).unwrap() | OFlags::NONBLOCK).unwrap();
        let mut input = std::fs::File::from(input);
        let line = format!("{}\n", stateless(1, "tools/call", call("echo", json!({"text": "x".repeat(1000)}))));
        // Until nothing has been taken for a while: then the server waits for its answers to be read. There is no other
        // sign of it.
        let while_taking = Timespec { tv_sec: 0, tv_nsec: 500_000_000 };
        while poll(&mut [PollFd::new(&input, PollFlags::OUT)], Some(&while_taking)).unwrap() > 0 {
            let _ = input.write(line.as_bytes());
        }
        let started = Instant::now();
        drop(input);
        assert_eq!(peer.child.wait().unwrap().code(), Some(0));
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }
}

/// A reader that is gone is an end all the same.
#[test]
fn an_inherited_stream_that_is_closed_ends_the_program() {
    for mut peer in each_kind() {
        drop(peer.output.take());
        let _kept_open = peer.input.as_ref().unwrap().try_clone().unwrap();
        let mut input = std::fs::File::from(peer.input.take().unwrap());
        let ping = stateless(1, "tools/call", call("big", json!({"bytes": 1 << 20})));
        // It may be gone before it reads this.
        let _ = input.write_all(format!("{ping}\n").as_bytes());
        assert_eq!(peer.child.wait().unwrap().code(), Some(0));
    }
}
