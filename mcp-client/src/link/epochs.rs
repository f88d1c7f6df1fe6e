//! The present epoch, for all who ask: there is one, there will be, or there never will.

use std::sync::{Arc, Mutex, MutexGuard};

use mcp_core::sync::lock;
use tokio::sync::watch;

use crate::{
    answer::Answers,
    connection::End,
    era::{Channel, Server},
    error::{Error, Result},
};

/// One connection to the server, from its beginning to its end.
pub(crate) struct Epoch {
    pub(crate) channel: Channel,
    server: Arc<Server>,
}

impl Epoch {
    /// Whether its connection is over. What speaks HTTP has none that could be.
    pub(super) fn is_over(&self) -> bool {
        self.channel.pipe().is_some_and(|connection| connection.end().is_over())
    }

    fn server(&self) -> Arc<Server> {
        self.channel.described_anew().unwrap_or_else(|| self.server.clone())
    }
}

/// What is shared by a link, its supervisor and its subscriptions. The latter two hold it weakly: a client that nobody
/// holds is gone, whoever waits for news of it.
pub(super) struct Epochs {
    present: Mutex<Present>,
    /// Tells of every change; whoever listens holds nothing open.
    news: watch::Sender<()>,
}

struct Present {
    state: State,
    /// Outlives its epoch: a server that is gone is still known.
    server: Arc<Server>,
    answers: Answers,
}

enum State {
    Up(Arc<Epoch>),
    Down,
    /// The last epoch may still be ending.
    Ended(Error, Option<Arc<Epoch>>),
}

impl Epochs {
    pub(super) fn new((channel, server): (Channel, Server)) -> Arc<Self> {
        let (server, answers) = (Arc::new(server), channel.answers().clone());
        let epoch = Arc::new(Epoch { channel, server: server.clone() });
        let present = Mutex::new(Present { state: State::Up(epoch), server, answers });
        Arc::new(Self { present, news: watch::Sender::new(()) })
    }

    fn lock(&self) -> MutexGuard<'_, Present> {
        lock(&self.present)
    }

    /// What is known about the server, as of the latest epoch.
    pub(super) fn server(&self) -> Arc<Server> {
        let present = self.lock();
        match &present.state {
            State::Up(epoch) => epoch.server(),
            _ => present.server.clone(),
        }
    }

    /// What this client answers to the server of the latest epoch.
    pub(super) fn answers(&self) -> Answers {
        self.lock().answers.clone()
    }

    pub(super) fn news(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    /// The present epoch; `None` if there is none for the moment. One that is over is none: its successor is about to come.
    pub(super) fn present(&self) -> Result<Option<Arc<Epoch>>> {
        match &self.lock().state {
            State::Up(epoch) if !epoch.is_over() => Ok(Some(epoch.clone())),
            State::Up(_) | State::Down => Ok(None),
            State::Ended(why, _) => Err(why.clone()),
        }
    }

    /// The present epoch, or the next one as soon as it is there.
    pub(super) async fn wait(&self) -> Result<Arc<Epoch>> {
        if let Some(epoch) = self.present()? {
            return Ok(epoch);
        }
        let mut news = self.news();
        loop {
            if let Some(epoch) = self.present()? {
                return Ok(epoch);
            }
            // The sender is borrowed here: it cannot be gone.
            let _ = news.changed().await;
        }
    }

    /// Waits until there will be no more epochs.
    pub(super) async fn ended(&self) -> Error {
        let mut news = self.news();
        loop {
            if let State::Ended(why, _) = &self.lock().state {
                return why.clone();
            }
            let _ = news.changed().await;
        }
    }

    /// The end of the present epoch's connection, to be waited for.
    pub(super) fn present_end(&self) -> Option<End> {
        match &self.lock().state {
            State::Up(epoch) => epoch.channel.pipe().map(|connection| connection.end().clone()),
            _ => None,
        }
    }

    /// There is no epoch for now. Returns the one that there was, to be cleaned up; `None` if all is over.
    pub(super) fn down(&self) -> Option<Arc<Epoch>> {
        let mut present = self.lock();
        let State::Up(epoch) = &present.state else { return None };
        let epoch = epoch.clone();
        present.state = State::Down;
        drop(present);
        self.news.send_replace(());
        Some(epoch)
    }

    /// There is another epoch. `false` if all is over by now: what was connected is dropped.
    pub(super) fn up(&self, (channel, server): (Channel, Server)) -> bool {
        let mut present = self.lock();
        if !matches!(present.state, State::Down) {
            return false;
        }
        let server = Arc::new(server);
        present.server = server.clone();
        present.answers = channel.answers().clone();
        present.state = State::Up(Arc::new(Epoch { channel, server }));
        drop(present);
        self.news.send_replace(());
        true
    }

    /// There will be no other epoch. The first reason counts. Returns the last epoch.
    pub(super) fn finish(&self, why: &Error) -> Option<Arc<Epoch>> {
        let mut present = self.lock();
        let last = match &present.state {
            State::Up(epoch) => Some(epoch.clone()),
            State::Down => None,
            State::Ended(_, last) => return last.clone(),
        };
        present.server = match &last {
            Some(epoch) => epoch.server(),
            None => present.server.clone(),
        };
        present.state = State::Ended(why.clone(), last.clone());
        drop(present);
        self.news.send_replace(());
        last
    }
}
