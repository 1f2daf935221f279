//! Time and chance of the real world. The only place of the house that asks for either.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use store::{Clock, Entropy};

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place where time is made")]
    fn now(&self) -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
    }
}

/// The system's randomness.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        use rand::TryRngCore;
        rand::rngs::OsRng.try_fill_bytes(bytes).expect("the system gives random bytes");
    }
}

/// The system's clock, moved by tests.
#[derive(Default)]
pub struct MovedClock(AtomicI64);

impl MovedClock {
    /// Moves the clock by `ms`.
    pub fn shift(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> i64 {
        SystemClock.now() + self.0.load(Ordering::SeqCst)
    }
}

/// Bytes from a fixed seed, for tests: the same draws on every run.
pub struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    /// Entropy that starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut draw = domain::seed::Draw::new(self.0.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9));
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&draw.bits().to_le_bytes()[..chunk.len()]);
        }
    }
}
