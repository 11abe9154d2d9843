use super::{Model, csp_lda, header, network};
use crate::{Decoder, EngineError};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use thiserror::Error;

/// A larger file is no model.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

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
    /// Weights for PyTorch.
    #[error("this file holds a network for PyTorch, no motrace model: make one of it with `motrace import`")]
    ForPyTorch,
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
    #[error("the tensor {name:?} should be {kind} {wanted:?}, and is {found}")]
    Tensor {
        /// Which one.
        name: String,
        /// What numbers it should hold.
        kind: &'static str,
        /// The shape it should have.
        wanted: Vec<usize>,
        /// What it is.
        found: String,
    },
    /// A tensor that belongs to nothing.
    #[error("the tensor {0:?} belongs to nothing in this model: the file is damaged, or was not made by motrace")]
    ExtraTensor(String),
    /// A number that cannot be.
    #[error("the tensor {0:?} holds a number that is not finite: the file is damaged")]
    NotFinite(String),
    /// The network that it describes cannot be.
    #[error("the file describes a network that cannot be: {0}")]
    Network(String),
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
        let metadata = header::write(self)?;
        let encoded: Vec<_> = self
            .tensors()
            .into_iter()
            .map(|(name, shape, values)| (name, shape, values.dtype(), values.to_bytes()))
            .collect();
        let views = encoded
            .iter()
            .map(|(name, shape, dtype, bytes)| Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|e| ModelFileError::Encode(e.to_string()))?;
        let plain = safetensors::serialize(views, None).map_err(|e| ModelFileError::Encode(e.to_string()))?;
        with_metadata(&plain, &metadata)
    }

    /// The name, the shape and the values of each tensor.
    pub(super) fn tensors(&self) -> Vec<(String, Vec<usize>, Tensors)> {
        match &self.decoder {
            Decoder::CspLda(decoder) => csp_lda::tensors(decoder),
            Decoder::Network(decoder) => network::tensors(decoder),
        }
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
        if strings.contains_key(motrace_net::TorchNetwork::METADATA_KEY) {
            return Err(ModelFileError::ForPyTorch);
        }
        let header::Header { preparation, about, network } = header::read(strings)?;
        let file = TensorFile(tensors);
        let decoder = match network {
            None => Decoder::CspLda(csp_lda::read(preparation.channels.len(), &file)?),
            Some([description, training]) => {
                preparation.check().map_err(EngineError::from)?;
                Decoder::Network(Box::new(network::read(&description, &training, &preparation, &file)?))
            }
        };
        let model = Self { preparation, decoder, about };
        model.check()?;
        Ok(model)
    }
}

/// The same file with metadata, in the order of the keys: the encoder takes them from a table in the order of that, which
/// differs from run to run, and the same training is to give the same bytes.
fn with_metadata(plain: &[u8], metadata: &BTreeMap<String, String>) -> Result<Vec<u8>, ModelFileError> {
    let wrong = |why: String| ModelFileError::Encode(why);
    let (length, rest) = plain.split_first_chunk::<8>().ok_or_else(|| wrong("it has no length".to_owned()))?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|e| wrong(e.to_string()))?;
    let (tensors, data) = rest.split_at_checked(length).ok_or_else(|| wrong("its header is cut".to_owned()))?;
    let tensors = tensors.trim_ascii().strip_prefix(b"{").ok_or_else(|| wrong("it has no header".to_owned()))?;
    let mut header = br#"{"__metadata__":"#.to_vec();
    serde_json::to_writer(&mut header, metadata).map_err(|e| wrong(e.to_string()))?;
    if tensors.trim_ascii_start() != b"}" {
        header.push(b',');
    }
    header.extend_from_slice(tensors);
    // Tensors begin at a multiple of eight bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend_from_slice(data);
    Ok(bytes)
}

/// The values of a tensor as they are kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tensors {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Tensors {
    pub fn dtype(&self) -> Dtype {
        match self {
            Self::F32(_) => Dtype::F32,
            Self::F64(_) => Dtype::F64,
        }
    }

    /// Little endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::F32(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::F64(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }
}

/// The tensors of a file; whatever is wrong with one is said with its name.
pub(super) struct TensorFile<'a>(SafeTensors<'a>);

impl TensorFile<'_> {
    /// The shape of a tensor, where it is there.
    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.0.tensor(name).ok().map(|tensor| tensor.shape().to_vec())
    }

    pub fn f64(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>, ModelFileError> {
        let data = self.data(name, "f64", Dtype::F64, shape)?;
        let numbers: Vec<f64> = data.as_chunks::<8>().0.iter().map(|word| f64::from_le_bytes(*word)).collect();
        if numbers.iter().all(|n| n.is_finite()) { Ok(numbers) } else { Err(ModelFileError::NotFinite(name.into())) }
    }

    pub fn f32(&self, name: &str, length: usize) -> Result<Vec<f32>, ModelFileError> {
        let data = self.data(name, "f32", Dtype::F32, &[length])?;
        let numbers: Vec<f32> = data.as_chunks::<4>().0.iter().map(|word| f32::from_le_bytes(*word)).collect();
        if numbers.iter().all(|n| n.is_finite()) { Ok(numbers) } else { Err(ModelFileError::NotFinite(name.into())) }
    }

    fn data(&self, name: &str, kind: &'static str, dtype: Dtype, shape: &[usize]) -> Result<&[u8], ModelFileError> {
        match self.0.tensor(name) {
            Ok(tensor) if tensor.dtype() == dtype && tensor.shape() == shape => Ok(tensor.data()),
            _ => Err(self.wrong(name, kind, shape.to_vec())),
        }
    }

    pub fn wrong(&self, name: &str, kind: &'static str, wanted: Vec<usize>) -> ModelFileError {
        let found = match self.0.tensor(name) {
            Ok(tensor) => format!("{:?} {:?}", tensor.dtype(), tensor.shape()),
            Err(_) => "missing".to_owned(),
        };
        ModelFileError::Tensor { name: name.to_owned(), kind, wanted, found }
    }

    /// Checks that there is no tensor but these.
    pub fn nothing_but(&self, used: &[String]) -> Result<(), ModelFileError> {
        match self.0.names().into_iter().find(|name| !used.iter().any(|used| used.as_str() == *name)) {
            None => Ok(()),
            Some(name) => Err(ModelFileError::ExtraTensor(motrace_core::clean_text(name, 60))),
        }
    }
}
