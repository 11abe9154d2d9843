use crate::Shape;
use thiserror::Error;

/// Why a network cannot be.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum NetError {
    /// A layer does not go with what reaches it.
    #[error("layer {place} ({layer}) cannot take {input}: {why}")]
    Shape {
        /// Which layer, counted from 1.
        place: usize,
        /// Its name.
        layer: &'static str,
        /// What reaches it.
        input: Shape,
        /// What is wrong.
        why: String,
    },
    /// The last layer has to give at least two plain values.
    #[error("the network ends with {0}: it has to end with one value for each of two or more classes")]
    Output(Shape),
    /// A parameter is not finite.
    #[error("a weight of layer {place} ({layer}) is not a finite number")]
    NotFinite {
        /// Which layer, counted from 1.
        place: usize,
        /// Its name.
        layer: &'static str,
    },
    /// One of the network's sizes is impossible, or too large.
    #[error("[decoder.{network}] {key} {why}")]
    Size {
        /// The name of the kind of network.
        network: &'static str,
        /// Which size, or which several, as a configuration calls them.
        key: &'static str,
        /// What is wrong.
        why: String,
    },
    /// A layer gives more values than there is room for.
    #[error(
        "layer {place} ({layer}) gives {output} values for each window: up to there these are more than the {limit} that can be kept"
    )]
    TooLarge {
        /// Which layer, counted from 1.
        place: usize,
        /// Its name.
        layer: &'static str,
        /// What it gives.
        output: Shape,
        /// How many values of all layers are allowed.
        limit: usize,
    },
    /// Normalisation that cannot be merged into the layer before it.
    #[error(
        "layer {place} (batch norm) follows no convolution and no dense layer: it cannot be merged, and has no rule of its own"
    )]
    CannotMerge {
        /// Which layer, counted from 1.
        place: usize,
    },
    /// Merging changed what the network says.
    #[error(
        "merging the network's layers changed its output by {difference:.2e}, relative to the largest: more than {limit:.0e}"
    )]
    MergeChanged {
        /// The largest difference, relative to the largest output.
        difference: f64,
        /// What is allowed.
        limit: f64,
    },
    /// The network cannot take a stream sample by sample.
    #[error("this network needs whole windows: {0}")]
    CannotSlide(&'static str),
}
