use serde::{Deserialize, Serialize};

/// What a cue looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symbol {
    /// A large arrow to the left.
    ArrowLeft,
    /// A large arrow to the right.
    ArrowRight,
    /// A large arrow upwards.
    ArrowUp,
    /// A large arrow downwards.
    ArrowDown,
    /// A left hand.
    LeftHand,
    /// A right hand.
    RightHand,
    /// Both hands.
    BothHands,
    /// Both feet.
    Feet,
    /// Rest: an open circle.
    Rest,
    /// A word.
    Word(String),
}

/// One of the two classes, as it lies on the screen: class 0 is left, class 1 is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Class 0.
    Left,
    /// Class 1.
    Right,
}

impl Side {
    /// The side of a class; anything but 0 is right.
    #[must_use]
    pub fn of_class(class: usize) -> Self {
        if class == 0 { Self::Left } else { Self::Right }
    }

    /// The class on this side.
    #[must_use]
    pub fn class(self) -> usize {
        usize::from(self == Self::Right)
    }
}

/// How a feedback trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// On the target.
    Hit,
    /// On the wrong target.
    Miss,
    /// On none in time.
    Timeout,
}

/// The state of Brain Pong. Lengths are shares of the field: x from 0 (left) to 1 (right), y from 0 (ceiling) to 1 (bar).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PongScene {
    /// The centre of the ball.
    pub ball: [f64; 2],
    /// The centre of the bar.
    pub bar: f64,
    /// The width of the bar.
    pub bar_width: f64,
    /// The last ball: hit or missed, shown for a moment.
    pub last: Option<Outcome>,
}

/// What the participant sees. Scenes carry all that is drawn, so that any screen can draw them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scene {
    /// Nothing.
    Blank,
    /// Words: a title and a few lines below it, centred.
    Words {
        /// The title, large.
        title: String,
        /// Lines below it.
        lines: Vec<String>,
    },
    /// A cross to look at.
    Fixation,
    /// The cue, large, over the cross.
    Cue(Symbol),
    /// Imagery goes on: the cross, and the cue small at its edge where it is to stay visible.
    Imagery(Option<Symbol>),
    /// A bar from the middle; −1 is fully left, +1 fully right.
    Bar {
        /// Where to; where that is told.
        target: Option<Side>,
        /// Its symbol.
        symbol: Option<Symbol>,
        /// Smoothed control.
        value: f64,
    },
    /// A cursor between two targets.
    Cursor {
        /// The target to reach.
        target: Side,
        /// Its symbol.
        symbol: Option<Symbol>,
        /// −1 is fully left, +1 fully right.
        position: f64,
        /// Where the targets begin: |position| beyond this is on a target.
        edge: f64,
        /// How much of the dwell time is over, 0 to 1.
        dwelt: f64,
    },
    /// Brain Pong.
    Pong(PongScene),
    /// How the trial ended.
    Result(Outcome),
}

/// Relevance for a small topography beside the feedback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Electrodes.
    pub labels: Vec<String>,
    /// PATTERN relevance of each, in decision units; rounded, as it is only looked at.
    pub values: Vec<f32>,
}

/// A scene with what surrounds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// The scene.
    pub scene: Scene,
    /// Hits and attempts so far, where a score is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<[u32; 2]>,
    /// Why, live, where that is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// Whether the terminal's bell sounds with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beep: bool,
}

impl Frame {
    /// A scene with nothing around it.
    #[must_use]
    pub fn of(scene: Scene) -> Self {
        Self { scene, score: None, evidence: None, beep: false }
    }
}
