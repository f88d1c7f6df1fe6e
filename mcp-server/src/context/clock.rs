//! Where the clock of a call is kept.

use std::{ops::Deref, sync::Arc};

use super::{Activity, ClientLink};

/// The clock of a call, where it is kept.
#[derive(Clone)]
pub(crate) enum Clock {
    Own(Arc<Activity>),
    /// Beside the line to the client.
    OfLink(Arc<dyn ClientLink>),
}

impl Deref for Clock {
    type Target = Activity;

    fn deref(&self) -> &Activity {
        match self {
            Self::Own(activity) => activity,
            Self::OfLink(link) => link.activity(),
        }
    }
}
