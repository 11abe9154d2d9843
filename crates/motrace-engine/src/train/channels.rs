use super::TrainingError;
use crate::{ChannelMap, EngineError, Preparation, RecordingStamp, Tape};
use motrace_core::{ChannelQuality, Montage};
use motrace_signal::assess;
use ndarray::Array2;

/// The channels of a preparation that carry no signal on a tape: flat, railed or not finite.
///
/// # Errors
/// Where the stream does not fit.
pub fn unusable_channels(preparation: &Preparation, tape: &Tape) -> Result<Vec<ChannelQuality>, EngineError> {
    let map = ChannelMap::resolve(preparation, tape.info())?;
    let (samples, width) = (tape.len() as usize, map.stream_channels.max(1));
    let volts = Array2::from_shape_fn((map.places.len(), samples), |(channel, sample)| {
        f64::from(tape.samples()[sample * width + map.places[channel]]) * map.scales_volts[channel]
    });
    let qualities = assess(volts.view(), &preparation.channels, preparation.rate_hz);
    Ok(qualities.into_iter().filter(|quality| quality.condition.is_unusable()).collect())
}

/// The preparation without the channels that carry no signal in some recording, and these.
pub(super) fn without_unusable(
    recordings: &[(RecordingStamp, &Tape)],
    preparation: &Preparation,
) -> Result<(Preparation, Vec<ChannelQuality>), TrainingError> {
    let mut excluded: Vec<ChannelQuality> = Vec::new();
    for (stamp, tape) in recordings {
        let unusable = unusable_channels(preparation, tape)
            .map_err(|e| TrainingError::Recording { recording: stamp.name.clone(), source: e.into() })?;
        for quality in unusable {
            if !excluded.iter().any(|known| known.label == quality.label) {
                excluded.push(quality);
            }
        }
    }
    let labels = preparation.channels.labels();
    let left: Vec<&String> = labels.iter().filter(|label| !excluded.iter().any(|q| q.label == **label)).collect();
    if left.len() < 2 {
        return Err(TrainingError::Channels {
            left: left.len(),
            channels: labels.len(),
            excluded: excluded
                .iter()
                .map(|q| format!("{} is {}", q.label, q.condition.name()))
                .collect::<Vec<_>>()
                .join(", "),
        });
    }
    let preparation = Preparation { channels: Montage::new(left), ..preparation.clone() };
    Ok((preparation, excluded))
}
