//! Explaining a network allocates nothing, from the first window on.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/random_network.rs"]
mod random_network;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use motrace_explain::network::{Composite, NetworkExplainer, NetworkReference, Target};
use motrace_net::Batch;
use random_network::{random_network, random_values, small};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

#[test]
fn explaining_allocates_nothing() {
    for name in ["eegnet", "shallow", "mlp"] {
        for classes in [2, 4] {
            let network = random_network::<f32>(&small(name), 3, 60, classes, 1);
            let windows = Batch { shape: network.input(), values: random_values(180 * 8, 2) };
            let labels: Vec<usize> = (0..8).map(|n| n % classes).collect();
            let reference = NetworkReference::fit(&network, &windows, &labels).unwrap();
            for composite in Composite::NAMES {
                let composite = Composite::named(composite).unwrap();
                let mut explainer = NetworkExplainer::new(&network, &composite, reference.as_ref()).unwrap();
                assert_no_alloc(|| {
                    for window in windows.each() {
                        assert!(explainer.explain(window, Target::Decision).value.is_finite());
                        assert!(explainer.explain(window, Target::Class(1)).value.is_finite());
                    }
                    assert!(explainer.explain(&windows.values, Target::Decision).value.is_nan());
                });
            }
        }
    }
}
