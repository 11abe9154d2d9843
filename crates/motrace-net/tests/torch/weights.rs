//! Files of weights, to be changed before they are read.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

pub const NETWORKS: [&str; 5] = ["eegnet", "eegnet_odd", "shallow", "shallow_wide", "mlp"];

pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/motrace-net").join(name)
}

pub fn bytes(network: &str) -> Vec<u8> {
    std::fs::read(fixture(&format!("{network}.safetensors"))).unwrap()
}

/// A safetensors file in parts.
#[derive(Clone)]
pub struct File {
    pub description: Option<Value>,
    pub tensors: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>,
}

impl File {
    pub fn read(bytes: &[u8]) -> Self {
        let (_, metadata) = SafeTensors::read_metadata(bytes).unwrap();
        let strings = metadata.metadata().clone().unwrap_or_default();
        let parts = SafeTensors::deserialize(bytes).unwrap();
        let part =
            |(name, view): (String, TensorView)| (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec()));
        Self {
            description: strings.get("motrace").map(|text| serde_json::from_str(text).unwrap()),
            tensors: parts.tensors().into_iter().map(part).collect(),
        }
    }

    pub fn network(name: &str) -> Self {
        Self::read(&bytes(name))
    }

    pub fn write(&self) -> Vec<u8> {
        let metadata = self.description.as_ref().map(|d| HashMap::from([("motrace".to_owned(), d.to_string())]));
        let views = self.tensors.iter().map(|(name, (dtype, shape, bytes))| {
            (name.as_str(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        safetensors::serialize(views, metadata).unwrap()
    }

    pub fn values(&self, name: &str) -> Vec<f64> {
        let (dtype, _, bytes) = &self.tensors[name];
        match dtype {
            Dtype::F32 => bytes.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect(),
            Dtype::F64 => bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// What the description says of a module.
    pub fn module(&mut self, name: &str) -> &mut Value {
        let modules = self.description.as_mut().unwrap()["modules"].as_array_mut().unwrap();
        modules.iter_mut().find(|module| module["name"] == name).unwrap()
    }
}
