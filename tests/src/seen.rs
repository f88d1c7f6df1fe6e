//! What a test sees of what is written with `tracing` in its thread.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use tracing::{Dispatch, Level, subscriber::DefaultGuard};

/// Two subscribers: with only one in the process, `tracing` asks the thread that first meets a span or an event whether
/// anybody wants it, for good, and that of another test may have none.
pub type Watching = (DefaultGuard, Dispatch);

/// What was written in this thread, line by line.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<u8>>>);

impl Write for Seen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seen {
    /// What a subscriber sees that wants what is at least INFO.
    #[must_use]
    pub fn begin() -> (Self, Watching) {
        Self::from(Level::INFO)
    }

    /// What a subscriber sees that wants what is at least of that level.
    #[must_use]
    pub fn from(level: Level) -> (Self, Watching) {
        let seen = Self::default();
        let writer = seen.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_max_level(level);
        let subscriber = subscriber.with_writer(move || writer.clone()).finish();
        let other = Dispatch::new(tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::sink).finish());
        (seen, (tracing::subscriber::set_default(subscriber), other))
    }

    /// All of it.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The only line that has this in it.
    pub fn line(&self, with: &str) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().filter(|line| line.contains(with)).collect();
        assert_eq!(lines.len(), 1, "{with:?} in\n{text}");
        lines[0].to_owned()
    }
}
