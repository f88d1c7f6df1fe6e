//! Sealing with a key.

use std::{
    fmt,
    sync::{Mutex, OnceLock},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use mcp_core::sync::lock;
use sha2::{Digest, Sha256};

use super::Refused;

const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const HEAD: usize = 1 + KEY_ID;
const NONCE: usize = 24;
const TAG: usize = 16;

/// A key of a server, from which the keys of all purposes are derived.
pub(crate) struct StateKey {
    /// Tells keys apart; says nothing about the key.
    id: [u8; KEY_ID],
    root: Hkdf<Sha256>,
    /// The keys of the purposes that were needed so far: there are few, and deriving one takes longer than sealing.
    derived: Mutex<Vec<(&'static str, XChaCha20Poly1305)>>,
}

impl StateKey {
    /// The least that a secret must have, in bytes.
    pub(crate) const SHORTEST: usize = 32;

    /// The key of a secret, which is not kept itself.
    pub(crate) fn new(secret: &[u8]) -> Option<Self> {
        let root = Hkdf::new(Some(b"mcp-server state"), secret);
        let mut key = Self { id: [0; KEY_ID], root, derived: Mutex::default() };
        key.id = key.derive("key id", "")?;
        Some(key)
    }

    fn random() -> Option<Self> {
        let mut secret = [0; Self::SHORTEST];
        getrandom::fill(&mut secret).ok()?;
        Self::new(&secret)
    }

    fn derive<const N: usize>(&self, kind: &str, name: &str) -> Option<[u8; N]> {
        let mut derived = [0; N];
        self.root.expand_multi_info(&[kind.as_bytes(), &[0], name.as_bytes()], &mut derived).ok()?;
        Some(derived)
    }

    fn of_purpose(&self, purpose: &'static str) -> Option<XChaCha20Poly1305> {
        let mut derived = lock(&self.derived);
        if let Some((_, key)) = derived.iter().find(|(known, _)| *known == purpose) {
            return Some(key.clone());
        }
        let key = XChaCha20Poly1305::new(&self.derive::<32>("purpose", purpose)?.into());
        derived.push((purpose, key.clone()));
        Some(key)
    }

    fn head(&self) -> [u8; HEAD] {
        let [a, b, c, d] = self.id;
        [VERSION, a, b, c, d]
    }

    fn seal(&self, purpose: &'static str, bound_to: &[u8], text: &[u8]) -> Option<String> {
        let head = self.head();
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).ok()?;
        let payload = Payload { msg: text, aad: &[&head, bound_to].concat() };
        let sealed = self.of_purpose(purpose)?.encrypt(&nonce.into(), payload).ok()?;
        Some(URL_SAFE_NO_PAD.encode([&head, nonce.as_slice(), &sealed].concat()))
    }

    fn open(&self, purpose: &'static str, bound_to: &[u8], nonce: [u8; NONCE], sealed: &[u8]) -> Option<Vec<u8>> {
        let payload = Payload { msg: sealed, aad: &[&self.head(), bound_to].concat() };
        self.of_purpose(purpose)?.decrypt(&nonce.into(), payload).ok()
    }
}

/// Shows nothing of the key.
impl fmt::Debug for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateKey").finish_non_exhaustive()
    }
}

/// Seals with the first of its keys, and opens with any.
#[derive(Debug)]
pub(crate) struct Sealer {
    /// Drawn when something is first sealed, if none were given: most servers never seal. Empty if the system has no
    /// randomness.
    keys: OnceLock<Vec<StateKey>>,
}

impl Sealer {
    /// With these keys; without any, with a random one, whose seals no other process opens.
    pub(crate) fn new(keys: Vec<StateKey>) -> Self {
        Self { keys: if keys.is_empty() { OnceLock::new() } else { OnceLock::from(keys) } }
    }

    fn keys(&self) -> &[StateKey] {
        self.keys.get_or_init(|| {
            tracing::info!(
                "cursors and the states of calls are sealed with a random key: another process, and this program when it is \
                 started again, refuses them; ServerBuilder::state_key gives all of them one key"
            );
            StateKey::random().into_iter().collect()
        })
    }

    /// The sealed text, in letters that may stand in a URL. `None` if the system has no randomness.
    pub(crate) fn seal(&self, purpose: &'static str, text: &[u8]) -> Option<String> {
        self.seal_to(purpose, &[], text)
    }

    /// As [`seal`](Self::seal), to be opened only by who knows what it is bound to, which it does not hold.
    pub(crate) fn seal_to(&self, purpose: &'static str, bound_to: &[u8], text: &[u8]) -> Option<String> {
        self.keys().first()?.seal(purpose, bound_to, text)
    }

    /// What was sealed for this purpose.
    pub(crate) fn open(&self, purpose: &'static str, sealed: &str) -> Result<Vec<u8>, Refused> {
        self.open_to(purpose, &[], sealed)
    }

    /// What was sealed for this purpose and bound to the same.
    pub(crate) fn open_to(&self, purpose: &'static str, bound_to: &[u8], sealed: &str) -> Result<Vec<u8>, Refused> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| Refused::Garbled)?;
        if bytes.first().is_some_and(|version| *version != VERSION) {
            return Err(Refused::Format);
        }
        let (head, rest) = bytes.split_first_chunk::<HEAD>().ok_or(Refused::Garbled)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(Refused::Garbled)?;
        if sealed.len() < TAG {
            return Err(Refused::Garbled);
        }
        let mut known = self.keys().iter().filter(|key| key.head() == *head).peekable();
        known.peek().ok_or(Refused::Key)?;
        known.find_map(|key| key.open(purpose, bound_to, *nonce, sealed)).ok_or(Refused::Changed)
    }
}

/// The digest of several texts, each with its length, so that no two lists of them are taken for one (SHA-256).
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: u8) -> StateKey {
        StateKey::new(&[secret; 32]).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_key_in_another_process_and_with_a_rotated_one() {
        let sealed = Sealer::new(vec![key(1)]).seal("a", b"text").unwrap();
        for keys in [vec![key(1)], vec![key(2), key(1)]] {
            assert_eq!(Sealer::new(keys).open("a", &sealed).unwrap(), b"text");
        }
        assert_eq!(Sealer::new(vec![key(2)]).open("a", &sealed), Err(Refused::Key));
        assert_eq!(Sealer::new(Vec::new()).open("a", &sealed), Err(Refused::Key));
    }

    #[test]
    fn the_first_key_seals() {
        let sealed = Sealer::new(vec![key(2), key(1)]).seal("a", b"text").unwrap();
        assert!(Sealer::new(vec![key(2)]).open("a", &sealed).is_ok());
        assert_eq!(Sealer::new(vec![key(1)]).open("a", &sealed), Err(Refused::Key));
    }

    #[test]
    fn another_purpose_and_any_changed_byte_are_refused() {
        let sealer = Sealer::new(vec![key(1)]);
        let sealed = sealer.seal("a", b"text").unwrap();
        assert_eq!(sealer.open("b", &sealed), Err(Refused::Changed));
        let bound = sealer.seal_to("a", b"call", b"text").unwrap();
        assert_eq!(sealer.open_to("a", b"call", &bound).unwrap(), b"text");
        for other in [&b""[..], b"cal", b"calls"] {
            assert_eq!(sealer.open_to("a", other, &bound), Err(Refused::Changed));
        }
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        assert!(!bytes.windows(4).any(|part| part == b"text"), "it is readable");
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let expected = match place {
                0 => Refused::Format,
                1..HEAD => Refused::Key,
                _ => Refused::Changed,
            };
            assert_eq!(sealer.open("a", &URL_SAFE_NO_PAD.encode(changed)), Err(expected), "{place}");
        }
        for cut in 0..bytes.len() {
            assert!(sealer.open("a", &URL_SAFE_NO_PAD.encode(&bytes[..cut])).is_err(), "{cut}");
        }
        for garbled in ["", "!", "A", "AQ=="] {
            assert_eq!(sealer.open("a", garbled), Err(Refused::Garbled), "{garbled}");
        }
    }

    #[test]
    fn texts_are_not_taken_for_others_that_are_cut_elsewhere() {
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
        assert_ne!(digest(&[b"ab"]), digest(&[b"ab", b""]));
        assert_eq!(digest(&[b"ab", b"c"]), digest(&[b"ab", b"c"]));
    }

    #[test]
    fn the_same_text_is_sealed_anew_each_time_and_a_key_is_not_shown() {
        let sealer = Sealer::new(Vec::new());
        assert_ne!(sealer.seal("a", b"text"), sealer.seal("a", b"text"));
        assert_eq!(format!("{:?}", key(1)), "StateKey { .. }");
    }
}
