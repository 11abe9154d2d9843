use super::{CalibrationPlan, FeedbackKind, FeedbackPlan, Protocol};

impl Protocol {
    /// The Graz protocol: two runs of 20 trials of each class, and no feedback.
    ///
    /// Cross at 0, beep at 2 s, cue at 3 s for 1.25 s, imagery until 7 s, a pause of 1.5 to 3.5 s (Pfurtscheller and
    /// Neuper, Proc. IEEE 89(7), 2001).
    #[must_use]
    pub fn graz() -> Self {
        let calibration = CalibrationPlan { trials_per_class: 20, ..CalibrationPlan::default() };
        Self { calibration, feedback: Vec::new(), ..Self::default() }
    }

    /// The default calibration, then trials with feedback of 7 s: one run with the bar, one with the cursor, and
    /// Brain Pong.
    #[must_use]
    pub fn feedback_7s() -> Self {
        let kinds = [FeedbackKind::Bar, FeedbackKind::Cursor, FeedbackKind::Pong];
        let feedback = kinds.into_iter().map(|kind| FeedbackPlan { kind, ..FeedbackPlan::default() });
        Self { feedback: feedback.collect(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_can_be_run() {
        for protocol in [Protocol::graz(), Protocol::feedback_7s(), Protocol::default()] {
            protocol.check(3.5).expect("possible");
            let text = toml::to_string(&protocol).expect("TOML");
            assert_eq!(toml::from_str::<Protocol>(&text).expect("a protocol"), protocol);
        }
        assert_eq!(Protocol::graz().calibration.timing.end_at_secs, 7.0);
        let trial = &Protocol::feedback_7s().feedback[0];
        assert_eq!(trial.target_secs + trial.control_secs + trial.result_secs + trial.blank_secs, 7.0);
    }
}
