//! Where one request ends and the next begins, among bytes that hyper was given.
//!
//! hyper reads what there is, and does not say what of it belongs to the request that it is at. So the end of each head
//! is looked for in what it is given, and what comes behind is held against the length of the body.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

/// The end of the current head has not been seen.
const UNSEEN: usize = usize::MAX;
/// The body says where it ends.
const CHUNKED: usize = usize::MAX;

/// What a connection has received of the current request, and behind it.
#[derive(Debug)]
pub(super) struct Boundary {
    /// How much has come behind the end of the head, or [`UNSEEN`].
    behind: AtomicUsize,
    /// How long the body is, or [`CHUNKED`].
    body: AtomicUsize,
    /// The last four bytes.
    tail: AtomicU32,
}

impl Default for Boundary {
    fn default() -> Self {
        Self { behind: AtomicUsize::new(UNSEEN), body: AtomicUsize::new(0), tail: AtomicU32::new(0) }
    }
}

impl Boundary {
    /// Takes in what hyper is given; `is_reading` while it has no whole head.
    pub(super) fn receive(&self, read: &[u8], is_reading: bool) {
        let tail = self.tail.load(Relaxed).to_be_bytes();
        let behind = match self.behind.load(Relaxed) {
            UNSEEN if is_reading => head_end(tail, read).map_or(UNSEEN, |end| read.len() - end),
            // The whole head came with the request before: where it ended was not seen.
            UNSEEN => UNSEEN,
            behind => behind.saturating_add(read.len()),
        };
        self.behind.store(behind, Relaxed);
        let last = read.last_chunk().copied();
        let last = last.map_or_else(|| read.iter().fold(u32::from_be_bytes(tail), shift), u32::from_be_bytes);
        self.tail.store(last, Relaxed);
    }

    /// The head was whole, and its body has that length, if it has one that is known.
    pub(super) fn call(&self, body: Option<u64>) {
        let body = body.and_then(|length| usize::try_from(length).ok());
        self.body.store(body.unwrap_or(CHUNKED), Relaxed);
    }

    /// The current request is over; whether anything of the next one may be there. Where that cannot be told, because
    /// requests came in one piece, it may.
    pub(super) fn next(&self) -> bool {
        let behind = self.behind.swap(UNSEEN, Relaxed);
        let is_exact = match self.body.load(Relaxed) {
            _ if behind == UNSEEN => false,
            // No head that is not whole ends like that (RFC 9112, section 7.1).
            CHUNKED => self.tail.load(Relaxed).to_be_bytes() == *b"\r\n\r\n",
            length => behind == length,
        };
        if is_exact {
            // What ended the request before does not end a head.
            self.tail.store(0, Relaxed);
        }
        !is_exact
    }
}

fn shift(bytes: u32, byte: &u8) -> u32 {
    bytes << 8 | u32::from(*byte)
}

/// How much of `read` belongs to the head that it ends: an empty line does (RFC 9112, section 2.1), also one without a
/// carriage return, which hyper takes for one.
fn head_end([.., before, last]: [u8; 4], read: &[u8]) -> Option<usize> {
    match (last, read) {
        (b'\n', [b'\n', ..]) => return Some(1),
        (b'\n', [b'\r', b'\n', ..]) => return Some(2),
        (b'\r', [b'\n', ..]) if before == b'\n' => return Some(1),
        _ => {}
    }
    let mut from = 0;
    loop {
        from += next_break(read.get(from..)?)?;
        match read.get(from..)? {
            [b'\n', b'\n', ..] => return Some(from + 2),
            [b'\n', b'\r', b'\n', ..] => return Some(from + 3),
            _ => from += 1,
        }
    }
}

/// How much is looked at in one go.
const BLOCK: usize = 32;

/// Where a line breaks in front of another control character, as it does in front of an empty line: headers begin with a
/// letter. Blocks of one length are compared all at once, which takes two thirds of what a search for one line break
/// after the other takes.
fn next_break(read: &[u8]) -> Option<usize> {
    let breaks = |byte: u8, next: u8| (byte == b'\n') & (next <= b'\r');
    let mut from = 0;
    while let Some(block) = read.get(from..).and_then(|rest| rest.first_chunk::<{ BLOCK + 1 }>()) {
        let pairs = block[..BLOCK].iter().zip(&block[1..]);
        if pairs.fold(false, |any, (byte, next)| any | breaks(*byte, *next)) {
            break;
        }
        from += BLOCK;
    }
    let rest = read.get(from..)?;
    Some(from + rest.windows(2).position(|pair| matches!(*pair, [byte, next] if breaks(byte, next)))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "POST / HTTP/1.1\r\nHost: x\r\n\r\n";

    /// Whether the next request may have begun, once a request was received in these pieces.
    fn next(body: Option<u64>, head: &[&str], rest: &[&str]) -> bool {
        let boundary = Boundary::default();
        head.iter().for_each(|piece| boundary.receive(piece.as_bytes(), true));
        boundary.call(body);
        rest.iter().for_each(|piece| boundary.receive(piece.as_bytes(), false));
        boundary.next()
    }

    #[test]
    fn what_comes_behind_a_request_is_told_from_its_body_however_it_is_cut() {
        let chunks = "3\r\nabc\r\n0\r\n\r\n";
        for head in [HEAD, "GET / HTTP/1.1\nHost: x\n\n", "GET / HTTP/1.1\nHost: x\n\r\n"] {
            for (length, body) in [(Some(0), ""), (Some(6), "a\r\n\r\nb"), (None, chunks)] {
                for more in ["", "P", "POST / HTTP/1.1\r\n"] {
                    let all = format!("{head}{body}{more}");
                    for cut in head.len()..=all.len() {
                        assert_eq!(next(length, &[&all[..cut]], &[&all[cut..]]), !more.is_empty(), "{all:?} {cut}");
                    }
                    for cut in 0..head.len() {
                        let pieces = [&all[..cut], &all[cut..head.len() - 1], &all[head.len() - 1..]];
                        assert_eq!(next(length, &pieces, &[]), !more.is_empty(), "{all:?} {cut}");
                    }
                }
            }
        }
    }

    /// The second of two that came in one piece ends nobody knows where; the third is seen from its beginning.
    #[test]
    fn requests_that_came_together_are_told_apart_again_by_the_next_that_comes_alone() {
        let boundary = Boundary::default();
        boundary.receive(format!("{HEAD}{HEAD}").as_bytes(), true);
        for (more, may_have_begun) in [("", true), ("", true), (HEAD, false), (HEAD, false)] {
            boundary.receive(more.as_bytes(), true);
            boundary.call(Some(0));
            assert_eq!(boundary.next(), may_have_begun);
        }
    }
}
