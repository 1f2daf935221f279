//! Contacts at rest: ciphertext, keyed digest for equality, last four digits. The key lives outside the database and
//! its backup.

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use domain::person::Mobile;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// Name of the algorithm, stored beside every ciphertext so that another (SM4, SM3) can follow.
pub const ALGORITHM: &str = "xchacha20poly1305+hmac-sha256";

/// Seals and opens contacts.
pub struct Vault {
    cipher: XChaCha20Poly1305,
    digest_key: [u8; 32],
    key_id: String,
}

/// A contact as stored.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Nonce and ciphertext, hex.
    pub cipher: String,
    /// Keyed digest, hex.
    pub digest: String,
    /// The last four digits.
    pub last4: String,
    /// Which key.
    pub key_id: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

impl Vault {
    /// A vault over a 256-bit key.
    pub fn new(key: [u8; 32]) -> Self {
        let derive = |label: &str| -> [u8; 32] { Sha256::new().chain_update(label).chain_update(key).finalize().into() };
        let cipher_key = derive("contact cipher");
        Self {
            cipher: XChaCha20Poly1305::new(Key::from_slice(&cipher_key)),
            digest_key: derive("contact digest"),
            key_id: hex(&derive("key id")[..4]),
        }
    }

    /// Keyed digest of a mobile number.
    pub fn digest(&self, mobile: &Mobile) -> String {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.digest_key).expect("any key length fits");
        mac.update(mobile.as_str().as_bytes());
        hex(&mac.finalize().into_bytes())
    }

    /// Seals a mobile number with a fresh nonce.
    pub fn seal(&self, mobile: &Mobile, nonce: [u8; 24]) -> Sealed {
        let body = self.cipher.encrypt(XNonce::from_slice(&nonce), mobile.as_str().as_bytes()).expect("a short text is encrypted");
        Sealed {
            cipher: hex(&nonce) + &hex(&body),
            digest: self.digest(mobile),
            last4: mobile.last4().to_owned(),
            key_id: self.key_id.clone(),
        }
    }

    /// Seals any text with a fresh nonce: what a file says of people, until it is dealt with.
    pub fn seal_text(&self, text: &str, nonce: [u8; 24]) -> String {
        let body = self.cipher.encrypt(XNonce::from_slice(&nonce), text.as_bytes()).expect("a text in memory is encrypted");
        hex(&nonce) + &hex(&body)
    }

    /// Opens a sealed number or text; `None` when the key is another or the text was changed.
    pub fn open(&self, cipher: &str) -> Option<String> {
        let bytes = unhex(cipher)?;
        let (nonce, body) = bytes.split_at_checked(24)?;
        String::from_utf8(self.cipher.decrypt(XNonce::from_slice(nonce), body).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_comes_back_with_its_key_only() {
        let mobile = Mobile::parse("13800138000").expect("a number");
        let sealed = Vault::new([7; 32]).seal(&mobile, [1; 24]);
        assert!(!sealed.cipher.contains("13800138000"));
        assert_eq!(Vault::new([7; 32]).open(&sealed.cipher).as_deref(), Some("13800138000"));
        assert_eq!(Vault::new([8; 32]).open(&sealed.cipher), None);
        assert_eq!(sealed.digest, Vault::new([7; 32]).digest(&mobile));
    }
}
