//! A way to ask a server, in its era and over its transport.

use std::sync::Arc;

use mcp_core::{
    era::{Direction, Era, InputWanted, Method, asks_in_rounds, codes, read_input_wanted},
    model::{Request, Tool},
};

use super::{identity::Server, legacy, listening::Listened, modern, replied::Replied, rounds::Rounds};
use crate::{
    answer::Answers,
    changes::{Changes, Feed},
    connection::Connection,
    error::{Error, Result},
    handlers::RequestOptions,
};

/// A way to ask a server, whatever it speaks.
pub(crate) enum Channel {
    LegacyPipe(Box<legacy::PipeChannel>),
    ModernPipe(Box<modern::PipeChannel>),
    #[cfg(feature = "http")]
    LegacyHttp(Box<legacy::HttpChannel>),
    #[cfg(feature = "http")]
    ModernHttp(Arc<modern::HttpChannel>),
}

/// What a request gave.
pub(crate) enum Round {
    Done(Replied),
    /// The server wants to know something first.
    Asks(InputWanted),
}

impl Channel {
    /// Makes a request, and again with answers as long as the server has questions.
    pub(crate) async fn ask(&self, request: &Request, options: &mut RequestOptions) -> Result<Replied> {
        match self.ask_once(request, options).await? {
            Round::Done(reply) => Ok(reply),
            // Out of the way of what is answered at once.
            Round::Asks(wanted) => Box::pin(self.ask_in_rounds(request, options, wanted)).await,
        }
    }

    async fn ask_in_rounds(
        &self,
        request: &Request,
        options: &mut RequestOptions,
        wanted: InputWanted,
    ) -> Result<Replied> {
        let mut rounds = Rounds::new(self.answers());
        let mut wanted = wanted;
        loop {
            options.given = Some(rounds.next(wanted, options.what, &options.clock()).await?);
            match self.ask_once(request, options).await? {
                Round::Done(reply) => return Ok(reply),
                Round::Asks(more) => wanted = more,
            }
        }
    }

    /// Makes a request once.
    ///
    /// What speaks HTTP is boxed: its futures are large, and a caller's should not be.
    pub(crate) async fn ask_once(&self, request: &Request, options: &mut RequestOptions) -> Result<Round> {
        let (era, what) = (self.era(), options.what);
        must_exist(request, era)?;
        let reply = match self {
            Self::LegacyPipe(channel) => channel.ask(request, options).await,
            Self::ModernPipe(channel) => channel.ask(request, options).await,
            #[cfg(feature = "http")]
            Self::LegacyHttp(channel) => Box::pin(channel.ask(request, options)).await,
            #[cfg(feature = "http")]
            Self::ModernHttp(channel) => Box::pin(channel.ask(request, options)).await,
        };
        match reply? {
            Ok(raw) => {
                let wanted = match asks_in_rounds(self.answers().version(), request) {
                    true => read_input_wanted(&raw),
                    false => Ok(None),
                };
                let unusable =
                    |problem| Error::invalid(format!("the server's answer to {what} cannot be used: {problem}"));
                Ok(wanted.map_err(unusable)?.map_or_else(|| Round::Done(Replied::new(era, raw, what)), Round::Asks))
            }
            Err(error) => {
                let reads = matches!(request, Request::ReadResource { .. });
                let not_found = codes::is_missing_resource(error.code, reads);
                Err(Error::rejected(error).not_found(not_found))
            }
        }
    }

    /// Learns how calls of these tools have to be made, and takes out those that may not be called.
    pub(crate) fn learn(&self, tools: &mut Vec<Tool>) {
        #[cfg(feature = "http")]
        if let Self::ModernHttp(channel) = self {
            channel.learn(tools);
        }
        #[cfg(not(feature = "http"))]
        let _ = tools;
    }

    /// Listens to changes. Returns when the server has agreed, as far as it says so. On a pipe the changes go to `feed`.
    pub(crate) async fn listen(&self, wanted: &Changes, feed: &Arc<Feed>) -> Result<Listened> {
        Ok(match self {
            Self::LegacyPipe(channel) => {
                let (stream, agreed) = channel.open_stream(wanted, feed).await?;
                Listened::Passing(Box::new(stream), agreed)
            }
            Self::ModernPipe(channel) => {
                let (stream, agreed) = channel.open_stream(wanted, feed).await?;
                Listened::Passing(Box::new(stream), agreed)
            }
            #[cfg(feature = "http")]
            Self::LegacyHttp(channel) => Listened::Lasting(Box::pin(channel.listen(wanted.clone())).await?),
            #[cfg(feature = "http")]
            Self::ModernHttp(channel) => Listened::Lasting(Box::pin(channel.listen(wanted.clone())).await?),
        })
    }

    /// The pipe, if it is one: it ends by itself, and then everything on it.
    pub(crate) fn pipe(&self) -> Option<&Arc<Connection>> {
        match self {
            Self::LegacyPipe(channel) => Some(channel.connection()),
            Self::ModernPipe(channel) => Some(channel.connection()),
            #[cfg(feature = "http")]
            Self::LegacyHttp(_) | Self::ModernHttp(_) => None,
        }
    }

    /// What a session that was opened anew has said about the server, if there was one.
    pub(crate) fn described_anew(&self) -> Option<Arc<Server>> {
        match self {
            #[cfg(feature = "http")]
            Self::LegacyHttp(channel) => channel.described_anew(),
            _ => None,
        }
    }

    /// What this client answers to the server.
    pub(crate) fn answers(&self) -> &Answers {
        match self {
            Self::LegacyPipe(channel) => channel.answers(),
            Self::ModernPipe(channel) => channel.answers(),
            #[cfg(feature = "http")]
            Self::LegacyHttp(channel) => channel.answers(),
            #[cfg(feature = "http")]
            Self::ModernHttp(channel) => channel.answers(),
        }
    }

    /// Tells the server that the roots have changed, if it has an ear for that: since 2026-07-28 it asks whenever it needs
    /// them.
    pub(crate) fn tell_roots_changed(&self) {
        match self {
            Self::LegacyPipe(channel) => channel.tell_roots_changed(),
            Self::ModernPipe(_) => {}
            #[cfg(feature = "http")]
            Self::LegacyHttp(channel) => channel.tell_roots_changed(),
            #[cfg(feature = "http")]
            Self::ModernHttp(_) => {}
        }
    }

    pub(crate) async fn close(&self) {
        self.answers().close();
        match self {
            Self::LegacyPipe(channel) => channel.connection().close().await,
            Self::ModernPipe(channel) => channel.connection().close().await,
            #[cfg(feature = "http")]
            Self::LegacyHttp(channel) => channel.close().await,
            #[cfg(feature = "http")]
            Self::ModernHttp(channel) => channel.close(),
        }
    }

    pub(crate) fn era(&self) -> Era {
        match self {
            Self::LegacyPipe(_) => Era::Legacy,
            Self::ModernPipe(_) => Era::Modern,
            #[cfg(feature = "http")]
            Self::LegacyHttp(_) => Era::Legacy,
            #[cfg(feature = "http")]
            Self::ModernHttp(_) => Era::Modern,
        }
    }
}

/// A method that the caller named must be one that a server of this era is asked.
fn must_exist(request: &Request, era: Era) -> Result<()> {
    let Request::Custom { method, .. } = request else { return Ok(()) };
    let exists = |method: Method| method.direction() != Direction::ToClient && method.eras().contains(&era);
    match Method::named(method) {
        Some(method) if !exists(method) => Err(Error::input(format!(
            "the revision of the protocol that the server speaks has no request `{}`",
            method.name()
        ))),
        _ => Ok(()),
    }
}
