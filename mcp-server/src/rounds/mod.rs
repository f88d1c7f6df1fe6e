//! A call that goes on after its client was asked: what is remembered of it, how it is sealed, when its handler waits for
//! answers only.
//!
//! Where a client can be asked at once nothing of this is used. Where it cannot (2026-07-28, basic/patterns/mrtr), the
//! handler is dropped as soon as it waits for answers and nothing else, and runs again, from its beginning, when the
//! client asks again:
//!
//! ```text
//! first round   handler ── step ── ask ─► waits ──► Journal {steps, answers, what is asked} ──► sealed ──► client
//! next round    handler ── step ── ask ─► goes on              ▲ opened, held against the call ◄────────── client
//!                          └─ both are read from the journal ──┘
//! ```
//!
//! Nothing is held between rounds: the client carries the journal. Only what must happen once leaves a mark in the
//! store ([`Claim`]).

mod claim;
mod drive;
mod endless;
mod inside;
mod journal;
mod once;
mod question;
mod round;
mod seal;
mod stopped;
mod terms;

pub(crate) use claim::{Claim, Claimed};
pub(crate) use drive::{Driven, Stop};
pub(crate) use endless::{ROUNDS, endless};
pub(crate) use inside::InStep;
pub(crate) use once::{Once, begin_once};
pub(crate) use question::{Kind, Question};
pub(crate) use round::{Begun, Round, Unanswered};
pub(crate) use seal::{Arguments, Resumed, Subject};
pub(crate) use stopped::Stopped;
pub(crate) use terms::{RoundTerms, Rounds};
