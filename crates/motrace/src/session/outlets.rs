use crate::failure::Failure;
use crate::publication::Publication;
use crate::setup;
use motrace_core::Decision;
use motrace_engine::{Explained, Model};
use motrace_lsl::Outlet;

/// What every stream that a session publishes has in front of its source id.
pub const SOURCE_ID_PREFIX: &str = crate::keeper::OWN_SOURCE;

/// What a session tells other programs: its markers, its decisions, and why.
pub struct Outlets {
    name: String,
    id: String,
    cues: Outlet,
    publication: Option<Publication>,
}

impl Outlets {
    /// Announces the marker stream `NAME-cues`. `id` tells this session from all others.
    pub fn open(name: &str, id: &str) -> Result<Self, Failure> {
        let cues = setup::text_stream(&format!("{name}-cues"), "Markers", &format!("{id}-cues"), "marker");
        Ok(Self { name: name.to_owned(), id: id.to_owned(), cues: Outlet::new(&cues)?, publication: None })
    }

    /// Announces `NAME-decisions` and `NAME-relevance`, once there is a model.
    pub fn set_model(&mut self, model: &Model) -> Result<(), Failure> {
        // Those of a model before it have to be gone first: the same source must not be there twice.
        self.publication = None;
        self.publication = Some(Publication::open(&self.name, &self.id, &model.preparation)?);
        Ok(())
    }

    /// Sends a marker with the time of what it speaks of, on the LSL clock.
    pub fn marker(&mut self, text: &str, at_secs: f64) -> Result<(), Failure> {
        Ok(self.cues.push_text(text, Some(at_secs))?)
    }

    /// Sends a decision, stamped now.
    pub fn decision(&mut self, decision: &Decision) -> Result<(), Failure> {
        let Some(publication) = &mut self.publication else { return Ok(()) };
        Ok(publication.decision(decision)?)
    }

    /// Sends why.
    pub fn explained(&mut self, explained: &Explained) -> Result<(), Failure> {
        let Some(publication) = &mut self.publication else { return Ok(()) };
        Ok(publication.explained(&explained.relevance.main_per_channel())?)
    }
}
