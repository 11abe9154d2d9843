use motrace_core::StreamInfo;
use motrace_engine::Tape;

/// A recording of an evaluation, as it is known before its samples are looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordingInput {
    /// What it is called in messages and results.
    pub name: String,
    /// The digest of its content.
    pub sha256: String,
    /// Whose it is.
    pub subject: String,
    /// The session it belongs to, where that is known.
    pub session: Option<String>,
    /// The stream that is decoded.
    pub info: StreamInfo,
    /// Whether it is for testing only (`Transfer`).
    pub is_test: bool,
}

/// Where the samples of recordings come from.
pub trait Tapes: Sync {
    /// The samples and markers of a recording, by its place among the inputs.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn tape(&self, recording: usize) -> Result<Tape, String>;
}
