use motrace_core::StreamLimitError;
use thiserror::Error;

/// Why a stream cannot be found, opened or published. Texts from other programs are cleaned before they
/// go into a message.
#[derive(Debug, Error)]
pub enum LslError {
    /// The operating system or the library reported a fault.
    #[error("the stream {stream} cannot be reached: {cause}")]
    Network {
        /// The stream, for display.
        stream: String,
        /// What went wrong.
        cause: String,
    },
    /// Nothing on the network answers to the query.
    #[error("no stream with {wanted} was found within {waited_secs:.1} s; {seen}")]
    NotFound {
        /// What was looked for.
        wanted: String,
        /// How long.
        waited_secs: f64,
        /// What is there instead.
        seen: String,
    },
    /// More than one stream answers to the query.
    #[error("{} streams have {wanted}: {}; name one by its uid or source_id", .found.len(), .found.join("; "))]
    Ambiguous {
        /// What was looked for.
        wanted: String,
        /// Each of them, for display.
        found: Vec<String>,
    },
    /// The stream claims more than any amplifier delivers; nothing was allocated for it.
    #[error("the stream {stream} is refused: {limit}")]
    TooLarge {
        /// The stream, for display.
        stream: String,
        /// The limit it exceeds.
        limit: StreamLimitError,
    },
    /// The stream's description is unusable.
    #[error("the stream {stream} is refused: {reason}")]
    Refused {
        /// The stream, for display.
        stream: String,
        /// Why.
        reason: String,
    },
    /// The caller asked for something that cannot be published or set.
    #[error("{0}")]
    Invalid(String),
}
