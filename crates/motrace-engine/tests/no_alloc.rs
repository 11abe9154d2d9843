//! The deadline path allocates nothing once it is set up, and neither do explanations.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use common::{architectures, info, model, network_model, samples};
use motrace_core::{Gap, Marker};
use motrace_engine::{Adaptation, Decider, Model, Outcome, Tracer};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

#[test]
fn deciding_and_tracing_allocate_nothing() {
    assert_eq!(nothing_is_allocated(&model(125.0)), (1, 1), "frozen relevances and adaptations");
}

#[test]
fn networks_decide_and_are_traced_without_allocating() {
    for architecture in architectures() {
        assert_eq!(nothing_is_allocated(&network_model(125.0, architecture)), (0, 0));
    }
}

fn nothing_is_allocated(model: &Model) -> (usize, usize) {
    let mut decider = Decider::new(model, &info(125.0)).unwrap();
    let mut tracer = Tracer::new(model, &info(125.0)).unwrap();
    let samples = samples(9, 3000, 1);
    let (mut decisions, mut explained) = (0, 0);
    let cue = Marker { index: 640, time_secs: 0.0, text: " 1.000 ".into() };
    let late = Marker { index: 100, time_secs: 0.0, text: "2".into() };
    let third = Marker { index: 2000, time_secs: 0.0, text: "2".into() };
    let rates = Some(Adaptation { bias_rate: 0.1, covariance_rate: 0.1 });
    let (mut frozen, mut adapted) = (0, 0);
    let gap = Gap { index: 1500, missing_samples: 1, length_secs: 0.0 };
    assert_no_alloc(|| {
        for (i, chunk) in samples.chunks(9 * 10).enumerate() {
            tracer.push(chunk);
            let mut on = |outcome: motrace_engine::Outcome| {
                if let Outcome::Adapted(discriminant) = outcome {
                    adapted += 1;
                    tracer.set_discriminant(discriminant);
                }
                if let Some(decision) = outcome.decision() {
                    decisions += 1;
                    let traced = tracer.trace(decision);
                    explained += usize::from(traced.is_ok());
                    frozen += usize::from(traced.is_ok_and(|t| t.frozen.is_some()));
                }
            };
            decider.push(chunk, &mut on);
            match i {
                70 => decider.marker(&cue, &mut on),
                80 => decider.marker(&late, &mut on),
                190 => {
                    decider.set_adaptation(rates);
                }
                200 => decider.marker(&third, &mut on),
                149 => {
                    decider.gap(&gap, &mut on);
                    tracer.gap(&gap);
                }
                _ => {}
            }
        }
    });
    assert_eq!((decisions, explained), ((3000 - 75) / 5 + 1 + 3, (3000 - 75) / 5 + 1 + 3));
    (frozen, adapted)
}
