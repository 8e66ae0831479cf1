//! Texts that no log and no message may hold, and the signature made with one.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha512;

/// A text that is shown as `(secret)`.
#[derive(Clone)]
pub(super) struct Secret(String);

impl Secret {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that sends it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with every occurrence of the secret hidden: errors of libraries may quote what they were given.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, "(secret)") }
    }

    /// True if `signature` is the HMAC-SHA512 of `body` under this key, in hexadecimal. Takes as long for a wrong one as for a right one.
    pub(super) fn signed(&self, body: &[u8], signature: &str) -> bool {
        let Some(signature) = bytes(signature) else { return false };
        let Ok(mut mac) = Hmac::<Sha512>::new_from_slice(self.0.as_bytes()) else { return false };
        mac.update(body);
        mac.verify_slice(&signature).is_ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// The bytes that hexadecimal digits stand for.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.trim().as_bytes();
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    pairs.map(|pair| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::Secret;

    /// RFC 4231, test case 2.
    #[test]
    fn the_signature_is_hmac_sha512() {
        let key = Secret::new("Jefe");
        let signature = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
        assert!(key.signed(b"what do ya want for nothing?", signature));
        assert!(key.signed(b"what do ya want for nothing?", &signature.to_uppercase()));
        for wrong in ["", "16", "xx", &signature[1..], &signature.replace('1', "2")] {
            assert!(!key.signed(b"what do ya want for nothing?", wrong), "{wrong}");
        }
        assert!(!key.signed(b"what do ya want for nothing!", signature));
    }

    #[test]
    fn it_is_never_shown() {
        let secret = Secret::new("hush");
        assert_eq!(format!("{secret:?}"), "(secret)");
        assert_eq!(secret.hidden_in("Bearer hush was refused"), "Bearer (secret) was refused");
    }
}
