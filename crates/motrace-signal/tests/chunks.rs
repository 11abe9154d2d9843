//! What a stream's filter gives does not depend on how the stream was cut, bit for bit, from the first sample on.

use motrace_signal::{FilterSpec, StreamingFilter};
use proptest::prelude::*;

proptest! {
    #[test]
    fn any_chunking_gives_the_same_bits(
        channels in 1..11usize,
        samples in prop::collection::vec(-1e-4..1e-4f64, 1..400),
        offset in -0.1..0.1f64,
        cuts in prop::collection::vec(1..40usize, 1..60),
    ) {
        let spec = FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: Some(50.0) };
        let sections = spec.design(250.0).expect("a valid filter");
        let whole_samples = samples.len() / channels * channels;
        let data: Vec<f64> = samples[..whole_samples].iter().map(|v| v + offset).collect();

        let mut at_once = data.clone();
        StreamingFilter::new(&sections, channels).apply_block(&mut at_once);

        let mut in_chunks = data.clone();
        let mut filter = StreamingFilter::new(&sections, channels);
        let mut rest = in_chunks.as_mut_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, after) = rest.split_at_mut((cut * channels).min(rest.len()));
            filter.apply_block(chunk);
            rest = after;
        }

        // Each channel on its own, by a plain loop that follows the definition.
        for channel in 0..channels {
            let mut states: Vec<[f64; 2]> = sections.steady_state();
            if let Some(first) = data.get(channel) {
                states.iter_mut().flatten().for_each(|s| *s *= first);
            }
            for (sample, frame) in data.chunks_exact(channels).enumerate() {
                let mut x = frame[channel];
                for ([b0, b1, b2, a1, a2], [s1, s2]) in sections.as_slice().iter().zip(&mut states) {
                    let y = b0 * x + *s1;
                    *s1 = b1 * x - a1 * y + *s2;
                    *s2 = b2 * x - a2 * y;
                    x = y;
                }
                prop_assert_eq!(x.to_bits(), at_once[sample * channels + channel].to_bits());
            }
        }
        for (a, b) in at_once.iter().zip(&in_chunks) {
            prop_assert_eq!(a.to_bits(), b.to_bits());
        }
    }
}
