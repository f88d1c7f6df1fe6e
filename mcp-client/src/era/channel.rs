//! A way to ask a server, in its era and over its transport.

#[cfg(feature = "http")]
use std::sync::Arc;

use mcp_core::{
    era::{Era, Misread, ToolPage, codes},
    json::RawJson,
    model::{CallToolResult, Request},
};

use super::{legacy, listening::Listening, modern};
use crate::{
    answer::Answers,
    changes::Changes,
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

impl Channel {
    /// Asks for one page of tools. With it comes its size on the wire.
    pub(crate) async fn list_tools(
        &self,
        request: &Request,
        options: &mut RequestOptions,
    ) -> Result<(ToolPage, usize)> {
        let raw = self.ask(request, options).await?;
        let page = match self.era() {
            Era::Legacy => mcp_core::era::legacy::read_list_tools(&raw),
            Era::Modern => mcp_core::era::modern::read_list_tools(&raw),
        };
        let page = page.map_err(|misread| misshapen(options.what, misread))?;
        #[cfg(feature = "http")]
        let page = match self {
            Self::ModernHttp(channel) => channel.learn(page),
            _ => page,
        };
        Ok((page, raw.as_bytes().len()))
    }

    /// Calls a tool.
    pub(crate) async fn call_tool(&self, request: &Request, options: &mut RequestOptions) -> Result<CallToolResult> {
        let raw = self.ask(request, options).await?;
        let result = match self.era() {
            Era::Legacy => mcp_core::era::legacy::read_call_tool(&raw),
            Era::Modern => mcp_core::era::modern::read_call_tool(&raw),
        };
        result.map_err(|misread| misshapen(options.what, misread))
    }

    /// Calls a method of an extension.
    pub(crate) async fn call_method(&self, request: &Request, options: &mut RequestOptions) -> Result<RawJson> {
        let raw = self.ask(request, options).await?;
        if self.era() == Era::Modern {
            mcp_core::era::modern::check_custom(&raw).map_err(|misread| misshapen(options.what, misread))?;
        }
        Ok(raw)
    }

    /// What speaks HTTP is boxed: its futures are large, and a caller's should not be.
    async fn ask(&self, request: &Request, options: &mut RequestOptions) -> Result<RawJson> {
        let reply = match self {
            Self::LegacyPipe(channel) => channel.ask(request, options).await,
            Self::ModernPipe(channel) => channel.ask(request, options).await,
            #[cfg(feature = "http")]
            Self::LegacyHttp(channel) => Box::pin(channel.ask(request, options)).await,
            #[cfg(feature = "http")]
            Self::ModernHttp(channel) => Box::pin(channel.ask(request, options)).await,
        };
        reply?.map_err(|error| {
            let reads = matches!(request, Request::ReadResource { .. });
            let not_found = codes::is_missing_resource(error.code, reads);
            Error::rejected(error).not_found(not_found)
        })
    }

    /// Listens to changes. Returns when the server has agreed, as far as it says so.
    pub(crate) async fn listen(&self, wanted: Changes) -> Result<Listening> {
        match self {
            Self::LegacyPipe(channel) => channel.listen(wanted).await,
            Self::ModernPipe(channel) => channel.listen(wanted).await,
            #[cfg(feature = "http")]
            Self::LegacyHttp(channel) => Box::pin(channel.listen(wanted)).await,
            #[cfg(feature = "http")]
            Self::ModernHttp(channel) => Box::pin(channel.listen(wanted)).await,
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
        match self {
            Self::LegacyPipe(channel) => channel.close().await,
            Self::ModernPipe(channel) => channel.close().await,
            #[cfg(feature = "http")]
            Self::LegacyHttp(channel) => channel.close().await,
            #[cfg(feature = "http")]
            Self::ModernHttp(channel) => channel.close(),
        }
    }

    fn era(&self) -> Era {
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

fn misshapen(what: &str, misread: Misread) -> Error {
    Error::invalid(format!("the server's answer to {what} cannot be used: {misread}")).because(misread)
}
