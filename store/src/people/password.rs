//! Passwords: Argon2id in a bounded pool, so that a wave of sign-ins queues instead of filling the memory.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use argon2::password_hash::{Output, ParamsString, PasswordHash, SaltString};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use domain::fault::Fault;
use tokio::sync::Semaphore;

use crate::{Error, Result};

/// Hashes computed at once: 12 MiB each.
const AT_ONCE: usize = 2;
/// Sign-ins that may wait for their turn (about fifteen seconds); further ones are told so.
const WAITING: usize = 256;
/// Verified when there is no such account, so that the answer takes as long.
const NOBODY: &str = "$argon2id$v=19$m=12288,t=3,p=1$bm9ib2R5IGlzIGhlcmU$Xl5sQj0b0bX9G9J1c3p8yq6m3l0x2m9q1vYpT7s0k3A";

/// Bytes of a hash.
const LENGTH: usize = 32;

/// The pool.
pub struct Passwords {
    turns: Semaphore,
    waiting: AtomicUsize,
    /// Milliseconds that a hash took of late.
    pace: AtomicU64,
    /// Working memory, used again and again: allocated per hash it ends up in a dozen thread arenas and stays there.
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE), waiting: AtomicUsize::new(0), pace: AtomicU64::new(60), memory: Arc::default() }
    }
}

/// A place in the queue.
struct Waiting<'p> {
    count: &'p AtomicUsize,
    ahead: usize,
}

impl<'p> Waiting<'p> {
    fn join(count: &'p AtomicUsize) -> Self {
        Self { count, ahead: count.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

fn cost() -> Params {
    Params::new(12_288, 3, 1, Some(LENGTH)).expect("valid parameters")
}

/// Argon2id of a password; `None` when the stored parameters cannot be computed.
fn digest(password: &str, salt: &[u8], cost: &Params, memory: &mut Vec<Block>) -> Option<Output> {
    memory.resize(cost.block_count().max(memory.len()), Block::default());
    let mut out = [0; LENGTH];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.clone());
    argon.hash_password_into_with_memory(password.as_bytes(), salt, &mut out, memory).ok()?;
    Output::new(&out).ok()
}

/// Whether a password gives the stored hash; the comparison takes constant time.
fn fits(password: &str, stored: &str, memory: &mut Vec<Block>) -> Option<bool> {
    let stored = PasswordHash::new(stored).ok()?;
    let mut salt = [0; 64];
    let salt = stored.salt?.decode_b64(&mut salt).ok()?;
    Some(digest(password, salt, &Params::try_from(&stored).ok()?, memory)? == stored.hash?)
}

impl Passwords {
    /// How many wait for their turn, and the seconds that a newcomer would wait.
    pub fn queue(&self) -> (usize, u64) {
        let waiting = self.waiting.load(Ordering::Relaxed);
        (waiting, (waiting as u64 * self.pace.load(Ordering::Relaxed) / AT_ONCE as u64).div_ceil(1_000))
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static) -> Result<T> {
        // Counted down when the wait ends, also for whoever went away in the meantime.
        let place = Waiting::join(&self.waiting);
        if place.ahead >= WAITING {
            return Err(Fault::Busy.into());
        }
        let turn = self.turns.acquire().await;
        drop(place);
        let _turn = turn.map_err(|_| Error::Fault(Fault::Busy))?;
        let kept = self.memory.clone();
        let begun = std::time::Instant::now();
        let worked = tokio::task::spawn_blocking(move || {
            let mut memory = kept.lock().ok().and_then(|mut m| m.pop()).unwrap_or_default();
            let out = work(&mut memory);
            if let Ok(mut kept) = kept.lock() {
                kept.push(memory);
            }
            out
        });
        let out = worked.await.map_err(|_| Error::Fault(Fault::Busy));
        let took = begun.elapsed().as_millis() as u64;
        self.pace.store((self.pace.load(Ordering::Relaxed) * 7 + took) / 8, Ordering::Relaxed);
        out
    }

    /// Hashes a password with 16 bytes of salt.
    pub async fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String> {
        let password = password.to_owned();
        self.in_turn(move |memory| {
            let encoded = SaltString::encode_b64(&salt).expect("16 bytes make a salt");
            let cost = cost();
            PasswordHash {
                algorithm: ARGON2ID_IDENT,
                version: Some(Version::V0x13.into()),
                params: ParamsString::try_from(&cost).expect("valid parameters"),
                salt: Some(encoded.as_salt()),
                hash: Some(digest(&password, &salt, &cost, memory).expect("a bounded password is hashed")),
            }
            .to_string()
        })
        .await
    }

    /// Whether `password` belongs to `hash`. Without a hash the same work is done and the answer is no.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let known = hash.is_some();
        let (password, hash) = (password.to_owned(), hash.unwrap_or(NOBODY).to_owned());
        let fits = self.in_turn(move |memory| fits(&password, &hash, memory).unwrap_or(false)).await?;
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
        // Whatever else knows Argon2 reads our hashes.
        let read = PasswordHash::new(&hash).expect("a standard hash");
        assert!(argon2::PasswordVerifier::verify_password(&Argon2::default(), "胡同口的老槐树下".as_bytes(), &read).is_ok());
        assert!(PasswordHash::new(NOBODY).is_ok(), "the dummy costs as much as a real one");
    }

    #[tokio::test]
    async fn a_wave_waits_in_turn_and_whoever_is_too_late_is_told_so() {
        let passwords = Arc::new(Passwords::default());
        // Both turns are taken, so nobody moves on.
        let turns = passwords.turns.acquire_many(AT_ONCE as u32).await.expect("turns");
        let wave: Vec<_> = (0..WAITING)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.verify("x", None).await })
            })
            .collect();
        while passwords.queue().0 < WAITING {
            tokio::task::yield_now().await;
        }
        assert!(passwords.queue().1 >= 1, "the wait is said in seconds");
        assert!(matches!(passwords.verify("x", None).await, Err(Error::Fault(Fault::Busy))));
        wave.iter().skip(2).for_each(|w| w.abort());
        drop(turns);
        assert!(!wave.into_iter().next().expect("a first").await.expect("ended").expect("an answer"));
    }
}
