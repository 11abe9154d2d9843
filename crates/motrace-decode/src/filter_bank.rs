use crate::TrainError;
use motrace_signal::{FilterSpec, Sections, StreamingFilter};
use ndarray::{Array3, ArrayView2, Axis, Slice};

/// Causal band-passes side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterBank {
    /// The bands, in hertz.
    pub bands_hz: Vec<[f64; 2]>,
    /// The order of each Butterworth filter, as scipy counts it.
    pub order: usize,
}

impl Default for FilterBank {
    /// Nine bands of 4 Hz from 4 to 40 Hz (Ang et al. 2008), of order 4. The published filters are Chebyshev's of the
    /// second kind; these ripple nowhere and ring less.
    fn default() -> Self {
        Self { bands_hz: (1..=9).map(|k| [f64::from(4 * k), f64::from(4 * k + 4)]).collect(), order: 4 }
    }
}

impl FilterBank {
    /// What each band's filter is, in order.
    pub fn specs(&self) -> impl Iterator<Item = FilterSpec> {
        self.bands_hz.iter().map(|&band| FilterSpec { band_hz: Some(band), order: self.order, notch_hz: None })
    }
}

/// A window of each trial, in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutWindow {
    /// Its first sample, counted from the trial's cue.
    pub offset_samples: i64,
    /// How many samples it has.
    pub samples: usize,
}

/// Filters a continuous recording causally from its first sample on, and then cuts a window for each cue:
/// `[cues, channels, samples]`.
///
/// `data` are `[channels, samples]`, without a gap; cues are sample indices. It is what the engine collects for the same
/// filter and windows, for data that lies in memory.
///
/// # Errors
/// [`TrainError::Shape`] where a window reaches beyond the data or holds nothing, [`TrainError::NonFinite`] where a
/// sample before the last window's end is not finite: the filter would never forget it.
pub fn filter_and_cut(
    data: ArrayView2<f64>,
    sections: &Sections,
    cues: &[u64],
    window: CutWindow,
) -> Result<Array3<f64>, TrainError> {
    let (channels, samples) = data.dim();
    if channels == 0 || window.samples == 0 {
        return Err(TrainError::Shape(format!(
            "{channels} channels and windows of {} samples hold no data",
            window.samples
        )));
    }
    let starts: Vec<usize> = cues
        .iter()
        .enumerate()
        .map(|(trial, &cue)| {
            let start = i128::from(cue) + i128::from(window.offset_samples);
            let fits = start >= 0 && start + window.samples as i128 <= samples as i128;
            usize::try_from(start).ok().filter(|_| fits).ok_or_else(|| {
                TrainError::Shape(format!(
                    "the window of trial {} begins at sample {start} and has {} samples, and the recording has {samples}",
                    trial + 1,
                    window.samples
                ))
            })
        })
        .collect::<Result<_, _>>()?;
    let end = starts.iter().map(|start| start + window.samples).max().unwrap_or(0);
    let used = data.slice_axis(Axis(1), Slice::from(..end));
    if let Some(((channel, sample), _)) = used.indexed_iter().find(|(_, x)| !x.is_finite()) {
        let trial = starts.iter().position(|start| start + window.samples > sample).unwrap_or(0);
        return Err(TrainError::NonFinite { trial: trial + 1, channel: channel + 1, sample: sample + 1 });
    }

    let mut filtered = used.t().as_standard_layout().into_owned();
    if let Some(block) = filtered.as_slice_mut() {
        StreamingFilter::new(sections, channels).apply_block(block);
    }
    let mut epochs = Array3::zeros((cues.len(), channels, window.samples));
    for (mut epoch, start) in epochs.outer_iter_mut().zip(starts) {
        epoch.assign(&filtered.slice_axis(Axis(0), Slice::from(start..start + window.samples)).t());
    }
    Ok(epochs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn wave(channels: usize, samples: usize) -> Array2<f64> {
        Array2::from_shape_fn((channels, samples), |(c, t)| ((t as f64 * 0.3 + c as f64).sin() + 0.1 * t as f64) * 1e-5)
    }

    #[test]
    fn windows_are_those_of_the_filtered_stream() -> Result<(), Box<dyn std::error::Error>> {
        let data = wave(3, 400);
        let sections = FilterBank::default().specs().next().ok_or("no band")?.design(125.0)?;
        let cut = filter_and_cut(data.view(), &sections, &[100, 20], CutWindow { offset_samples: -10, samples: 50 })?;
        for channel in 0..3 {
            let mut filter = StreamingFilter::new(&sections, 1);
            let stream: Vec<f64> = data
                .row(channel)
                .iter()
                .map(|&x| {
                    let mut frame = [x];
                    filter.apply(&mut frame);
                    frame[0]
                })
                .collect();
            assert_eq!(cut.index_axis(Axis(0), 0).row(channel).to_vec(), stream[90..140]);
            assert_eq!(cut.index_axis(Axis(0), 1).row(channel).to_vec(), stream[10..60]);
        }
        Ok(())
    }

    #[test]
    fn windows_beyond_the_data_are_refused() {
        let mut data = wave(2, 100);
        let none = Sections::default();
        let window = CutWindow { offset_samples: 0, samples: 30 };
        let cut = |data: &Array2<f64>, cue, window| filter_and_cut(data.view(), &none, &[cue], window);
        assert!(cut(&data, 70, window).is_ok());
        assert!(matches!(cut(&data, 71, window), Err(TrainError::Shape(_))));
        assert!(matches!(cut(&data, u64::MAX, window), Err(TrainError::Shape(_))));
        let before = CutWindow { offset_samples: -1, samples: 30 };
        assert!(matches!(cut(&data, 0, before), Err(TrainError::Shape(_))));
        let far = CutWindow { offset_samples: i64::MIN, samples: usize::MAX };
        assert!(matches!(cut(&data, 3, far), Err(TrainError::Shape(_))));
        assert!(matches!(cut(&data, 3, CutWindow { offset_samples: 0, samples: 0 }), Err(TrainError::Shape(_))));
        data[[1, 90]] = f64::NAN;
        assert!(cut(&data, 10, window).is_ok(), "what comes later is no matter");
        assert!(matches!(cut(&data, 65, window), Err(TrainError::NonFinite { channel: 2, sample: 91, .. })));
    }

    #[test]
    fn the_bank_is_the_published_one() {
        let bank = FilterBank::default();
        assert_eq!(bank.bands_hz.len(), 9);
        assert_eq!((bank.bands_hz[0], bank.bands_hz[8]), ([4.0, 8.0], [36.0, 40.0]));
        assert!(bank.specs().all(|spec| spec.design(100.0).is_ok()));
    }
}
