//! Filtering and watching a stream allocate nothing: they run on the deciding thread.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use motrace_core::Montage;
use motrace_signal::{Envelope, FilterSpec, MovingStandardiser, QualityMeter, StreamingFilter};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

#[test]
fn a_sample_is_filtered_and_watched_without_allocating() {
    let spec = FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: Some(50.0) };
    let mut filter = StreamingFilter::new(&spec.design(250.0).expect("a valid filter"), 6);
    let mut meter = QualityMeter::new(&Montage::new(["C3", "Cz", "C4", "FC3", "FCz", "FC4"]), &[1e-6; 6], 250.0);
    let mut envelope = Envelope::new(5.0, 250.0, 6).expect("a valid low-pass");
    let mut standardiser = MovingStandardiser::new(1e-3, 1e-10, 6);
    let mut block = vec![0.0; 6 * 64];
    assert_no_alloc(|| {
        for sample in 0..5000 {
            let mut frame = [f64::from(sample % 13); 6];
            filter.apply(&mut frame);
            envelope.apply(&mut frame);
            standardiser.apply(&mut frame);
            meter.push_frame(&[frame[0] as f32; 6]);
        }
        filter.reset();
        envelope.reset();
        standardiser.reset();
        filter.apply_block(&mut block);
        meter.reset();
    });
}
