//! Decisions, and why, as LSL streams for other programs: a game, an exoskeleton, a stimulus.

use crate::failure::Failure;
use motrace_core::{Channel, Decision, DecisionKind, Role, StreamInfo, Unit};
use motrace_engine::Preparation;
use motrace_lsl::{LslError, Outlet};

/// The streams `NAME-decisions` and `NAME-relevance`.
pub struct Publication {
    decisions: Outlet,
    relevance: Outlet,
    decided: Vec<f64>,
    explained: Vec<f32>,
}

impl Publication {
    /// Announces both, for decisions between the classes of this preparation, explained by its channels. `id` tells them from
    /// those of all other runs.
    pub fn open(name: &str, id: &str, preparation: &Preparation) -> Result<Self, Failure> {
        let number = |label: &str, unit: Unit| Channel { label: label.to_owned(), role: Role::Aux, unit };
        let none = || Unit::Unspecified;
        let names = preparation.class_names();
        let probabilities = names.iter().map(|name| number(&format!("probability {name}"), none()));
        let decisions = StreamInfo {
            name: format!("{name}-decisions"),
            kind: "motrace-decisions".into(),
            source_id: format!("{id}-decisions"),
            channels: std::iter::once(number("value", none()))
                .chain(probabilities)
                .chain([
                    number("trial", none()),
                    number("window start", Unit::parse("samples")),
                    number("window end", Unit::parse("samples")),
                    number("vetoed", none()),
                ])
                .collect(),
            ..StreamInfo::default()
        };
        let relevance = StreamInfo {
            name: format!("{name}-relevance"),
            kind: "motrace-relevance".into(),
            source_id: format!("{id}-relevance"),
            channels: preparation.channels.labels().iter().map(|label| number(label, none())).collect(),
            ..StreamInfo::default()
        };
        Ok(Self {
            decisions: Outlet::new_f64(&decisions)?,
            relevance: Outlet::new(&relevance)?,
            decided: Vec::new(),
            explained: Vec::new(),
        })
    }

    /// Sends a decision, stamped now.
    pub fn decision(&mut self, decision: &Decision) -> Result<(), LslError> {
        let trial = match decision.kind {
            DecisionKind::Sliding => 0.0,
            DecisionKind::Trial(number) => number as f64,
        };
        self.decided.clear();
        self.decided.push(decision.value);
        self.decided.extend(decision.probabilities.all());
        self.decided.extend([trial, decision.start as f64, decision.end as f64]);
        self.decided.push(f64::from(u8::from(!decision.veto.is_clear())));
        self.decisions.push_f64(&self.decided, None)
    }

    /// Sends why: the PATTERN relevance of each channel, INPUT where the decoder has no PATTERN, in decision units.
    pub fn explained(&mut self, per_channel: &[f64]) -> Result<(), LslError> {
        self.explained.clear();
        self.explained.extend(per_channel.iter().map(|r| *r as f32));
        self.relevance.push(&self.explained, None)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::Config;
    use motrace_core::{Probabilities, SampleFormat, SampleValues, Veto};
    use motrace_lsl::{RawInlet, StreamQuery};
    use std::time::{Duration, Instant};

    const PATIENCE: Duration = Duration::from_secs(90);

    fn received(inlet: &mut RawInlet) -> SampleValues {
        let (mut values, mut stamps) = (SampleValues::new(inlet.format()), Vec::new());
        let deadline = Instant::now() + PATIENCE;
        while inlet.pull(&mut values, &mut stamps) == 0 {
            assert!(Instant::now() < deadline, "what was sent arrives");
            std::thread::sleep(Duration::from_millis(2));
        }
        values
    }

    /// Another program sees what each number is, and gets every one of them.
    #[test]
    fn decisions_of_four_classes_and_their_relevance_arrive_elsewhere() {
        motrace_lsl::use_loopback(&format!("tests-{}", std::process::id())).unwrap();
        let config = Config::parse(include_str!("../../../configs/four-classes.toml")).unwrap();
        let eeg = |label: &str| Channel::new(label, Unit::Microvolts);
        let channels = vec![eeg("C3"), eeg("Cz"), eeg("C4")];
        let info = StreamInfo { rate_hz: 250.0, channels, ..StreamInfo::default() };
        let preparation = crate::setup::preparation(&config, &info, &[]).unwrap();
        let mut publication = Publication::open("game", &crate::setup::own_source_id("game"), &preparation).unwrap();

        let mut decisions = RawInlet::open(StreamQuery::named("game-decisions"), PATIENCE).unwrap();
        let mut relevance = RawInlet::open(StreamQuery::named("game-relevance"), PATIENCE).unwrap();
        assert_eq!((decisions.format(), relevance.format()), (SampleFormat::Double64, SampleFormat::Float32));
        let labels = |inlet: &RawInlet| inlet.info().channels.iter().map(|c| c.label.clone()).collect::<Vec<_>>();
        let classes = ["left", "right", "feet", "tongue"].map(|name| format!("probability {name}"));
        assert_eq!(labels(&decisions)[1..5], classes);
        assert_eq!(labels(&relevance), ["C3", "Cz", "C4"]);

        assert!(publication.decisions.wait_for_consumers(PATIENCE));
        assert!(publication.relevance.wait_for_consumers(PATIENCE));
        let decision = Decision {
            kind: DecisionKind::Trial(7),
            start: 100,
            end: 600,
            value: 0.25,
            probabilities: Probabilities::softmax(&[0.0, 0.0, 1.0, 0.0], 1.0).unwrap(),
            veto: Veto::GAP,
            frozen_value: None,
        };
        publication.decision(&decision).unwrap();
        publication.explained(&[0.5, -0.25, 0.0]).unwrap();
        let SampleValues::Double64(row) = received(&mut decisions) else { panic!("doubles were expected") };
        let mut wanted = vec![0.25];
        wanted.extend(decision.probabilities.all());
        wanted.extend([7.0, 100.0, 600.0, 1.0]);
        assert_eq!(row, wanted);
        assert_eq!(received(&mut relevance), SampleValues::Float32(vec![0.5, -0.25, 0.0]));
    }
}
