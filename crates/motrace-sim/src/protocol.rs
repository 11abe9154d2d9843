use crate::noise::Dice;
use crate::{Cues, Imagery, SimulationSettings};

/// So many cues of each class are shuffled together, which balances classes and still surprises.
const PER_BLOCK: usize = 4;

/// Gives the cues.
#[derive(Debug, Clone)]
pub(crate) struct Protocol {
    classes: Vec<Imagery>,
    /// Cues of each class that remain to be put in blocks; none for ever.
    remaining: Option<usize>,
    block: Vec<Imagery>,
    imagery_samples: u64,
    pause_samples: [f64; 2],
    /// The time of the next cue, or of the end.
    next: Option<u64>,
    is_over: bool,
    dice: Dice,
}

impl Protocol {
    pub(crate) fn new(settings: &SimulationSettings, dice: Dice) -> Self {
        let first = settings.samples(settings.timing.first_cue_secs);
        Self {
            classes: settings.classes.clone(),
            remaining: match settings.cues {
                Cues::PerClass(count) => Some(count),
                Cues::Endless | Cues::External => None,
            },
            block: Vec::new(),
            imagery_samples: settings.samples(settings.timing.imagery_secs),
            pause_samples: settings.timing.pause_secs.map(|secs| secs * settings.rate_hz),
            next: (settings.cues != Cues::External).then_some(first),
            is_over: false,
            dice,
        }
    }

    /// How long after its cue an imagery stops.
    pub(crate) fn imagery_samples(&self) -> u64 {
        self.imagery_samples
    }

    /// Whether the recording has come to its end.
    pub(crate) fn is_over(&self, time: u64) -> bool {
        self.is_over && self.next.is_some_and(|end| time >= end)
    }

    /// The cue that is due now, if one is.
    pub(crate) fn cue(&mut self, time: u64) -> Option<Imagery> {
        if self.is_over || self.next != Some(time) {
            return None;
        }
        if self.block.is_empty() {
            self.shuffle_block();
        }
        let cue = self.block.pop();
        if cue.is_none() {
            self.is_over = true;
            return None;
        }
        let pause = self.dice.between(self.pause_samples[0], self.pause_samples[1]);
        self.next = Some(time + self.imagery_samples + pause as u64);
        // The recording ends where the cue after the last one would have come.
        self.is_over = self.block.is_empty() && self.remaining == Some(0);
        cue
    }

    fn shuffle_block(&mut self) {
        let per_class = self.remaining.map_or(PER_BLOCK, |left| left.min(PER_BLOCK));
        if let Some(left) = &mut self.remaining {
            *left -= per_class;
        }
        self.block = self.classes.iter().flat_map(|class| std::iter::repeat_n(*class, per_class)).collect();
        for i in (1..self.block.len()).rev() {
            self.block.swap(i, self.dice.below(i + 1));
        }
    }
}
