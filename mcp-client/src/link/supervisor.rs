//! Sees the end of each connection, and makes the next one if that is wanted.

use std::sync::Weak;

use tokio::time::sleep;

use super::{epochs::Epochs, restart::Reconnect};
use crate::{connection::End, era::find_again, error::Error};

/// Runs for as long as there is a link, and holds nothing of it open.
pub(super) async fn supervise(epochs: Weak<Epochs>, reconnect: Option<Reconnect>) {
    let last_breath = LastBreath(epochs);
    let epochs = &last_breath.0;
    let mut number = 1;
    let mut backoff = reconnect.as_ref().map(Reconnect::backoff);
    while let Some(end) = present_end(epochs) {
        let mut why = end.reached().await;
        let (Some(reconnect), Some(backoff)) = (&reconnect, &mut backoff) else { return finish(epochs, &why) };
        let Some(last) = epochs.upgrade().and_then(|epochs| epochs.down()) else { return };
        tracing::warn!(%why, "the server is gone: connecting anew");
        // Two of them at once might stand in each other's way.
        last.channel.close().await;
        drop(last);
        backoff.broken();
        let found = loop {
            let Some(pause) = backoff.pause(None) else { return finish(epochs, &given_up(reconnect, &why)) };
            sleep(pause).await;
            let Some(version) = epochs.upgrade().map(|epochs| epochs.server().version) else { return };
            match find_again(reconnect.connector.as_ref(), &reconnect.identity, version).await {
                Ok(found) => break found,
                Err(error) => {
                    tracing::warn!(%error, "the server could not be connected to anew");
                    why = error;
                }
            }
        };
        backoff.opened();
        number += 1;
        if !epochs.upgrade().is_some_and(|epochs| epochs.up(found)) {
            return;
        }
        tracing::info!(epoch = number, "connected to the server anew");
    }
}

fn given_up(reconnect: &Reconnect, why: &Error) -> Error {
    let tries = reconnect.restart.tries;
    Error::closed(format!("the server was given up after {tries} attempts in a row to connect anew: {why}"))
        .because(why.clone())
}

fn present_end(epochs: &Weak<Epochs>) -> Option<End> {
    epochs.upgrade()?.present_end()
}

fn finish(epochs: &Weak<Epochs>, why: &Error) {
    if let Some(epochs) = epochs.upgrade() {
        epochs.finish(why);
    }
}

/// Nobody waits for a supervisor that is gone: its runtime may end before the client does.
struct LastBreath(Weak<Epochs>);

impl Drop for LastBreath {
    fn drop(&mut self) {
        finish(&self.0, &Error::closed("the runtime that the client was connected in has ended: connect again"));
    }
}
