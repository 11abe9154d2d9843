use crate::{
    dashboard::ColourDepth,
    palette::{Ground, Rgb, diverging},
};
use motrace_session::{Side, Symbol};

/// The few colours of the participant's picture: quiet, and none of them the only sign of anything.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tints {
    /// What everything stands on.
    pub ground: Rgb,
    /// What is to be looked at.
    pub ink: Rgb,
    /// Crosses, words that explain.
    pub quiet: Rgb,
    /// Frames and tracks.
    pub line: Rgb,
    /// Surfaces that are hardly there; `None` where there are two tones only.
    pub faint: Option<Rgb>,
    /// Class 0 and class 1.
    pub classes: [Rgb; 2],
    /// On the target.
    pub hit: Rgb,
    /// Not on the target: no alarm.
    pub miss: Rgb,
}

impl Tints {
    pub(super) fn new(depth: ColourDepth, ground: Ground) -> Self {
        let classes = [diverging(-0.8, ground), diverging(0.8, ground)];
        match (depth, ground) {
            (ColourDepth::Monochrome, _) => {
                let white = Rgb::new(255, 255, 255);
                Self {
                    ground: Rgb::new(0, 0, 0),
                    ink: white,
                    quiet: white,
                    line: white,
                    faint: None,
                    classes: [white; 2],
                    hit: white,
                    miss: white,
                }
            }
            (_, Ground::Dark) => Self {
                ground: Rgb::new(0, 0, 0),
                ink: Rgb::new(206, 211, 219),
                quiet: Rgb::new(138, 144, 154),
                line: Rgb::new(84, 90, 100),
                faint: Some(Rgb::new(34, 37, 43)),
                classes,
                hit: Rgb::new(122, 190, 138),
                miss: Rgb::new(196, 160, 96),
            },
            (_, Ground::Light) => Self {
                ground: Rgb::new(250, 250, 248),
                ink: Rgb::new(44, 48, 54),
                quiet: Rgb::new(104, 110, 118),
                line: Rgb::new(160, 165, 172),
                faint: Some(Rgb::new(228, 230, 233)),
                classes,
                hit: Rgb::new(44, 122, 70),
                miss: Rgb::new(146, 104, 24),
            },
        }
    }

    pub(super) fn side(&self, side: Side) -> Rgb {
        self.classes[side.class()]
    }

    /// A cue's colour: that of its side, where it has one.
    pub(super) fn symbol(&self, symbol: &Symbol) -> Rgb {
        match symbol {
            Symbol::ArrowLeft | Symbol::LeftHand => self.classes[0],
            Symbol::ArrowRight | Symbol::RightHand => self.classes[1],
            _ => self.ink,
        }
    }
}
