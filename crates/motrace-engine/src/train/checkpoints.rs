use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::{BTreeMap, HashMap};

const FORMAT: &str = "motrace-training-checkpoint";

/// Where the training of networks was interrupted: a checkpoint of each part that was begun, so that the same training goes
/// on from there to the same bits.
///
/// Part 0 is the network that is kept, the others are those of the folds of a validation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrainingCheckpoints {
    parts: BTreeMap<usize, Vec<u8>>,
}

impl TrainingCheckpoints {
    /// Whether nothing was begun.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// How many parts were begun.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    pub(super) fn part(&self, part: usize) -> Option<&[u8]> {
        self.parts.get(&part).map(Vec::as_slice)
    }

    pub(super) fn keep(&mut self, part: usize, bytes: Vec<u8>) {
        self.parts.insert(part, bytes);
    }

    /// As a file.
    ///
    /// # Errors
    /// Where it cannot be written as one, in words.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let views = self
            .parts
            .iter()
            .map(|(part, bytes)| Ok((format!("part.{part}"), TensorView::new(Dtype::U8, vec![bytes.len()], bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|e| e.to_string())?;
        let metadata = HashMap::from([("format".to_owned(), FORMAT.to_owned())]);
        safetensors::serialize(views, Some(metadata)).map_err(|e| e.to_string())
    }

    /// Reads what [`Self::to_bytes`] wrote. Whether it belongs to a training is seen when that goes on.
    ///
    /// # Errors
    /// Where it is no whole checkpoint, in words.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let damaged = || "this is no whole checkpoint of a training".to_owned();
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|_| damaged())?;
        if header.metadata().as_ref().and_then(|strings| strings.get("format")).map(String::as_str) != Some(FORMAT) {
            return Err(damaged());
        }
        let file = SafeTensors::deserialize(bytes).map_err(|_| damaged())?;
        let part = |(name, view): (String, TensorView<'_>)| {
            let part = name.strip_prefix("part.").and_then(|number| number.parse().ok());
            part.map(|part: usize| (part, view.data().to_vec())).ok_or_else(damaged)
        };
        Ok(Self { parts: file.tensors().into_iter().map(part).collect::<Result<_, _>>()? })
    }
}
