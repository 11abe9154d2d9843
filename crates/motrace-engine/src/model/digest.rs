use super::{Model, header};
use sha2::{Digest, Sha256};
use std::fmt::Write;

impl Model {
    /// What tells this model from others that decide differently: a SHA-256 in hexadecimal.
    ///
    /// It is over the preparation (the lines `key=value` of the model file's metadata, sorted by key, those about
    /// where the model comes from left out) and over each tensor (its name, its shape, its bytes). So it is the same
    /// before a model is saved and after it is loaded, and two files of one model have the same.
    ///
    /// A recording of a session names the models that decided in it by this.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut line = |text: &str, bytes: &[u8]| {
            hash.update(text.as_bytes());
            hash.update(b"\n");
            hash.update(bytes);
        };
        // Lists of texts are always written; were one not, the tensors still tell models apart.
        let mut entries = header::decoding(self).unwrap_or_default();
        entries.sort();
        for (key, value) in entries {
            line(&format!("{key}={value}"), &[]);
        }
        for (name, shape, values) in self.tensors() {
            line(&format!("{name} {shape:?}"), &values.to_bytes());
        }
        hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}
