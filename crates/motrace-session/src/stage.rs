use crate::Frame;
use serde::{Deserialize, Serialize};

/// The content type of the LSL text stream on which a session tells screens what to show.
pub const STAGE_KIND: &str = "motrace-stage";
/// The content type of the LSL text stream on which a screen tells when it drew what.
pub const SCREEN_KIND: &str = "motrace-screen";

/// From a session to its screens, one JSON text per message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageMessage {
    /// Show a frame.
    Show {
        /// Counts up; later ones replace earlier ones that were not drawn yet, unless those are to be acknowledged.
        id: u64,
        /// When, on the LSL clock of the session's computer; at once where that is past.
        due_secs: f64,
        /// Whether the time of drawing is asked for.
        acknowledge: bool,
        /// What.
        frame: Frame,
    },
    /// Forget what is not drawn yet.
    Cancel,
    /// The session is over.
    End,
}

/// From a screen to the session, one JSON text per message; its stamp is the time it speaks of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScreenMessage {
    /// The screen is there; said every second.
    Ready {
        /// Columns and rows of the terminal.
        size: [u16; 2],
    },
    /// A frame is on the screen since the stamp of this message.
    Shown {
        /// Which.
        id: u64,
    },
    /// The screen is being closed.
    Leaving,
}

impl StageMessage {
    /// Reads a message; `None` where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text to send.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Numbers, strings and lists always have a representation; this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl ScreenMessage {
    /// Reads a message; `None` where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text to send.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
