use crate::FetchError;
use rustls::crypto::ring;
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body, http::Response};

/// How long servers are waited for, and how often they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The longest silence, at the beginning or in the middle of a file.
    pub silence: Duration,
    /// How often a file is tried before it is given up; a try that brought something does not count.
    pub tries: u32,
    /// The pause after the first failed try; twice as long after each further one.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { silence: Duration::from_secs(30), tries: 4, pause: Duration::from_secs(1) }
    }
}

/// A client for HTTP and HTTPS.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    patience: Patience,
}

impl Client {
    /// A client for addresses that begin like this one; certificates are looked for only where they are needed.
    pub(crate) fn new(base: &str, patience: Patience) -> Result<Self, FetchError> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(concat!("motrace/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(patience.silence))
            .timeout_connect(Some(patience.silence))
            .timeout_recv_response(Some(patience.silence))
            .timeout_per_read(Some(patience.silence));
        let config = match base {
            // A mirror on this machine or in a closed network; redirects to the open one are not followed without TLS.
            _ if base.starts_with("http://") => config,
            _ if base.starts_with("https://") => config.https_only(true).tls_config(tls()?),
            _ => return Err(FetchError::BadAddress { url: motrace_core::clean_text(base, 200) }),
        };
        Ok(Self { agent: config.build().new_agent(), patience })
    }

    pub(crate) fn patience(&self) -> Patience {
        self.patience
    }

    /// Asks for a file, from a byte on where `range` says so: `(from, if-range)`.
    pub(crate) fn get(&self, url: &str, range: Option<(u64, Option<&str>)>) -> Result<Response<Body>, FetchError> {
        let mut request = self.agent.get(url);
        if let Some((from, validator)) = range {
            request = request.header("Range", format!("bytes={from}-"));
            if let Some(validator) = validator {
                request = request.header("If-Range", validator);
            }
        }
        request.call().map_err(|error| self.explained(url, error))
    }

    /// What went wrong, in words.
    pub(crate) fn explained(&self, url: &str, error: ureq::Error) -> FetchError {
        let url = url.to_owned();
        let unreachable = |what: String| FetchError::Unreachable { url: url.clone(), what };
        match error {
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                unreachable(format!("no answer within {} s", self.patience.silence.as_secs()))
            }
            ureq::Error::Timeout(_) => FetchError::TimedOut { url, secs: self.patience.silence.as_secs() },
            ureq::Error::HostNotFound => unreachable("there is no such host".into()),
            ureq::Error::ConnectionFailed => unreachable("the connection was refused".into()),
            ureq::Error::Io(e) if e.kind() == std::io::ErrorKind::TimedOut => {
                FetchError::TimedOut { url, secs: self.patience.silence.as_secs() }
            }
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::RequireHttpsOnly(_) => {
                FetchError::BadAddress { url }
            }
            ureq::Error::Tls(what) => FetchError::Tls(what.into()),
            ureq::Error::Rustls(what) => FetchError::Tls(what.to_string()),
            other => unreachable(motrace_core::clean_text(&other.to_string(), 200)),
        }
    }
}

/// TLS with the certificates that the system trusts, so that the proxies of an institution work as in its browsers.
fn tls() -> Result<TlsConfig, FetchError> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why = found.errors.first().map_or_else(String::new, |e| format!(" ({e})"));
        return Err(FetchError::Tls(format!(
            "the system has no certificates{why}; install them (the package ca-certificates), or name a file of them in SSL_CERT_FILE"
        )));
    }
    let roots: Vec<Certificate<'static>> =
        found.certs.iter().map(|c| Certificate::from_der(c.as_ref()).to_owned()).collect();
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::from(roots))
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .build())
}
