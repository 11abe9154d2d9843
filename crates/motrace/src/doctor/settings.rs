//! How LSL is set up here, and where that comes from.

use super::Check;
use crate::config::{Config, LslScope};
use motrace_core::clean_text;
use serde::Serialize;
use std::path::PathBuf;

/// Longer configuration files are not read.
const MAX_FILE_BYTES: u64 = 1 << 16;

/// How LSL is set up.
#[derive(Debug, Default, Serialize)]
pub struct LslSettings {
    /// The library that does the transport.
    pub library: String,
    /// Where the settings come from.
    pub from: String,
    /// How far streams are looked for.
    pub scope: Option<String>,
    /// Only streams of this session are seen.
    pub session_id: Option<String>,
    /// Computers that are asked in addition.
    pub known_peers: Option<String>,
}

/// What is in force: `LSLAPICFG`, else the configuration's `[lsl] scope`, else an `lsl_api.cfg`, else LSL's defaults.
pub fn look(config: &Config, checks: &mut Vec<Check>) -> LslSettings {
    let named = std::env::var_os("LSLAPICFG").map(PathBuf::from);
    let mut settings = LslSettings { library: motrace_lsl::backend_name().to_owned(), ..LslSettings::default() };
    let file = match (&named, config.lsl.scope) {
        (Some(path), _) => Some(path.clone()),
        (None, Some(scope)) => {
            let scope = match scope {
                LslScope::Machine => "machine",
                LslScope::Link => "link",
                LslScope::Site => "site",
            };
            settings.from = "the configuration, [lsl]".to_owned();
            settings.scope = Some(scope.to_owned());
            settings.session_id = Some(config.lsl.session_id.clone().unwrap_or_else(|| "default".to_owned()));
            None
        }
        (None, None) => usual_places().into_iter().find(|path| path.is_file()),
    };
    if let Some(path) = file {
        let shown = clean_text(&path.display().to_string(), 200);
        let size = std::fs::metadata(&path).map_or(0, |m| m.len());
        let text = (size <= MAX_FILE_BYTES).then(|| std::fs::read_to_string(&path).ok()).flatten();
        match text {
            Some(text) => {
                settings.scope = value_of(&text, "ResolveScope");
                settings.session_id = value_of(&text, "SessionID");
                settings.known_peers = value_of(&text, "KnownPeers");
            }
            None => checks.push(Check::bad(
                "LSL settings",
                format!("{shown} cannot be read, so LSL uses its defaults"),
                "mend the file, or the environment variable LSLAPICFG that names it",
            )),
        }
        settings.from = if named.is_some() { format!("{shown} (LSLAPICFG)") } else { shown };
    } else if settings.from.is_empty() {
        settings.from = "LSL's defaults".to_owned();
    }
    checks.push(Check::good(
        "LSL settings",
        format!(
            "library {}, scope {}, session {}, by {}",
            settings.library,
            settings.scope.as_deref().unwrap_or("site"),
            settings.session_id.as_deref().unwrap_or("default"),
            settings.from
        ),
    ));
    settings
}

/// Where LSL looks for its settings, in order.
fn usual_places() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join("lsl_api/lsl_api.cfg"));
    [Some(PathBuf::from("lsl_api.cfg")), home, Some(PathBuf::from("/etc/lsl_api/lsl_api.cfg"))]
        .into_iter()
        .flatten()
        .collect()
}

fn value_of(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        let value = value.split(';').next().unwrap_or(value);
        name.trim().eq_ignore_ascii_case(key).then(|| clean_text(value, 100))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_whatever_surrounds_them() {
        let text = "[multicast]\nResolveScope = link ; near\n[lab]\nsessionid=lab-2\n";
        assert_eq!(value_of(text, "ResolveScope").as_deref(), Some("link"));
        assert_eq!(value_of(text, "SessionID").as_deref(), Some("lab-2"));
        assert_eq!(value_of(text, "KnownPeers"), None);
    }
}
