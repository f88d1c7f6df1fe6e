//! The standard streams of this process as a pipe to one peer.
//!
//! Each has a thread of its own: reading and writing them may block, and a blocked read must not keep the program from
//! ending.

mod blocking;
mod descriptors;
mod input;
mod output;
mod serving;
