use std::path::PathBuf;
use thiserror::Error;

/// Why recordings could not be fetched. What was fetched before stays, and a new run goes on from there.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The server was not reached.
    #[error("{url} cannot be reached ({what}); is there a network? A mirror can be given with --mirror")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What went wrong.
        what: String,
    },
    /// The server said nothing for too long.
    #[error("{url}: the server said nothing for {secs} s; run the same again to go on from here")]
    TimedOut {
        /// What was asked for.
        url: String,
        /// How long it was waited for.
        secs: u64,
    },
    /// The file is not there.
    #[error("{url} is not there (status {status}); has the collection moved? A mirror can be given with --mirror")]
    NotFound {
        /// What was asked for.
        url: String,
        /// The server's answer.
        status: u16,
    },
    /// The server does not give it.
    #[error("{url}: the server answered with status {status}{}", match status { 401 | 403 => " (not allowed)", 429 => " (too many requests; try later)", 500.. => " (trouble of its own; try later)", _ => "" })]
    Status {
        /// What was asked for.
        url: String,
        /// The server's answer.
        status: u16,
    },
    /// The connection ended before the file did, again and again.
    #[error("{url} ended after {have} of {total} bytes; run the same again to go on from here")]
    Truncated {
        /// What was asked for.
        url: String,
        /// Bytes that are here.
        have: u64,
        /// Bytes there should be.
        total: u64,
    },
    /// More came than was announced, or than such a file can have.
    #[error("{url} sends more than {limit} bytes; it is not the file that was asked for")]
    TooLong {
        /// What was asked for.
        url: String,
        /// What was accepted.
        limit: u64,
    },
    /// What came is not what it should be.
    #[error("{url}: its SHA-256 is {found}, and {source_of} says {expected}; it was not kept")]
    WrongChecksum {
        /// What was asked for.
        url: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
        /// Who says what it should be.
        source_of: String,
    },
    /// A file of this name is here, and it is another.
    #[error("{} is not the file that {source_of} tells of (its SHA-256 is {found}, not {expected}); remove it to fetch it again", path.display())]
    AnotherFile {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
        /// Who says what it should be.
        source_of: String,
    },
    /// The list of checksums makes no sense.
    #[error("{url} is no list of SHA-256 sums")]
    NoChecksums {
        /// What was asked for.
        url: String,
    },
    /// Two programs want the same file.
    #[error("{} is being fetched by another motrace", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The disk.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The lock file is damaged.
    #[error("{} is damaged ({what}); remove it to trust the next downloads anew", path.display())]
    LockFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Certificates cannot be checked.
    #[error("secure connections are not possible: {0}")]
    Tls(String),
    /// The address makes no sense.
    #[error("{url:?} is no address that begins with http:// or https://")]
    BadAddress {
        /// The address.
        url: String,
    },
    /// Whoever asked wants no more.
    #[error("stopped; run the same again to go on from here")]
    Stopped,
}

impl FetchError {
    /// Whether it may go better when tried again at once.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Truncated { .. } => true,
            Self::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }
}
