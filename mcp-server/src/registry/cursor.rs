//! Where a page ended, as clients carry it to the next page.

use crate::request_state::Sealer;

const PURPOSE: &str = "cursor";

/// Set in the mark of a list where the cursor leads into a source.
const OF_SOURCE: u8 = 0x80;

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind a registered item.
    Behind(Position),
    /// In a source.
    InSource(SourcePlace),
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

/// A page of a source: its name here, and its own cursor; none for its first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SourcePlace {
    pub(super) source: Box<str>,
    pub(super) cursor: Option<Box<str>>,
}

/// The cursor of a place in the list of that mark. `None` if it cannot be sealed.
pub(super) fn encode(sealer: &Sealer, mark: u8, place: &Place) -> Option<String> {
    let text = match place {
        Place::Behind(Position { numbering, number, name }) => {
            [&[mark], numbering.to_be_bytes().as_slice(), number.to_be_bytes().as_slice(), name.as_bytes()].concat()
        }
        Place::InSource(SourcePlace { source, cursor }) => {
            let length = u32::try_from(source.len()).ok()?;
            let cursor = cursor.as_deref();
            let rest = cursor.unwrap_or_default().as_bytes();
            let head = [mark | OF_SOURCE, u8::from(cursor.is_some())];
            [&head, length.to_be_bytes().as_slice(), source.as_bytes(), rest].concat()
        }
    };
    sealer.seal(PURPOSE, &text)
}

/// The place of a cursor. `None` for what this list has never made; why stands in the log.
pub(super) fn decode(sealer: &Sealer, mark: u8, cursor: &str) -> Option<Place> {
    let text = match sealer.open(PURPOSE, cursor) {
        Ok(text) => text,
        Err(reason) => {
            tracing::debug!(list = mark, %reason, "a cursor is refused");
            return None;
        }
    };
    let (of, rest) = text.split_first()?;
    if of & !OF_SOURCE != mark {
        tracing::debug!(list = mark, of, "a cursor is refused: it belongs to another list");
        return None;
    }
    let text = |bytes| std::str::from_utf8(bytes).ok().map(Box::from);
    if of & OF_SOURCE == 0 {
        let (numbering, rest) = rest.split_first_chunk()?;
        let (number, name) = rest.split_first_chunk()?;
        let (numbering, number) = (u64::from_be_bytes(*numbering), u64::from_be_bytes(*number));
        return Some(Place::Behind(Position { numbering, number, name: text(name)? }));
    }
    let (has_cursor, rest) = rest.split_first()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (source, cursor) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let cursor = if *has_cursor == 1 { Some(text(cursor)?) } else { None };
    Some(Place::InSource(SourcePlace { source: text(source)?, cursor }))
}
