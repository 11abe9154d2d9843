use crate::{Architecture, EegNet, Layer, Mlp, Network, ShallowConvNet};

/// Which of our architectures makes exactly these layers; what training changes and how batch norms follow it do not matter.
pub(super) fn architecture(network: &Network<f32>) -> Option<Architecture> {
    let epsilons = |layers: &[Layer<f32>]| -> Vec<f64> {
        let epsilon = |layer: &Layer<f32>| if let Layer::BatchNorm(norm) = layer { Some(norm.epsilon) } else { None };
        layers.iter().filter_map(epsilon).collect()
    };
    let (architecture, built) = of_kind(network)?;
    (epsilons(built.layers()) == epsilons(network.layers())).then_some(architecture)
}

/// Which of our architectures has these layers but for the ε of batch norms, and the network that it makes.
pub(super) fn of_kind(network: &Network<f32>) -> Option<(Architecture, Network<f32>)> {
    let architecture = likely(network.layers())?;
    let input = network.input();
    // At any rate: all that follows from it is said.
    let built = architecture.network::<f32>(input.rows, input.samples, 250.0, network.classes(), 0).ok()?;
    let layers = built.layers().iter().zip(network.layers());
    let same = built.layers().len() == network.layers().len()
        && layers.into_iter().all(|(built, layer)| with_values_of(built.clone(), layer).as_ref() == Some(layer));
    same.then_some((architecture, built))
}

fn likely(layers: &[Layer<f32>]) -> Option<Architecture> {
    use Layer::{
        BatchNorm, Dense, Dropout, Elu, Log, MeanPool, SeparableConv, SpatialConv, Square, Tanh, TemporalConv,
    };
    match layers {
        [
            TemporalConv(temporal),
            BatchNorm(_),
            SpatialConv(spatial),
            BatchNorm(_),
            Elu(_),
            MeanPool(first),
            Dropout { probability },
            SeparableConv(separable),
            BatchNorm(_),
            Elu(_),
            MeanPool(second),
            Dropout { .. },
            Dense(_),
        ] => Some(Architecture::EegNet(EegNet {
            temporal_filters: temporal.maps_out,
            spatial_filters: spatial.maps_out / temporal.maps_out,
            temporal_samples: Some(temporal.taps),
            first_pool_samples: Some(first.window),
            separable_samples: separable.depthwise.taps,
            second_pool_samples: second.window,
            dropout: *probability,
        })),
        [
            TemporalConv(temporal),
            SpatialConv(_),
            BatchNorm(_),
            Square,
            MeanPool(pool),
            Log(_),
            Dropout { probability },
            Dense(_),
        ] => Some(Architecture::Shallow(ShallowConvNet {
            filters: temporal.maps_out,
            temporal_samples: Some(temporal.taps),
            pool_samples: Some(pool.window),
            pool_stride_samples: Some(pool.stride),
            dropout: *probability,
        })),
        [hidden @ .., Dense(_)] if hidden.iter().all(|layer| matches!(layer, Dense(_) | Tanh | Dropout { .. })) => {
            let sizes =
                hidden.iter().filter_map(|layer| if let Dense(dense) = layer { Some(dense.outputs) } else { None });
            let dropout = hidden
                .iter()
                .find_map(|layer| if let Dropout { probability } = layer { Some(*probability) } else { None });
            Some(Architecture::Mlp(Mlp { hidden: sizes.collect(), dropout: dropout.unwrap_or(0.0) }))
        }
        _ => None,
    }
}

/// The first layer with the values of the second.
fn with_values_of(mut layer: Layer<f32>, other: &Layer<f32>) -> Option<Layer<f32>> {
    if let (Layer::BatchNorm(norm), Layer::BatchNorm(other)) = (&layer, other) {
        return (norm.maps() == other.maps()).then(|| Layer::BatchNorm(other.clone()));
    }
    let values = other.parameters();
    let parameters = layer.parameters_mut();
    if parameters.len() != values.len() {
        return None;
    }
    for (own, (_, values)) in parameters.into_iter().zip(values) {
        if own.len() != values.len() {
            return None;
        }
        own.copy_from_slice(values);
    }
    Some(layer)
}
