use crate::EvaluateError;
use crate::material::Material;
use crate::results::Job;
use crate::settings::{PseudoOnlineRecipe, Settings};
use motrace_core::{Poll, Source, SourceError, StreamInfo};
use motrace_decode::CspLdaSettings;
use motrace_engine::{
    DecoderSettings, Part, Preparation, PseudoOnline, PseudoOnlineError, RecordingStamp, Tape, TrainSettings,
    chronological_parts, pseudo_online,
};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Trains a decoder on a part of a subject's recordings and scores what it detects in the rest, with the engine that decides
/// live; `None` where it was told to stop.
pub(super) fn replayed(
    job: &Job,
    material: &Material,
    settings: &Settings,
    stop: &AtomicBool,
) -> Result<Option<PseudoOnline>, EvaluateError> {
    let Some(recipe) = &settings.pseudo_online else {
        return Err(EvaluateError::Nothing(format!("{}: nothing says how to replay", job.protocol)));
    };
    let (preparation, training) = decoding(job, material, settings, recipe);
    let (mut trained, mut tested) = (Vec::new(), Vec::new());
    for (place, (recording, tape)) in material.recordings.iter().zip(&material.tapes).enumerate() {
        let stamp = RecordingStamp { name: recording.name.clone(), sha256: recording.sha256.clone() };
        let tape = match settings.training.permutation_seed {
            Some(seed) => permuted(tape, &preparation, seed, place as u64)
                .map_err(|e| EvaluateError::Recording { recording: recording.name.clone(), why: e.to_string() })?,
            None => Tape::clone(tape),
        };
        if recording.is_test { &mut tested } else { &mut trained }.push((stamp, tape));
    }
    let timing = recipe.detection.events.timing;
    let parts = match tested.as_slice() {
        [] => chronological_parts(&trained, &preparation, recipe.trained_share, timing),
        _ => Ok((wholes(&trained), wholes(&tested))),
    };
    let on = &mut |_, _| match stop.load(Ordering::SeqCst) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let found =
        parts.and_then(|(first, rest)| pseudo_online(&first, &rest, &preparation, &training, &recipe.detection, on));
    match found {
        Ok(found) => Ok(Some(found)),
        Err(PseudoOnlineError::Interrupted) => Ok(None),
        Err(reason) => Err(EvaluateError::PseudoOnline {
            subject: job.subject.clone(),
            decoder: job.decoder.to_string(),
            hint: hint(&reason, material, recipe),
            reason: Box::new(reason),
        }),
    }
}

fn wholes(recordings: &[(RecordingStamp, Tape)]) -> Vec<Part<'_>> {
    recordings.iter().map(|(stamp, tape)| Part::whole(stamp, tape)).collect()
}

/// How a decoder reads recordings, and how it is trained: as `motrace train` does, but networks from one seed.
fn decoding(
    job: &Job,
    material: &Material,
    settings: &Settings,
    recipe: &PseudoOnlineRecipe,
) -> (Preparation, TrainSettings) {
    let reject_artefacts = settings.training.reject_artefacts;
    let asked = &material.asked;
    match settings.networks.get(&job.decoder.kind) {
        Some(own) => {
            let mut network = own.network.clone();
            network.training.seeds.truncate(1);
            // Jobs run beside each other; the bits do not depend on it.
            network.training.threads = Some(1);
            let training = TrainSettings {
                decoder: DecoderSettings::Network(Box::new(network)),
                reject_artefacts,
                choose_band: false,
                choose_window: None,
                ..recipe.training.clone()
            };
            (Preparation { filter: own.filter.clone(), input: own.input, ..asked.clone() }, training)
        }
        None => {
            let decoder = CspLdaSettings { patterns_per_side: settings.training.patterns_per_side };
            let training = TrainSettings {
                decoder: DecoderSettings::CspLda(decoder),
                reject_artefacts,
                ..recipe.training.clone()
            };
            (asked.clone(), training)
        }
    }
}

/// Where there is no idle time to choose a threshold by: why that may be.
fn hint(error: &PseudoOnlineError, material: &Material, recipe: &PseudoOnlineRecipe) -> String {
    let timing = recipe.detection.events.timing;
    let trial_secs = material.subjects.first().and_then(|subject| subject.summary.trial_secs);
    match (error, trial_secs) {
        (PseudoOnlineError::NothingToChooseBy, Some(secs)) => format!(
            " (cues come every {secs:.1} s; imagery lasts {} s here, and the {} s after it count as neither)",
            timing.imagery_secs, timing.after_secs
        ),
        (PseudoOnlineError::TooFewTrials { .. } | PseudoOnlineError::Training { .. }, _) => {
            " (--trained-share says how many of the trials are trained on)".to_owned()
        }
        _ => String::new(),
    }
}

/// The recording with the cues of its classes in another order, each at the place of one: what is found then is chance.
fn permuted(tape: &Tape, preparation: &Preparation, seed: u64, recording: u64) -> Result<Tape, SourceError> {
    let is_cue = |marker: &&motrace_core::Marker| preparation.class_of(marker).is_some();
    let mut texts: Vec<String> = tape.markers().filter(is_cue).map(|marker| marker.text.clone()).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(recording);
    texts.shuffle(&mut rng);
    let mut player = tape.play(CHUNK_SAMPLES);
    let mut source = Relabelled { source: &mut player, preparation, texts: texts.into_iter() };
    let mut other = Tape::of(&mut source)?;
    other.discard(tape.discarded().to_vec());
    Ok(other)
}

const CHUNK_SAMPLES: usize = 4096;

/// A source whose cues have these texts in place of their own.
struct Relabelled<'a> {
    source: &'a mut dyn Source,
    preparation: &'a Preparation,
    texts: std::vec::IntoIter<String>,
}

impl Source for Relabelled<'_> {
    fn info(&self) -> &StreamInfo {
        self.source.info()
    }

    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError> {
        let mut poll = self.source.poll(into)?;
        if let Poll::Marker(marker) = &mut poll
            && self.preparation.class_of(marker).is_some()
            && let Some(text) = self.texts.next()
        {
            marker.text = text;
        }
        Ok(poll)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use motrace_core::{Channel, Marker, Montage, Role, Unit};
    use motrace_engine::{ClassSpec, InputStage};
    use motrace_signal::{FilterSpec, Reference};

    #[test]
    fn labels_change_places_and_nothing_else_does() {
        let channel = |label: &str| Channel { label: label.into(), role: Role::Eeg, unit: Unit::Microvolts };
        let info = StreamInfo { rate_hz: 100.0, channels: ["C3", "C4"].map(channel).to_vec(), ..StreamInfo::default() };
        let mut tape = Tape::new(info);
        for n in 0..60_u64 {
            tape.push_samples(&[n as f32; 20]);
            let text = ["left", "rest", "right", "left"][(n % 4) as usize];
            tape.push_marker(Marker { index: 10 * (n + 1), time_secs: 0.1 * n as f64, text: text.into() });
        }
        tape.discard(vec![3]);
        let preparation = Preparation {
            channels: Montage::new(["C3", "C4"]),
            unit: Unit::Microvolts,
            rate_hz: 100.0,
            reference: Reference::None,
            filter: FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: None },
            input: InputStage::Filtered,
            window_secs: [0.5, 2.5],
            sliding_secs: 1.0,
            classes: vec![ClassSpec::new("left", ["left"]), ClassSpec::new("right", ["right"])],
            hop_secs: 0.1,
        };
        let other = permuted(&tape, &preparation, 7, 0).unwrap();
        assert_eq!((other.samples(), other.discarded()), (tape.samples(), tape.discarded()));
        let texts = |tape: &Tape| tape.markers().map(|marker| marker.text.clone()).collect::<Vec<_>>();
        let (before, after) = (texts(&tape), texts(&other));
        assert_ne!(before, after);
        assert!(before.iter().zip(&after).all(|(a, b)| (a == "rest") == (b == "rest")));
        let count = |texts: &[String]| texts.iter().filter(|text| *text == "left").count();
        assert_eq!(count(&before), count(&after));
        assert!(other.markers().zip(tape.markers()).all(|(a, b)| a.index == b.index));
        assert_eq!(other, permuted(&tape, &preparation, 7, 0).unwrap());
        assert_ne!(other, permuted(&tape, &preparation, 7, 1).unwrap());
    }
}
