//! The moving part of a trial with feedback. A game is a function of the decisions that came and of time: asking it
//! often or rarely changes nothing.
mod cursor;
mod pong;

use crate::{FeedbackKind, FeedbackPlan, Outcome, PongScene, Scene, Side, Smoothing, Symbol};
use cursor::Dwell;
pub(crate) use pong::Ball;
pub use pong::pong_gain;

/// Where the targets of the cursor begin: half of what the mean of a class is.
///
/// A steady value of 1 gets there after 0.7 time constants, which leaves two of the default three seconds to dwell,
/// and one of 0.7 still in time. A decoder that says nothing stays between the targets.
pub const CURSOR_EDGE: f64 = 0.5;
/// Decision values count up to this many class means; a single wild one must not move everything for seconds.
pub const VALUE_LIMIT: f64 = 3.0;

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Bar,
    Cursor(Dwell),
    Pong { ball: Ball, gain: f64, bar_width: f64 },
}

/// One trial's.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Game {
    kind: Kind,
    target: Side,
    symbol: Symbol,
    start_secs: f64,
    end_secs: f64,
    idle_threshold: f64,
    smoothing: Smoothing,
}

impl Game {
    /// The game of a trial whose control begins at a time; `newest` is the decision that is newest by now.
    pub fn new(
        plan: &FeedbackPlan,
        target: Side,
        symbol: Symbol,
        ball: Ball,
        start_secs: f64,
        newest: Option<(f64, f64)>,
    ) -> Self {
        let (kind, length_secs) = match plan.kind {
            FeedbackKind::Bar => (Kind::Bar, plan.control_secs),
            FeedbackKind::Cursor => (Kind::Cursor(Dwell::new(plan.dwell_secs)), plan.control_secs),
            FeedbackKind::Pong => {
                (Kind::Pong { ball, gain: pong_gain(plan), bar_width: plan.bar_width }, plan.fall_secs)
            }
        };
        let mut game = Self {
            kind,
            target,
            symbol,
            start_secs,
            end_secs: start_secs + length_secs.max(0.0),
            idle_threshold: plan.idle_threshold,
            smoothing: Smoothing::new(plan.smoothing_secs, start_secs),
        };
        if let Some((value, at_secs)) = newest {
            game.control(value, at_secs.min(start_secs));
        }
        game
    }

    /// The newest decision.
    pub fn control(&mut self, value: f64, now_secs: f64) {
        if !value.is_finite() || now_secs.is_nan() {
            return;
        }
        let value = if value.abs() < self.idle_threshold { 0.0 } else { value.clamp(-VALUE_LIMIT, VALUE_LIMIT) };
        if let Kind::Cursor(dwell) = &mut self.kind {
            let from_secs = self.smoothing.anchor_secs();
            dwell.follow(&self.smoothing, from_secs, now_secs);
        }
        self.smoothing.update(value, now_secs);
    }

    /// How it ended and when, if it has by now.
    pub fn decided(&self, now_secs: f64) -> Option<(f64, Outcome)> {
        Some(self.expected()).filter(|(at_secs, _)| *at_secs <= now_secs)
    }

    /// How it will end and when, if no further decision comes. Until one does, this does not change.
    fn expected(&self) -> (f64, Outcome) {
        if let Kind::Cursor(dwell) = &self.kind {
            let mut dwell = dwell.clone();
            if let Some((at_secs, side)) = dwell.follow(&self.smoothing, self.smoothing.anchor_secs(), self.end_secs) {
                return (at_secs, if side == self.target { Outcome::Hit } else { Outcome::Miss });
            }
        }
        (self.end_secs, self.at_end())
    }

    fn at_end(&self) -> Outcome {
        let value = self.smoothing.value_at(self.end_secs);
        match &self.kind {
            // What counts is what the participant sees last.
            Kind::Bar if value == 0.0 => Outcome::Timeout,
            Kind::Bar if Side::of_class(usize::from(value > 0.0)) == self.target => Outcome::Hit,
            Kind::Bar => Outcome::Miss,
            Kind::Cursor(_) => Outcome::Timeout,
            Kind::Pong { ball, gain, bar_width } => {
                let bar = pong::bar_centre(value, *gain, *bar_width);
                if (ball.landing - bar).abs() <= bar_width / 2.0 { Outcome::Hit } else { Outcome::Miss }
            }
        }
    }

    /// When it will be over if no further decision comes.
    pub fn expected_end_secs(&self) -> f64 {
        self.expected().0
    }

    /// For how long it had no decision to go by, up to a time.
    pub fn stalled_secs(&self, now_secs: f64) -> f64 {
        self.smoothing.stalled_secs_at(now_secs.min(self.end_secs).max(self.start_secs))
    }

    /// Whether it has none to go by.
    pub fn is_stalled(&self, now_secs: f64) -> bool {
        (self.start_secs..=self.end_secs).contains(&now_secs) && self.smoothing.is_held(now_secs)
    }

    /// What is to be seen.
    pub fn scene(&self, now_secs: f64) -> Scene {
        let now_secs = now_secs.max(self.start_secs).min(self.end_secs);
        let stop_secs = self.decided(now_secs).map_or(now_secs, |(at_secs, _)| at_secs);
        let value = self.smoothing.value_at(stop_secs);
        match &self.kind {
            Kind::Bar => Scene::Bar {
                target: Some(self.target),
                symbol: Some(self.symbol.clone()),
                value: value.clamp(-1.0, 1.0),
            },
            Kind::Cursor(dwell) => {
                let mut dwell = dwell.clone();
                dwell.follow(&self.smoothing, self.smoothing.anchor_secs(), stop_secs);
                Scene::Cursor {
                    target: self.target,
                    symbol: Some(self.symbol.clone()),
                    position: value.clamp(-1.0, 1.0),
                    edge: CURSOR_EDGE,
                    dwelt: dwell.share(),
                }
            }
            Kind::Pong { ball, gain, bar_width } => Scene::Pong(PongScene {
                ball: ball.at((stop_secs - self.start_secs) / (self.end_secs - self.start_secs).max(f64::MIN_POSITIVE)),
                bar: pong::bar_centre(value, *gain, *bar_width),
                bar_width: *bar_width,
                last: None,
            }),
        }
    }
}

/// What is to be seen before the decisions move anything.
pub(crate) fn waiting_scene(plan: &FeedbackPlan, target: Side, symbol: &Symbol, ball: Ball) -> Scene {
    match plan.kind {
        FeedbackKind::Bar => Scene::Bar { target: Some(target), symbol: Some(symbol.clone()), value: 0.0 },
        FeedbackKind::Cursor => {
            Scene::Cursor { target, symbol: Some(symbol.clone()), position: 0.0, edge: CURSOR_EDGE, dwelt: 0.0 }
        }
        FeedbackKind::Pong => {
            Scene::Pong(PongScene { ball: ball.at(0.0), bar: 0.5, bar_width: plan.bar_width, last: None })
        }
    }
}

#[cfg(test)]
mod tests;
