//! The Python environment that the peers are measured in.

use crate::Trouble;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Python environment with the usual packages.
pub struct Reference {
    python: PathBuf,
    scripts: PathBuf,
}

impl Reference {
    /// The one that `MOTRACE_REFERENCE` names.
    pub fn find() -> Option<Self> {
        let environment = std::env::var_os("MOTRACE_REFERENCE").filter(|path| !path.is_empty())?;
        let python = PathBuf::from(environment).join("bin").join("python");
        Some(Self { python, scripts: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scripts") })
    }

    /// The interpreter.
    pub fn python(&self) -> Command {
        Command::new(&self.python)
    }

    /// A script under `tests/scripts`, ready to be run.
    pub fn script(&self, name: &str) -> Command {
        let mut command = self.python();
        command.arg(self.scripts.join(name));
        command
    }

    /// Runs one of the measurements in `peer_figures.py` and reads the JSON that it prints.
    pub fn figures<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Result<Value, Trouble> {
        let output = self.script("peer_figures.py").args(arguments).output()?;
        answer(&output)
    }
}

/// The last line that a peer printed, as JSON.
pub fn answer(output: &std::process::Output) -> Result<Value, Trouble> {
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the peer failed: {}", why.lines().last().unwrap_or("it does not say why")).into());
    }
    let line = text.lines().last().ok_or("the peer printed nothing")?;
    Ok(serde_json::from_str(line)?)
}

/// A number of a peer's answer.
pub fn number(value: &Value, key: &str) -> Result<f64, Trouble> {
    value.get(key).and_then(Value::as_f64).ok_or_else(|| format!("the peer did not say {key:?}").into())
}
