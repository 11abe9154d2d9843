use crate::NetError;
use thiserror::Error;

/// Why weights from PyTorch cannot be used, or a network cannot be given to it.
#[derive(Debug, Error)]
pub enum TorchError {
    /// The file system refuses.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What it says.
        source: std::io::Error,
    },
    /// Much too large.
    #[error("the file is {found} bytes long; weights that can run live have at most {limit}")]
    TooLarge {
        /// How long it is.
        found: u64,
        /// How long it may be.
        limit: u64,
    },
    /// Not a whole safetensors file.
    #[error("this is not a whole safetensors file ({0}): it was cut, damaged, or is something else")]
    Damaged(String),
    /// Plain weights.
    #[error(
        "this safetensors file does not say what its weights belong to: write it with export_braindecode.py (see the README, \"Networks\"), not from a state_dict"
    )]
    NoDescription,
    /// The description is not understood.
    #[error("what the file says about its network is not understood: {0}")]
    Description(String),
    /// Another version of the description.
    #[error(
        "the file has format {0}, and this version of motrace reads format 1: write it again with the script of this version"
    )]
    Format(u32),
    /// A weight that is not the one the module uses.
    #[error(
        "the tensor {0:?} is a weight before its constraint: write module.weight instead, as export_braindecode.py does"
    )]
    Unresolved(String),
    /// A tensor that the network needs.
    #[error("the tensor {name:?} is missing: the file should hold it as {wanted:?}")]
    Missing {
        /// Its name.
        name: String,
        /// The shape it should have.
        wanted: Vec<usize>,
    },
    /// A tensor that nothing in the network uses.
    #[error("the tensor {0:?} belongs to no module that the file names: its weights would be lost")]
    Extra(String),
    /// A tensor of another shape.
    #[error("the tensor {name:?} should be {wanted:?}, and is {found:?}")]
    TensorShape {
        /// Its name.
        name: String,
        /// The shape it should have.
        wanted: Vec<usize>,
        /// The shape it has.
        found: Vec<usize>,
    },
    /// A tensor of another type.
    #[error("the tensor {name:?} holds {found}: F32, F64, F16 and BF16 are understood; convert it with .float()")]
    Dtype {
        /// Its name.
        name: String,
        /// What it holds.
        found: String,
    },
    /// A number that cannot be.
    #[error(
        "the tensor {0:?} holds a number that is not finite (or too large for f32): the training diverged, or the file is damaged"
    )]
    NotFinite(String),
    /// A module that is not known here.
    #[error("the module {module:?} is a {kind}: {why}")]
    Module {
        /// Its name.
        module: String,
        /// Its Python class.
        kind: String,
        /// What is wrong with it.
        why: String,
    },
    /// The layers do not fit.
    #[error(transparent)]
    Network(#[from] NetError),
    /// More than can run live.
    #[error("a window takes {found:.1e} {what}, more than the {limit:.1e} that can be allowed")]
    TooMuchWork {
        /// Of what.
        what: &'static str,
        /// How many.
        found: f64,
        /// How many are allowed.
        limit: f64,
    },
    /// PyTorch said something else.
    #[error(
        "the network says something else than it did in PyTorch: its outputs differ by {difference:.1e} of the largest, more than {limit:.0e}; it is not a plain sequence of the modules that the file names, or they ran with reduced precision"
    )]
    Outputs {
        /// The largest difference, relative to the largest output.
        difference: f64,
        /// What is allowed.
        limit: f64,
    },
    /// For other windows.
    #[error("the network is for {own} {what}, and gets {given}")]
    Input {
        /// Of what.
        what: &'static str,
        /// How many it is for.
        own: f64,
        /// How many it gets.
        given: f64,
    },
    /// No class of PyTorch is known for it.
    #[error("this network cannot be given to PyTorch: {0}")]
    NotExportable(String),
    /// The file cannot be written.
    #[error("the weights cannot be encoded: {0}")]
    Encode(String),
}
