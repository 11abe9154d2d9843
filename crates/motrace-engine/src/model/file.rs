use super::{Model, header};
use crate::EngineError;
use motrace_decode::CspLda;
use ndarray::Array2;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::fs;
use std::io::Write;
use std::path::Path;
use thiserror::Error;

/// A larger file is no model.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Files from before it was kept lack this tensor; their decoders can adapt their bias only.
const FEATURE_COVARIANCE: &str = "feature_covariance";

/// Why a model file cannot be written or read.
#[derive(Debug, Error)]
pub enum ModelFileError {
    /// The file system refuses.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What it says.
        source: std::io::Error,
    },
    /// There is a file of this name.
    #[error("{0} exists already: choose another name, or remove it first")]
    Exists(String),
    /// Much too large.
    #[error("the file is {0} bytes long; a model has at most {MAX_BYTES}")]
    TooLarge(u64),
    /// Not a whole safetensors file.
    #[error("this is not a whole safetensors file ({0}): it was cut, damaged, or is something else")]
    Damaged(String),
    /// A safetensors file of something else.
    #[error("this safetensors file holds no motrace model: make one with `motrace train`")]
    Foreign,
    /// Made by another version.
    #[error("its {key} is {found:?}, and this version of motrace reads {wanted:?}: train the model again")]
    Version {
        /// Which field.
        key: &'static str,
        /// What it says.
        found: String,
        /// What is understood.
        wanted: &'static str,
    },
    /// A field is missing.
    #[error("the field {0:?} is missing: the file is damaged, or was not made by motrace")]
    MissingField(&'static str),
    /// A field says nothing that is understood.
    #[error(
        "the field {key:?} holds {value:?}, which is not understood: the file is damaged, or was not made by motrace"
    )]
    Field {
        /// Which one.
        key: &'static str,
        /// What it says.
        value: String,
    },
    /// A tensor is missing, or has another type or shape than it should.
    #[error("the tensor {name:?} should be f64 {wanted:?}, and is {found}")]
    Tensor {
        /// Which one.
        name: &'static str,
        /// The shape it should have.
        wanted: Vec<usize>,
        /// What it is.
        found: String,
    },
    /// A number that cannot be.
    #[error("the tensor {0:?} holds a number that is not finite: the file is damaged")]
    NotFinite(&'static str),
    /// The parts do not belong together.
    #[error(transparent)]
    Inconsistent(#[from] EngineError),
    /// The metadata cannot be written.
    #[error("the model cannot be encoded: {0}")]
    Encode(String),
}

impl Model {
    /// Writes the model to a new file, all of it or nothing.
    ///
    /// It is written beside its place and moved there when it is whole; a file that exists is never
    /// replaced.
    ///
    /// # Errors
    /// Where the file exists or cannot be written, or the model is inconsistent.
    pub fn save(&self, path: &Path) -> Result<(), ModelFileError> {
        let bytes = self.to_bytes()?;
        let io = |source| match source {
            error if std::io::Error::kind(&error) == std::io::ErrorKind::AlreadyExists => {
                ModelFileError::Exists(path.display().to_string())
            }
            source => ModelFileError::Io { path: path.display().to_string(), source },
        };
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.part", std::process::id()));
        let part = folder.join(name);
        let written = fs::OpenOptions::new().write(true).create_new(true).open(&part).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()?;
            // A link, unlike a rename, fails where the name is taken.
            fs::hard_link(&part, path)
        });
        let _ = fs::remove_file(&part);
        written.map_err(io)
    }

    /// Reads a model.
    ///
    /// # Errors
    /// What is wrong with the file. Memory is bounded by the file's size.
    pub fn load(path: &Path) -> Result<Self, ModelFileError> {
        let io = |source| ModelFileError::Io { path: path.display().to_string(), source };
        let size = fs::metadata(path).map_err(io)?.len();
        if size > MAX_BYTES {
            return Err(ModelFileError::TooLarge(size));
        }
        Self::from_bytes(&fs::read(path).map_err(io)?)
    }

    /// The model as the bytes of a safetensors file.
    ///
    /// # Errors
    /// Where the model is inconsistent.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelFileError> {
        self.check()?;
        let metadata = header::write(&self.preparation, &self.about)?;
        let encoded = self.tensors();
        let views = encoded
            .iter()
            .map(|(name, shape, bytes)| Ok((*name, TensorView::new(Dtype::F64, shape.clone(), bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|e| ModelFileError::Encode(e.to_string()))?;
        safetensors::serialize(views, Some(metadata)).map_err(|e| ModelFileError::Encode(e.to_string()))
    }

    /// The name, the shape and the bytes of each tensor: f64, little endian.
    pub(super) fn tensors(&self) -> Vec<(&'static str, Vec<usize>, Vec<u8>)> {
        let decoder = &self.decoder;
        let mut parts: Vec<(&'static str, Vec<usize>, Vec<f64>)> = vec![
            ("filters", decoder.filters.shape().to_vec(), decoder.filters.iter().copied().collect()),
            ("patterns", decoder.patterns.shape().to_vec(), decoder.patterns.iter().copied().collect()),
            ("weights", vec![decoder.weights.len()], decoder.weights.clone()),
            ("bias", vec![1], vec![decoder.bias]),
            ("root_log_power", vec![decoder.root_log_power.len()], decoder.root_log_power.clone()),
            (
                "class_log_power",
                vec![2, decoder.class_log_power[0].len()],
                decoder.class_log_power.iter().flatten().copied().collect(),
            ),
            ("logit_gain", vec![1], vec![decoder.logit_gain]),
            ("eigenvalues", vec![decoder.eigenvalues.len()], decoder.eigenvalues.clone()),
            (
                "mean_covariance",
                decoder.mean_covariance.shape().to_vec(),
                decoder.mean_covariance.iter().copied().collect(),
            ),
        ];
        parts.extend(
            decoder.feature_covariance.as_ref().map(|covariance| {
                (FEATURE_COVARIANCE, covariance.shape().to_vec(), covariance.iter().copied().collect())
            }),
        );
        parts
            .into_iter()
            .map(|(name, shape, values)| (name, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect()))
            .collect()
    }

    /// Reads the bytes of a model file.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelFileError> {
        let damaged = |e: safetensors::SafeTensorError| ModelFileError::Damaged(e.to_string());
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let strings = metadata.metadata().as_ref().ok_or(ModelFileError::Foreign)?;
        let (preparation, about) = header::read(strings)?;
        let channels = preparation.channels.len();
        let components = match tensors.tensor("filters") {
            Ok(filters) => filters.shape().first().copied().unwrap_or(0),
            Err(_) => 0,
        };
        if components == 0 || components > channels {
            let wanted = vec![components.clamp(1, channels.max(1)), channels];
            return Err(wrong_tensor(&tensors, "filters", wanted));
        }
        let read = |name, shape: &[usize]| numbers(&tensors, name, shape);
        let matrix = |name, rows, columns| {
            Array2::from_shape_vec((rows, columns), read(name, &[rows, columns])?)
                .map_err(|_| wrong_tensor(&tensors, name, vec![rows, columns]))
        };
        let scalar = |name| Ok::<f64, ModelFileError>(read(name, &[1])?.first().copied().unwrap_or(f64::NAN));
        let mut class_log_power = read("class_log_power", &[2, components])?;
        let second = class_log_power.split_off(components);
        let decoder = CspLda {
            filters: matrix("filters", components, channels)?,
            patterns: matrix("patterns", components, channels)?,
            weights: read("weights", &[components])?,
            bias: scalar("bias")?,
            root_log_power: read("root_log_power", &[components])?,
            class_log_power: [class_log_power, second],
            logit_gain: scalar("logit_gain")?,
            eigenvalues: read("eigenvalues", &[components])?,
            mean_covariance: matrix("mean_covariance", channels, channels)?,
            feature_covariance: match tensors.tensor(FEATURE_COVARIANCE) {
                Ok(_) => Some(matrix(FEATURE_COVARIANCE, components, components)?),
                Err(_) => None,
            },
        };
        let model = Self { preparation, decoder, about };
        model.check()?;
        Ok(model)
    }
}

fn numbers(tensors: &SafeTensors, name: &'static str, shape: &[usize]) -> Result<Vec<f64>, ModelFileError> {
    let tensor = tensors.tensor(name).map_err(|_| wrong_tensor(tensors, name, shape.to_vec()))?;
    if tensor.dtype() != Dtype::F64 || tensor.shape() != shape {
        return Err(wrong_tensor(tensors, name, shape.to_vec()));
    }
    let (words, _) = tensor.data().as_chunks::<8>();
    let numbers: Vec<f64> = words.iter().map(|word| f64::from_le_bytes(*word)).collect();
    if numbers.iter().all(|n| n.is_finite()) { Ok(numbers) } else { Err(ModelFileError::NotFinite(name)) }
}

fn wrong_tensor(tensors: &SafeTensors, name: &'static str, wanted: Vec<usize>) -> ModelFileError {
    let found = match tensors.tensor(name) {
        Ok(tensor) => format!("{:?} {:?}", tensor.dtype(), tensor.shape()),
        Err(_) => "missing".to_owned(),
    };
    ModelFileError::Tensor { name, wanted, found }
}
