//! One connection of a listener: its timers, its bounds, and its end.

use std::{
    error::Error as StdError,
    future::{Future, poll_fn},
    io::Write,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response, header};
use http_body::Body;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use pin_project_lite::pin_project;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tower_service::Service;

use super::{socket::Socket, timer::ConnectionTimer};
use crate::{engine::Engine, http::ConnectionState, refusal_log::RefusalKind};

/// The largest head of a request. That it has at most 100 headers is hyper's own bound.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// The answer to a connection beyond the bound, whatever it was going to ask.
const TOO_MANY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n";

pub(super) type BoxError = Box<dyn StdError + Send + Sync>;

/// Serves the requests of one connection until it ends, or until the server stops: then what is being answered is
/// answered, and nothing more.
///
/// `attach` makes known to an answer which connection it is written to.
pub(super) async fn serve_connection<IO, F, A, B, E>(
    io: IO,
    engine: &Engine,
    answer: F,
    attach: impl Fn(&mut Response<B>, &Arc<ConnectionState>),
) where
    IO: AsyncRead + AsyncWrite + Unpin,
    F: Fn(Request<Incoming>, &Arc<ConnectionState>) -> A,
    A: Future<Output = Result<Response<B>, E>>,
    B: Body + 'static,
    B::Error: Into<BoxError>,
    E: Into<BoxError>,
{
    let limits = &engine.limits;
    let state = Arc::new(ConnectionState::default());
    let socket = Socket::new(io, state.clone(), limits.write_stall, engine.held.clone());
    let timer = ConnectionTimer::new(state.clone(), limits.head_timeout, limits.connection_idle);
    let mut builder = http1::Builder::new();
    builder.timer(timer).header_read_timeout(limits.head_timeout);
    // The buffer alone would let a head through that is there at once.
    builder.max_buf_size(MAX_HEAD_BYTES).max_header_size(MAX_HEAD_BYTES);
    // The socket itself looks for the end of a client whose request is being answered.
    builder.half_close(true);
    let (state, attach) = (&state, &attach);
    let route = service_fn(move |request: Request<Incoming>| {
        state.call(request.version(), request.body().size_hint().exact());
        then(answer(request, state), move |answered: &mut Result<_, E>| {
            if let Ok(reply) = answered {
                attach(reply, state);
                state.answer(reply.body().size_hint().exact().is_some(), is_closing(reply));
            }
        })
    });
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(socket), route));
    let served = tokio::select! {
        served = &mut connection => served,
        () = engine.lifecycle.stopping().raised() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        if error.is_parse_too_large() {
            let what =
                format_args!("a request is refused: its head has more than {MAX_HEAD_BYTES} bytes, or 100 headers");
            engine.refusals.tell(RefusalKind::Size, what);
        }
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Serves an app: each request tells it which connection it came by, in case the endpoint is inside.
pub(super) async fn serve_app<IO, S, B>(io: IO, engine: &Engine, app: S)
where
    IO: AsyncRead + AsyncWrite + Unpin,
    S: Service<Request<Incoming>, Response = Response<B>> + Clone,
    S::Error: Into<BoxError>,
    B: Body + 'static,
    B::Error: Into<BoxError>,
{
    let answer = move |mut request: Request<Incoming>, state: &Arc<ConnectionState>| {
        request.extensions_mut().insert(Connection(state.clone()));
        let mut app = app.clone();
        async move {
            poll_fn(|cx| app.poll_ready(cx)).await?;
            app.call(request).await
        }
    };
    serve_connection(io, engine, answer, |_, _| ()).await;
}

/// The connection that a request came by, which travels with it through an app.
#[derive(Clone)]
pub(super) struct Connection(pub(super) Arc<ConnectionState>);

pin_project! {
    /// See [`then`].
    pub(super) struct Then<A, F> {
        #[pin]
        answer: A,
        change: F,
    }
}

/// What `answer` gives, changed where it stands. An `async` block would do the same, and have room for `answer` twice: it
/// is made and moved for every request.
pub(super) fn then<A: Future, F: FnMut(&mut A::Output)>(answer: A, change: F) -> Then<A, F> {
    Then { answer, change }
}

impl<A: Future, F: FnMut(&mut A::Output)> Future for Then<A, F> {
    type Output = A::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<A::Output> {
        let this = self.project();
        let mut polled = this.answer.poll(cx);
        if let Poll::Ready(answered) = &mut polled {
            (this.change)(answered);
        }
        polled
    }
}

fn is_closing<B>(reply: &Response<B>) -> bool {
    reply.headers().get(header::CONNECTION).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"close"))
}

/// Closes a connection for which there is no place, and says why if that can be said without waiting.
pub(super) fn turn_away(engine: &Engine, stream: TcpStream) {
    tell_turned_away(engine);
    if let Ok(stream) = stream.into_std() {
        let _ = (&stream).write(TOO_MANY);
    }
}

/// Tells whoever runs the server that there is no place for a connection.
#[cold]
pub(super) fn tell_turned_away(engine: &Engine) {
    let max = engine.limits.connections;
    engine.refusals.tell_full(RefusalKind::Connections, "a connection", "connections", max);
}
