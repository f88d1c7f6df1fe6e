//! Calls that go on in rounds, by raw messages to real servers: what a state is good for, which answers count, what is done
//! once however often it is asked for, and when a handler is dropped to ask.

mod alone;
mod answers;
mod around;
mod equal;
mod once;
mod sessions;
mod state;
mod steps;
mod told;
mod waiting;
