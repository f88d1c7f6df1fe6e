//! The thread that reads standard input.

use std::{
    fs::File,
    io::{self, Read},
};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    blocking::{self, Descriptor},
    descriptors::Input,
};
use crate::serve::lines::Pieces;

/// How much is read at once, at first and from the first read on that fills it: a program that starts touches no memory
/// that it may not need.
const FIRST_PIECE: usize = 8 << 10;
const PIECE: usize = 64 << 10;
/// How many pieces wait to be looked at.
const PIECES: usize = 4;

/// What the thread reads. It ends when this is dropped, at its next read.
pub(super) struct Incoming {
    pieces: mpsc::Receiver<Bytes>,
    /// The stream, until somebody wants to know whether it is hung up.
    watched: Option<File>,
    hang_up: CancellationToken,
}

impl Incoming {
    pub(super) fn read_in_thread(input: Input) -> io::Result<Self> {
        let (send, pieces) = mpsc::channel(PIECES);
        let Input { stream, is_own } = input;
        let watched = Some(stream.try_clone()?);
        blocking::spawn("mcp-stdin", move || {
            let read = if is_own {
                rest_of_standard_input(&send).and_then(|()| read_to_end(stream, &send))
            } else {
                read_to_end(io::stdin().lock(), &send)
            };
            if let Err(error) = read {
                tracing::warn!(%error, "standard input cannot be read");
            }
        })?;
        Ok(Self { pieces, watched, hang_up: CancellationToken::new() })
    }
}

impl Pieces for Incoming {
    fn ready(&mut self) -> Option<Bytes> {
        self.pieces.try_recv().ok()
    }

    async fn next(&mut self) -> Option<Bytes> {
        self.pieces.recv().await
    }

    /// A thread waits for it, from the first time on that somebody asks.
    fn hang_up(&mut self) -> CancellationToken {
        if let Some(stream) = self.watched.take() {
            let hang_up = self.hang_up.clone();
            let watching = blocking::spawn("mcp-stdin-end", move || {
                if blocking::wait_for_hang_up(&stream).is_ok() {
                    hang_up.cancel();
                }
            });
            if let Err(error) = watching {
                tracing::warn!(%error, "the end of standard input is not watched for");
            }
        }
        self.hang_up.clone()
    }
}

/// What the program had read too much of before it began to serve: the standard library keeps that in a buffer. The
/// stream behind the buffer is empty by now.
fn rest_of_standard_input(send: &mpsc::Sender<Bytes>) -> io::Result<()> {
    let mut rest = Vec::new();
    io::stdin().lock().read_to_end(&mut rest)?;
    if !rest.is_empty() {
        // Nobody listens any more: the next piece finds that out.
        let _ = send.blocking_send(rest.into());
    }
    Ok(())
}

fn read_to_end(mut input: impl Read + Descriptor, send: &mpsc::Sender<Bytes>) -> io::Result<()> {
    let mut piece = vec![0; FIRST_PIECE];
    loop {
        let length = blocking::read(&mut input, &mut piece)?;
        let read = piece.get(..length).unwrap_or_default();
        if read.is_empty() || send.blocking_send(Bytes::copy_from_slice(read)).is_err() {
            return Ok(());
        }
        if length == piece.len() && length < PIECE {
            piece = vec![0; PIECE];
        }
    }
}
