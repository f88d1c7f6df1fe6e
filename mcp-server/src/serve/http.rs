//! Streamable HTTP: a service for anybody's app, and a listener of our own.

use std::{
    convert::Infallible,
    error::Error as StdError,
    fmt,
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, StatusCode, header};
use http_body::Body;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tower_service::Service;

use super::{
    error::{Result, ServeError},
    signals::Termination,
    timer::ConnectionTimer,
};
use crate::{
    era::endpoint::respond,
    http::{Access, Reply, ResponseBody, Single, check_framing, leave_body, refuse},
    server::Server,
};

/// Where the endpoint of our own listener is.
const PATH: &str = "/mcp";
/// How long to wait when no connection can be accepted, for example because there are too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
const MAX_HEADERS: usize = 100;
const MAX_HEAD_BYTES: usize = 64 << 10;

/// The endpoint as a [`tower::Service`](https://docs.rs/tower): mount it in an app, or [`bind`](Self::bind) it to an
/// address. Clones serve the same server.
///
/// Requests are let in only if their `Host` and `Origin` name this machine. Name others that the app is reached by
/// with [`allow_host`](Self::allow_host) and [`allow_origin`](Self::allow_origin).
///
/// When the service is mounted in a listener of the app's own, set `TCP_NODELAY` on its sockets: without it, an
/// answer that is a stream of events may wait 40 ms for an acknowledgement. With axum that is
/// `listener.tap_io(|stream| drop(stream.set_nodelay(true)))` of `axum::serve::ListenerExt`; the example `mount` is the
/// whole program.
#[derive(Clone, Debug)]
#[must_use = "a service does nothing until it is mounted or bound"]
pub struct HttpService {
    server: Server,
    access: Arc<Access>,
}

impl Server {
    /// The endpoint, to be mounted at a path: `axum::Router::new().route_service("/mcp", server.http_service())`.
    pub fn http_service(&self) -> HttpService {
        HttpService { server: self.clone(), access: Arc::default() }
    }

    /// Listens on an address; port 0 picks a free one. The endpoint is at `/mcp`.
    ///
    /// # Errors
    ///
    /// If the address cannot be bound, or is reachable from other machines: then say by which names with
    /// [`HttpService::allow_host`] and use [`HttpService::bind`].
    pub async fn bind_http(&self, address: impl ToSocketAddrs) -> Result<HttpListener> {
        self.http_service().bind(address).await
    }

    /// Listens on an address and serves until Ctrl-C or SIGTERM, then shuts down: calls may finish.
    ///
    /// # Errors
    ///
    /// As [`Server::bind_http`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the listener and its connections.
    pub async fn serve_http(&self, address: impl ToSocketAddrs) -> Result<()> {
        self.bind_http(address).await?.serve().await
    }
}

impl HttpService {
    /// Lets in requests whose `Host` is this name, with any port, or exactly this name and port.
    pub fn allow_host(mut self, host: impl AsRef<str>) -> Self {
        Arc::make_mut(&mut self.access).allow_host(host.as_ref());
        self
    }

    /// Lets in requests of web pages from this origin, such as `https://app.example.com`.
    pub fn allow_origin(mut self, origin: impl AsRef<str>) -> Self {
        Arc::make_mut(&mut self.access).allow_origin(origin.as_ref());
        self
    }

    /// Lets in requests whatever their `Host`. Only for endpoints that something else protects against DNS
    /// rebinding, for example a proxy that checks the name.
    pub fn allow_any_host(mut self) -> Self {
        Arc::make_mut(&mut self.access).allow_any_host();
        self
    }

    /// Listens on an address; port 0 picks a free one. The endpoint is at `/mcp`.
    ///
    /// # Errors
    ///
    /// If the address cannot be bound, or is reachable from other machines and no host was allowed.
    pub async fn bind(self, address: impl ToSocketAddrs) -> Result<HttpListener> {
        let failed = |error: io::Error| ServeError::io("cannot listen", error);
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        if !address.ip().is_loopback() && !self.access.is_configured() {
            return Err(ServeError::configuration(format!(
                "{address} is reachable from other machines: name the hosts it is reached by with \
                 `server.http_service().allow_host(\"…\").bind(\"{address}\")`, or listen on 127.0.0.1"
            )));
        }
        Ok(HttpListener { listener, address, service: self })
    }
}

impl HttpService {
    /// Answers a request to our own listener, where the endpoint is one path of many.
    async fn answer(&self, request: Request<Incoming>) -> Reply {
        let Self { server, access } = self;
        let path = request.uri().path();
        if path.strip_suffix('/').unwrap_or(path) == PATH {
            return respond(&server.inner.eras, access, request).await;
        }
        let (parts, body) = request.into_parts();
        // Strangers learn nothing, not even what is not here.
        let text = format!("there is nothing here: the endpoint is {PATH}");
        let checked = access.check(&parts).and_then(|()| {
            let [transfer_encoding] = Single::find(&parts.headers, [&header::TRANSFER_ENCODING]);
            check_framing(transfer_encoding)
        });
        let refusal = checked.err().unwrap_or_else(|| refuse(StatusCode::NOT_FOUND, text));
        leave_body(&parts, body, refusal.into_reply()).await
    }
}

impl<B> Service<Request<B>> for HttpService
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Response = http::Response<ResponseBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Self { server, access } = self.clone();
        Box::pin(async move { Ok(respond(&server.inner.eras, &access, request).await) })
    }
}

/// A listener that is bound and does not serve yet.
#[must_use = "a listener serves nobody until `serve` is called"]
pub struct HttpListener {
    listener: TcpListener,
    address: SocketAddr,
    service: HttpService,
}

impl HttpListener {
    /// The address that is listened on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The URL of the endpoint.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// Serves until Ctrl-C or SIGTERM, or until [`Server::shutdown`] is called, and then shuts down: nothing new is
    /// accepted, calls may finish within [`Limits::drain`](crate::Limits::drain). A second signal drops them and ends at
    /// once.
    ///
    /// # Errors
    ///
    /// If the signal handlers cannot be set up.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the listener; connections go on until they are idle.
    pub async fn serve(self) -> Result<()> {
        let server = self.service.server.clone();
        let mut termination = Termination::listen()?;
        tokio::select! {
            () = self.accept() => {}
            () = termination.asked() => server.inner.engine.lifecycle.stopping().raise(),
        }
        tokio::select! {
            () = server.shutdown() => {}
            () = termination.asked() => server.inner.engine.lifecycle.abort(),
        }
        Ok(())
    }

    /// Accepts connections until the server stops.
    async fn accept(self) {
        let engine = self.service.server.inner.engine.clone();
        let mut stopped = engine.lifecycle.stopping().raised();
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut stopped => return,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    engine.lifecycle.spawn(serve_connection(stream, self.service.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, service: HttpService) {
    // Small messages must not wait for the acknowledgement of the one before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY cannot be set");
    }
    let engine = service.server.inner.engine.clone();
    let mut builder = http1::Builder::new();
    builder
        .timer(ConnectionTimer::default())
        .header_read_timeout(engine.limits.head_timeout)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES);
    let service = Arc::new(service);
    let route = hyper::service::service_fn(move |request: Request<Incoming>| {
        let service = service.clone();
        async move { Ok::<Reply, Infallible>(service.answer(request).await) }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), route);
    let mut connection = std::pin::pin!(connection);
    let served = tokio::select! {
        served = &mut connection => served,
        () = engine.lifecycle.stopping().raised() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

impl fmt::Debug for HttpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpListener").field("address", &self.address).finish_non_exhaustive()
    }
}
