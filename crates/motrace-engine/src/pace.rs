use crate::{Decider, EngineError, Model};
use motrace_core::{Channel, StreamInfo};
use std::time::{Duration, Instant};

/// So many hops are measured.
const HOPS: usize = 25;

/// How long a model takes on this machine for the samples of one hop and the decision at its end: the median of several, on
/// noise. Where that is more than a hop lasts, it cannot keep up with a stream.
///
/// # Errors
/// Where the model is not sound.
pub fn hop_duration(model: &Model) -> Result<Duration, EngineError> {
    let preparation = &model.preparation;
    let channels = preparation.channels.labels();
    let info = StreamInfo {
        rate_hz: preparation.rate_hz,
        channels: channels.iter().map(|label| Channel::new(label.as_str(), preparation.unit.clone())).collect(),
        ..StreamInfo::default()
    };
    let mut decider = Decider::new(model, &info)?;
    let hop = preparation.hop_samples() as usize;
    let mut state = 1_u32;
    let mut noise = |samples: usize| -> Vec<f32> {
        (0..samples * channels.len())
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 8_388_608.0 - 1.0
            })
            .collect()
    };
    decider.push(&noise(preparation.sliding_samples() + 2 * hop), &mut |_| ());
    let mut durations = Vec::with_capacity(HOPS);
    for _ in 0..HOPS {
        let samples = noise(hop);
        let begin = Instant::now();
        decider.push(&samples, &mut |_| ());
        durations.push(begin.elapsed());
    }
    durations.sort_unstable();
    Ok(durations[HOPS / 2])
}
