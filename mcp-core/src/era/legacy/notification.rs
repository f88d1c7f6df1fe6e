//! Events as this era writes them.

use crate::{
    era::shared::{ObjectWriter, write_notification_members},
    jsonrpc::encode,
    model::ServerNotification,
    version::ProtocolVersion,
};

/// Writes an event for a peer that negotiated `version`.
pub fn write_notification(out: &mut Vec<u8>, event: &ServerNotification, version: ProtocolVersion) {
    let bare = matches!(
        event,
        ServerNotification::ToolsListChanged
            | ServerNotification::PromptsListChanged
            | ServerNotification::ResourcesListChanged
    );
    let params = (!bare).then_some(|out: &mut Vec<u8>| {
        let mut params = ObjectWriter::open(out);
        write_notification_members(&mut params, event, version);
        params.close();
    });
    encode::notification(out, event.method(), params);
}
