//! The link, as a client holds it.

use std::sync::Arc;

use mcp_core::{
    era::Era,
    model::{Request, Tool},
};
use tokio::{task::AbortHandle, time::timeout};

use super::{
    epochs::{Epoch, Epochs},
    keeper::Kept,
    repeatable::Repeatable,
    restart::{Reconnect, Restart},
    supervisor::supervise,
};
use crate::{
    answer::Answers,
    changes::{Changes, Feed},
    era::{Channel, Listened, Listening, Replied, Round, Server},
    error::{Error, Result},
    handlers::RequestOptions,
    limits::{CLOSE_TIMEOUT, Limits},
};

/// A link to a server. Dropping it ends everything that belongs to it at once.
pub(crate) struct Link {
    epochs: Arc<Epochs>,
    repeatable: Repeatable,
    supervisor: Option<AbortHandle>,
    limits: Limits,
}

impl Link {
    /// A link over what was found, which is connected to again if there is a way.
    pub(crate) fn new(found: (Channel, Server), reconnect: Option<Reconnect>, limits: &Limits) -> Self {
        let is_pipe = found.0.pipe().is_some();
        let epochs = Epochs::new(found);
        let reconnect = reconnect.filter(|reconnect| reconnect.restart != Restart::never());
        let repeatable = Repeatable::new(reconnect.as_ref().map(|reconnect| reconnect.restart));
        let supervisor = is_pipe.then(|| tokio::spawn(supervise(Arc::downgrade(&epochs), reconnect)).abort_handle());
        Self { epochs, repeatable, supervisor, limits: limits.clone() }
    }

    /// What is known about the server, as of the latest connection or session.
    pub(crate) fn server(&self) -> Arc<Server> {
        self.epochs.server()
    }

    /// What this client answers to the server.
    pub(crate) fn answers(&self) -> Answers {
        self.epochs.answers()
    }

    /// Tells the server that the roots have changed, if there is one: the next one asks for them anyway.
    pub(crate) fn tell_roots_changed(&self) {
        if let Ok(Some(epoch)) = self.epochs.present() {
            epoch.channel.tell_roots_changed();
        }
    }

    /// The era of the latest connection.
    pub(crate) fn era(&self) -> Era {
        Era::of(self.server().version)
    }

    /// Learns how calls of these tools have to be made, and which of them may be made twice.
    pub(crate) fn learn(&self, tools: &mut Vec<Tool>) {
        if let Ok(Some(epoch)) = self.epochs.present() {
            epoch.channel.learn(tools);
        }
        self.repeatable.learn(tools);
    }

    /// Makes a request. One that died with its connection, and may be made twice, is made once more on the next.
    pub(crate) async fn ask(&self, request: &Request, options: &mut RequestOptions) -> Result<Replied> {
        let epoch = self.present(options).await?;
        match epoch.channel.ask(request, options).await {
            Err(error) if error.is_closed() && epoch.is_over() && self.repeatable.allows(request) => {
                drop(epoch);
                let next = self.present(options).await?;
                // What the server that is gone had asked, and what it wanted to see again, mean nothing to the next.
                options.given = None;
                tracing::debug!(method = request.method(), "asking again on the next connection");
                Box::pin(next.channel.ask(request, options)).await
            }
            asked => asked,
        }
    }

    /// Makes one round of a request, once.
    pub(crate) async fn ask_once(&self, request: &Request, options: &mut RequestOptions) -> Result<Round> {
        let epoch = self.present(options).await?;
        epoch.channel.ask_once(request, options).await
    }

    /// The present epoch, or the next one as soon as it is there, within the time of a request.
    async fn present(&self, options: &mut RequestOptions) -> Result<Arc<Epoch>> {
        match self.epochs.present()? {
            Some(epoch) => Ok(epoch),
            None => options.clock().within(options.what, self.epochs.wait()).await,
        }
    }

    /// Listens to changes, for as long as there are epochs.
    pub(crate) async fn listen(&self, wanted: Changes) -> Result<Listening> {
        let mut options = RequestOptions::new("a subscription", &self.limits);
        let feed = Feed::new(wanted.clone(), self.limits.changes);
        let epoch = self.present(&mut options).await?;
        match epoch.channel.listen(&wanted, &feed).await? {
            Listened::Passing(stream, agreed) => {
                let kept = Kept::start(&self.epochs, stream, wanted, feed.clone(), &self.limits);
                Ok(Listening { feed, agreed, driver: None, _guard: Some(Box::new(kept)) })
            }
            #[cfg(feature = "http")]
            Listened::Lasting(listening) => Ok(listening),
        }
    }

    /// Waits until the link has ended for good, and says why.
    pub(crate) async fn closed(&self) -> Error {
        self.epochs.ended().await
    }

    /// Ends the link in good order, or by force if that takes too long.
    pub(crate) async fn close(&self) {
        let last = self.epochs.finish(&Error::closed("the client is closed: connect again"));
        if let Some(supervisor) = &self.supervisor {
            supervisor.abort();
        }
        let Some(last) = last else { return };
        if timeout(CLOSE_TIMEOUT, last.channel.close()).await.is_err() {
            tracing::debug!("the connection did not end in good order in time");
            if let Some(connection) = last.channel.pipe() {
                connection.abort();
            }
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(supervisor) = &self.supervisor {
            supervisor.abort();
        }
    }
}
