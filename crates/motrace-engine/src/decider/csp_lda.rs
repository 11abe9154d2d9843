use super::Evidence;
use crate::front_end::{FrontEnd, veto_of};
use crate::projection::LANES;
use crate::sample_ring::{Missed, SampleRing};
use crate::{ChannelMap, EngineError, Logits, Preparation};
use motrace_core::Decision;
use motrace_decode::{Adaptation, Adapter, CspLda, Discriminant};

/// From samples to the values of a [`CspLda`]: scale, channel selection, reference and spatial filters are one matrix, so only
/// the decoder's components are filtered; their squares are kept, and a value is made of their mean over a window.
#[derive(Debug, Clone)]
pub(super) struct CspLdaPath {
    decoder: CspLda,
    /// What adapts, where the decoder can; at rest until it is asked to.
    adapter: Option<Box<Adapter>>,
    adaptation: Option<Adaptation>,
    front_end: FrontEnd,
    squares: SampleRing,
    powers: Vec<f64>,
}

impl CspLdaPath {
    pub fn new(decoder: &CspLda, preparation: &Preparation, map: &ChannelMap, first: u64) -> Result<Self, EngineError> {
        let front_end = FrontEnd::new(preparation, map, Some(decoder.filters.view()))?;
        let width = front_end.padded_outputs();
        Ok(Self {
            decoder: decoder.clone(),
            adapter: Adapter::new(decoder).map(Box::new),
            adaptation: None,
            squares: SampleRing::new(width, preparation.retained_samples(), first),
            powers: vec![0.0; width],
            front_end,
        })
    }

    pub fn next(&self) -> u64 {
        self.squares.next()
    }

    pub fn begin_at(&mut self, first: u64) {
        self.squares.begin_at(first);
    }

    pub fn push_frame(&mut self, frame: &[f32]) {
        let (components, flags) = self.front_end.step(frame);
        for (square, value) in self.squares.slot().iter_mut().zip(components) {
            *square = value * value;
        }
        self.squares.advance(flags);
    }

    pub fn gap(&mut self, until: u64) {
        self.front_end.gap();
        self.squares.skip_to(until);
    }

    pub fn set_adaptation(&mut self, adaptation: Option<Adaptation>) -> Option<Adaptation> {
        let adapter = self.adapter.as_mut()?;
        self.adaptation = adaptation.map(|rates| adapter.set_rates(rates));
        if self.adaptation.is_none() {
            adapter.reset();
            self.decoder.set_discriminant(adapter.current());
        }
        self.adaptation
    }

    pub fn adaptation(&self) -> Option<Adaptation> {
        self.adaptation
    }

    pub fn discriminant(&self) -> Option<&Discriminant> {
        self.adapter.as_ref().map(|adapter| adapter.current())
    }

    /// Learns from the trial just decided, whose powers are still there.
    pub fn adapt(&mut self, decision: &Decision) -> Option<&Discriminant> {
        let adapter = self.adapter.as_mut().filter(|_| self.adaptation.is_some() && decision.veto.is_clear())?;
        if !adapter.adapt(&self.powers[..self.decoder.components()]) {
            return None;
        }
        self.decoder.set_discriminant(adapter.current());
        Some(adapter.current())
    }

    pub fn evidence(&mut self, start: u64, end: u64) -> Result<Evidence, Missed> {
        let stretch = self.squares.stretch(start, end)?;
        let veto = veto_of(stretch.flags).ok_or(Missed::Lost)?;
        mean_rows(stretch.values, &mut self.powers);
        let powers = &self.powers[..self.decoder.components()];
        let frozen = self.adapter.as_ref().filter(|_| self.adaptation.is_some());
        Ok(Evidence {
            logits: Logits::of_two(self.decoder.value_from_powers(powers)),
            frozen_value: frozen.map(|adapter| adapter.trained().value_from_powers(powers)),
            veto,
        })
    }
}

/// The mean of rows, `[samples, width]` in two parts, added up in their order; the width is whole lanes.
fn mean_rows(parts: [&[f64]; 2], mean: &mut [f64]) {
    let width = mean.len();
    let rows = (parts[0].len() + parts[1].len()) / width.max(1);
    for (block, mean) in mean.chunks_exact_mut(LANES).enumerate() {
        let mut sums = [0.0; LANES];
        for part in parts {
            for row in part.chunks_exact(width) {
                for (sum, value) in sums.iter_mut().zip(&row[block * LANES..(block + 1) * LANES]) {
                    *sum += value;
                }
            }
        }
        for (mean, sum) in mean.iter_mut().zip(sums) {
            *mean = sum / rows as f64;
        }
    }
}
