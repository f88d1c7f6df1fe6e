//! Where a page ended, as clients carry it to the next page.

use crate::request_state::Sealer;

const PURPOSE: &str = "cursor";

/// Which list a cursor belongs to. The numbers are part of the cursors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum List {
    Tools = 1,
    Prompts = 2,
    Resources = 3,
    ResourceTemplates = 4,
}

/// The last item of a page.
///
/// Items of a list are numbered as they arrive, by each process for itself. In the process that made a cursor its
/// number says where to go on, whatever came and went since. In another one, the item of that name does; if it has
/// none, the number is the best guess, and exact where the same items arrived in the same order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    /// Drawn by the list that numbered the item.
    pub(super) numbering: u64,
    pub(super) number: u64,
    pub(super) name: Box<str>,
}

/// The cursor of a position. `None` if it cannot be sealed.
pub(super) fn encode(sealer: &Sealer, list: List, position: &Position) -> Option<String> {
    let Position { numbering, number, name } = position;
    let text =
        [&[list as u8], numbering.to_be_bytes().as_slice(), number.to_be_bytes().as_slice(), name.as_bytes()].concat();
    sealer.seal(PURPOSE, &text)
}

/// The position of a cursor. `None` for what this list has never made; why stands in the log.
pub(super) fn decode(sealer: &Sealer, list: List, cursor: &str) -> Option<Position> {
    let text = match sealer.open(PURPOSE, cursor) {
        Ok(text) => text,
        Err(reason) => {
            tracing::debug!(?list, %reason, "a cursor is refused");
            return None;
        }
    };
    let (of, rest) = text.split_first()?;
    if *of != list as u8 {
        tracing::debug!(?list, of, "a cursor is refused: it belongs to another list");
        return None;
    }
    let (numbering, rest) = rest.split_first_chunk()?;
    let (number, name) = rest.split_first_chunk()?;
    let name = std::str::from_utf8(name).ok()?.into();
    Some(Position { numbering: u64::from_be_bytes(*numbering), number: u64::from_be_bytes(*number), name })
}
