use crate::failure::Failure;
use crate::setup;
use motrace_core::{Channel, Decision, DecisionKind, Role, StreamInfo, Unit};
use motrace_engine::{Explained, Model};
use motrace_lsl::Outlet;

/// What every stream that a session publishes has in front of its source id.
pub const SOURCE_ID_PREFIX: &str = crate::keeper::OWN_SOURCE;

/// What a session tells other programs: its markers, its decisions, and why.
pub struct Outlets {
    name: String,
    id: String,
    cues: Outlet,
    decisions: Option<Outlet>,
    relevance: Option<Outlet>,
    values: Vec<f32>,
    decided: Vec<f64>,
}

impl Outlets {
    /// Announces the marker stream `NAME-cues`. `id` tells this session from all others.
    pub fn open(name: &str, id: &str) -> Result<Self, Failure> {
        let cues = setup::text_stream(&format!("{name}-cues"), "Markers", &format!("{id}-cues"), "marker");
        Ok(Self {
            name: name.to_owned(),
            id: id.to_owned(),
            cues: Outlet::new(&cues)?,
            decisions: None,
            relevance: None,
            values: Vec::new(),
            decided: Vec::new(),
        })
    }

    /// Announces `NAME-decisions` and `NAME-relevance`, once there is a model.
    pub fn set_model(&mut self, model: &Model) -> Result<(), Failure> {
        let number = |label: &str, unit: Unit| Channel { label: label.to_owned(), role: Role::Aux, unit };
        let none = || Unit::Unspecified;
        let names = model.preparation.class_names();
        let probabilities = names.iter().map(|name| number(&format!("probability {name}"), none()));
        let decisions = StreamInfo {
            name: format!("{}-decisions", self.name),
            kind: "motrace-decisions".into(),
            source_id: format!("{}-decisions", self.id),
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
        self.decisions = Some(Outlet::new_f64(&decisions)?);
        let relevance = StreamInfo {
            name: format!("{}-relevance", self.name),
            kind: "motrace-relevance".into(),
            source_id: format!("{}-relevance", self.id),
            channels: model.preparation.channels.labels().iter().map(|label| number(label, none())).collect(),
            ..StreamInfo::default()
        };
        self.relevance = Some(Outlet::new(&relevance)?);
        Ok(())
    }

    /// Sends a marker with the time of what it speaks of, on the LSL clock.
    pub fn marker(&mut self, text: &str, at_secs: f64) -> Result<(), Failure> {
        Ok(self.cues.push_text(text, Some(at_secs))?)
    }

    /// Sends a decision, stamped now.
    pub fn decision(&mut self, decision: &Decision) -> Result<(), Failure> {
        let Some(outlet) = &mut self.decisions else { return Ok(()) };
        let trial = match decision.kind {
            DecisionKind::Sliding => 0.0,
            DecisionKind::Trial(number) => number as f64,
        };
        self.decided.clear();
        self.decided.push(decision.value);
        self.decided.extend(decision.probabilities.all());
        self.decided.extend([trial, decision.start as f64, decision.end as f64]);
        self.decided.push(f64::from(u8::from(!decision.veto.is_clear())));
        Ok(outlet.push_f64(&self.decided, None)?)
    }

    /// Sends why: the PATTERN relevance of each channel, INPUT where the decoder has no PATTERN, in decision units.
    pub fn explained(&mut self, explained: &Explained) -> Result<(), Failure> {
        let Some(outlet) = &mut self.relevance else { return Ok(()) };
        self.values.clear();
        self.values.extend(explained.relevance.main_per_channel().iter().map(|r| *r as f32));
        Ok(outlet.push(&self.values, None)?)
    }
}
