//! The newest of each event: a later one takes the place of an unsent one that it says more than.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use foldhash::fast::RandomState;
use mcp_core::{
    json::Text,
    model::ServerNotification,
    sink::{NotPushed, Published},
};

use crate::budget::{Budget, Held, shrink};

/// Writes events for the one who reads a stream.
pub(crate) trait EventWriter: Send + Sync {
    /// The frame of an event, written when it is sent and not before. `None` if the reader may not know of what it is
    /// about, at this moment.
    fn write(&self, event: &Published) -> Option<Bytes>;
}

/// Events that wait, in the order in which the first of each key was pushed.
#[derive(Default)]
pub(super) struct Events {
    waiting: Vec<Option<Event>>,
    /// Where the event of each key stands. A change of one resource is pushed to each stream that watches it, and its URI
    /// may have some kilobytes: a hash that resists whoever can choose all keys would take most of the time of a push. These
    /// keys are what the program itself publishes.
    newest: HashMap<Key, usize, RandomState>,
    bytes: usize,
    /// How many have no key, and their bytes.
    unkeyed: usize,
    unkeyed_bytes: usize,
}

pub(super) struct Event {
    /// Its place among everything that was pushed.
    pub(super) number: u64,
    pub(super) event: Arc<Published>,
    pub(super) writer: Arc<dyn EventWriter>,
    /// Its place among the bytes that wait, if it has no key.
    pub(super) held: Option<Held>,
}

/// What one who watches can be told: the bound of a stream's events, because of each key only one waits. Events of
/// different sources never replace each other.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Tools {
        source: u64,
    },
    Prompts {
        source: u64,
    },
    Resources {
        source: u64,
    },
    Resource {
        source: u64,
        uri: Text,
    },
    /// The source is the stream of one call, which has one name for its progress.
    Progress {
        source: u64,
    },
}

/// The room of one stream for events without a key.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

impl Events {
    /// Takes the event in, unless it has no key and finds no room: in its stream, or in the whole server.
    pub(super) fn push(
        &mut self,
        source: u64,
        mut event: Event,
        room: Room,
        budget: &Arc<Budget>,
    ) -> Result<(), NotPushed> {
        let size = size(event.event.value());
        let Some(key) = key(source, event.event.value()) else {
            if self.unkeyed >= room.messages || self.unkeyed_bytes + size > room.bytes {
                return Err(NotPushed::Full);
            }
            event.held = Some(budget.take(size).ok_or(NotPushed::Full)?);
            self.unkeyed += 1;
            self.unkeyed_bytes += size;
            self.append(event, size);
            return Ok(());
        };
        match self.newest.get(&key).and_then(|place| self.waiting.get_mut(*place)?.as_mut()) {
            Some(waiting) => {
                self.bytes = self.bytes + size - self::size(waiting.event.value());
                // It keeps its place: what was pushed between the two stays behind it.
                (waiting.event, waiting.writer) = (event.event, event.writer);
            }
            None => {
                self.newest.insert(key, self.waiting.len());
                self.append(event, size);
            }
        }
        Ok(())
    }

    /// Forgets the change of a resource, in the spelling that the source has asked for.
    pub(super) fn forget_change(&mut self, source: u64, uri: &str) -> Option<Event> {
        let place = self.newest.remove(&Key::Resource { source, uri: uri.into() })?;
        let forgotten = self.waiting.get_mut(place)?.take()?;
        self.bytes -= size(forgotten.event.value());
        self.close_gaps();
        Some(forgotten)
    }

    /// Gives back the places of what was forgotten, once they are many.
    fn close_gaps(&mut self) {
        let filled = self.newest.len() + self.unkeyed;
        if self.waiting.len() <= 2 * filled {
            return;
        }
        let mut filled = 0;
        let places: Vec<usize> = self
            .waiting
            .iter()
            .map(|event| {
                filled += usize::from(event.is_some());
                filled
            })
            .collect();
        for place in self.newest.values_mut() {
            *place = places.get(*place).map_or(*place, |place| place - 1);
        }
        self.waiting.retain(Option::is_some);
        self.waiting.shrink_to(2 * self.waiting.len());
        shrink(&mut self.newest);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.newest.is_empty() && self.unkeyed == 0
    }

    /// How many events and gaps there are.
    #[cfg(test)]
    pub(super) fn places(&self) -> usize {
        self.waiting.len()
    }

    /// About how many bytes they hold.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn take(&mut self) -> Vec<Event> {
        std::mem::take(self).waiting.into_iter().flatten().collect()
    }

    fn append(&mut self, event: Event, size: usize) {
        self.bytes += size;
        self.waiting.push(Some(event));
    }
}

fn key(source: u64, event: &ServerNotification) -> Option<Key> {
    Some(match event {
        ServerNotification::ToolsListChanged => Key::Tools { source },
        ServerNotification::PromptsListChanged => Key::Prompts { source },
        ServerNotification::ResourcesListChanged => Key::Resources { source },
        ServerNotification::ResourceUpdated { uri } => Key::Resource { source, uri: uri.clone() },
        ServerNotification::Progress { .. } => Key::Progress { source },
        _ => return None,
    })
}

/// About what an event costs while it waits.
fn size(event: &ServerNotification) -> usize {
    const EACH: usize = 128;
    EACH + match event {
        ServerNotification::ResourceUpdated { uri } => uri.len(),
        ServerNotification::Progress { progress, .. } => progress.message.as_ref().map_or(0, String::len),
        ServerNotification::Message(message) => {
            message.data.as_str().len() + message.logger.as_ref().map_or(0, String::len)
        }
        _ => 0,
    }
}
