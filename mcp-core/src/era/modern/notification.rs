//! Events as this era writes them.

use super::{ListenFilter, keys};
use crate::{
    era::{
        Method,
        shared::{ObjectWriter, write_notification_members},
    },
    jsonrpc::{RequestId, encode},
    model::ServerNotification,
    version::ProtocolVersion,
};

/// Writes an event. On a listen stream `subscription` is the id of the listen request (2026-07-28,
/// basic/patterns/subscriptions, "Receiving Notifications"); on the stream of a request it is `None`.
pub fn write_notification(
    out: &mut Vec<u8>,
    event: &ServerNotification,
    version: ProtocolVersion,
    subscription: Option<&RequestId>,
) {
    encode::notification(
        out,
        event.method(),
        Some(|out: &mut Vec<u8>| {
            let mut params = ObjectWriter::open(out);
            if let Some(id) = subscription {
                write_subscription_meta(&mut params, version, id);
            }
            write_notification_members(&mut params, event, version);
            params.close();
        }),
    );
}

/// Writes the first message of a listen stream: what the server agreed to send (2026-07-28,
/// basic/patterns/subscriptions, "Acknowledgment").
pub fn write_acknowledged(
    out: &mut Vec<u8>,
    version: ProtocolVersion,
    subscription: &RequestId,
    agreed: &ListenFilter,
) {
    encode::notification(
        out,
        Method::Acknowledged.name(),
        Some(|out: &mut Vec<u8>| {
            let mut params = ObjectWriter::open(out);
            write_subscription_meta(&mut params, version, subscription);
            params.value("notifications", agreed);
            params.close();
        }),
    );
}

/// Writes the notice that a server ends a listen stream (2026-07-28, basic/patterns/cancellation, "Transport-Specific
/// Cancellation").
pub fn write_cancelled(out: &mut Vec<u8>, version: ProtocolVersion, subscription: &RequestId, reason: &str) {
    encode::notification(
        out,
        Method::Cancelled.name(),
        Some(|out: &mut Vec<u8>| {
            let mut params = ObjectWriter::open(out);
            write_subscription_meta(&mut params, version, subscription);
            subscription.write(params.key("requestId"));
            params.value("reason", reason);
            params.close();
        }),
    );
}

fn write_subscription_meta(params: &mut ObjectWriter<'_>, _: ProtocolVersion, subscription: &RequestId) {
    let mut meta = ObjectWriter::open(params.key("_meta"));
    subscription.write(meta.key(keys::SUBSCRIPTION_ID));
    meta.close();
}
