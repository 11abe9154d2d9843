use crate::input_stage::InputFilter;
use crate::projection::Projection;
use crate::sanitise::Sanitiser;
use crate::{ChannelMap, EngineError, Preparation};
use motrace_core::Veto;
use motrace_signal::StreamingFilter;
use ndarray::{Array2, ArrayView2};

/// The filters count as settled when this share of their impulse response's energy is still to come.
const UNSETTLED_ENERGY: f64 = 0.01;

/// What is known of one sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flags(pub u8);

impl Flags {
    pub const BAD: u8 = 1;
    pub const AFTER_GAP: u8 = 2;
    pub const SETTLING: u8 = 4;
    pub const LOST: u8 = 8;
}

/// The signal path, one sample at a time: select, hold bad samples, scale to volts, re-reference, project, filter, and make
/// of the channels what the decoder reads ([`crate::InputStage`]).
///
/// Scaling, reference and projection are linear over channels, and the filter over time, so they
/// commute: all that is linear over channels is one matrix, and only its outputs are filtered.
#[derive(Debug, Clone)]
pub(crate) struct FrontEnd {
    sanitiser: Sanitiser,
    projection: Projection,
    filter: StreamingFilter,
    input: InputFilter,
    clean: Vec<f64>,
    out: Vec<f64>,
    /// After a start, and after held samples.
    settling_samples: [u64; 2],
    settling_left: u64,
    is_after_gap: bool,
    was_bad: bool,
}

impl FrontEnd {
    /// With spatial filters, `[components, channels]`, or none: then the outputs are the channels.
    pub fn new(
        preparation: &Preparation,
        map: &ChannelMap,
        filters: Option<ArrayView2<f64>>,
    ) -> Result<Self, EngineError> {
        let reference =
            preparation.reference.matrix(&preparation.channels).map_err(|e| EngineError::Reference(e.to_string()))?;
        let channels = preparation.channels.len();
        if let Some(filters) = filters
            && filters.ncols() != channels
        {
            return Err(EngineError::Shape { channels, decoder: filters.ncols() });
        }
        let in_volts: Array2<f64> = filters.map_or_else(|| reference.clone(), |filters| filters.dot(&reference));
        let scales = ndarray::ArrayView1::from(map.scales_volts.as_slice());
        let projection = Projection::new((in_volts * scales).view());
        let sections =
            preparation.filter.design(preparation.rate_hz).map_err(|e| EngineError::Filter(e.to_string()))?;
        let outputs = projection.padded_outputs();
        let input = InputFilter::new(&preparation.input, preparation.rate_hz, outputs)?;
        let settling = sections.settling_samples(UNSETTLED_ENERGY);
        let settling_samples = [settling.max(input.settling_samples()) as u64, settling as u64];
        Ok(Self {
            sanitiser: Sanitiser::new(map, preparation.rate_hz),
            projection,
            filter: StreamingFilter::new(&sections, outputs),
            input,
            clean: vec![0.0; channels],
            out: vec![0.0; outputs],
            settling_samples,
            settling_left: settling_samples[0],
            is_after_gap: false,
            was_bad: false,
        })
    }

    /// How many outputs there are, padding included.
    pub fn padded_outputs(&self) -> usize {
        self.out.len()
    }

    /// One sample of all channels of the stream; gives the filtered outputs and what is known of them.
    pub fn step(&mut self, frame: &[f32]) -> (&[f64], Flags) {
        let cleaned = self.sanitiser.clean(frame, &mut self.clean);
        if cleaned.first_good {
            // What stood for the channel until now was made up: its first value would be a step.
            self.restart();
        }
        if self.was_bad && !cleaned.bad {
            // From the held value to the first good one there is a step; the filters ring for a while.
            self.settling_left = self.settling_left.max(self.settling_samples[1]);
        }
        self.was_bad = cleaned.bad;
        self.projection.apply(&self.clean, &mut self.out);
        self.filter.apply(&mut self.out);
        self.input.apply(&mut self.out);
        let mut flags = 0;
        if cleaned.bad {
            flags |= Flags::BAD;
        }
        if self.is_after_gap {
            flags |= Flags::AFTER_GAP;
            self.is_after_gap = false;
        }
        if self.settling_left > 0 {
            flags |= Flags::SETTLING;
            self.settling_left -= 1;
        }
        (&self.out, Flags(flags))
    }

    /// Samples are missing before the next one.
    pub fn gap(&mut self) {
        self.restart();
        self.is_after_gap = true;
    }

    fn restart(&mut self) {
        self.filter.reset();
        self.input.reset();
        self.settling_left = self.settling_samples[0];
    }
}

/// The reasons against a window, from the flags of its samples; `None` where samples of it were lost.
///
/// A gap right before the window's first sample is not in it.
pub(crate) fn veto_of(flags: [&[u8]; 2]) -> Option<Veto> {
    let any = |flags: &[u8]| flags.iter().fold(0, |any, flag| any | flag);
    let seen = match flags {
        [[first, rest @ ..], more] => (first & !Flags::AFTER_GAP) | any(rest) | any(more),
        [[], [first, rest @ ..]] => (first & !Flags::AFTER_GAP) | any(rest),
        [[], []] => 0,
    };
    if seen & Flags::LOST != 0 {
        return None;
    }
    let reasons = [(Flags::BAD, Veto::BAD_SAMPLE), (Flags::AFTER_GAP, Veto::GAP), (Flags::SETTLING, Veto::SETTLING)];
    Some(
        reasons.into_iter().filter(|(flag, _)| seen & flag != 0).fold(Veto::NONE, |veto, (_, reason)| veto.and(reason)),
    )
}
