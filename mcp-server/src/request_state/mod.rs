//! What a server hands to its clients and wants back unchanged: sealed with a key of the server's.
//!
//! [`Sealer::seal`] and [`Sealer::open`] are all there is. What is sealed for one purpose does not open for another.
//! With the feature `seal`, what is sealed is secret and cannot be made or changed by others:
//!
//! ```text
//! version 1 ‖ id of the key, 4 bytes ‖ nonce, 24 bytes ‖ XChaCha20-Poly1305 of the text, with its tag of 16 bytes
//! ```
//!
//! The version and the key's id are authenticated as well, and whatever a text is bound to ([`Sealer::seal_to`]). The key
//! of a purpose is derived by HKDF-SHA-256 (RFC 5869) from the server's, so that no two purposes share one. Nonces are drawn
//! at random, and are long enough for it: the same one does not come twice. Tags are compared in constant time.
//!
//! Without that feature there is no cryptography: what is "sealed" is marked with its purpose and a checksum, which
//! finds accidents, not forgers. That is for a server on a pipe, whose only client is the process that started it.

#[cfg(not(feature = "seal"))]
mod plain;
mod refused;
#[cfg(feature = "seal")]
mod sealed;

#[cfg(not(feature = "seal"))]
pub(crate) use plain::{Sealer, digest};
pub(crate) use refused::Refused;
#[cfg(feature = "seal")]
pub(crate) use sealed::{Sealer, StateKey, digest};
