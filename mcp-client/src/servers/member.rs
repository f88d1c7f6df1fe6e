//! One server of a set: connected, listened to, and connected again when it is gone.

use std::{sync::Arc, time::Duration};

use tokio::{
    process::Command,
    sync::{mpsc, watch},
};
use tokio_util::sync::CancellationToken;

use super::{
    changes::{ServerNews, Teller},
    config::{ServerConfig, ServerTransport},
};
use crate::{
    builder::ClientBuilder,
    changes::Changes,
    client::McpClient,
    error::{Error, ErrorKind, Result},
    limits::Limits,
    subscription::Subscription,
    timing::Backoff,
};

/// Where a server of a set stands.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ServerState {
    /// It is being connected for the first time, or again.
    Connecting,
    /// It answers.
    Up,
    /// It does not, and this is why.
    Down {
        /// What happened last.
        reason: Error,
        /// When it is tried again; `None` if not before [`Servers::reconnect`](crate::Servers::reconnect), because trying
        /// again would not help: the configuration is wrong, there is no version in common, or the server wants other
        /// credentials.
        retry_in: Option<Duration>,
    },
}

/// What a supervisor is told.
pub(super) enum Order {
    /// A call on this connection found the server gone.
    Lost(u64, Error),
    /// Connect anew.
    Reconnect,
}

/// What is known of a server now.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) state: ServerState,
    pub(super) client: Option<McpClient>,
    /// Counts connections.
    pub(super) epoch: u64,
    /// Counts how often connecting ended, well or not.
    pub(super) outcomes: u64,
}

/// What the set holds of a server.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) standing: watch::Receiver<Standing>,
    pub(super) orders: mpsc::Sender<Order>,
}

/// Orders that wait; more of them say nothing new.
const ORDERS: usize = 8;

/// What keeps a server connected.
pub(super) struct Supervisor {
    config: ServerConfig,
    client: ClientBuilder,
    limits: Limits,
    standing: watch::Sender<Standing>,
    orders: mpsc::Receiver<Order>,
    teller: Arc<Teller>,
    stop: CancellationToken,
}

/// Why a connection is given up.
enum End {
    Stopped,
    Wanted,
    Gone(Error),
}

impl Supervisor {
    pub(super) fn new(
        config: ServerConfig,
        client: ClientBuilder,
        teller: Arc<Teller>,
        stop: CancellationToken,
    ) -> (Member, Self) {
        let limits = Limits { reconnect_tries: u32::MAX, ..client.identity.limits.clone() };
        let (standing, seen) =
            watch::channel(Standing { state: ServerState::Connecting, client: None, epoch: 0, outcomes: 0 });
        let (orders, taken) = mpsc::channel(ORDERS);
        let member = Member { name: config.name.clone(), standing: seen, orders };
        (member, Self { config, client, limits, standing, orders: taken, teller, stop })
    }

    pub(super) async fn run(mut self) {
        let mut backoff = Backoff::new(&self.limits);
        loop {
            self.stand(ServerState::Connecting, None);
            let stop = self.stop.clone();
            let reason = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                connected = Box::pin(connect(&self.config, self.client.clone())) => match connected {
                    Ok(client) => {
                        backoff.opened();
                        let end = Box::pin(self.serve(&client)).await;
                        backoff.broken();
                        match end {
                            End::Stopped => {
                                self.stand(ServerState::Connecting, None);
                                client.close().await;
                                break;
                            }
                            End::Wanted => {
                                self.stand(ServerState::Connecting, None);
                                client.close().await;
                                continue;
                            }
                            End::Gone(reason) => reason,
                        }
                    }
                    Err(reason) => reason,
                },
            };
            let retry_in = if is_final(&reason) { None } else { backoff.pause(reason.retry_after()) };
            tracing::warn!(server = %self.config.name, error = %reason, ?retry_in, "a server is down");
            self.stand(ServerState::Down { reason, retry_in }, None);
            if !self.wait(retry_in).await {
                break;
            }
        }
        let reason = Error::closed("the set of servers was closed");
        self.stand(ServerState::Down { reason, retry_in: None }, None);
    }

    fn stand(&self, state: ServerState, client: Option<McpClient>) {
        self.standing.send_modify(|standing| {
            if client.is_some() {
                standing.epoch += 1;
            }
            if !matches!(state, ServerState::Connecting) {
                standing.outcomes += 1;
            }
            standing.state = state;
            standing.client = client;
        });
        self.teller.tell(&self.config.name, &ServerNews::State);
    }

    /// Listens to the server until it is gone, or not wanted any more.
    async fn serve(&mut self, client: &McpClient) -> End {
        let stop = self.stop.clone();
        let mut subscription = tokio::select! {
            () = stop.cancelled() => return End::Stopped,
            listened = listen(client, self.limits.probe_timeout) => match listened {
                Ok(subscription) => subscription,
                Err(gone) => return End::Gone(gone),
            },
        };
        self.stand(ServerState::Up, Some(client.clone()));
        let epoch = self.standing.borrow().epoch;
        loop {
            tokio::select! {
                () = stop.cancelled() => return End::Stopped,
                order = self.orders.recv() => match order {
                    None => return End::Stopped,
                    Some(Order::Reconnect) => return End::Wanted,
                    // A subscription knows better: it outlives connections that are made again.
                    Some(Order::Lost(of, reason)) if of == epoch && subscription.is_none() => return End::Gone(reason),
                    Some(Order::Lost(..)) => {}
                },
                change = next(&mut subscription) => match change {
                    Some(change) => self.teller.tell(&self.config.name, &ServerNews::Change(change)),
                    None => match subscription.take().and_then(|subscription| subscription.ended()) {
                        Some(reason) if is_gone(&reason) => return End::Gone(reason),
                        _ => tracing::debug!(server = %self.config.name, "changes of this server are not heard of any more"),
                    },
                },
            }
        }
    }

    /// Waits for the next try; says whether there is one.
    async fn wait(&mut self, retry_in: Option<Duration>) -> bool {
        let time = async {
            match retry_in {
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(time);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return false,
                () = &mut time => return true,
                order = self.orders.recv() => match order {
                    None => return false,
                    Some(Order::Reconnect) => return true,
                    Some(Order::Lost(..)) => {}
                },
            }
        }
    }
}

async fn next(subscription: &mut Option<Subscription>) -> Option<crate::changes::Change> {
    match subscription {
        Some(subscription) => subscription.next().await,
        None => std::future::pending().await,
    }
}

/// Changes of a server's lists, if it tells of them and says so in time.
async fn listen(client: &McpClient, patience: Duration) -> Result<Option<Subscription>> {
    match tokio::time::timeout(patience, client.listen(Changes::all())).await {
        Ok(Ok(subscription)) => Ok(Some(subscription)),
        Ok(Err(error)) if is_gone(&error) => Err(error),
        Ok(Err(_)) | Err(_) => Ok(None),
    }
}

fn is_gone(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Closed | ErrorKind::Transport)
}

/// Whether trying again would not help.
fn is_final(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Input | ErrorKind::Version) || matches!(error.http_status(), Some(401 | 403))
}

async fn connect(config: &ServerConfig, client: ClientBuilder) -> Result<McpClient> {
    match &config.transport {
        ServerTransport::Stdio { command, args, env, cwd } => {
            let mut child = Command::new(command);
            child.args(args);
            if let Some(cwd) = cwd {
                child.current_dir(cwd);
            }
            let client = env.iter().fold(client, |client, (name, value)| client.env(name, value));
            client.connect_stdio(child).await
        }
        #[cfg(feature = "http")]
        ServerTransport::Http { url, headers } => {
            let client = headers.iter().fold(client, |client, (name, value)| client.header(name, value));
            client.connect_http(url).await
        }
        #[cfg(not(feature = "http"))]
        ServerTransport::Http { .. } => {
            drop(client);
            Err(Error::input("this program was built without HTTP: enable the feature `http` of mcp-client"))
        }
    }
}
