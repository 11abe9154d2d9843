use motrace_net::{NetError, Shape};
use thiserror::Error;

/// Why the decisions of a network cannot be explained.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ExplainNetworkError {
    /// The network itself is not sound.
    #[error(transparent)]
    Network(#[from] NetError),
    /// A layer has no rule; nothing falls back to the gradient.
    #[error("layer {place} ({layer}) has no rule of relevance: {why}")]
    NoRule {
        /// Which layer, counted from 1.
        place: usize,
        /// Its name.
        layer: &'static str,
        /// Why, and what to do.
        why: &'static str,
    },
    /// The rule that the composite names for a layer is not sound.
    #[error("the rule `{rule}` of layer {place} ({layer}): {why}")]
    Rule {
        /// Which layer, counted from 1.
        place: usize,
        /// Its name.
        layer: &'static str,
        /// The rule's name.
        rule: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The decision has to come from a dense layer, whose rows can be subtracted.
    #[error("the network ends with a {0} layer: relevance starts at the difference of two rows of a dense layer")]
    Head(&'static str),
    /// Log-powers are explained by what they say beyond a reference.
    #[error(
        "the network takes log-powers, and their relevance needs the class means of training windows: \
         no reference was given (`NetworkReference::fit` makes one; a model trained here holds it)"
    )]
    NoReference,
    /// The reference belongs to another network.
    #[error("the reference does not belong to this network: it has {found} {what}, and {expected} are needed")]
    Reference {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// Numbers that do not fill a layer.
    #[error("{found} {what}, and the layer has {expected}")]
    Length {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A number of the reference is not finite.
    #[error("the reference holds numbers that are not finite")]
    ReferenceNotFinite,
    /// The training windows are not those of the network.
    #[error("the training windows are {found}, and the network takes {expected}")]
    Windows {
        /// What there is.
        found: Shape,
        /// What is needed.
        expected: Shape,
    },
    /// The labels do not belong to the windows.
    #[error("{labels} labels for {windows} training windows")]
    Labels {
        /// Labels.
        labels: usize,
        /// Windows.
        windows: usize,
    },
    /// There is no mean of a class without windows.
    #[error("class {class} has no training windows: the reference is made of the means of all classes")]
    EmptyClass {
        /// The class, counted from 0.
        class: usize,
    },
}
