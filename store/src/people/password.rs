//! Passwords: Argon2id in a bounded pool, so that a wave of sign-ins queues instead of filling the memory.

use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::{PasswordHash, SaltString};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use domain::fault::Fault;
use tokio::sync::Semaphore;

use crate::{Error, Result};

/// Hashes computed at once: 12 MiB each.
const AT_ONCE: usize = 2;
/// Sign-ins that may wait for their turn (about fifteen seconds); further ones are told so.
const WAITING: usize = 256;
/// Verified when there is no such account, so that the answer takes as long.
const NOBODY: &str = "$argon2id$v=19$m=12288,t=3,p=1$bm9ib2R5IGlzIGhlcmU$Xl5sQj0b0bX9G9J1c3p8yq6m3l0x2m9q1vYpT7s0k3A";

/// The pool.
pub struct Passwords {
    turns: Semaphore,
    waiting: AtomicUsize,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE), waiting: AtomicUsize::new(0) }
    }
}

fn argon() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(12_288, 3, 1, None).expect("valid parameters"))
}

impl Passwords {
    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Fault::Busy.into());
        }
        let turn = self.turns.acquire().await;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        let _turn = turn.map_err(|_| Error::Fault(Fault::Busy))?;
        tokio::task::spawn_blocking(work).await.map_err(|_| Error::Fault(Fault::Busy))
    }

    /// Hashes a password with 16 bytes of salt.
    pub async fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String> {
        let password = password.to_owned();
        self.in_turn(move || {
            let salt = SaltString::encode_b64(&salt).expect("16 bytes make a salt");
            argon().hash_password(password.as_bytes(), &salt).expect("a bounded password is hashed").to_string()
        })
        .await
    }

    /// Whether `password` belongs to `hash`. Without a hash the same work is done and the answer is no.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let known = hash.is_some();
        let (password, hash) = (password.to_owned(), hash.unwrap_or(NOBODY).to_owned());
        let fits = self
            .in_turn(move || PasswordHash::new(&hash).is_ok_and(|hash| argon().verify_password(password.as_bytes(), &hash).is_ok()))
            .await?;
        Ok(fits && known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_hash_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash("胡同口的老槐树下", [3; 16]).await.expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=12288,t=3,p=1$"));
        assert!(passwords.verify("胡同口的老槐树下", Some(&hash)).await.expect("an answer"));
        assert!(!passwords.verify("胡同口的老槐树", Some(&hash)).await.expect("an answer"));
        assert!(!passwords.verify("胡同口的老槐树下", None).await.expect("an answer"));
        assert!(PasswordHash::new(NOBODY).is_ok(), "the dummy costs as much as a real one");
    }
}
