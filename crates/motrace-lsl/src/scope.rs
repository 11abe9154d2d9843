use crate::{LslError, backend};

/// How far discovery reaches. LSL sends its queries by multicast and broadcast on every interface; this bounds
/// how far they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scope {
    /// This computer only: nothing is sent but to 127.0.0.1.
    Machine,
    /// The local network segment.
    Link,
    /// The site: routers that pass site-local multicast are crossed. LSL's own default.
    #[default]
    Site,
}

impl Scope {
    /// Reads `machine`, `link` or `site`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "machine" => Some(Self::Machine),
            "link" => Some(Self::Link),
            "site" => Some(Self::Site),
            _ => None,
        }
    }

    /// The name as LSL's configuration spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Link => "link",
            Self::Site => "site",
        }
    }

    /// The text of an `lsl_api.cfg` for this scope. Streams of another session are not seen.
    ///
    /// The watchdog of the library is set to 120 s, so that a link that comes back within that time still has
    /// its data; stalls are noticed much earlier by this crate's own watchdog.
    ///
    /// # Errors
    /// When the session id holds anything but letters, digits, `-`, `_` and `.`.
    pub fn configuration(self, session_id: &str) -> Result<String, LslError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if session_id.is_empty() || session_id.len() > 128 || !session_id.chars().all(allowed) {
            return Err(LslError::Invalid(format!(
                "the LSL session id `{}` must be 1 to 128 letters, digits, `-`, `_` or `.`",
                motrace_core::clean_text(session_id, 40)
            )));
        }
        // The reference library writes to the screen; what it would say there is said through this crate.
        let tuning = "[log]\nlevel = -3\n[tuning]\nWatchdogTimeThreshold = 120\n";
        Ok(match self {
            Self::Machine => {
                let base_port = base_port(session_id);
                format!(
                    "[ports]\nBasePort = {base_port}\nPortRange = {PORTS_PER_SESSION}\nIPv6 = disable\n\
                     [multicast]\nResolveScope = machine\nListenAddress = 127.0.0.1\n\
                     [lab]\nKnownPeers = {{127.0.0.1}}\nSessionID = {session_id}\n\
                     {tuning}MulticastMinRTT = 0.1\nUnicastMinRTT = 0.25\n"
                )
            }
            Self::Link | Self::Site => {
                let scope = self.name();
                format!("[multicast]\nResolveScope = {scope}\n[lab]\nSessionID = {session_id}\n{tuning}")
            }
        })
    }

    /// Makes this process use this scope and session, whatever `LSLAPICFG` or an `lsl_api.cfg` say.
    ///
    /// The library reads its configuration once, at the first call that needs it; call this before any other
    /// function of this crate. Later calls have no effect.
    ///
    /// # Errors
    /// When the session id is not acceptable, or the library has already settled on another configuration.
    pub fn apply(self, session_id: &str) -> Result<(), LslError> {
        backend::set_configuration(&self.configuration(session_id)?)
    }
}

/// Each stream takes a port, and discovery on one computer asks each port; sessions of their own ports do not
/// crowd each other out.
const PORTS_PER_SESSION: u32 = 64;

/// The first port of a session on this computer: the same for every program that is in it.
fn base_port(session_id: &str) -> u32 {
    let hash = session_id.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
    20_000 + hash % 180 * PORTS_PER_SESSION
}

/// The text of an `lsl_api.cfg` that keeps LSL on the loopback, under a session of its own; for other programs
/// (`LSLAPICFG` names the file) that shall meet this one there.
///
/// # Errors
/// When the session id holds anything but letters, digits, `-`, `_` and `.`.
pub fn loopback_config(session_id: &str) -> Result<String, LslError> {
    Scope::Machine.configuration(session_id)
}

/// Keeps this process's LSL on the loopback, under a session of its own. No environment variable is needed; call
/// it before any other function of this crate.
///
/// # Errors
/// As [`Scope::apply`].
pub fn use_loopback(session_id: &str) -> Result<(), LslError> {
    Scope::Machine.apply(session_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_id_cannot_add_lines_to_the_configuration() {
        assert!(loopback_config("a\n[multicast]\nResolveScope = global").is_err());
        assert!(loopback_config("").is_err());
        let text = loopback_config("motrace-test-1").expect("a plain id");
        assert!(text.contains("ResolveScope = machine") && text.contains("SessionID = motrace-test-1"));
        assert!(!text.contains('#'), "LSL's reader takes `;` comments only");
        assert!(Scope::Site.configuration("lab").expect("plain").contains("ResolveScope = site"));
    }
}
