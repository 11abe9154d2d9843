use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What random numbers are drawn for, so that no two uses share theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The order of the examples in an epoch.
    Order,
    /// Changes of a window.
    Augment,
    /// What a layer drops.
    Dropout(usize),
}

/// Random numbers that follow from seed, purpose, epoch and place in the epoch, and from nothing else: not from the thread
/// that draws them, nor from what was drawn before. So a checkpoint needs no state of a generator.
pub(crate) fn random_at(seed: u64, purpose: Purpose, epoch: usize, place: usize) -> ChaCha8Rng {
    let purpose = match purpose {
        Purpose::Order => 1,
        Purpose::Augment => 2,
        Purpose::Dropout(layer) => 3 + layer as u64,
    };
    let mut key = *b"................motrace training";
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&purpose.to_le_bytes());
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(((epoch as u64) << 32) | (place as u64 & 0xffff_ffff));
    rng
}
