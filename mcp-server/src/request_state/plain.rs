//! Marking without a key, where there is no cryptography.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::Refused;

const VERSION: u8 = 0;

/// Marks texts with their purpose. No secret is in it: see the room's documentation for when that is enough.
#[derive(Debug)]
pub(crate) struct Sealer;

impl Sealer {
    /// The marked text, in letters that may stand in a URL. Always there; the sealing one may fail.
    pub(crate) fn seal(&self, purpose: &str, text: &[u8]) -> Option<String> {
        self.seal_to(purpose, &[], text)
    }

    /// As [`seal`](Self::seal), for who knows what it is bound to.
    #[expect(clippy::unnecessary_wraps, reason = "the sealing one may fail")]
    pub(crate) fn seal_to(&self, purpose: &str, bound_to: &[u8], text: &[u8]) -> Option<String> {
        let sum = checksum(purpose, &[bound_to, text].concat());
        Some(URL_SAFE_NO_PAD.encode([&[VERSION], sum.as_slice(), text].concat()))
    }

    /// What was marked for this purpose.
    pub(crate) fn open(&self, purpose: &str, marked: &str) -> Result<Vec<u8>, Refused> {
        self.open_to(purpose, &[], marked)
    }

    /// What was marked for this purpose and bound to the same.
    pub(crate) fn open_to(&self, purpose: &str, bound_to: &[u8], marked: &str) -> Result<Vec<u8>, Refused> {
        let bytes = URL_SAFE_NO_PAD.decode(marked).map_err(|_| Refused::Garbled)?;
        let (version, rest) = bytes.split_first().ok_or(Refused::Garbled)?;
        if *version != VERSION {
            return Err(Refused::Format);
        }
        let (sum, text) = rest.split_first_chunk().ok_or(Refused::Garbled)?;
        if *sum == checksum(purpose, &[bound_to, text].concat()) { Ok(text.to_vec()) } else { Err(Refused::Changed) }
    }
}

/// Tells lists of texts apart, by accident and not against forgers.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = [0; 32];
    let lengths: Vec<u8> = parts.iter().flat_map(|part| (part.len() as u64).to_be_bytes()).collect();
    for (place, chunk) in (0_u8..).zip(digest.chunks_mut(8)) {
        let bytes = [place].into_iter().chain(lengths.iter().copied()).chain(parts.concat());
        let sum =
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        chunk.copy_from_slice(&sum.to_be_bytes());
    }
    digest
}

/// FNV-1a of the purpose and the text.
fn checksum(purpose: &str, text: &[u8]) -> [u8; 4] {
    let bytes = purpose.bytes().chain([0]).chain(text.iter().copied());
    bytes.fold(0x811c_9dc5_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_marked_opens_for_its_purpose_and_changed_no_more() {
        let marked = Sealer.seal("a", b"text").unwrap();
        assert_eq!(Sealer.open("a", &marked).unwrap(), b"text");
        assert_eq!(Sealer.open("b", &marked), Err(Refused::Changed));
        let mut bytes = URL_SAFE_NO_PAD.decode(&marked).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(Sealer.open("a", &URL_SAFE_NO_PAD.encode(bytes)), Err(Refused::Changed));
        assert_eq!(Sealer.open("a", &format!("B{}", &marked[1..])), Err(Refused::Format));
        for garbled in ["", "!", "AA", "AAAA"] {
            assert_eq!(Sealer.open("a", garbled), Err(Refused::Garbled), "{garbled}");
        }
    }
}
