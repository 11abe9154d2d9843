use std::fmt;
use std::process::ExitCode;

/// How a command ends when it cannot do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// What was asked for makes no sense: a wrong argument or configuration. Exit code 2.
    Usage(anyhow::Error),
    /// It makes sense, but could not be done. Exit code 1.
    Failed(anyhow::Error),
}

impl Failure {
    /// A usage failure from a message.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::Usage(anyhow::anyhow!("{message}"))
    }

    /// A plain failure from a message.
    pub fn failed(message: impl fmt::Display) -> Self {
        Self::Failed(anyhow::anyhow!("{message}"))
    }

    /// The program's exit code.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::from(1),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(error) | Self::Failed(error)) = self;
        // Some say what their cause says; nobody wants to read it twice.
        let mut told = String::new();
        for cause in error.chain().map(ToString::to_string) {
            if told.is_empty() {
                told = cause;
            } else if !told.contains(&cause) {
                told = format!("{told}: {cause}");
            }
        }
        f.write_str(&told)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn causes_are_told_once() {
        let gone = || anyhow::anyhow!("no such file");
        assert_eq!(Failure::Failed(gone().context("reading x.edf")).to_string(), "reading x.edf: no such file");
        assert_eq!(Failure::Failed(gone().context("x.edf: no such file")).to_string(), "x.edf: no such file");
        let thrice: anyhow::Result<()> = Err(gone()).context("opening: no such file").context("training");
        let told = Failure::Failed(thrice.expect_err("it fails")).to_string();
        assert_eq!(told, "training: opening: no such file");
    }
}
