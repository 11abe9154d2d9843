use super::DecisionStream;
use serde::{Deserialize, Serialize};

/// When sliding decisions make an event.
///
/// The three figures are those of Townsend, Graimann and Pfurtscheller (2004, IEEE Trans. Neural Syst. Rehabil. Eng. 12,
/// 258–265): the decoder has to be sure enough of one class for a while, and then nothing is detected for another while.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Detector {
    /// The probability of a class that is at least wanted. Above 1 it detects nothing.
    pub threshold: f64,
    /// For how long one decision after the other has to decide so for the same class, in seconds; at 0 one is enough.
    pub dwell_secs: f64,
    /// For how long nothing is detected after an event, in seconds. A dwell begins after it.
    pub refractory_secs: f64,
}

/// An event that a detector found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detection {
    /// The decision at which it did: a place among the [`steps`](DecisionStream::steps).
    pub step: usize,
    /// The class.
    pub class: usize,
}

impl Detector {
    /// The events in a stream of decisions, in their order.
    ///
    /// A decision that something speaks against detects nothing and ends a dwell, and so do one for the class of idling and one
    /// that is missing.
    #[must_use]
    pub fn detect(&self, stream: &DecisionStream) -> Vec<Detection> {
        let (dwell, refractory) = (stream.samples(self.dwell_secs), stream.samples(self.refractory_secs));
        let mut found = Vec::new();
        // The class that is decided for without a break, and since when.
        let mut run: Option<(usize, u64)> = None;
        let mut before = None;
        let mut ready_at = 0;
        for (place, step) in stream.steps.iter().enumerate() {
            let follows = before.is_some_and(|end: u64| step.end <= end.saturating_add(stream.hop_samples));
            before = Some(step.end);
            let is_event = step.is_clear && Some(step.class) != stream.idle_class;
            if !(is_event && step.confidence >= self.threshold && step.end >= ready_at) {
                run = None;
                continue;
            }
            let since = match run {
                Some((class, since)) if class == step.class && follows => since,
                _ => step.end,
            };
            if step.end - since >= dwell {
                found.push(Detection { step: place, class: step.class });
                ready_at = step.end.saturating_add(refractory).max(step.end + 1);
                run = None;
            } else {
                run = Some((step.class, since));
            }
        }
        found
    }
}
