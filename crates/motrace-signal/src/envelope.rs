use crate::{FilterError, StreamingFilter, butterworth_lowpass};

/// The amplitude of each channel's rhythm, one sample at a time: squared, smoothed, and the root of twice that.
///
/// The channels are to be band-passed before, for example to 9–13 Hz. A sinusoid of amplitude A then gives A: its square
/// is A²/2 and a part at twice its frequency, which the low-pass takes out. This is the band-power envelope that the
/// multilayer perceptron of Sturm et al. 2016 reads, made causally.
#[derive(Debug, Clone)]
pub struct Envelope {
    low_pass: StreamingFilter,
    settling_samples: usize,
}

impl Envelope {
    /// The low-pass's order.
    pub const ORDER: usize = 2;

    /// For this many channels; the envelope follows changes up to `low_pass_hz`.
    ///
    /// # Errors
    /// Where there is no such low-pass at this rate.
    pub fn new(low_pass_hz: f64, rate_hz: f64, channels: usize) -> Result<Self, FilterError> {
        let sections = butterworth_lowpass(Self::ORDER, low_pass_hz, rate_hz)?;
        Ok(Self {
            low_pass: StreamingFilter::new(&sections, channels),
            settling_samples: sections.settling_samples(0.01),
        })
    }

    /// After this many samples all but a hundredth of the low-pass's response is over.
    #[must_use]
    pub fn settling_samples(&self) -> usize {
        self.settling_samples
    }

    /// Replaces one sample of all channels by their amplitudes; it does not allocate.
    ///
    /// # Panics
    /// When the frame's length is not the number of channels.
    pub fn apply(&mut self, frame: &mut [f64]) {
        frame.iter_mut().for_each(|x| *x *= *x);
        self.low_pass.apply(frame);
        // A low-pass of the second order undershoots a little after a fall: no power is negative.
        frame.iter_mut().for_each(|power| *power = (2.0 * power.max(0.0)).sqrt());
    }

    /// Forgets everything; the next sample starts anew.
    pub fn reset(&mut self) {
        self.low_pass.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StreamingFilter, butterworth_bandpass};

    #[test]
    fn the_amplitude_of_a_rhythm_comes_out() {
        let rate_hz = 250.0;
        let mut band = StreamingFilter::new(&butterworth_bandpass(3, 9.0, 13.0, rate_hz).unwrap(), 2);
        let mut envelope = Envelope::new(4.0, rate_hz, 2).unwrap();
        let mut last = [0.0; 2];
        for t in 0..2500 {
            let phase = f64::from(t) / rate_hz * std::f64::consts::TAU;
            // Beside the rhythm: an offset and a rhythm outside of the band.
            let mut frame =
                [8e-6 * (11.0 * phase).sin() - 0.08, 3e-6 * (11.0 * phase).cos() + 5e-6 * (30.0 * phase).sin()];
            band.apply(&mut frame);
            envelope.apply(&mut frame);
            last = frame;
        }
        assert!((last[0] / 8e-6 - 1.0).abs() < 0.05, "{last:?}");
        assert!((last[1] / 3e-6 - 1.0).abs() < 0.06, "{last:?}");
    }

    #[test]
    fn reset_starts_over_and_silence_is_zero() {
        let mut envelope = Envelope::new(5.0, 250.0, 1).unwrap();
        let run = |envelope: &mut Envelope| -> Vec<f64> {
            (0..50)
                .map(|t| {
                    let mut frame = [f64::from(t % 5) - 2.0];
                    envelope.apply(&mut frame);
                    frame[0]
                })
                .collect()
        };
        let first = run(&mut envelope);
        envelope.reset();
        assert_eq!(run(&mut envelope), first);
        assert!(first.iter().all(|a| *a >= 0.0));
        assert!(Envelope::new(200.0, 250.0, 1).is_err());
    }
}
