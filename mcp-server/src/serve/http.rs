//! Streamable HTTP: a service for anybody's app, and a listener of our own.

use std::{
    convert::Infallible,
    error::Error as StdError,
    fmt,
    future::Future,
    io::{self, ErrorKind},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, StatusCode, header};
use http_body::Body;
use hyper::body::Incoming;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream, ToSocketAddrs, lookup_host},
};
use tower_service::Service;

use super::{
    connection::{BoxError, Connection, serve_app, serve_connection, tell_turned_away, then, turn_away},
    error::{Result, ServeError},
    signals::Termination,
};
use crate::{
    era::endpoint::{Answered, Responding, respond},
    http::{Access, ConnectionState, Later, Reply, ResponseBody, Single, check_framing, leave, refuse},
    refusal_log::RefusalLog,
    server::Server,
};

/// Where the endpoint of our own listener is.
const PATH: &str = "/mcp";
/// How long to wait when no connection can be accepted, for example because there are too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How many bytes may stand in the system that it cannot send yet. What is for a peer that does not read waits here
/// instead, where it is counted, and where a newer event takes the place of an older one.
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNSENT: u32 = 128 << 10;

/// The endpoint as a [`tower::Service`](https://docs.rs/tower): mount it in an app, or [`bind`](Self::bind) it to an
/// address. Clones serve the same server.
///
/// Requests are let in only if their `Host` and `Origin` name this machine. Name others that the app is reached by
/// with [`allow_host`](Self::allow_host) and [`allow_origin`](Self::allow_origin).
///
/// An app that has the endpoint inside is best served by [`HttpListener::serve_with`], which bounds and times its
/// connections like our own. Where the app has another listener, say one for TLS, hand its connections to
/// [`serve_connection`](Self::serve_connection). A listener that does neither has to set `TCP_NODELAY` on its sockets
/// (without it, an answer that is a stream of events may wait 40 ms for an acknowledgement), and to end connections
/// that are idle, that send their heads slowly, or that do not read.
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
    /// If the address cannot be bound (the text names it, and says what to do), or is reachable from other machines: then say by which names with
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
    /// Lets in requests whose `Host` is this name, with any port, or exactly this name and port: `mcp.example.com`,
    /// `localhost:8080`. No scheme, no path, no wildcards.
    pub fn allow_host(mut self, host: impl AsRef<str>) -> Self {
        Arc::make_mut(&mut self.access).allow_host(host.as_ref());
        self
    }

    /// Lets in requests of web pages from this origin, such as `https://app.example.com`. No wildcards. The headers of CORS, without
    /// which a browser keeps the answers from the page, are for a layer of the application around the endpoint.
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
        let addresses: Vec<SocketAddr> = match lookup_host(address).await {
            Ok(addresses) => addresses.collect(),
            Err(error) => return Err(ServeError::io("cannot listen: the address names no socket", error)),
        };
        let failed = |error: io::Error| ServeError::io(not_bound(&addresses, &error), error);
        let listener = TcpListener::bind(&*addresses).await.map_err(failed)?;
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

/// What cannot be listened on, and what to do.
fn not_bound(addresses: &[SocketAddr], error: &io::Error) -> String {
    let named: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let named = if named.is_empty() { "an address that names no socket".to_owned() } else { named.join(" or ") };
    let advice = match error.kind() {
        ErrorKind::AddrInUse => {
            " (another program, or another copy of this one, listens there: stop it, or choose another port)"
        }
        ErrorKind::PermissionDenied => {
            " (this user may not: choose a port from 1024 on, or let the system give the program CAP_NET_BIND_SERVICE)"
        }
        ErrorKind::AddrNotAvailable => {
            " (no interface of this machine has that address: choose one that it has, or 127.0.0.1)"
        }
        _ => "",
    };
    format!("cannot listen on {named}{advice}")
}

impl HttpService {
    /// Answers a request to our own listener, where the endpoint is one path of many.
    fn answer(&self, request: Request<Incoming>) -> Responding<impl Future<Output = Answered> + Send + use<>> {
        let Self { server, access } = self;
        let path = request.uri().path();
        if path.strip_suffix('/').unwrap_or(path) == PATH {
            return respond(&server.inner.eras, access, request);
        }
        Responding::Other { answer: answer_elsewhere(access, &server.inner.engine.refusals, request) }
    }
}

/// Strangers learn nothing, not even what is not here.
#[cold]
fn answer_elsewhere(access: &Access, refusals: &RefusalLog, request: Request<Incoming>) -> Later {
    let (parts, body) = request.into_parts();
    let checked = access.check(&parts, refusals).and_then(|()| {
        let [transfer_encoding] = Single::find(&parts.headers, [&header::TRANSFER_ENCODING]);
        check_framing(transfer_encoding)
    });
    let text = format!("there is nothing here: the endpoint is {PATH}");
    let refusal = checked.err().unwrap_or_else(|| refuse(StatusCode::NOT_FOUND, text));
    leave(parts, body, refusal)
}

impl HttpService {
    /// Serves one connection of a listener of the app's own, such as one for TLS, with the bounds and the timers of
    /// [`Limits`](crate::Limits): how many connections there may be, how long a head, a body, a write and silence
    /// between requests may take. The requests go to `app`, for example an `axum::Router` in which the endpoint is
    /// mounted. Ends when the connection ends; once the server stops, that is after the request that is being answered.
    /// Beyond [`Limits::connections`](crate::Limits::connections) it ends at once.
    ///
    /// HTTP/1.1 is spoken, without upgrades. On a TCP socket set `TCP_NODELAY`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn serve_connection<IO, S, B>(&self, io: IO, app: S)
    where
        IO: AsyncRead + AsyncWrite + Unpin,
        S: Service<Request<Incoming>, Response = http::Response<B>> + Clone,
        S::Error: Into<BoxError>,
        B: Body + 'static,
        B::Error: Into<BoxError>,
    {
        let engine = &self.server.inner.engine;
        match engine.connections.take() {
            Some(_permit) => engine.lifecycle.run(serve_app(io, engine, app)).await,
            None => tell_turned_away(engine),
        }
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

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let connection = request.extensions_mut().remove::<Connection>();
        let answer = respond(&self.server.inner.eras, &self.access, request);
        Box::pin(then(answer, move |answered: &mut Answered| {
            if let (Some(Connection(connection)), Ok(reply)) = (&connection, answered) {
                reply.body_mut().attach(connection);
            }
        }))
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
        let service = self.service.clone();
        self.run(move |stream| {
            let service = service.clone();
            async move {
                let answer = |request: Request<Incoming>, _: &Arc<ConnectionState>| service.answer(request);
                let attach = |reply: &mut Reply, connection: &_| reply.body_mut().attach(connection);
                serve_connection(stream, &service.server.inner.engine, answer, attach).await;
            }
        })
        .await
    }

    /// As [`serve`](Self::serve), for an app that has the endpoint inside, at a path of its choice, and other things
    /// beside it. Its connections have the bounds and the timers of [`Limits`](crate::Limits), and it shuts down like a
    /// server that serves nothing else.
    ///
    /// ```no_run
    /// # async fn run(server: mcp_server::Server) -> mcp_server::Result<()> {
    /// let service = server.http_service();
    /// // Usually `axum::Router::new().route_service("/mcp", service.clone())` and whatever else there is. The endpoint
    /// // is a service like others: here it is at every path.
    /// let app = service.clone();
    /// service.bind("127.0.0.1:8080").await?.serve_with(app).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    ///
    /// # Cancel safety
    ///
    /// As [`serve`](Self::serve).
    pub async fn serve_with<S, B>(self, app: S) -> Result<()>
    where
        S: Service<Request<Incoming>, Response = http::Response<B>> + Clone + Send + 'static,
        S::Error: Into<BoxError> + Send,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let engine = self.service.server.inner.engine.clone();
        self.run(move |stream| {
            let (app, engine) = (app.clone(), engine.clone());
            async move { serve_app(stream, &engine, app).await }
        })
        .await
    }

    async fn run<F>(self, serve: impl Fn(TcpStream) -> F) -> Result<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let server = self.service.server.clone();
        let mut termination = Termination::listen()?;
        tokio::select! {
            () = self.accept(serve) => {}
            () = termination.asked() => server.inner.engine.lifecycle.stopping().raise(),
        }
        tokio::select! {
            () = server.shutdown() => {}
            () = termination.asked() => server.inner.engine.lifecycle.abort().await,
        }
        Ok(())
    }

    /// Accepts connections until the server stops.
    async fn accept<F>(self, serve: impl Fn(TcpStream) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let engine = self.service.server.inner.engine.clone();
        let mut stopped = engine.lifecycle.stopping().raised();
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut stopped => return,
                accepted = self.listener.accept() => accepted,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let Some(permit) = engine.connections.take() else {
                turn_away(&engine, stream);
                continue;
            };
            if let Err(error) = tune(&stream) {
                tracing::debug!(%error, "an option of a socket cannot be set");
            }
            let served = serve(stream);
            engine.lifecycle.spawn(async move {
                served.await;
                drop(permit);
            });
        }
    }
}

/// What every connection wants of its socket.
fn tune(stream: &TcpStream) -> io::Result<()> {
    // Small messages must not wait for the acknowledgement of the one before.
    stream.set_nodelay(true)?;
    // Where the system has no such option, it may hold megabytes for a peer that does not read.
    #[cfg(any(target_os = "android", target_os = "linux"))]
    socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT)?;
    Ok(())
}

impl fmt::Debug for HttpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpListener").field("address", &self.address).finish_non_exhaustive()
    }
}
