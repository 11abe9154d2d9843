use motrace_core::{Gap, Marker};
use serde::{Deserialize, Serialize};

/// The name and the type of the text stream in which a live session keeps its events.
pub const SESSION_EVENTS: &str = "motrace-events";

/// One line of a session's event stream: what happened, at exact sample indices of the recorded signal.
///
/// A live session estimates where markers and gaps fall while it runs. Replaying these lines instead of
/// estimating again makes replay agree with the session to the bit.
///
/// # Examples
/// ```
/// use motrace_record::SessionEvent;
/// let line = r#"{"marker":{"index":250,"time_secs":1.0,"text":"left"}}"#;
/// let event = SessionEvent::parse(line).unwrap();
/// assert_eq!(event.to_line(), line);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEvent {
    /// A marker.
    Marker(SessionMarker),
    /// Missing samples.
    Gap(SessionGap),
    /// A decision, as the session wrote it; kept as it is.
    Decision(serde_json::Value),
    /// A model decodes from this sample on.
    ModelSet {
        /// The first sample it sees.
        first: u64,
        /// The SHA-256 of what the model decides by, in hexadecimal; empty in recordings from before it was noted.
        #[serde(default)]
        digest: String,
    },
    /// The decoder adapts from this sample on.
    Adaptation {
        /// The first sample.
        from: u64,
        /// The share of each trial in the pooled mean.
        bias_rate: f64,
        /// The share of each trial in the pooled covariance.
        covariance_rate: f64,
    },
    /// The decoder no longer adapts: from this sample on the model decides as it was trained.
    AdaptationOff {
        /// The first sample.
        from: u64,
    },
    /// These samples are recorded, but did not reach the decoder in time.
    NotDecoded {
        /// The first one.
        from: u64,
        /// One past the last one.
        to: u64,
    },
    /// A trial does not count.
    TrialLeftOut {
        /// Its number: cues are counted from 1 over the whole session.
        trial: usize,
        /// Why.
        why: String,
    },
    /// A part of the session begins: `baseline`, a calibration run, a run with feedback.
    Phase {
        /// Its first sample.
        from: u64,
        /// What it is called.
        name: String,
    },
}

/// A [`Marker`] as a session writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionMarker {
    /// The sample it falls on.
    pub index: u64,
    /// Its time in seconds.
    pub time_secs: f64,
    /// What it says.
    pub text: String,
    /// How many samples were there when it came, where that is not its index: trials are decided, and the decoder
    /// learns from them, in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// A [`Gap`] as a session writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionGap {
    /// The first sample after it.
    pub index: u64,
    /// How many samples are missing.
    pub missing_samples: u64,
    /// How long it lasted, in seconds.
    pub length_secs: f64,
}

impl SessionEvent {
    /// Reads one line; `None` if it is not an event.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }

    /// A marker that came after so many samples.
    #[must_use]
    pub fn marker(marker: &Marker, after: u64) -> Self {
        Self::Marker(SessionMarker {
            index: marker.index,
            time_secs: marker.time_secs,
            text: marker.text.clone(),
            after: (after != marker.index).then_some(after),
        })
    }

    /// The line to write.
    #[must_use]
    pub fn to_line(&self) -> String {
        // Strings, finite and non-finite numbers all have a representation; this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<&Marker> for SessionEvent {
    fn from(marker: &Marker) -> Self {
        Self::marker(marker, marker.index)
    }
}

impl From<&Gap> for SessionEvent {
    fn from(gap: &Gap) -> Self {
        let Gap { index, missing_samples, length_secs } = *gap;
        Self::Gap(SessionGap { index, missing_samples, length_secs })
    }
}

impl From<SessionMarker> for Marker {
    fn from(SessionMarker { index, time_secs, text, .. }: SessionMarker) -> Self {
        Self { index, time_secs, text }
    }
}

impl From<SessionGap> for Gap {
    fn from(SessionGap { index, missing_samples, length_secs }: SessionGap) -> Self {
        Self { index, missing_samples, length_secs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_read_back_to_the_bit(index: u64, time in proptest::num::f64::NORMAL, text: String) {
            let marker = Marker { index, time_secs: time, text };
            let back = SessionEvent::parse(&SessionEvent::from(&marker).to_line());
            prop_assert_eq!(back, Some(SessionEvent::from(&marker)));
            let late = SessionEvent::marker(&marker, index.wrapping_add(3));
            prop_assert_eq!(SessionEvent::parse(&late.to_line()), Some(late));
        }

        #[test]
        fn rates_read_back_to_the_bit(from: u64, bias_rate in 0.0..0.5_f64, covariance_rate in 0.0..0.5_f64) {
            let event = SessionEvent::Adaptation { from, bias_rate, covariance_rate };
            prop_assert_eq!(SessionEvent::parse(&event.to_line()), Some(event));
        }
    }

    #[test]
    fn lines_of_before_are_read() {
        let set = SessionEvent::ModelSet { first: 7, digest: String::new() };
        assert_eq!(SessionEvent::parse(r#"{"model_set":{"first":7}}"#), Some(set));
        let lost = SessionEvent::NotDecoded { from: 1, to: 2 };
        assert_eq!(SessionEvent::parse(r#"{"not_decoded":{"from":1,"to":2}}"#), Some(lost));
    }

    #[test]
    fn other_text_is_no_event() {
        assert_eq!(SessionEvent::parse("left"), None);
        assert_eq!(SessionEvent::parse(r#"{"marker":{"index":-1}}"#), None);
        let decision = r#"{"decision":{"value":0.5}}"#;
        assert!(matches!(SessionEvent::parse(decision), Some(SessionEvent::Decision(_))));
    }
}
