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
        write!(f, "{error:#}")
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
