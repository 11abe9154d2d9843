use crate::{Sections, StreamingFilter};
use ndarray::{ArrayViewMut2, Axis};

/// Filters whole channels forward and backward, so that nothing is delayed; only for recordings, never live.
///
/// `data` is `[channels, samples]`. Each end is extended by its odd reflection, as scipy's `sosfiltfilt` does, by
/// three times the filter's number of coefficients (less where the data is shorter), and each pass starts in
/// the steady state of its first value. The gain applies twice.
pub fn filter_zero_phase(sections: &Sections, mut data: ArrayViewMut2<f64>) {
    let samples = data.len_of(Axis(1));
    if samples == 0 || sections.as_slice().is_empty() {
        return;
    }
    let padding = padding(sections).min(samples - 1);
    let mut filter = StreamingFilter::new(sections, 1);
    let mut extended = Vec::with_capacity(samples + 2 * padding);
    for mut channel in data.rows_mut() {
        let (first, last) = (channel[0], channel[samples - 1]);
        extended.clear();
        extended.extend((1..=padding).rev().map(|i| 2.0 * first - channel[i]));
        extended.extend(channel.iter());
        extended.extend((1..=padding).map(|i| 2.0 * last - channel[samples - 1 - i]));
        for _ in 0..2 {
            filter.reset();
            filter.apply_block(&mut extended);
            extended.reverse();
        }
        for (to, from) in channel.iter_mut().zip(&extended[padding..]) {
            *to = *from;
        }
    }
}

/// Three times the coefficients of the whole transfer function, without those that a zero at the origin and a
/// pole at the origin cancel: the default of scipy's `sosfiltfilt`.
fn padding(sections: &Sections) -> usize {
    let vanishing = |which: usize| sections.as_slice().iter().filter(|s| s[which] == 0.0).count();
    3 * (2 * sections.as_slice().len() + 1 - vanishing(2).min(vanishing(4)))
}
